"""Compare the live platform with a revision. Read-only."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from flowsync.analysis.comparison import NOTATION, Comparison
from flowsync.commands.compare_live import compare_live, require_any_fetched
from flowsync.commands.context import RunContext
from flowsync.config import Environment
from flowsync.repository.repository import Repository


def drift(
    environments: Sequence[Environment],
    repository: Repository,
    context: RunContext,
    *,
    only: Collection[int] = (),
    baseline: str | None = None,
    show: Callable[[Comparison], None],
) -> Comparison:
    """Compare the live platform with `baseline`, a revision, or with HEAD.

    A file that means the same as the live flow is not drift, however it is written. A renamed flow is located
    at its existing file. Raises GatewayError if no flow could be fetched, after `show` got the comparison
    that names them.
    """
    commit = repository.head() if baseline is None else repository.resolve(baseline)
    sides = (environments, repository, context)
    with compare_live(*sides, only=only, baseline=commit, before=baseline or "HEAD") as (snapshots, found):
        paths = {
            (snapshot.environment.name, flow_id): file.path
            for snapshot in snapshots
            for flow_id, file in snapshot.committed.items()
        }
        flows = (flow for flow in found.flows if flow.reason != NOTATION)
        comparison = replace(
            found, flows=tuple(replace(flow, file=paths.get(flow.key, flow.file)) for flow in flows)
        )
        show(comparison)
        require_any_fetched(snapshots)
        return comparison
