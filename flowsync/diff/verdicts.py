"""Verdicts: what a comparison says of each flow, and of all flows together."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from flowsync.diff.change import Change


class Verdict(StrEnum):
    """What is known of one flow after a comparison. `unknown` is never shown as `same`."""

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    MISSING = "missing"
    UNKNOWN = "unknown"


DIFFERENT: Final = (Verdict.CHANGED, Verdict.NEW, Verdict.MISSING)


@dataclass(frozen=True)
class FlowVerdict:
    """One flow of a comparison.

    `file` is its path in the repository, `directory` its place in the console where discovery knows it,
    `reason` says in one line why the verdict is not the usual one (unknown, missing).
    """

    environment: str
    flow_id: int
    name: str
    verdict: Verdict
    file: str = ""
    directory: str = ""
    reason: str = ""
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """Two sides and the flows on them; `flows` leaves out those that are the same.

    `before` and `after` are words for the sides ("HEAD", "live"); `checked` counts all flows looked at.
    """

    before: str
    after: str
    flows: tuple[FlowVerdict, ...]
    checked: int

    @cached_property
    def counts(self) -> Mapping[Verdict, int]:
        """How many flows have each verdict, `same` included."""
        counted = Counter(flow.verdict for flow in self.flows)
        return {**dict.fromkeys(Verdict, 0), **counted, Verdict.SAME: self.checked - len(self.flows)}

    @property
    def differs(self) -> bool:
        """Whether anything is known to differ."""
        return any(self.counts[verdict] for verdict in DIFFERENT)

    @property
    def is_complete(self) -> bool:
        """Whether every flow could be judged."""
        return not self.counts[Verdict.UNKNOWN]
