"""Push a branch and pack the object store."""

import shlex
from dataclasses import dataclass

from flowsync.errors import RepositoryError
from flowsync.repository.encoding import for_system, from_utf8
from flowsync.repository.git import GitResult, without_passwords
from flowsync.repository.preconditions import Target
from flowsync.repository.repository import Repository
from flowsync.repository.untrusted_config import GC_PROGRAM, is_own, parse_git_settings

_PULL = "run git pull --rebase, then run again: the remote has commits that this repository lacks"
_HINTS = {
    "non-fast-forward": _PULL,
    "fetch first": _PULL,
    "remote rejected": "read the remote's message or ask its administrator: its own rules refused the push",
    "does not appear to be a git repository": "check git remote -v, or run git remote add origin ADDRESS",
    "transport 'ext' not allowed": "set the address of a server with git remote set-url, not a command",
    "could not read Username": "set a credential.helper in the global configuration: git has no credentials",
}


@dataclass(frozen=True)
class PushResult:
    """Where a branch was pushed, and whether the remote had it already.

    `remote` is a name, or an address without user and password.
    """

    remote: str
    ref: str
    is_up_to_date: bool


def push(repository: Repository, target: Target, *, remote: str | None = None) -> PushResult:
    """Push the target's branch under its own name; RepositoryError has a hint if it is refused.

    `remote` None is the one to which git would push this branch, else origin.
    """
    chosen = remote or _push_remote(repository, target.ref)
    flag = _push(repository, chosen, f"{target.ref}:{target.ref}")
    return PushResult(without_passwords(chosen), target.ref, is_up_to_date=flag == "=")


def require_push(repository: Repository, target: Target) -> None:
    """Raise RepositoryError if a push of the target's branch would fail: no remote, no access, diverged."""
    remote = _push_remote(repository, target.ref)
    if target.parent is None:
        _require_elsewhere(repository, remote)
        result = repository.git.run("ls-remote", "--upload-pack=git-upload-pack", "--", remote)
        if result.status != 0:
            raise _refusal(repository, result, "")
    else:
        _push(repository, remote, f"{target.parent}:{target.ref}", "--dry-run")


def push_command(repository: Repository, target: Target) -> str:
    """Return the git command that pushes the target's branch, empty if the repository has no remote."""
    if repository.git.query("for-each-ref", "--format=%(push)", target.ref) and target.is_checked_out:
        return "git push"
    remote = _push_remote(repository, target.ref)
    known = repository.git.output("remote").decode("utf-8", "replace").splitlines()
    return shlex.join(["git", "push", remote, target.branch]) if remote in known else ""


def _push(repository: Repository, remote: str, refspec: str, *options: str) -> str:
    """Push and return git's flag for the ref."""
    _require_elsewhere(repository, remote)
    # The repository's own configuration may name another program to receive, and that of a submodule any
    # program.
    result = repository.git.run(
        "push", "--porcelain", "--no-verify", "--receive-pack=git-receive-pack", "--recurse-submodules=no",
        *options, "--", remote, refspec,
    )  # fmt: skip
    flag, output = _report(result)
    if result.status != 0 or flag == "!":
        raise _refusal(repository, result, output)
    return flag


def collect_garbage(repository: Repository) -> str:
    """Pack the object store if git considers it useful, and return git's error message, if any."""
    programs = repository.git.run("config", "--show-scope", "-z", "--get-regexp", GC_PROGRAM)
    if any(map(is_own, parse_git_settings(programs.out))):
        return "the repository's own configuration sets a program for gc (gc.recentObjectsHook)"
    result = repository.git.run("-c", "gc.autoDetach=false", "gc", "--auto", "--quiet")
    return "" if result.status == 0 else result.err.strip()


def _push_remote(repository: Repository, ref: str) -> str:
    return repository.git.query("for-each-ref", "--format=%(push:remotename)", ref) or "origin"


def _require_elsewhere(repository: Repository, remote: str) -> None:
    """Refuse a remote inside this repository: git would receive there with the repository's configuration."""
    own = [place for place in (repository.root, repository.git_dir, repository.common_dir) if place]
    for address in _addresses(repository, remote):
        if "://" not in address.removeprefix("file://"):
            place = (repository.git.directory / for_system(address.removeprefix("file://"))).resolve()
            if place.exists() and any(place.is_relative_to(folder.resolve()) for folder in own):
                raise RepositoryError(
                    f"the remote {without_passwords(remote)} is inside this repository",
                    repository=str(repository.location),
                    hint="set another address with git remote set-url",
                )


def _addresses(repository: Repository, remote: str) -> list[str]:
    """Return the addresses that a push to a remote uses, rewritten as the configuration says."""
    urls = repository.git.run("remote", "get-url", "--push", "--all", "--", remote)
    if urls.status != 0:
        urls = repository.git.run("ls-remote", "--get-url", "--", remote)
    return from_utf8(urls.out).splitlines()


def _report(result: GitResult) -> tuple[str, str]:
    """Parse flag and message of the line that git prints for our ref."""
    lines = [line.split("\t") for line in result.out.decode("utf-8", "replace").splitlines() if "\t" in line]
    return (lines[0][0].strip(), lines[0][-1]) if lines else ("", "")


def _refusal(repository: Repository, result: GitResult, output: str) -> RepositoryError:
    everything = f"{output}\n{result.err}"
    hint = next((hint for words, hint in _HINTS.items() if words in everything), "")
    if not output:
        return repository.git.failure("push", result, hint=hint)
    return RepositoryError(f"git push was refused: {output}", repository=str(repository.location), hint=hint)
