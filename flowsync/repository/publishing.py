"""After a commit: pushing its branch, and keeping the object store small."""

from dataclasses import dataclass

from flowsync.errors import RepositoryError
from flowsync.repository.git import Answer, without_passwords
from flowsync.repository.reading import Repository
from flowsync.repository.states import Target

_HINTS = {
    "non-fast-forward": "the remote has commits this repository lacks: git pull --rebase, then push again",
    "fetch first": "the remote has commits this repository lacks: git pull --rebase, then push again",
    "remote rejected": "the remote's own rules refused it; see its message or ask who runs it",
    "does not appear to be a git repository": "git remote -v shows the remotes; git remote add names one",
    "could not read Username": "no credentials; set a credential.helper in the global configuration",
}


@dataclass(frozen=True)
class Pushed:
    """Where a branch was pushed, and whether the remote had it already.

    `remote` is a name, or an address less its user and password.
    """

    remote: str
    ref: str
    up_to_date: bool


def push(repository: Repository, target: Target, *, remote: str | None = None) -> Pushed:
    """Push the target's branch under its own name; RepositoryError with the way on when it is refused.

    `remote` None is the one git would push this branch to, else origin.
    """
    chosen = remote or _push_remote(repository, target.ref)
    # A remote's section of the repository's own configuration may name another program to receive.
    answer = repository.git.run(
        "push", "--porcelain", "--no-verify", "--receive-pack=git-receive-pack", "--", chosen,
        f"{target.ref}:{target.ref}",
    )  # fmt: skip
    flag, said = _report(answer)
    if answer.status != 0 or flag == "!":
        raise _refusal(repository, answer, said)
    return Pushed(without_passwords(chosen), target.ref, up_to_date=flag == "=")


def collect_garbage(repository: Repository) -> str:
    """Pack the object store if git finds it worthwhile, before returning; gives what git complained of."""
    answer = repository.git.run("-c", "gc.autoDetach=false", "gc", "--auto", "--quiet")
    return "" if answer.status == 0 else answer.err.strip()


def _push_remote(repository: Repository, ref: str) -> str:
    said = repository.git.output("for-each-ref", "--format=%(push:remotename)", ref)
    return said.decode("utf-8", "surrogateescape").strip() or "origin"


def _report(answer: Answer) -> tuple[str, str]:
    """The flag and the words of the line git prints for our ref."""
    lines = [line.split("\t") for line in answer.out.decode("utf-8", "replace").splitlines() if "\t" in line]
    return (lines[0][0].strip(), lines[0][-1]) if lines else ("", "")


def _refusal(repository: Repository, answer: Answer, said: str) -> RepositoryError:
    everything = f"{said}\n{answer.err}"
    hint = next((hint for words, hint in _HINTS.items() if words in everything), "")
    if not said:
        return repository.git.failure("push", answer, hint=hint)
    return RepositoryError(f"git push was refused: {said}", repository=str(repository.place), hint=hint)
