"""Confirm that a response belongs to its request: export again what looks changed or new.

An export does not name its flow. A proxy that writes one response twice shifts the responses of the next
flows, and a cache may return an old one.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final

from flowsync.commands.connect import list_flows
from flowsync.commands.exports import Exports, Fetched, FetchFailure
from flowsync.commands.flow_selector import file_slug
from flowsync.config import Environment
from flowsync.diff.document_diff import compare_documents
from flowsync.document.file_layout import document_path, slug
from flowsync.document.load import load_document
from flowsync.enos.discovery import DiscoveredFlow
from flowsync.errors import AuthenticationError, GatewayError
from flowsync.flow.multimap import multimap
from flowsync.flow.printable import join_first
from flowsync.repository.repository import Repository

_LOG: Final = logging.getLogger(__name__)
_MAX_NAMED: Final = 3
_FLOW_ID: Final = re.compile(rb"^flowId: [0-9]+\n", re.MULTILINE)
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
        and so is every flow that discovery lists under another name. Each request uses a fresh connection. A
        changed or new flow with the document of another flow is a failure at once.
        """
        outcomes = self._refuse_copies(outcomes)
        doubtful = {
            fetched.flow_id: fetched
            for fetched in outcomes
            if isinstance(fetched, Fetched) and self._is_doubtful(fetched)
        }
        if not doubtful:
            return outcomes
        _LOG.info("%s: %d flows to export once more", self.environment.name, len(doubtful))
        second = {one.flow_id: one for one in self.exports.outcomes(doubtful, doubtful)}
        judged = {flow_id: self._confirm_flow(first, second[flow_id]) for flow_id, first in doubtful.items()}
        self._note_names(judged.values())
        return [judged.get(one.flow_id, one) for one in outcomes]

    def _refuse_copies(self, outcomes: Sequence[Fetched | FetchFailure]) -> list[Fetched | FetchFailure]:
        """Replace each changed or new flow that has the document of another flow, by a failure.

        No owner may have two flows of one name, so the response is of the other flow.
        """
        fetched = [one for one in outcomes if isinstance(one, Fetched)]
        failures = {
            flow_id: FetchFailure(flow_id, _mismatch(flow_id, f"the response is of flow {other}"))
            for flow_id, other in self._copies(fetched)
        }
        return [failures.get(one.flow_id, one) for one in outcomes]

    def _copies(self, fetched: Sequence[Fetched]) -> Iterator[tuple[int, int]]:
        """Yield each flow with the document, fetched or committed, of another one, and that other flow.

        A flow that is committed or listed with the name in the document keeps it.
        """
        texts = [(one.flow_id, file_slug(one.file.path), partial(self._text, one)) for one in fetched]
        alive = {one.flow_id for one in fetched}
        texts += [
            (flow_id, file_slug(file.path), partial(self.repository.blob, file.blob))
            for flow_id, file in self.exports.committed.items()
            if flow_id in alive
        ]
        same_names = multimap((name, (flow_id, text)) for flow_id, name, text in texts)
        for one in fetched:
            name = file_slug(one.file.path)
            if one.read is None or name in self._known_slugs(one.flow_id):
                continue
            own = _FLOW_ID.sub(b"", one.read(), count=1)
            for flow_id, text in same_names[name]:
                if flow_id != one.flow_id and _FLOW_ID.sub(b"", text(), count=1) == own:
                    yield one.flow_id, flow_id
                    break

    def _known_slugs(self, flow_id: int) -> set[str]:
        """Return the slugs of the names that a flow has in the baseline and in the directory."""
        listed, committed = self.listed.get(flow_id), self.exports.committed.get(flow_id)
        known = {slug(listed.name)} if listed and listed.name.strip() else set()
        return known | ({file_slug(committed.path)} if committed else set())

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
        """Accept a name that differs from the listed one, unless discoveries disagree or another has it."""
        if isinstance(self._listed_again, GatewayError):
            return FetchFailure(fetched.flow_id, self._listed_again)
        for flow_id, other in self._listed_again.items():
            if flow_id != fetched.flow_id and other.name == fetched.name:
                what = f"discovery lists the name of the exported flow for flow {flow_id}"
                return FetchFailure(fetched.flow_id, _mismatch(fetched.flow_id, what))
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
