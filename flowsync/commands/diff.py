"""Compare two revisions, or a revision with the work tree. Read-only."""

import shlex
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial

from flowsync.analysis.comparison import Comparison, FlowComparison, FlowStatus
from flowsync.commands.flow_selector import FlowSelector, ambiguity_notes
from flowsync.commands.flows_version import FlowKey, FlowsVersion, require_environments, select_environments
from flowsync.commands.snapshots import EnvironmentVersions, Files, describe_error
from flowsync.document.load import load_flow_document
from flowsync.errors import CanonicalError, UsageError
from flowsync.flow.printable import quote_name
from flowsync.flow.values import Record
from flowsync.repository.repository import FlowFile, Repository


def compare_versions(
    before: FlowsVersion,
    after: FlowsVersion,
    repository: Repository,
    *,
    words: Mapping[str, str],
    since: datetime,
    environments: Collection[str] = (),
    revisions: Collection[str] = (),
    instead: Sequence[str] = (),
    note: Callable[[str], None] = lambda _note: None,
) -> Comparison:
    """Compare the flows that `words` select, all without words; only documents whose blobs differ are read.

    Each word comes with the path that it may stand for (see `FlowSelector`). Raises UsageError for a word
    that selects no flow on either side, and if the first words, `instead` of revisions, are an environment or
    two flows. `note` gets a line for each word of `revisions` that is also a flow.
    """
    sides = [(side, side.files(repository)) for side in (before, after)]
    require_environments(environments, *(files for _, files in sides))
    old, new = (
        _Side(select_environments(files, environments), partial(side.read, repository))
        for side, files in sides
    )
    wanted: Collection[FlowKey] = old.files.keys() | new.files.keys()
    if words or revisions:
        committed = frozenset(old.files.values())
        selector = FlowSelector(
            [*old.files.items(), *new.files.items()],
            lambda file: (old if file in committed else new).read(file),
        )
        for text in ambiguity_notes(revisions, selector):
            note(text)
        wanted = _wanted(words, selector) if words else wanted
        _require_revisions(instead, {environment for environment, _ in wanted}, repository)
    versions = cache(
        lambda environment: EnvironmentVersions(
            environment, partial(old.files_in, environment), partial(new.files_in, environment)
        )
    )
    found = (_compare_flow(key, old, new, versions(key[0]), since) for key in sorted(wanted))
    flows = tuple(flow for flow in found if flow is not None)
    return Comparison(before.side(repository), after.side(repository), flows, len(wanted))


def _require_revisions(words: Sequence[str], environments: Collection[str], repository: Repository) -> None:
    """Raise UsageError if words that are not revisions suggest that they are to be compared."""
    named = [word for word in words if word in environments]
    if not named and len(words) <= 1:
        return
    flows = shlex.join(f"{word}/*" if word in environments else word for word in words)
    revisions = "HEAD~1 HEAD" if repository.ref("HEAD~1") else "HEAD"
    quoted = " and ".join(map(quote_name, named[:1] or words))
    what = f"{quoted} {'is an environment' if named else 'are flows'}"
    raise UsageError(
        f"{what}; diff compares revisions of the repository",
        word=words[0],
        hint=f"put revisions first, for example: flowsync diff {revisions} {flows}"
        if repository.head()
        else "make the first commit: flowsync sync",
    )


def _wanted(words: Mapping[str, str], selector: FlowSelector) -> set[FlowKey]:
    wanted: set[FlowKey] = set()
    for word, path in words.items():
        found = selector.matches(word, path)
        if not found:
            hint = selector.unknown(word).hint
            raise UsageError(f"{quote_name(word)}: neither a revision nor a flow", word=word, hint=hint)
        wanted |= found
    return wanted


@dataclass(frozen=True)
class _Side:
    """The files of one side of the repository."""

    files: Mapping[FlowKey, FlowFile]
    read: Callable[[FlowFile], bytes]

    def document(self, key: FlowKey) -> Record | None:
        file = self.files.get(key)
        return None if file is None else load_flow_document(key[1], self.read(file))

    def files_in(self, environment: str) -> Files:
        inside = {flow_id: file for (name, flow_id), file in self.files.items() if name == environment}
        return Files(inside, self.read)


def _compare_flow(
    key: FlowKey, old: _Side, new: _Side, versions: EnvironmentVersions, since: datetime
) -> FlowComparison | None:
    before, after = old.files.get(key), new.files.get(key)
    if before and after and before.blob == after.blob:
        return None
    file = after or before
    assert file is not None
    flow = FlowComparison(*key, "", FlowStatus.UNKNOWN, file=file.path)
    try:
        flow = versions.compare_flow(flow, old.document(key), new.document(key), since)
    except CanonicalError as exc:
        return replace(flow, reason=describe_error(exc), hint=exc.hint)
    return flow if flow.findings or flow.reason else None
