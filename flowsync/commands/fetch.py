"""A look at the live side of an environment: every flow seen or not, and the contents that are new."""

import hashlib
import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

from flowsync.commands.confirm import Confirmation
from flowsync.commands.connect import Listed, client, connection, listed_flows
from flowsync.commands.context import Surroundings
from flowsync.commands.exports import Exports, Seen, Unseen
from flowsync.commands.render_pool import Renderer
from flowsync.config import Environment
from flowsync.document.writer import WRITER_VERSION
from flowsync.enos.client import Client
from flowsync.errors import ConfigError
from flowsync.flow.canonical import FORMAT
from flowsync.repository.repository import FlowFile, Repository
from flowsync.repository.response_cache import DigestCache
from flowsync.repository.temp_store import Spool

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """What one look at an environment found, beside the files that the baseline holds.

    `selected` tells whether only some of the listed flows were asked for.
    """

    environment: Environment
    held: Mapping[int, FlowFile]
    listed: Mapping[int, Listed]
    seen: tuple[Seen, ...]
    unseen: tuple[Unseen, ...]
    selected: bool


def looks_at(
    environments: Sequence[Environment],
    repository: Repository,
    baseline: str | None,
    only: Collection[int],
    spool: Spool,
    surroundings: Surroundings,
) -> list[Look]:
    """One look at each environment, against the files of the commit `baseline` (None: no files).

    `only` holds flow ids, empty for all that are listed; raises ConfigError for one that is not listed
    anywhere. Raises AuthenticationError and, for a failed discovery, GatewayError: nothing is known then.
    """
    held = repository.flow_files(baseline, [environment.name for environment in environments])
    connections = [connection(environment, surroundings) for environment in environments]
    with ExitStack() as stack:
        platforms = [stack.enter_context(client(one, surroundings)) for one in connections]
        listed = [listed_flows(*pair) for pair in zip(environments, platforms, strict=True)]
        _require_listed(only, listed)
        sides = zip(environments, connections, platforms, listed, strict=True)
        return [
            _look(
                environment,
                listed=flows,
                only=only,
                platform=platform,
                cache=_digest_cache(environment, one.app_secret, repository, surroundings),
                repository=repository,
                held=held[environment.name],
                spool=spool,
                surroundings=surroundings,
            )
            for environment, one, platform, flows in sides
        ]


def _require_listed(only: Collection[int], listed: Iterable[Collection[int]]) -> None:
    unlisted = set(only).difference(*listed)
    if unlisted:
        raise ConfigError(
            f"not configured or discovered: flow {', '.join(map(str, sorted(unlisted)))}",
            hint="name it under flows in flowsync.yaml",
        )


def _look(
    environment: Environment,
    *,
    listed: Mapping[int, Listed],
    only: Collection[int],
    platform: Client,
    cache: DigestCache,
    repository: Repository,
    held: Mapping[int, FlowFile],
    spool: Spool,
    surroundings: Surroundings,
) -> Look:
    wanted = [flow_id for flow_id in listed if not only or flow_id in only]
    _LOG.info(
        "%s: %d of %d flows to export from %s",
        environment.name,
        len(wanted),
        len(listed),
        environment.gateway,
    )
    with Renderer(environment.name, repository.hash_name, processes=surroundings.processes) as renderer:
        exports = Exports(platform, cache, held, renderer, spool)
        found = [*_progress(exports.outcomes(wanted), environment.name, len(wanted), surroundings)]
        confirmation = Confirmation(environment, exports, listed, repository, surroundings.note)
        outcomes = confirmation.confirmed(found)
    cache.save()
    return Look(
        environment,
        held,
        listed,
        tuple(outcome for outcome in outcomes if isinstance(outcome, Seen)),
        tuple(outcome for outcome in outcomes if isinstance(outcome, Unseen)),
        selected=bool(only),
    )


def _digest_cache(
    environment: Environment, secret: str, repository: Repository, surroundings: Surroundings
) -> DigestCache:
    place = (environment.gateway, environment.org_id, environment.user_id, environment.name)
    name = hashlib.blake2b(repr(place).encode(), digest_size=12).hexdigest()
    form = f"{FORMAT}.{WRITER_VERSION}.{repository.hash_name}"
    path = surroundings.cache / f"{name}.{form}.digests" if surroundings.cache else None
    return DigestCache(path, secret=secret, form=form)


def _progress(
    outcomes: Iterable[Seen | Unseen], environment: str, total: int, surroundings: Surroundings
) -> Iterator[Seen | Unseen]:
    for done, outcome in enumerate(outcomes, 1):
        surroundings.progress(environment, done, total)
        yield outcome
