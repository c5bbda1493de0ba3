"""Proof that a response belongs to its request: what looks changed is requested once more.

An export does not name the flow it is of. A proxy that writes one response twice makes the flows behind it
look changed, and a cache answers with what a flow was.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from flowsync.commands.connect import Listed, listed_flows
from flowsync.commands.exports import Exports, Seen, Unseen
from flowsync.config import Environment
from flowsync.diff.document_diff import changes
from flowsync.document.file_layout import document_path
from flowsync.document.load import document_in
from flowsync.errors import AuthenticationError, GatewayError
from flowsync.repository.repository import Repository

_LOG: Final = logging.getLogger(__name__)
_MOST_NAMED: Final = 3
_HINT: Final = "run again; if it stays so, look at the proxies and caches in front of the gateway"


@dataclass(frozen=True)
class Confirmation:
    """The second look at the flows of one environment for which one response is not enough."""

    environment: Environment
    exports: Exports
    listed: Mapping[int, Listed]
    repository: Repository
    note: Callable[[str], None]

    def confirmed(self, outcomes: Sequence[Seen | Unseen]) -> list[Seen | Unseen]:
        """Return the outcomes; a flow whose second response means something else is not seen.

        Requested again is what would be changed or new, the first snapshot of an environment excepted, and
        every flow that discovery lists under another name. Each gets a connection of its own.
        """
        doubtful = {
            seen.flow_id: seen for seen in outcomes if isinstance(seen, Seen) and self._is_doubtful(seen)
        }
        if not doubtful:
            return [*outcomes]
        _LOG.info("%s: %d flows to export once more", self.environment.name, len(doubtful))
        second = {one.flow_id: one for one in self.exports.repeated(doubtful)}
        judged = {flow_id: self._judged(first, second[flow_id]) for flow_id, first in doubtful.items()}
        self._note_names(judged.values())
        return [judged.get(one.flow_id, one) for one in outcomes]

    def _is_doubtful(self, seen: Seen) -> bool:
        return bool(self.exports.held and seen.read) or self._has_other_name(seen, self.listed)

    def _judged(self, first: Seen, second: Seen | Unseen) -> Seen | Unseen:
        if isinstance(second, Unseen):
            return second
        if not self._means_the_same(first, second):
            what = "two responses to the same request differ; one is of another flow, or the flow was edited"
            return Unseen(first.flow_id, _mismatch(first.flow_id, what))
        return self._named(first) if self._has_other_name(first, self.listed) else first

    def _named(self, seen: Seen) -> Seen | Unseen:
        """Return a flow whose name is not the listed one, unless discovery contradicts itself."""
        if isinstance(self._listed_again, GatewayError):
            return Unseen(seen.flow_id, self._listed_again)
        again = self._listed_again.get(seen.flow_id)
        if again is not None and again.name in {self.listed[seen.flow_id].name, seen.name}:
            return seen
        what = "two discoveries name the flow differently, and its export has a third name"
        return Unseen(seen.flow_id, _mismatch(seen.flow_id, what))

    @cached_property
    def _listed_again(self) -> Mapping[int, Listed] | GatewayError:
        """A second discovery, or why there is none."""
        try:
            return listed_flows(self.environment, self.exports.platform)
        except AuthenticationError:
            raise
        except GatewayError as error:
            return error

    def _has_other_name(self, seen: Seen, listed: Mapping[int, Listed]) -> bool:
        """Detect that discovery names a flow otherwise; a known response shows its name in its path only."""
        name = listed[seen.flow_id].name if seen.flow_id in listed else ""
        if not name.strip():
            return False
        if seen.name:
            return seen.name.strip() != name.strip()
        return document_path(self.environment.name, name, seen.flow_id) != seen.file.path

    def _means_the_same(self, first: Seen, second: Seen) -> bool:
        if first.file == second.file:
            return True
        before, after = (document_in(self._text(seen)) for seen in (first, second))
        return not changes(before, after)

    def _text(self, seen: Seen) -> bytes:
        return seen.read() if seen.read else self.repository.blob(seen.file.blob)

    def _note_names(self, found: Iterable[Seen | Unseen]) -> None:
        named = [*self._other_names(found)]
        if named:
            more = f" and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
            flows = ", ".join(named[:_MOST_NAMED])
            self.note(
                f"{self.environment.name}: the directory has other names than the export: {flows}{more}"
            )

    def _other_names(self, found: Iterable[Seen | Unseen]) -> Iterator[str]:
        for seen in found:
            if isinstance(seen, Seen) and self._has_other_name(seen, self.listed):
                yield f"flow {seen.flow_id} ({self.listed[seen.flow_id].name!r:.60})"


def _mismatch(flow_id: int, what: str) -> GatewayError:
    return GatewayError(f"export of flow {flow_id}: {what}", action="export", flow_id=flow_id, hint=_HINT)
