"""Export, compare, check the guards and commit."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from flowsync.analysis.comparison import Comparison, FlowStatus
from flowsync.commands.compare_live import compare_live, require_any_fetched
from flowsync.commands.context import RunContext
from flowsync.commands.fetch import LiveSnapshot
from flowsync.config import Environment, Settings
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
from flowsync.repository.push import collect_garbage
from flowsync.repository.recovery import recover
from flowsync.repository.repository import Repository
from flowsync.repository.transaction import commit


@dataclass(frozen=True)
class Options:
    """The options of one sync; `only` contains flow ids, empty for all.

    `author` is the author of the commit, None for git's own identity.
    """

    only: frozenset[int] = frozenset()
    branch: str | None = None
    abort_on_error: bool = False
    allow_mass_change: bool = False
    author: Identity | None = None


@dataclass(frozen=True)
class SyncResult:
    """The result of a sync; `commit` is None if there was nothing to commit."""

    comparison: Comparison
    target: Target
    commit: str | None = None


def author_of(settings: Settings) -> Identity | None:
    """Return the author of commits; None for git's own identity."""
    if settings.author is None:
        return None
    name, _, address = settings.author.removesuffix(">").rpartition(" <")
    return Identity(name, address)


def plan_sync(
    environments: Sequence[Environment],
    repository: Repository,
    options: Options,
    context: RunContext,
    *,
    show: Callable[[Comparison], None],
) -> Comparison:
    """Return what a sync would commit, and note everything that would refuse it. Writes nothing."""
    baseline = starting_point(repository, options.branch)
    before, sides = options.branch or "HEAD", (environments, repository, context)
    with compare_live(*sides, only=options.only, baseline=baseline, before=before) as (snapshots, comparison):
        show(comparison)
        require_any_fetched(snapshots)
        refusals = (
            *_state_refusals(repository, options, environments),
            *_guard_refusals(snapshots, comparison, options),
        )
        for refusal in refusals:
            hint = f"; {refusal.hint}" if refusal.hint else ""
            context.note(f"a sync would be refused: {refusal.message}{hint}")
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
    show: Callable[[Comparison], None],
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
        done = "completed" if recovered.is_finished else "removed"
        context.note(f"{done} the interrupted commit {short_id(recovered.commit)} on {recovered.ref}")
    target = _writing_target(repository, options, environments)
    live = compare_live(
        environments, repository, context,
        only=options.only, baseline=target.parent, before=target.branch,
    )  # fmt: skip
    with live as (snapshots, comparison):
        show(comparison)
        require_any_fetched(snapshots)
        for refusal in _guard_refusals(snapshots, comparison, options):
            raise refusal
        new = commit(
            repository, target, [change for one in snapshots for change in _file_changes(one, comparison)],
            message=format_commit_message(comparison), sleep=context.sleep, author=options.author,
            visible=partial(visible, target),
        )  # fmt: skip
    if new == target.parent:
        return SyncResult(comparison, target)
    try:
        gc_error = collect_garbage(repository)
    except RepositoryError as exc:
        gc_error = exc.message
    if gc_error:
        context.note(f"git gc failed; the commit is not affected: {gc_error}")
    return SyncResult(comparison, target, new)


def _writing_target(repository: Repository, options: Options, environments: Sequence[Environment]) -> Target:
    names = [environment.name for environment in environments]
    return writing_target(repository, branch=options.branch, environments=names, author=options.author)


def _state_refusals(
    repository: Repository, options: Options, environments: Sequence[Environment]
) -> Iterator[FlowsyncError]:
    """Yield the error, if any, about the state of the repository that would stop a sync."""
    try:
        if read_journal(repository.git_dir) is None:
            _writing_target(repository, options, environments)
        else:  # the files of an interrupted run are not edits
            locate_target(repository, options.branch)
            require_identity(repository, options.author)
    except (GuardError, RepositoryError) as refusal:
        yield refusal


def _guard_refusals(
    snapshots: Sequence[LiveSnapshot], comparison: Comparison, options: Options
) -> Iterator[FlowsyncError]:
    """Yield every error about the snapshots that stops a sync."""
    unknown = comparison.counts[FlowStatus.UNKNOWN]
    if unknown and options.abort_on_error:
        yield GatewayError(
            f"{unknown} of {plural(comparison.checked, 'flow')} could not be exported; nothing was committed",
            hint="leave out --on-error abort to commit the other flows",
        )
    for snapshot in () if options.allow_mass_change else snapshots:
        name, guards, total = snapshot.environment.name, snapshot.environment.guards, len(snapshot.committed)
        changed = sum(
            flow.status is FlowStatus.CHANGED for flow in comparison.flows if flow.environment == name
        )
        if total >= guards.minimum and changed > guards.change * total:
            yield GuardError(
                f"{name}: {changed} of {total} flows would change ({changed / total:.0%}); "
                f"the guard allows at most {guards.change:.0%} of {guards.minimum} or more flows",
                hint="run again with --allow-mass-change to accept the change",
            )


def _file_changes(snapshot: LiveSnapshot, comparison: Comparison) -> Iterator[FileChange]:
    written = {flow.key for flow in comparison.flows if flow.status in {FlowStatus.CHANGED, FlowStatus.NEW}}
    for fetched in snapshot.fetched:
        if fetched.read is not None and (snapshot.environment.name, fetched.flow_id) in written:
            before, file = snapshot.committed.get(fetched.flow_id), fetched.file
            if before is not None and before.path != file.path:
                yield FileChange(before.path, before.blob, None)
                before = None
            yield FileChange(file.path, before.blob if before else None, file.blob, fetched.read)
