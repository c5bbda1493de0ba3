"""Repositories for measurements, and plain git commands for comparison."""

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from .exports import ORG_ID, USER_ID, flow_ids

SECRETS = {"BENCHMARK_KEY": "key", "BENCHMARK_SECRET": "secret"}
_IDENTITY = ("-c", "user.name=Benchmark", "-c", "user.email=benchmark@example.com")
# A background gc would slow down the next measurement; disabling it favours plain git.
_GIT = ("git", *_IDENTITY, "-c", "gc.auto=0", "-c", "commit.gpgsign=false")

_CONFIGURATION = """\
version: 1
environments:
  prod:
    gateway: http://127.0.0.1:{port}
    orgId: {org_id}
    userId: {user_id}
    credentials: {{appKey: {{env: BENCHMARK_KEY}}, appSecret: {{env: BENCHMARK_SECRET}}}}
    flows: [{flows}]
    jobs: {jobs}
commit: {{author: "Benchmark <benchmark@example.com>"}}
"""


def clean_environment(home: Path) -> Mapping[str, str]:
    """Return the variables of this process without those of git and flowsync, and with a new home."""
    others = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "FLOWSYNC_"))}
    return {**others, **SECRETS, "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")}


def new_repository(place: Path) -> Path:
    """Create an empty repository."""
    place.mkdir(parents=True)
    git(place, "init", "--quiet", "--initial-branch=main")
    return place


def configured_repository(place: Path, port: int, count: int, *, jobs: int) -> Path:
    """Create a repository with `count` flows by `flowsync sync`."""
    flows = ", ".join(map(str, flow_ids(count)))
    text = _CONFIGURATION.format(port=port, org_id=ORG_ID, user_id=USER_ID, flows=flows, jobs=jobs)
    new_repository(place).joinpath("flowsync.yaml").write_text(text, encoding="utf-8")
    return place


def git(place: Path, *arguments: str, stdin: bytes = b"") -> str:
    """Return the output of plain git."""
    done = subprocess.run([*_GIT, *arguments], cwd=place, input=stdin, capture_output=True, check=True)
    return done.stdout.decode()


def write_and_commit(place: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Commit in the usual way: write the files, `git add -A`, `git commit`."""
    for path, text in files:
        file = place / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text)
    git(place, "add", "-A")
    git(place, "commit", "--quiet", "--message", "sync")


def import_and_check_out(place: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Commit in the fastest way of plain git: fast-import, then read-tree for files and index."""
    lines = [
        b"commit refs/heads/main\n",
        b"committer Benchmark <benchmark@example.com> 1790000000 +0000\n",
        b"data 4\nsync\nfrom refs/heads/main^0\n",
    ]
    for path, text in files:
        lines.append(b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(text), text))
    git(place, "fast-import", "--quiet", stdin=b"".join(lines))
    git(place, "read-tree", "-m", "-u", "HEAD~1", "HEAD")
    git(place, "status", "--porcelain", "--", "flows")
