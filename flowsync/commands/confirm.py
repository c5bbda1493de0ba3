"""Confirm that a response belongs to its request: export again what looks changed or new.

An export does not name its flow. A proxy that writes one response twice shifts the responses of the next
flows, and a cache may return an old one.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from flowsync.commands.connect import list_flows
from flowsync.commands.exports import Exports, Fetched, FetchFailure
from flowsync.config import Environment
from flowsync.diff.document_diff import compare_documents
from flowsync.document.file_layout import document_path
from flowsync.document.load import load_document
from flowsync.enos.discovery import DiscoveredFlow
from flowsync.errors import AuthenticationError, GatewayError
from flowsync.flow.printable import join_first
from flowsync.repository.repository import Repository

_LOG: Final = logging.getLogger(__name__)
_MAX_NAMED: Final = 3
_HINT: Final = "run again; if this persists, check the proxies and caches in front of the gateway"


@dataclass(frozen=True)
class Confirmation:
    """Confirms the flows of one environment for which one response is not enough."""

    environment: Environment
    exports: Exports
    listed: Mapping[int, DiscoveredFlow]
    repository: Repository
    note: Callable[[str], None]

    def confirm(self, outcomes: Sequence[Fetched | FetchFailure]) -> list[Fetched | FetchFailure]:
        """Replace each flow whose second response differs in meaning by a failure.

        Flows that would be changed or new are exported again, except in the first snapshot of an environment,
        and so is every flow that discovery lists under another name. Each request uses a fresh connection.
        """
        doubtful = {
            fetched.flow_id: fetched
            for fetched in outcomes
            if isinstance(fetched, Fetched) and self._is_doubtful(fetched)
        }
        if not doubtful:
            return [*outcomes]
        _LOG.info("%s: %d flows to export once more", self.environment.name, len(doubtful))
        second = {one.flow_id: one for one in self.exports.outcomes(doubtful, doubtful)}
        judged = {flow_id: self._confirm_flow(first, second[flow_id]) for flow_id, first in doubtful.items()}
        self._note_names(judged.values())
        return [judged.get(one.flow_id, one) for one in outcomes]

    def _is_doubtful(self, fetched: Fetched) -> bool:
        return bool(self.exports.committed and fetched.read) or self._has_other_name(fetched)

    def _confirm_flow(self, first: Fetched, second: Fetched | FetchFailure) -> Fetched | FetchFailure:
        if isinstance(second, FetchFailure):
            return second
        if not self._means_the_same(first, second):
            what = "two responses to the same request differ; one is of another flow, or the flow was edited"
            return FetchFailure(first.flow_id, _mismatch(first.flow_id, what))
        return self._named(first) if self._has_other_name(first) else first

    def _named(self, fetched: Fetched) -> Fetched | FetchFailure:
        """Accept a flow whose name differs from the listed one, unless two discoveries disagree."""
        if isinstance(self._listed_again, GatewayError):
            return FetchFailure(fetched.flow_id, self._listed_again)
        again = self._listed_again.get(fetched.flow_id)
        if again is not None and again.name in {self.listed[fetched.flow_id].name, fetched.name}:
            return fetched
        what = "two discoveries name the flow differently, and its export has a third name"
        return FetchFailure(fetched.flow_id, _mismatch(fetched.flow_id, what))

    @cached_property
    def _listed_again(self) -> Mapping[int, DiscoveredFlow] | GatewayError:
        """The result of a second discovery, or its error."""
        try:
            return list_flows(self.environment, self.exports.platform)
        except AuthenticationError:
            raise
        except GatewayError as error:
            return error

    def _has_other_name(self, fetched: Fetched) -> bool:
        """Return whether discovery lists another name; a known response has only the path to compare."""
        name = self.listed[fetched.flow_id].name if fetched.flow_id in self.listed else ""
        if not name.strip():
            return False
        if fetched.name:
            return fetched.name.strip() != name.strip()
        return document_path(self.environment.name, name, fetched.flow_id) != fetched.file.path

    def _means_the_same(self, first: Fetched, second: Fetched) -> bool:
        if first.file == second.file:
            return True
        before, after = (load_document(self._text(fetched)) for fetched in (first, second))
        return not compare_documents(before, after)

    def _text(self, fetched: Fetched) -> bytes:
        return fetched.read() if fetched.read else self.repository.blob(fetched.file.blob)

    def _note_names(self, found: Iterable[Fetched | FetchFailure]) -> None:
        named = [
            f"flow {one.flow_id} ({self.listed[one.flow_id].name!r:.60})"
            for one in found
            if isinstance(one, Fetched) and self._has_other_name(one)
        ]
        if named:
            flows = join_first(named, _MAX_NAMED)
            self.note(f"{self.environment.name}: discovery lists names that differ from the exports: {flows}")


def _mismatch(flow_id: int, what: str) -> GatewayError:
    return GatewayError(f"export of flow {flow_id}: {what}", action="export", flow_id=flow_id, hint=_HINT)
