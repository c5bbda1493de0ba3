"""Sync: export, show the plan, guard, commit, push."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from flowsync.analysis.comparison import Comparison, FlowStatus
from flowsync.commands.compare_live import compare_snapshots, require_any_fetched
from flowsync.commands.context import RunContext
from flowsync.commands.exports import Fetched
from flowsync.commands.fetch import LiveSnapshot, fetch_live_snapshots
from flowsync.config import Environment
from flowsync.errors import FlowsyncError, GatewayError, GuardError, RepositoryError
from flowsync.report.commit_message import format_commit_message
from flowsync.repository.identity import Identity
from flowsync.repository.journal import read_journal
from flowsync.repository.objects import FileChange
from flowsync.repository.preconditions import (
    Target,
    locate_target,
    require_identity,
    starting_point,
    writing_target,
)
from flowsync.repository.push import PushResult, collect_garbage, push
from flowsync.repository.recovery import recover
from flowsync.repository.repository import FlowFile, Repository
from flowsync.repository.temp_store import TempStore
from flowsync.repository.transaction import commit


@dataclass(frozen=True)
class Options:
    """What the user asked of one sync; `only` holds flow ids, empty for all."""

    only: frozenset[int] = frozenset()
    branch: str | None = None
    abort_on_error: bool = False
    allow_mass_change: bool = False


@dataclass(frozen=True)
class SyncResult:
    """What a sync did; `commit` is None where there was nothing to commit."""

    comparison: Comparison
    target: Target
    commit: str | None = None


def plan_sync(
    environments: Sequence[Environment],
    repository: Repository,
    options: Options,
    context: RunContext,
    *,
    author: Identity | None,
    show: Callable[[Comparison], None],
    note: Callable[[str], None],
) -> Comparison:
    """What a sync would commit; notes everything that would refuse it. Writes nothing."""
    baseline = starting_point(repository, options.branch)
    with TempStore() as temp_store:
        snapshots = fetch_live_snapshots(
            environments, repository, baseline, options.only, temp_store, context
        )
        comparison = compare_snapshots(
            snapshots, repository, before=options.branch or "HEAD", since=context.now
        )
        show(comparison)
        require_any_fetched(snapshots)
    for refusal in _refusals(environments, repository, options, author, snapshots, comparison):
        way_on = f"; {refusal.hint}" if refusal.hint else ""
        note(f"a sync would be refused: {refusal.message}{way_on}")
    return comparison


def would_commit(comparison: Comparison) -> bool:
    """Whether a sync with this plan makes a commit; what is missing keeps its file and so makes none."""
    return bool(comparison.counts[FlowStatus.CHANGED] or comparison.counts[FlowStatus.NEW])


def sync_flows(
    environments: Sequence[Environment],
    repository: Repository,
    options: Options,
    context: RunContext,
    *,
    author: Identity | None,
    show: Callable[[Comparison], None],
    note: Callable[[str], None],
    visible: Callable[[Target, str], None],
) -> SyncResult:
    """Bring the repository to what the live side has, in one commit for all environments.

    Heals an interrupted run first, and notes it. `show` is told the plan before any guard. Flows that could
    not be looked at keep their file. Raises GuardError where the repository or the size of the change forbids
    it, and GatewayError where no flow could be looked at, or `abort_on_error` asks for all. `visible` gets
    the commit when the branch holds it, whatever happens afterwards.
    """
    healed = recover(repository)
    if healed is not None:
        done = "completed" if healed.finished else "withdrew"
        note(f"{done} the interrupted commit {healed.commit[:12]} on {healed.ref}")
    names = [environment.name for environment in environments]
    target = writing_target(repository, branch=options.branch, environments=names, author=author)
    with TempStore() as temp_store:
        snapshots = fetch_live_snapshots(
            environments, repository, target.parent, options.only, temp_store, context
        )
        comparison = compare_snapshots(snapshots, repository, before=target.branch, since=context.now)
        show(comparison)
        require_any_fetched(snapshots)
        _require_complete(comparison, options)
        for one in snapshots:
            require_usual_share(one, comparison, allow=options.allow_mass_change)
        changes, message = _file_changes_of(snapshots, comparison), format_commit_message(comparison)
        new = commit(
            repository, target, changes, message=message, sleep=context.sleep, author=author,
            visible=partial(visible, target),
        )  # fmt: skip
    if new == target.parent:
        return SyncResult(comparison, target)
    complaint = _garbage_complaint(repository)
    if complaint:
        note(f"git gc failed, the commit stands: {complaint}")
    return SyncResult(comparison, target, new)


def push_branch(repository: Repository, done: SyncResult) -> PushResult:
    """Push the branch of a sync, also where it made no commit: an earlier push may have failed."""
    return push(repository, done.target)


def require_usual_share(snapshot: LiveSnapshot, comparison: Comparison, *, allow: bool) -> None:
    """Raise GuardError where one run would change an unusual share of an environment's flows."""
    guards = snapshot.environment.guards
    total = len(snapshot.committed)
    changed = sum(
        flow.status is FlowStatus.CHANGED
        for flow in comparison.flows
        if flow.environment == snapshot.environment.name
    )
    if not allow and total >= guards.minimum and changed > guards.change * total:
        raise GuardError(
            f"{snapshot.environment.name}: {changed} of {total} flows would change ({changed / total:.0%}), "
            f"more than {guards.change:.0%} of at least {guards.minimum}",
            hint="if that is meant, run again with --allow-mass-change",
        )


def _refusals(
    environments: Sequence[Environment],
    repository: Repository,
    options: Options,
    author: Identity | None,
    snapshots: Sequence[LiveSnapshot],
    comparison: Comparison,
) -> Iterator[FlowsyncError]:
    """All that would stop a sync of what was looked at; an interrupted one would be settled first."""
    names = [environment.name for environment in environments]
    checks: list[Callable[[], object]] = [
        partial(_require_writable, repository, options, names, author),
        partial(_require_complete, comparison, options),
        *(
            partial(require_usual_share, one, comparison, allow=options.allow_mass_change)
            for one in snapshots
        ),
    ]
    for check in checks:
        try:
            check()
        except (GuardError, GatewayError, RepositoryError) as refusal:
            yield refusal


def _require_writable(
    repository: Repository, options: Options, names: Collection[str], author: Identity | None
) -> None:
    if read_journal(repository.git_dir) is None:
        writing_target(repository, branch=options.branch, environments=names, author=author)
    else:  # its files are no hand edits
        locate_target(repository, options.branch)
        require_identity(repository, author)


def _require_complete(comparison: Comparison, options: Options) -> None:
    unknown = comparison.counts[FlowStatus.UNKNOWN]
    if unknown and options.abort_on_error:
        raise GatewayError(
            f"{unknown} of {comparison.checked} flows are unknown; nothing was committed (--on-error abort)",
            hint="without --on-error abort the others are committed",
        )


def _file_changes_of(snapshots: Sequence[LiveSnapshot], comparison: Comparison) -> list[FileChange]:
    unknown = {
        (flow.environment, flow.flow_id) for flow in comparison.flows if flow.status is FlowStatus.UNKNOWN
    }
    return [
        change
        for snapshot in snapshots
        for fetched in snapshot.fetched
        if (snapshot.environment.name, fetched.flow_id) not in unknown
        for change in _file_changes(fetched, snapshot.committed)
    ]


def _garbage_complaint(repository: Repository) -> str:
    try:
        return collect_garbage(repository)
    except RepositoryError as exc:
        return exc.message


def _file_changes(fetched: Fetched, committed: Mapping[int, FlowFile]) -> Iterator[FileChange]:
    before = committed.get(fetched.flow_id)
    if fetched.read is None:
        return
    if before is not None and before.path != fetched.file.path:
        yield FileChange(before.path, before.blob, None)
        before = None
    yield FileChange(fetched.file.path, before.blob if before else None, fetched.file.blob, fetched.read)
