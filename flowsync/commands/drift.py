"""Compare the live platform with a revision. Read-only."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from flowsync.analysis.comparison import Comparison
from flowsync.commands.compare_live import compare_snapshots, ignore_notation, require_any_fetched
from flowsync.commands.context import RunContext
from flowsync.commands.fetch import LiveSnapshot, fetch_live_snapshots
from flowsync.commands.sides import revision_side
from flowsync.config import Environment
from flowsync.repository.repository import Repository
from flowsync.repository.temp_store import TempStore


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

    A file that means the same as the live flow is not drift, however it is written. Raises GatewayError if no
    flow could be fetched, after `show` got the comparison that names them.
    """
    commit = repository.head() if baseline is None else repository.resolve(baseline)
    with TempStore() as temp_store:
        snapshots = fetch_live_snapshots(environments, repository, commit, only, temp_store, context)
        before = revision_side(repository, baseline or "HEAD", commit)
        found = compare_snapshots(snapshots, repository, before=before, since=context.now)
        comparison = _at_their_files(ignore_notation(found), snapshots)
    show(comparison)
    require_any_fetched(snapshots)
    return comparison


def _at_their_files(comparison: Comparison, snapshots: Iterable[LiveSnapshot]) -> Comparison:
    """Use the paths of the existing files; a renamed flow is still in its old file."""
    committed = {
        (snapshot.environment.name, flow_id): file.path
        for snapshot in snapshots
        for flow_id, file in snapshot.committed.items()
    }
    flows = (replace(flow, file=committed.get(flow.key, flow.file)) for flow in comparison.flows)
    return replace(comparison, flows=tuple(flows))
