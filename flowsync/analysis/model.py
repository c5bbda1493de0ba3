"""Findings: changes with their meaning for the people who run the flow."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from flowsync.diff.model import Change
from flowsync.flow.field_types import Impact, Subject
from flowsync.schedule.timetable import Timetable


class Verb(StrEnum):
    """What happened to the subject of a finding."""

    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"
    RETARGETED = "retargeted"
    CHANGED = "changed"
    TOO_LARGE = "too-large"


class Consequence(StrEnum):
    """What a change does to the order of the tasks, or to what depends on them."""

    STARTS_AT_ONCE = "starts-at-once"  # these tasks lost every upstream
    NEWLY_DOWNSTREAM = "waits-now"  # these tasks are newly downstream of the one that is added or linked
    STILL_WAITS = "still-waits"  # the edge is removed, and its task waits as before through these
    WAITED_BEFORE = "waited-before"  # the edge is new, and its task waited before through these
    CYCLE = "cycle"  # these tasks wait for one another
    CUT_OFF = "cut-off"  # this part of the flow is no longer connected to the rest
    DOWNSTREAM = "downstream"  # these tasks run after the one that changed
    WAITED_FOR = "waited-for"  # these other flows wait for the flow or task that changed
    LEFT_WAITING = "left-waiting"  # these other flows wait for the name that the flow or task had
    FOLLOWED = "followed"  # links of these other flows follow the new name of the flow or task
    LEFT_BEHIND = "left-behind"  # relations and links of these still name a removed task
    UNVERIFIED = "unverified"  # this upstream flow was not exported, so the link may follow its rename
    STOPS = "stops"  # the schedule no longer starts anything


@dataclass(frozen=True, slots=True)
class Effect:
    """One consequence; `names` are the affected tasks or flows, `sentence` describes it on one line.

    Of very many names only the first are listed; `more` counts the others.
    """

    consequence: Consequence
    names: tuple[str, ...]
    sentence: str
    more: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One semantic difference of one flow.

    `sentence` is plain text on one line; it contains names and values from the platform, so every format
    escapes it. `fingerprint` depends on path and values, never on wording or impact. `timetables` are the
    schedule before and after, for a change of a schedule.
    """

    subject: Subject
    verb: Verb
    change: Change
    impact: Impact
    sentence: str
    fingerprint: str
    effects: tuple[Effect, ...] = ()
    timetables: tuple[Timetable | None, Timetable | None] = (None, None)

    @property
    def kind(self) -> str:
        """The subject and the verb: `task-renamed`."""
        return f"{self.subject}-{self.verb}"


IMPACTS: Final = (Impact.BREAKING, Impact.BEHAVIOUR, Impact.COSMETIC)
"""From the most to the least severe."""
