"""Override settings of a repository's own configuration that must not take effect."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from flowsync.errors import RepositoryError

# Git's defaults; the program `false` returns no key.
_BUILT_IN = {
    "gpg.format": "openpgp",
    "gpg.program": "gpg",
    "gpg.x509.program": "gpgsm",
    "gpg.ssh.program": "ssh-keygen",
    "gpg.ssh.defaultkeycommand": "false",
    "user.signingkey": "",
    "core.alternaterefscommand": "true",
}
# Transports that git allows by default; others need protocol.<name>.allow or a user.
_ALWAYS_ALLOWED = ("http", "https", "git", "ssh")
_ONE_NAME = {"gpg.openpgp.program": "gpg.program"}  # two spellings of one setting: the later one counts
_REPOSITORY_SCOPES = ("local", "worktree")

SENSITIVE = (
    r"^(gpg\..*|user\.signingkey|core\.(sshcommand|askpass|gitproxy|alternaterefscommand)"
    r"|credential\.(.*\.)?helper|filter\..*\.(clean|process|required)|protocol\.(.*\.)?allow"
    r"|remote\..*\.(vcs|uploadpack|promisor)|extensions\.partialclone|hook\..*\.command)$"
)
GC_PROGRAM = r"^gc\.recentobjectshook$"
# Values without effect; of several that match a key, the last counts. The helper `ext` is never allowed.
_NO_EFFECT = {
    re.compile(r"filter\..*", re.DOTALL): "",
    re.compile(r"filter\..*\.required", re.DOTALL): "false",
    re.compile(r"hook\..*\.command", re.DOTALL): "true",
    re.compile(r"remote\..*\.vcs", re.DOTALL): "ext",
}
_UPLOAD_PACK = re.compile(r"remote\..*\.uploadpack", re.DOTALL)
_PROMISOR = re.compile(r"remote\..*\.promisor|extensions\.partialclone", re.DOTALL)


@dataclass(frozen=True)
class GitSetting:
    """One line of configuration: its scope in git's terms, its key and its value."""

    scope: str
    key: str
    value: str


def parse_git_settings(listing: bytes) -> list[GitSetting]:
    """Parse the output of `git config --show-scope -z --get-regexp`, in order."""
    fields = listing.decode("utf-8", "surrogateescape").split("\0")[:-1]
    entries = zip(fields[::2], fields[1::2], strict=True)
    return [GitSetting(scope, *entry.partition("\n")[::2]) for scope, entry in entries]


def overrides(settings: Sequence[GitSetting], *, ssh: str, askpass: str) -> list[tuple[str, str]]:
    """Return the settings that, put last, undo the repository's own values of SENSITIVE keys.

    `ssh` and `askpass` are the commands that git uses by default; an empty `askpass` is none. An empty
    user.signingKey means no key, an empty filter no filter.
    """
    trusted = [setting for setting in settings if not is_own(setting)]
    own = {_one_name(setting.key) for setting in filter(is_own, settings)}
    values = {_one_name(setting.key): setting.value for setting in trusted}
    fallbacks = {
        **_BUILT_IN,
        "core.sshcommand": ssh,
        "core.askpass": askpass,
        **{key: value for pattern, value in _NO_EFFECT.items() for key in own if pattern.fullmatch(key)},
        **_allowed_protocols(own, values),
    }
    singles = [(key, values.get(key, fallbacks[key])) for key in sorted(own & fallbacks.keys())]
    helpers = [(setting.key, setting.value) for setting in trusted if _is_helper(setting.key)]
    # An empty credential.helper removes all earlier helpers, those of one address too.
    return singles + ([("credential.helper", ""), *helpers] if any(map(_is_helper, own)) else [])


def override_variables(settings: Sequence[GitSetting], environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that undo values of SENSITIVE keys which no later setting can override.

    Git uses the first core.gitProxy; an empty GIT_PROXY_COMMAND means no proxy.
    """
    has_proxy = any(is_own(setting) and setting.key == "core.gitproxy" for setting in settings)
    return {"GIT_PROXY_COMMAND": environ.get("GIT_PROXY_COMMAND", "")} if has_proxy else {}


def require_harmless(settings: Sequence[GitSetting]) -> None:
    """Raise RepositoryError for a program that git may run and that no setting or variable can undo.

    Git uses the first remote.<name>.uploadpack, and runs it to fetch what a partial clone lacks.
    """
    named = [setting.key for setting in filter(is_own, settings) if _UPLOAD_PACK.fullmatch(setting.key)]
    if named and any(_PROMISOR.fullmatch(setting.key) for setting in settings):
        raise RepositoryError(
            f"the repository's own configuration names a program for a partial clone: {named[0]}",
            hint="remove it, or move it to the global configuration if you trust it",
        )


def is_own(setting: GitSetting) -> bool:
    """Return whether a setting is in the repository's own configuration."""
    return setting.scope in _REPOSITORY_SCOPES


def _one_name(key: str) -> str:
    return _ONE_NAME.get(key, key)


def _allowed_protocols(keys: Collection[str], trusted: Mapping[str, str]) -> dict[str, str]:
    """Return what git allows without these keys; a rule for one protocol precedes the one for all."""
    rules = {key: _transport(key) for key in keys if key.startswith("protocol.") and key.endswith(".allow")}
    return {
        key: trusted.get("protocol.allow", "always" if name in _ALWAYS_ALLOWED else "user")
        for key, name in rules.items()
    }


def _transport(key: str) -> str:
    return key.removeprefix("protocol.").removesuffix("allow").removesuffix(".")


def _is_helper(key: str) -> bool:
    return key.startswith("credential.") and key.endswith(".helper")
