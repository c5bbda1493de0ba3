"""One flow with everything derived from its document and its environment."""

from dataclasses import dataclass

from flowsync.analysis.dependents import Dependent
from flowsync.document.load import flow_name
from flowsync.flow.values import Record
from flowsync.schedule.timetable import Timetable


@dataclass(frozen=True)
class FlowDetails:
    """A flow at a revision (a name for readers, "work tree" for the files).

    `timetable` is None if its schedule is not text; `dependents` are the flows of the same environment and
    revision that depend on it.
    """

    environment: str
    flow_id: int
    file: str
    revision: str
    document: Record
    timetable: Timetable | None
    dependents: tuple[Dependent, ...]

    @property
    def name(self) -> str:
        """The name in the document, empty if there is none."""
        return flow_name(self.document)
