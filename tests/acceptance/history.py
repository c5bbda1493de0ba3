"""A repository without a platform; a test writes its history."""

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from acceptance.world import flow

from flowsync.document.file_layout import document_path
from flowsync.document.writer import dump
from flowsync.flow.canonical import canonicalize


@dataclass(frozen=True)
class History:
    """A repository to which a test adds commits."""

    root: Path

    @classmethod
    def create(cls, root: Path) -> "History":
        root.mkdir()
        history = cls(root)
        history.git("init", "-q")
        return history

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def put(self, flow_id: int, name: str, *, environment: str = "prod", **fields: Any) -> Path:
        """Write a flow as a sync would, without a commit."""
        export: Mapping[str, Any] = flow(name, **fields)
        for old in self.root.glob(f"flows/{environment}/*.{flow_id}.yaml"):
            old.unlink()
        file = self.root / document_path(environment, name, flow_id)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(dump(canonicalize(export, flow_id)), encoding="utf-8")
        return file

    def commit(self, subject: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", subject)
        return self.git("rev-parse", "HEAD")

    def put_and_commit(self, subject: str, flow_id: int, name: str, **fields: Any) -> str:
        self.put(flow_id, name, **fields)
        return self.commit(subject)

    def add_commits(self, flow_id: int, name: str, count: int) -> None:
        """Create `count` commits, each with another description of the flow."""
        branch, path = self.git("symbolic-ref", "HEAD"), document_path("prod", name, flow_id)
        stream = [f"reset {branch}\nfrom {branch}^0\n\n".encode()]
        for number in range(count):
            text = dump(canonicalize(flow(name, desc=f"version {number}"), flow_id)).encode()
            stream.append(
                f"commit {branch}\ncommitter A <a@example.com> {1_700_000_000 + number} +0000\n"
                f"data 1\nx\nM 644 inline {path}\ndata {len(text)}\n".encode()
                + text
                + b"\n"
            )
        command = ["git", "fast-import", "--quiet"]
        subprocess.run(command, cwd=self.root, input=b"".join(stream), check=True)
