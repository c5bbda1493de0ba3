"""The result of a comparison: the status of each flow and the totals."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Final

from flowsync.analysis.model import IMPACTS, Finding, Verb
from flowsync.flow.field_types import Impact, Subject
from flowsync.graph.view import GraphView


class FlowStatus(StrEnum):
    """The status of one flow after a comparison. `unknown` is never shown as `same`.

    A flow that a later revision does not contain is `removed`; one that is not on the platform is `missing`.
    """

    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    REMOVED = "removed"
    MISSING = "missing"
    UNKNOWN = "unknown"


DIFFERENT: Final = (FlowStatus.CHANGED, FlowStatus.NEW, FlowStatus.REMOVED, FlowStatus.MISSING)

NOTATION: Final = "the file is written differently but means the same"
"""The reason of a flow that is changed and has no findings."""


@dataclass(frozen=True)
class FlowComparison:
    """One flow of a comparison.

    `file` is its path in the repository, `directory` its place in the console if discovery knows it. `reason`
    explains in one line an unusual status (unknown, missing), or why a changed flow has no findings; `hint`
    describes the next step. `lines`
    are the lines of the findings in the file, by fingerprint, if a report needs them.
    """

    environment: str
    flow_id: int
    name: str
    status: FlowStatus
    file: str = ""
    directory: str = ""
    reason: str = ""
    hint: str = ""
    findings: tuple[Finding, ...] = ()
    graph: GraphView | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int]:
        """The environment and the flow id, which identify the flow."""
        return (self.environment, self.flow_id)


@dataclass(frozen=True)
class Group:
    """The same change in several places, as one.

    `sentence` contains the number of places; `members` are the flows and their findings, in order.
    """

    sentence: str
    subject: Subject
    verb: Verb
    impact: Impact
    fingerprint: str
    members: tuple[tuple[FlowComparison, Finding], ...]


@dataclass(frozen=True)
class Commit:
    """The commit that made a comparison's after side; `when` is ISO 8601 with its offset."""

    id: str
    when: str
    author: str
    subject: str


@dataclass(frozen=True)
class Side:
    """One side of a comparison.

    `name` is the revision as the user typed it, "work tree" or "live". A revision has the full id of its
    commit (None before the first commit), and the short name of its branch or tag if it is one. The live side
    has the time of the fetch and the host of each environment's gateway.
    """

    name: str
    commit: str | None = None
    ref: str = ""
    time: datetime | None = None
    gateways: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_live(self) -> bool:
        """Whether this is the platform."""
        return self.time is not None


@dataclass(frozen=True)
class Comparison:
    """Two sides and their flows; `flows` leaves out those that are the same.

    `checked` counts all compared flows. `groups` combine findings of several flows, which stay in their flows
    too. `commit` is set in a history.
    """

    before: Side
    after: Side
    flows: tuple[FlowComparison, ...]
    checked: int
    groups: tuple[Group, ...] = ()
    commit: Commit | None = None

    @cached_property
    def counts(self) -> Mapping[FlowStatus, int]:
        """The number of flows with each status, `same` included."""
        counted = Counter(flow.status for flow in self.flows)
        return {**dict.fromkeys(FlowStatus, 0), **counted, FlowStatus.SAME: self.checked - len(self.flows)}

    @cached_property
    def grouped_findings(self) -> frozenset[tuple[str, int, str]]:
        """Environment, flow id and fingerprint of every finding in a group."""
        return frozenset(
            (*flow.key, finding.fingerprint) for group in self.groups for flow, finding in group.members
        )

    def own_findings(self, flow: FlowComparison) -> tuple[Finding, ...]:
        """Return the findings of a flow that are not in a group."""
        return tuple(
            one for one in flow.findings if (*flow.key, one.fingerprint) not in self.grouped_findings
        )

    @cached_property
    def impacts(self) -> Mapping[Impact, int]:
        """The number of findings of each impact; a group counts once."""
        found = [one.impact for flow in self.flows for one in self.own_findings(flow)]
        counts = Counter([*found, *(group.impact for group in self.groups)])
        return {impact: counts[impact] for impact in IMPACTS}

    @property
    def differs(self) -> bool:
        """Whether anything is known to differ."""
        return any(self.counts[status] for status in DIFFERENT)

    @property
    def is_complete(self) -> bool:
        """Whether the status of every flow is known."""
        return not self.counts[FlowStatus.UNKNOWN]
