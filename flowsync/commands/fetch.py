"""Fetch a snapshot of an environment: every flow, fetched or failed."""

import hashlib
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Final

from flowsync.commands.confirm import Confirmation
from flowsync.commands.connect import connect_all, list_flows
from flowsync.commands.context import RunContext
from flowsync.commands.exports import Exports, Fetched, FetchFailure
from flowsync.commands.render_pool import RenderPool
from flowsync.config import Environment, secret_value
from flowsync.document.writer import WRITER_VERSION
from flowsync.enos.client import Client
from flowsync.enos.discovery import DiscoveredFlow
from flowsync.errors import UsageError
from flowsync.flow.canonical import FORMAT
from flowsync.repository.repository import FlowFile, Repository
from flowsync.repository.response_cache import ResponseCache
from flowsync.repository.temp_store import TempStore

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class LiveSnapshot:
    """The live flows of one environment, with the files that the baseline contains.

    `selected` is true if only some of the listed flows were requested.
    """

    environment: Environment
    committed: Mapping[int, FlowFile]
    listed: Mapping[int, DiscoveredFlow]
    fetched: tuple[Fetched, ...]
    failures: tuple[FetchFailure, ...]
    selected: bool


def fetch_live_snapshots(
    environments: Sequence[Environment],
    repository: Repository,
    baseline: str | None,
    only: Collection[int],
    temp_store: TempStore,
    context: RunContext,
) -> list[LiveSnapshot]:
    """Fetch a snapshot of each environment; `baseline` is the commit to compare with, None for no files.

    `only` contains flow ids, empty for all listed flows; raises UsageError for an id that is not listed.
    Raises AuthenticationError, and GatewayError if a discovery fails, because then no flow is known.
    """
    committed = repository.flow_files(baseline, [environment.name for environment in environments])
    clients = connect_all(environments, context)
    with ExitStack() as stack:
        platforms = [stack.enter_context(client) for client in clients]
        listed = [list_flows(*pair) for pair in zip(environments, platforms, strict=True)]
        _require_listed(only, listed)
        return [
            _fetch_snapshot(
                environment,
                listed=flows,
                only=only,
                platform=platform,
                repository=repository,
                committed=committed[environment.name],
                temp_store=temp_store,
                context=context,
            )
            for environment, platform, flows in zip(environments, platforms, listed, strict=True)
        ]


def _require_listed(only: Collection[int], listed: Iterable[Collection[int]]) -> None:
    unlisted = set(only).difference(*listed)
    if unlisted:
        ids = ", ".join(map(str, sorted(unlisted)))
        raise UsageError(
            f"flow {ids}: not configured and not discovered",
            word=ids,
            hint="add it to flows in flowsync.yaml",
        )


def _fetch_snapshot(
    environment: Environment,
    *,
    listed: Mapping[int, DiscoveredFlow],
    only: Collection[int],
    platform: Client,
    repository: Repository,
    committed: Mapping[int, FlowFile],
    temp_store: TempStore,
    context: RunContext,
) -> LiveSnapshot:
    cache = _response_cache(environment, repository, context)
    wanted = [flow_id for flow_id in listed if not only or flow_id in only]
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
        selected=bool(only),
    )


def _response_cache(environment: Environment, repository: Repository, context: RunContext) -> ResponseCache:
    place = (environment.gateway, environment.org_id, environment.user_id, environment.name)
    name = hashlib.blake2b(repr(place).encode(), digest_size=12).hexdigest()
    form = f"{FORMAT}.{WRITER_VERSION}.{repository.hash_name}"
    path = context.cache / f"{name}.{form}.digests" if context.cache else None
    secret = secret_value(environment.credentials.app_secret, context.environ)
    return ResponseCache(path, secret=secret, form=form)
