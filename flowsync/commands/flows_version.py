"""The flows of a repository at a revision or in the work tree."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, TypeAlias

from flowsync.analysis.comparison import Side
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
