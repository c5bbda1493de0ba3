"""Which settings of a repository's own configuration do not count, and what counts in their place."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

# What git does when nothing is set; `false` is the program that gives no key.
_BUILT_IN = {
    "gpg.format": "openpgp",
    "gpg.program": "gpg",
    "gpg.x509.program": "gpgsm",
    "gpg.ssh.program": "ssh-keygen",
    "gpg.ssh.defaultkeycommand": "false",
    "user.signingkey": "",
}
_ONE_NAME = {"gpg.openpgp.program": "gpg.program"}  # two spellings of one setting: the later one wins
_REPOSITORY_SCOPES = ("local", "worktree")

SENSITIVE = (
    r"^(gpg\..*|user\.signingkey|core\.(sshcommand|askpass)|credential\.(.*\.)?helper"
    r"|filter\..*\.(clean|process|required))$"
)


@dataclass(frozen=True)
class Setting:
    """One line of configuration: where it stands (git's scope), its key and its value."""

    scope: str
    key: str
    value: str


def parsed_settings(listing: bytes) -> list[Setting]:
    """The settings in the answer of `git config --show-scope -z --get-regexp`, in order."""
    fields = listing.decode("utf-8", "surrogateescape").split("\0")[:-1]
    entries = zip(fields[::2], fields[1::2], strict=True)
    return [Setting(scope, *_key_and_value(entry)) for scope, entry in entries]


def overrides(settings: Sequence[Setting], *, ssh: str, askpass: str) -> list[tuple[str, str]]:
    """The settings that, put last, undo what the repository's own configuration says of SENSITIVE keys.

    `ssh` and `askpass` are the commands git falls back to where none is set; an empty `askpass` is none. An
    empty user.signingKey stands for no key, an empty filter for none.
    """
    trusted = [setting for setting in settings if setting.scope not in _REPOSITORY_SCOPES]
    foreign = {_one_name(setting.key) for setting in settings if setting.scope in _REPOSITORY_SCOPES}
    fallbacks = {**_BUILT_IN, "core.sshcommand": ssh, "core.askpass": askpass, **_no_filters(foreign)}
    values = {_one_name(setting.key): setting.value for setting in trusted}
    singles = [(key, values.get(key, fallbacks[key])) for key in sorted(foreign & fallbacks.keys())]
    helpers = [(setting.key, setting.value) for setting in trusted if _is_helper(setting.key)]
    # An empty credential.helper forgets all that were named before it, those of one address too.
    return singles + ([("credential.helper", ""), *helpers] if any(map(_is_helper, foreign)) else [])


def _key_and_value(entry: str) -> tuple[str, str]:
    key, _, value = entry.partition("\n")
    return key, value


def _one_name(key: str) -> str:
    return _ONE_NAME.get(key, key)


def _no_filters(keys: Collection[str]) -> dict[str, str]:
    """For the keys that are of filters, what makes git pass files on as they are."""
    return {key: "false" if key.endswith(".required") else "" for key in keys if key.startswith("filter.")}


def _is_helper(key: str) -> bool:
    return key.startswith("credential.") and key.endswith(".helper")
