"""Export, compare, check the guards, commit and push."""

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
from flowsync.flow.printable import plural, short_id
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
    """The options of one sync; `only` contains flow ids, empty for all."""

    only: frozenset[int] = frozenset()
    branch: str | None = None
    abort_on_error: bool = False
    allow_mass_change: bool = False


@dataclass(frozen=True)
class SyncResult:
    """The result of a sync; `commit` is None if there was nothing to commit."""

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
    """Return what a sync would commit, and note everything that would refuse it. Writes nothing."""
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
        hint = f"; {refusal.hint}" if refusal.hint else ""
        note(f"a sync would be refused: {refusal.message}{hint}")
    return comparison


def would_commit(comparison: Comparison) -> bool:
    """Return whether a sync with this plan makes a commit; a missing flow keeps its file."""
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
    """Commit the live state of all environments in one commit.

    Recovers an interrupted run first, and notes it. `show` gets the plan before any guard is checked. Flows
    that could not be fetched keep their file. Raises GuardError if the state of the repository or the size
    of the change forbids the commit, and GatewayError if no flow could be fetched, or one could not with
    `abort_on_error`. `visible` gets the commit as soon as the branch contains it.
    """
    recovered = recover(repository)
    if recovered is not None:
        done = "completed" if recovered.finished else "removed"
        note(f"{done} the interrupted commit {short_id(recovered.commit)} on {recovered.ref}")
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
    gc_error = _gc_error(repository)
    if gc_error:
        note(f"git gc failed; the commit is not affected: {gc_error}")
    return SyncResult(comparison, target, new)


def push_branch(repository: Repository, done: SyncResult) -> PushResult:
    """Push the branch of a sync, also if it made no commit: an earlier push may have failed."""
    return push(repository, done.target)


def require_usual_share(snapshot: LiveSnapshot, comparison: Comparison, *, allow: bool) -> None:
    """Raise GuardError if one run would change an unusual share of an environment's flows."""
    guards = snapshot.environment.guards
    total = len(snapshot.committed)
    changed = sum(
        flow.status is FlowStatus.CHANGED
        for flow in comparison.flows
        if flow.environment == snapshot.environment.name
    )
    if not allow and total >= guards.minimum and changed > guards.change * total:
        raise GuardError(
            f"{snapshot.environment.name}: {changed} of {total} flows would change ({changed / total:.0%}); "
            f"the guard allows at most {guards.change:.0%} of {guards.minimum} or more flows",
            hint="run again with --allow-mass-change to accept the change",
        )


def _refusals(
    environments: Sequence[Environment],
    repository: Repository,
    options: Options,
    author: Identity | None,
    snapshots: Sequence[LiveSnapshot],
    comparison: Comparison,
) -> Iterator[FlowsyncError]:
    """Return all errors that would stop a sync of these snapshots."""
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
    else:  # the files of an interrupted run are not edits
        locate_target(repository, options.branch)
        require_identity(repository, author)


def _require_complete(comparison: Comparison, options: Options) -> None:
    unknown = comparison.counts[FlowStatus.UNKNOWN]
    if unknown and options.abort_on_error:
        raise GatewayError(
            f"{unknown} of {plural(comparison.checked, 'flow')} could not be exported; nothing was committed",
            hint="leave out --on-error abort to commit the other flows",
        )


def _file_changes_of(snapshots: Sequence[LiveSnapshot], comparison: Comparison) -> list[FileChange]:
    written = {flow.key for flow in comparison.flows if flow.status in {FlowStatus.CHANGED, FlowStatus.NEW}}
    return [
        change
        for snapshot in snapshots
        for fetched in snapshot.fetched
        if (snapshot.environment.name, fetched.flow_id) in written
        for change in _file_changes(fetched, snapshot.committed)
    ]


def _gc_error(repository: Repository) -> str:
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
