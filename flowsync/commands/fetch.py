"""Fetch a snapshot of an environment: every flow, fetched or failed."""

import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Final

from flowsync.commands.confirm import Confirmation
from flowsync.commands.connect import connect_all, list_flows
from flowsync.commands.context import RunContext
from flowsync.commands.exports import Exports, Fetched, FetchFailure
from flowsync.commands.flow_selector import FlowSelector
from flowsync.commands.flows_version import FlowKey
from flowsync.commands.render_pool import RenderPool
from flowsync.config import Environment, secret_value
from flowsync.document.file_layout import document_path
from flowsync.document.writer import WRITER_VERSION, dump
from flowsync.enos.client import Client
from flowsync.enos.discovery import DiscoveredFlow
from flowsync.errors import UsageError
from flowsync.flow.canonical import FORMAT
from flowsync.flow.printable import quote_name
from flowsync.repository.repository import FlowFile, Repository
from flowsync.repository.response_cache import ResponseCache
from flowsync.repository.temp_store import TempStore

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class LiveSnapshot:
    """The live flows of one environment, with the files that the baseline contains.

    `selected` are the requested flows, None for all.
    """

    environment: Environment
    committed: Mapping[int, FlowFile]
    listed: Mapping[int, DiscoveredFlow]
    fetched: tuple[Fetched, ...]
    failures: tuple[FetchFailure, ...]
    selected: Collection[int] | None


def fetch_live_snapshots(
    environments: Sequence[Environment],
    repository: Repository,
    baseline: str | None,
    words: Mapping[str, str],
    temp_store: TempStore,
    context: RunContext,
) -> list[LiveSnapshot]:
    """Fetch a snapshot of each environment; `baseline` is the commit to compare with, None for no files.

    `words` select flows that are committed or listed, each with the path that it may stand for; all without
    words. Raises UsageError for a word that selects none, AuthenticationError, and GatewayError if a
    discovery fails, because then no flow is known.
    """
    committed = repository.flow_files(baseline, [environment.name for environment in environments])
    names = [environment.name for environment in environments]
    clients = dict(zip(names, connect_all(environments, context), strict=True))
    with ExitStack() as stack:
        platforms = {name: stack.enter_context(client) for name, client in clients.items()}
        listed = {one.name: list_flows(one, platforms[one.name]) for one in environments}
        selected = _select(words, committed, listed, repository) if words else None
        return [
            _fetch_snapshot(
                environment,
                listed=listed[environment.name],
                selected=None if selected is None else _ids_in(environment.name, selected),
                platform=platforms[environment.name],
                repository=repository,
                committed=committed[environment.name],
                temp_store=temp_store,
                context=context,
            )
            for environment in environments
        ]


def _ids_in(environment: str, flows: Collection[FlowKey]) -> set[int]:
    return {flow_id for name, flow_id in flows if name == environment}


def _select(
    words: Mapping[str, str],
    committed: Mapping[str, Mapping[int, FlowFile]],
    listed: Mapping[str, Mapping[int, DiscoveredFlow]],
    repository: Repository,
) -> set[FlowKey]:
    """Return the flows that the words select among those that are committed or listed."""
    live = [
        (
            (name, flow.flow_id),
            FlowFile(document_path(name, flow.name or str(flow.flow_id), flow.flow_id), ""),
        )
        for name, inside in listed.items()
        for flow in inside.values()
    ]
    flows = {file.path: listed[name][flow_id] for (name, flow_id), file in live}
    stored = [((name, one), file) for name, inside in committed.items() for one, file in inside.items()]

    def read(file: FlowFile) -> bytes:
        if file.blob:
            return repository.blob(file.blob)
        flow = flows[file.path]
        return dump({"format": FORMAT, "flowId": flow.flow_id, "name": flow.name}).encode()

    selector = FlowSelector([*live, *stored], read)
    found = {word: selector.matches(word, path) for word, path in words.items()}
    for word, keys in found.items():
        if not keys:
            hint = "add it to flows in flowsync.yaml" if word.isdigit() else selector.unknown(word).hint
            message = f"flow {quote_name(word)}: not configured, not discovered and not committed"
            raise UsageError(message, word=word, hint=hint)
    return set().union(*found.values())


def _fetch_snapshot(
    environment: Environment,
    *,
    listed: Mapping[int, DiscoveredFlow],
    selected: Collection[int] | None,
    platform: Client,
    repository: Repository,
    committed: Mapping[int, FlowFile],
    temp_store: TempStore,
    context: RunContext,
) -> LiveSnapshot:
    cache = _response_cache(environment, repository, context)
    wanted = [flow_id for flow_id in listed if selected is None or flow_id in selected]
    name = environment.name
    _LOG.info("%s: %d of %d flows to export from %s", name, len(wanted), len(listed), environment.gateway)
    pool = RenderPool(name, repository.hash_name, processes=context.processes)
    with closing(pool) as renderer:
        exports = Exports(platform, cache, committed, renderer, temp_store)
        found = []
        for done, outcome in enumerate(exports.outcomes(wanted), 1):
            context.progress(name, done, len(wanted))
            found.append(outcome)
        outcomes = Confirmation(environment, exports, listed, repository, context.note).confirm(found)
    cache.save()
    return LiveSnapshot(
        environment,
        committed,
        listed,
        tuple(outcome for outcome in outcomes if isinstance(outcome, Fetched)),
        tuple(outcome for outcome in outcomes if isinstance(outcome, FetchFailure)),
        selected,
    )


def _response_cache(environment: Environment, repository: Repository, context: RunContext) -> ResponseCache:
    place = (environment.gateway, environment.org_id, environment.user_id, environment.name)
    name = hashlib.blake2b(repr(place).encode(), digest_size=12).hexdigest()
    form = f"{FORMAT}.{WRITER_VERSION}.{repository.hash_name}"
    path = context.cache / f"{name}.{form}.digests" if context.cache else None
    secret = secret_value(environment.credentials.app_secret, context.environ)
    return ResponseCache(path, secret=secret, form=form)
