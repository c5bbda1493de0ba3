"""The author and committer of commits."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Identity:
    """An author and committer: a name and an e-mail address."""

    name: str
    email: str


def identity_environment(author: Identity | None) -> Mapping[str, str]:
    """Return the variables that set git's author and committer; none for git's own identity."""
    if author is None:
        return {}
    return {
        "GIT_AUTHOR_NAME": author.name,
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_COMMITTER_NAME": author.name,
        "GIT_COMMITTER_EMAIL": author.email,
    }
