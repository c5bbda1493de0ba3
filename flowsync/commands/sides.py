"""Describe the sides of a comparison for reports."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlsplit

from flowsync.analysis.comparison import Side
from flowsync.config import Environment
from flowsync.repository.repository import Repository


def revision_side(repository: Repository, name: str, commit: str | None) -> Side:
    """Return the side of a revision; `name` is what the user typed."""
    return Side(name, commit, repository.short_ref(name) if commit else "")


def live_side(environments: Iterable[Environment], time: datetime) -> Side:
    """Return the live side of these environments at a time."""
    return Side(
        "live", time=time, gateways={one.name: urlsplit(one.gateway).hostname or "" for one in environments}
    )
