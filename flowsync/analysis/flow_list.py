"""The flows of some environments as a list."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class ListStatus(StrEnum):
    """The status of a flow in a list, as far as it is known without an export.

    In the repository, it compares the work tree with HEAD: `same`, `changed`, `new`, `removed`. With the
    platform, it compares HEAD with the directories of the console: `listed` means that both have the flow,
    `new` that only the platform has it, `missing` that the next sync would not find it, `unselected` that
    neither the repository nor flowsync.yaml has it. A flow is `unknown` if its file or its place cannot be
    read.
    """

    LISTED = "listed"
    SAME = "same"
    CHANGED = "changed"
    NEW = "new"
    REMOVED = "removed"
    MISSING = "missing"
    UNSELECTED = "unselected"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class ListedFlow:
    """A flow of a list.

    `schedule` is in words, None if it is not known; `cron` is the expression. `file` is a path in the
    repository, `directory` the place in the console; either is None if there is none. `reason` explains
    `changed`, `missing` and `unknown` on the platform, and why a file cannot be read.
    """

    environment: str
    flow_id: int
    name: str
    status: ListStatus
    schedule: str | None = None
    cron: str | None = None
    file: str | None = None
    directory: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class FlowList:
    """Flows ordered by environment and id.

    `commit` is the commit that was compared, None before the first one. `gateways` are the gateways that
    were read, by environment; empty for the repository alone.
    """

    flows: tuple[ListedFlow, ...]
    commit: str | None
    gateways: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def counts(self) -> Mapping[ListStatus, int]:
        """The number of flows of each status that occurs."""
        counted = Counter(flow.status for flow in self.flows)
        return {status: counted[status] for status in ListStatus if counted[status]}
