"""The flows of a repository at a revision or in the work tree."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from flowsync.analysis.comparison import Side
from flowsync.document.file_layout import FLOWS
from flowsync.errors import UsageError
from flowsync.flow.printable import quote_name
from flowsync.repository.repository import FlowFile, Repository

FlowKey: TypeAlias = tuple[str, int]
"""Environment and flow id."""


@dataclass(frozen=True)
class FlowsVersion:
    """A revision with its commit (None before the first one), or the work tree."""

    name: str
    commit: str | None = None
    on_disk: bool = False

    def side(self, repository: Repository) -> Side:
        """Return the name of this version in reports."""
        return Side(self.name, self.commit, repository.short_ref(self.name) if self.commit else "")

    def files(self, repository: Repository, environments: Collection[str] = ()) -> dict[FlowKey, FlowFile]:
        """List the files of all flows, or of those in some environments."""
        names = environments or None
        files = (
            repository.work_tree_flow_files(names)
            if self.on_disk
            else repository.flow_files(self.commit, names)
        )
        return {
            (environment, flow_id): file
            for environment, files_by_id in files.items()
            for flow_id, file in files_by_id.items()
        }

    def read(self, repository: Repository, file: FlowFile) -> bytes:
        """Return the content of one of these files."""
        return repository.work_tree_bytes(file.path) if self.on_disk else repository.blob(file.blob)


WORK_TREE: Final = FlowsVersion("work tree", on_disk=True)
NO_FLOWS: Final = FlowsVersion("nothing")


def require_environments(names: Iterable[str], *sides: Iterable[FlowKey]) -> None:
    """Raise UsageError for an environment without flows on any side."""
    known = {environment for side in sides for environment, _ in side}
    for name in names:
        if name not in known:
            hint = (
                f"use one of: {', '.join(sorted(known))}"
                if known
                else "commit the first flows: flowsync sync"
            )
            raise UsageError(f"environment {quote_name(name)}: no flows in {FLOWS}/", word=name, hint=hint)


def select_environments(
    files: Mapping[FlowKey, FlowFile], names: Collection[str]
) -> Mapping[FlowKey, FlowFile]:
    """Return the files of these environments, of all without names."""
    return {key: file for key, file in files.items() if key[0] in names} if names else files
