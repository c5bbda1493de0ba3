"""Sync: export, show the plan, guard, commit, push."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from flowsync.analysis.comparison import Comparison, Verdict
from flowsync.commands.compare_live import comparison_of, require_something_seen
from flowsync.commands.context import Surroundings
from flowsync.commands.exports import Seen
from flowsync.commands.fetch import Look, looks_at
from flowsync.config import Environment
from flowsync.errors import FlowsyncError, GatewayError, GuardError, RepositoryError
from flowsync.report.commit_message import commit_message
from flowsync.repository.identity import Identity
from flowsync.repository.journal import read_journal
from flowsync.repository.objects import FileChange
from flowsync.repository.preconditions import (
    Target,
    located_target,
    require_identity,
    starting_point,
    writing_target,
)
from flowsync.repository.push import Pushed, collect_garbage, push
from flowsync.repository.recovery import heal
from flowsync.repository.repository import FlowFile, Repository
from flowsync.repository.temp_store import Spool
from flowsync.repository.transaction import commit


@dataclass(frozen=True)
class Options:
    """What the user asked of one sync; `only` holds flow ids, empty for all."""

    only: frozenset[int] = frozenset()
    branch: str | None = None
    abort_on_error: bool = False
    allow_mass_change: bool = False


@dataclass(frozen=True)
class Synced:
    """What a sync did; `commit` is None where there was nothing to commit."""

    comparison: Comparison
    target: Target
    commit: str | None = None


def planned(
    environments: Sequence[Environment],
    repository: Repository,
    options: Options,
    surroundings: Surroundings,
    *,
    author: Identity | None,
    show: Callable[[Comparison], None],
    note: Callable[[str], None],
) -> Comparison:
    """What a sync would commit; notes everything that would refuse it. Writes nothing."""
    baseline = starting_point(repository, options.branch)
    with Spool() as spool:
        looks = looks_at(environments, repository, baseline, options.only, spool, surroundings)
        comparison = comparison_of(
            looks, repository, before=options.branch or "HEAD", since=surroundings.moment
        )
        show(comparison)
        require_something_seen(looks)
    for refusal in _refusals(environments, repository, options, author, looks, comparison):
        way_on = f"; {refusal.hint}" if refusal.hint else ""
        note(f"a sync would be refused: {refusal.message}{way_on}")
    return comparison


def would_commit(comparison: Comparison) -> bool:
    """Whether a sync with this plan makes a commit; what is missing keeps its file and so makes none."""
    return bool(comparison.counts[Verdict.CHANGED] or comparison.counts[Verdict.NEW])


def synced(
    environments: Sequence[Environment],
    repository: Repository,
    options: Options,
    surroundings: Surroundings,
    *,
    author: Identity | None,
    show: Callable[[Comparison], None],
    note: Callable[[str], None],
    visible: Callable[[Target, str], None],
) -> Synced:
    """Bring the repository to what the live side has, in one commit for all environments.

    Heals an interrupted run first, and notes it. `show` is told the plan before any guard. Flows that could
    not be looked at keep their file. Raises GuardError where the repository or the size of the change forbids
    it, and GatewayError where no flow could be looked at, or `abort_on_error` asks for all. `visible` gets
    the commit when the branch holds it, whatever happens afterwards.
    """
    healed = heal(repository)
    if healed is not None:
        done = "completed" if healed.finished else "withdrew"
        note(f"{done} the interrupted commit {healed.commit[:12]} on {healed.ref}")
    names = [environment.name for environment in environments]
    target = writing_target(repository, branch=options.branch, environments=names, author=author)
    with Spool() as spool:
        looks = looks_at(environments, repository, target.parent, options.only, spool, surroundings)
        comparison = comparison_of(looks, repository, before=target.branch, since=surroundings.moment)
        show(comparison)
        require_something_seen(looks)
        _require_complete(comparison, options)
        for one in looks:
            require_usual_share(one, comparison, allow=options.allow_mass_change)
        changes, message = _file_changes_of(looks, comparison), commit_message(comparison)
        new = commit(
            repository, target, changes, message=message, sleep=surroundings.sleep, author=author,
            visible=partial(visible, target),
        )  # fmt: skip
    if new == target.parent:
        return Synced(comparison, target)
    complaint = _garbage_complaint(repository)
    if complaint:
        note(f"git gc failed, the commit stands: {complaint}")
    return Synced(comparison, target, new)


def pushed(repository: Repository, done: Synced) -> Pushed:
    """Push the branch of a sync, also where it made no commit: an earlier push may have failed."""
    return push(repository, done.target)


def require_usual_share(look: Look, comparison: Comparison, *, allow: bool) -> None:
    """Raise GuardError where one run would change an unusual share of an environment's flows."""
    guards = look.environment.guards
    held = len(look.held)
    changed = sum(
        flow.verdict is Verdict.CHANGED
        for flow in comparison.flows
        if flow.environment == look.environment.name
    )
    if not allow and held >= guards.minimum and changed > guards.change * held:
        raise GuardError(
            f"{look.environment.name}: {changed} of {held} flows would change ({changed / held:.0%}), "
            f"more than {guards.change:.0%} of at least {guards.minimum}",
            hint="if that is meant, run again with --allow-mass-change",
        )


def _refusals(
    environments: Sequence[Environment],
    repository: Repository,
    options: Options,
    author: Identity | None,
    looks: Sequence[Look],
    comparison: Comparison,
) -> Iterator[FlowsyncError]:
    """All that would stop a sync of what was looked at; an interrupted one would be settled first."""
    names = [environment.name for environment in environments]
    checks: list[Callable[[], object]] = [
        partial(_require_writable, repository, options, names, author),
        partial(_require_complete, comparison, options),
        *(partial(require_usual_share, one, comparison, allow=options.allow_mass_change) for one in looks),
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
        located_target(repository, options.branch)
        require_identity(repository, author)


def _require_complete(comparison: Comparison, options: Options) -> None:
    unknown = comparison.counts[Verdict.UNKNOWN]
    if unknown and options.abort_on_error:
        raise GatewayError(
            f"{unknown} of {comparison.checked} flows are unknown; nothing was committed (--on-error abort)",
            hint="without --on-error abort the others are committed",
        )


def _file_changes_of(looks: Sequence[Look], comparison: Comparison) -> list[FileChange]:
    unknown = {
        (flow.environment, flow.flow_id) for flow in comparison.flows if flow.verdict is Verdict.UNKNOWN
    }
    return [
        change
        for look in looks
        for seen in look.seen
        if (look.environment.name, seen.flow_id) not in unknown
        for change in _file_changes(seen, look.held)
    ]


def _garbage_complaint(repository: Repository) -> str:
    try:
        return collect_garbage(repository)
    except RepositoryError as exc:
        return exc.message


def _file_changes(seen: Seen, held: Mapping[int, FlowFile]) -> Iterator[FileChange]:
    before = held.get(seen.flow_id)
    if seen.read is None:
        return
    if before is not None and before.path != seen.file.path:
        yield FileChange(before.path, before.blob, None)
        before = None
    yield FileChange(seen.file.path, before.blob if before else None, seen.file.blob, seen.read)
