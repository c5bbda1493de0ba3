"""Drift: the live side against a revision. Reads only."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from flowsync.analysis.comparison import Comparison
from flowsync.commands.compare_live import comparison_of, require_something_seen, without_notation
from flowsync.commands.context import Surroundings
from flowsync.commands.fetch import Look, looks_at
from flowsync.config import Environment
from flowsync.repository.repository import Repository
from flowsync.repository.temp_store import Spool


def drift(
    environments: Sequence[Environment],
    repository: Repository,
    surroundings: Surroundings,
    *,
    only: Collection[int] = (),
    baseline: str | None = None,
    show: Callable[[Comparison], None],
) -> Comparison:
    """How the live side differs from `baseline`, a revision, or from HEAD.

    A file that means the same as the live flow is no drift, however it is written. Raises GatewayError
    where not one flow could be looked at, after `show` was told which and why.
    """
    commit = repository.head() if baseline is None else repository.resolve(baseline)
    with Spool() as spool:
        looks = looks_at(environments, repository, commit, only, spool, surroundings)
        found = comparison_of(looks, repository, before=baseline or "HEAD", since=surroundings.moment)
        comparison = _at_their_files(without_notation(found), looks)
    show(comparison)
    require_something_seen(looks)
    return comparison


def _at_their_files(comparison: Comparison, looks: Iterable[Look]) -> Comparison:
    """The comparison with the files that are there: a flow that was renamed is still in its old one."""
    held = {
        (look.environment.name, flow_id): file.path for look in looks for flow_id, file in look.held.items()
    }
    flows = (replace(flow, file=held.get(flow.key, flow.file)) for flow in comparison.flows)
    return replace(comparison, flows=tuple(flows))
