"""What the program answers to wrong uses: the exit status, what is wrong, where, and what to do next.

Every command in a hint is run in the folder of its case; it must not lead into the next error.
"""

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from acceptance.world import (
    KEY,
    ORGANISATIONS,
    SECRET,
    VARIABLES,
    Flow,
    Result,
    configuration,
    file_of,
    flow,
    organisations,
)

from flowsync.cli.main import run
from flowsync.emulator.gateway import Gateway
from flowsync.emulator.server import serving

_NEXT_STEP: Final = re.compile(r"""hint: |next: |"hint": "[a-z]|Try 'flowsync|expected """ + "|did you mean")
_COMMAND: Final = re.compile(
    r"(?:(?<=: )|(?<=run )|(?<=^)|(?<=\()|(?<=; )|(?<=or ))((?:flowsync|git|mv|export) [^;,]+)"
)
_END: Final = re.compile(
    r" (?:to (?:list|make|select|see)|brings|lists|fetches|there|on it|commits those)\b.*| \[.*"
)
_DONE: Final = {0, 2}


@dataclass(frozen=True)
class World:
    """The emulator, the places where programs run, and the current folder."""

    gateway: Gateway
    places: Mapping[str, Path]
    here: Path = Path()

    def write(self, path: str, text: str | bytes) -> None:
        file = self.here / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)

    def configure(self, old: str, new: str) -> None:
        """Replace a text in flowsync.yaml."""
        file = self.here / "flowsync.yaml"
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new, 1))

    def git(self, *arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=self.here, check=True, capture_output=True)


Change = Callable[[World], None]


@dataclass(frozen=True)
class Case:
    """One wrong use: the words after `flowsync`, the exit status, and what the output contains."""

    line: str
    status: int
    contains: tuple[str, ...]
    place: str = "synced"
    change: Change = lambda _world: None
    variables: Mapping[str, str | None] = field(default_factory=dict)
    fill: Mapping[str, str] = field(default_factory=dict)
    stdin: str = ""

    @property
    def name(self) -> str:
        return f"{self.line or 'nothing'}, {self.contains[0]}"


def _configure(old: str, new: str) -> Change:
    return lambda world: world.configure(old, new)


def _write(path: str, text: str | bytes) -> Change:
    return lambda world: world.write(path, text)


def _document(edit: Callable[[bytes], bytes]) -> Change:
    """Edit the file of flow 2."""

    def change(world: World) -> None:
        file = file_of(world.here, 2)
        file.write_bytes(edit(file.read_bytes()))

    return change


def _committed(change: Change) -> Change:
    def committed(world: World) -> None:
        change(world)
        world.git("commit", "-qam", "edit")

    return committed


def _fault(kind: str, **settings: object) -> Change:
    return lambda world: world.gateway.fault(kind, **settings)


def _detach(world: World) -> None:
    world.git("checkout", "-q", "--detach")


def _merging(world: World) -> None:
    world.git("commit", "-q", "--allow-empty", "-m", "ours")
    world.git("checkout", "-q", "-b", "week", "HEAD~1")
    world.git("commit", "-q", "--allow-empty", "-m", "theirs")
    world.git("checkout", "-q", "main")
    world.git("merge", "-q", "--no-ff", "--no-commit", "week")


def _without_configuration(world: World) -> None:
    (world.here / "flowsync.yaml").unlink()


def _misnamed(world: World) -> None:
    (world.here / "flowsync.yaml").rename(world.here / "flowsync.yml")


def _second_ingest(world: World) -> None:
    world.write("flows/prod/ingest.9.yaml", "format: 1\nflowId: 9\nname: ingest\n")


def _conflict(data: bytes) -> bytes:
    name = data.index(b"name:")
    end = data.index(b"\n", name) + 1
    return data[:name] + b"<<<<<<< HEAD\nname: a\n=======\n" + data[name:end] + b">>>>>>> week\n" + data[end:]


def _control(data: bytes) -> bytes:
    return data.replace(b"name: forecast", b"name: fore\x07cast")


def _gbk(data: bytes) -> bytes:
    return data.replace(b"name: forecast", "name: 预测".encode("gbk"))


_EXPORT: Final = json.dumps({"code": 0, "data": flow("exported")})
_TYPO: Final = 64
_GATEWAY: Final = "    gateway: "

_USAGE: Final = [
    Case("staus", _TYPO, ("staus",)),
    Case("drift --froce", _TYPO, ("--froce",)),
    Case("drift --format xml", _TYPO, ("xml", "--format", "json")),
    Case("drift --jobs 0", _TYPO, ("--jobs", "expected a whole number from 1 to 64, got '0'")),
    Case("drift --jobs many", _TYPO, ("--jobs", "expected a whole number from 1 to 64, got 'many'")),
    Case("diff --context -1", _TYPO, ("--context", "expected a whole number from 0 to 1000, got '-1'")),
    Case("log -n 0", _TYPO, ("--max-count", "expected a whole number of at least 1, got '0'")),
    Case("fmt - --flow-id 0", _TYPO, ("--flow-id", "expected a whole number of at least 1")),
    Case("emulator --port 99999", _TYPO, ("--port", "expected a whole number from 0 to 65535, got '99999'")),
    Case("emulator --from nowhere", _TYPO, ("--from", "nowhere")),
    Case("drift --format json --format junit", _TYPO, ("--output", "--format")),
    Case("drift --format json --output ''", _TYPO, ("--output", "variable")),
    Case("drift --format json --output a --format junit --output a", _TYPO, ("output",)),
    Case("sync --exit-code", _TYPO, ("--exit-code", "--dry-run")),
    Case("sync --push --dry-run", _TYPO, ("--push", "--dry-run")),
    Case("sync --on-error ignore", _TYPO, ("--on-error", "ignore", "abort")),
    Case("drift --fail-on fatal", _TYPO, ("--fail-on", "fatal", "breaking")),
    Case("drift prod", _TYPO, ("prod",)),
    Case("fmt - flows", _TYPO, ("-",)),
    Case("fmt --flow-id 3", _TYPO, ("--flow-id", "-")),
    Case("fmt ''", _TYPO, ("empty",)),
    Case("fmt --check flows ''", _TYPO, ("empty",)),
    Case("validate ''", _TYPO, ("empty",)),
    Case("show", _TYPO, ("FLOW",)),
    Case("show ''", _TYPO, ("empty",)),
    Case("diff ''", _TYPO, ("empty",)),
    Case("log ''", _TYPO, ("empty",)),
    Case("show 2 --format markdown", _TYPO, ("--format", "markdown", "mermaid")),
    Case("schema nonsense", _TYPO, ("nonsense", "document")),
    Case("init", _TYPO, ("DIR",)),
    Case("init flowsync.yaml", _TYPO, ("flowsync.yaml",)),
]

_NAMES: Final = [
    *(
        Case(f"{command} --env prdo", _TYPO, ("no such environment: 'prdo'", "flowsync.yaml: prod, dev"))
        for command in ("drift", "sync", "doctor")
    ),
    Case("drift", _TYPO, ("no such environment: 'prdo'",), variables={"FLOWSYNC_ENV": "prdo"}),
    Case("drift --env ''", _TYPO, ("no such environment: ''", "prod, dev")),
    Case("log --env prdo", _TYPO, ("environment 'prdo': not found in this history", "use one of: prod")),
    Case("log --env 'pr*'", _TYPO, ("not an environment name: 'pr*'", "expected")),
    Case("show nothing", _TYPO, ("flow 'nothing': not found", "run flowsync list")),
    Case("show forcast", _TYPO, ("flow 'forcast': not found", "did you mean forecast?")),
    Case("show ingest", _TYPO, ("flow 'ingest': expected one flow, got 2", "prod/1"), change=_second_ingest),
    Case(
        "show '*'",
        _TYPO,
        ("flow '*': expected one flow, got 3", "hint: name the flow by environment and id: prod/1"),
    ),
    Case("log nothing", _TYPO, ("flow 'nothing': not found", "run flowsync list")),
    Case("log 777", _TYPO, ("flow '777': not found", "run flowsync list")),
    Case("diff nothing", _TYPO, ("'nothing': neither a revision nor a flow", "run flowsync list")),
    Case("show x", _TYPO, ("flow 'x': not found", "there are no flows yet"), place="unborn"),
    Case("drift --flow 777", _TYPO, ("flow '777'", "add it to flows in flowsync.yaml")),
    Case("sync --flow 777", _TYPO, ("flow '777'", "add it to flows in flowsync.yaml")),
    Case("diff HAED", _TYPO, ("'HAED': neither a revision nor a flow",)),
    Case("diff HEAD~9", _TYPO, ("'HEAD~9': neither a revision nor a flow",)),
    Case("diff main..nope", _TYPO, ("'main..nope'",)),
    Case("diff 2 HEAD", _TYPO, ("'HEAD': a revision in an unexpected place", "put revisions first")),
    Case("log ingest HEAD", _TYPO, ("'HEAD': a revision in an unexpected place", "put the revision first")),
    Case("log main...v1 ", _TYPO, ("'main...v1'", "A..B")),
    Case("diff 20261101", _TYPO, ("'20261101'", "refs/tags/20261101")),
    Case("show 2@nope", _TYPO, ("flow '2@nope': not found", "check the revision after @", "'nope'")),
    Case("drift prod", _TYPO, ("(prod)", "Select environments with --env and flows with --flow.")),
    Case("sync 2924", _TYPO, ("(2924)", "Select environments with --env and flows with --flow.")),
    Case("doctor prod", _TYPO, ("(prod)", "Select environments with --env.")),
    Case("diff HEAD~99", _TYPO, ("'HEAD~99'", "git log --all --oneline")),
    Case("diff HEAD..nope", _TYPO, ("'HEAD..nope'", "git log --all --oneline")),
    Case("diff 51bcbd2 HEAD", 1, ("'51bcbd2'", "git fetch --unshallow"), place="shallow"),
    Case("drift --baseline nope", _TYPO, ("no such revision: 'nope'", "git log --all --oneline")),
    Case("drift --baseline ''", _TYPO, ("no such revision: ''",)),
    Case("drift --baseline x", _TYPO, ("no such revision: 'x'", "no commit yet"), place="unborn"),
    Case("sync --branch 'a b'", _TYPO, ("not the name of a branch: 'a b'", "like main")),
    Case("sync --branch refs/heads/x", _TYPO, ("'refs/heads/x'", "short name")),
    Case("diff HEAD~1", 1, ("'HEAD~1'", "git fetch --unshallow"), place="shallow"),
    Case("log HEAD~1", 1, ("'HEAD~1'", "git fetch --unshallow"), place="shallow"),
    Case("show 2@HEAD~1", 1, ("'HEAD~1'", "git fetch --unshallow"), place="shallow"),
    Case("drift --baseline HEAD~1", 1, ("'HEAD~1'", "git fetch --unshallow"), place="shallow"),
]

_PLACES: Final = [
    *(
        Case(command, 1, ("no git repository in ", "flowsync init ."), place="nowhere")
        for command in ("drift", "sync", "diff", "log", "show 2", "validate", "fmt", "fmt --check")
    ),
    Case(
        "drift", 1, ("no git repository in ", "git init"), place="nowhere", change=_write("flowsync.yaml", "")
    ),
    *(
        Case(
            command,
            1,
            ("flowsync.yaml: not found in this folder or above it", "flowsync init ."),
            change=_without_configuration,
        )
        for command in ("drift", "sync")
    ),
    Case("drift", 1, ("flowsync.yml is not read", "mv flowsync.yml flowsync.yaml"), change=_misnamed),
    Case("doctor", 2, ("flowsync.yml is not read", "mv flowsync.yml flowsync.yaml"), change=_misnamed),
    Case(
        "drift", 1, ("flowsync.yaml: not found in HEAD of the bare repository", "--config FILE"), place="bare"
    ),
    Case("validate", 1, ("bare repository", "git clone . ../work"), place="bare"),
    Case("diff", 1, ("bare repository", "name the revisions"), place="bare"),
    Case("drift --config nowhere.yaml", 1, ("nowhere.yaml", "No such file", "FLOWSYNC_CONFIG")),
    Case("drift --config .", 1, ("directory", "check --config")),
    Case("drift", 1, ("nowhere.yaml", "FLOWSYNC_CONFIG"), variables={"FLOWSYNC_CONFIG": "nowhere.yaml"}),
    Case("init .", 4, ("flowsync.yaml", "edit the existing file")),
    Case("init sub", 4, ("inside the repository", "add the environment to ", "/flowsync.yaml")),
    Case("init sub", 4, ("inside the repository", "flowsync init /"), change=_without_configuration),
    Case("sync", 4, ("detached HEAD", "--branch NAME"), change=_detach),
    Case("sync", 4, ("shallow", "--branch NAME"), place="shallow"),
    Case("sync", 4, ("merge is in progress", "git merge --abort"), change=_merging),
    Case(
        "sync", 4, ("forecast.2.yaml", "commit, stash or move"), change=_document(lambda data: data + b"\n")
    ),
    Case("sync", 4, ("index.lock", "remove that file"), change=_write(".git/index.lock", "")),
    Case("fmt nowhere", _TYPO, ("'nowhere': neither a file nor a flow", "flowsync list")),
    Case("validate flows/nowhere", 1, ("no such file or folder: flows/nowhere",)),
    Case("validate /etc/passwd", 2, ("/etc/passwd", "outside of the repository")),
    Case("validate .git", 2, (".git", "expected files named")),
    Case(
        "drift",
        1,
        ("TZ: unknown time zone 'Asia/Shanghia'", "export TZ=Asia/Shanghai"),
        variables={"TZ": "Asia/Shanghia"},
    ),
    Case("diff", 1, ("TZ: unknown time zone 'Moon'", "unset TZ"), variables={"TZ": "Moon"}),
    Case("drift --format json --output no/such.json", 1, ("no/such.json", "No such file")),
]

_CONFIGURATION: Final = [
    Case(
        "drift",
        1,
        ("flowsync.yaml:4", "environments.prod.gatway", "did you mean gateway?"),
        change=_configure("gateway", "gatway"),
    ),
    Case(
        "drift",
        1,
        ("flowsync.yaml:4", "'https://<host>' is a placeholder"),
        change=_configure(_GATEWAY, f"{_GATEWAY}https://<host> # "),
    ),
    Case(
        "drift",
        1,
        ("flowsync.yaml:4", "gateway: this is an example"),
        change=_configure(_GATEWAY, f"{_GATEWAY}https://apim.example.com # "),
    ),
    Case(
        "drift",
        1,
        ("flowsync.yaml:4", "plain http://"),
        change=_configure(_GATEWAY, f"{_GATEWAY}http://enos.corp # "),
    ),
    Case(
        "drift",
        1,
        ("flowsync.yaml:4", "user name or password"),
        change=_configure(_GATEWAY, f"{_GATEWAY}https://u:p@enos.corp # "),
    ),
    Case("drift", 1, ("flowsync.yaml:1", "expected 1, got 2"), change=_configure("version: 1", "version: 2")),
    Case("drift", 1, ("flowsync.yaml:4", "Prod", "a-z, 0-9"), change=_configure("prod:", "Prod:")),
    Case(
        "drift",
        1,
        ("flowsync.yaml:4", "the key userId is missing"),
        change=_configure("    userId", "    # "),
    ),
    Case(
        "drift", 1, ("flowsync.yaml:5", "expected text, got 15"), change=_configure("orgId: ", "orgId: 15 # ")
    ),
    Case("drift", 1, ("flowsync.yaml:8", "nothing to find"), change=_configure('"directories"', '"exclude"')),
    Case("drift", 1, ("flowsync.yaml:8", "expected a list in [ ]"), change=_configure('["**"]', '"**"')),
    Case(
        "drift",
        1,
        ("flowsync.yaml:8", "expected a whole number, got 'x'"),
        change=_configure("    discover", "    flows: [x] # "),
    ),
    Case(
        "drift",
        1,
        ("flowsync.yaml:8", "expected a share like 30%"),
        change=_configure("    discover", "    guards: {change: lots}\n    discover"),
    ),
    Case(
        "drift",
        1,
        ("flowsync.yaml:7", "appKey", "remove the secret"),
        change=_configure("{env: ENOS_APP_KEY}", "s3cr3t"),
    ),
    Case(
        "drift", 1, ("flowsync.yaml:7", "not the secret itself"), change=_configure("ENOS_APP_KEY", "s3-cr3t")
    ),
    Case(
        "drift",
        1,
        ("flowsync.yaml:7", "exactly one of env and file"),
        change=_configure("{env: ENOS_APP_KEY}", "{}"),
    ),
    Case("drift", 1, ("flowsync.yaml:4", "not YAML"), change=_configure("environments:", "environments: [")),
    Case(
        "drift",
        1,
        ("flowsync.yaml:1", "not allowed", "U+0007"),
        change=_configure("version: 1", "version: 1\a"),
    ),
    Case(
        "drift",
        1,
        ("flowsync.yaml:3", "conflict markers", "git add"),
        change=_configure("  prod:", "<<<<<<< HEAD\n  prod:"),
    ),
    Case(
        "drift",
        1,
        ("flowsync.yaml:2", "not UTF-8", "save the file as UTF-8"),
        change=_write("flowsync.yaml", b"version: 1\n# \xb7\xe7\n"),
    ),
    Case("drift", 1, ("flowsync.yaml", "empty"), change=_write("flowsync.yaml", "")),
    Case("drift", 1, ("flowsync.yaml", "expected keys with values"), change=_write("flowsync.yaml", "[]")),
    Case(
        "doctor", 2, ("flowsync.yaml:1", "expected 1, got 2"), change=_configure("version: 1", "version: 2")
    ),
    *(
        Case(
            command,
            status,
            (
                "flowsync.yaml:7",
                "ENOS_APP_KEY is not set",
                "ENOS_APP_SECRET is not set",
                "export ENOS_APP_KEY=",
            ),
            variables={"ENOS_APP_KEY": None, "ENOS_APP_SECRET": " "},
        )
        for command, status in (("drift", 1), ("sync", 1), ("doctor", 2))
    ),
    Case(
        "drift",
        1,
        ("flowsync.yaml:7", "appKey", "the secret cannot be read from"),
        change=_configure("{env: ENOS_APP_KEY}", "{file: nowhere}"),
    ),
    Case("drift", 1, ("flowsync.yaml:7", "not printable"), variables={"ENOS_APP_KEY": "a\tb"}),
]

_READERS: Final = (("validate", 2), ("diff", 3), ("show 2", 1), ("fmt --check", 1))
_DOCUMENTS: Final = [
    *(
        Case(
            command,
            status,
            ("forecast.2.yaml", "3", "conflict markers", "git add"),
            change=_document(_conflict),
        )
        for command, status in _READERS
    ),
    *(
        Case(command, status, ("forecast.2.yaml", "3", "U+0007", "escape"), change=_document(_control))
        for command, status in _READERS
    ),
    *(
        Case(
            command,
            status,
            ("forecast.2.yaml", "3", "not UTF-8", "save the file as UTF-8"),
            change=_document(_gbk),
        )
        for command, status in _READERS
    ),
    *(
        Case(
            command,
            3,
            ("forecast.2.yaml", "line 3", "conflict markers", "git add"),
            change=_committed(_document(_conflict)),
        )
        for command in ("drift", "log")
    ),
    *(
        Case(
            f"{command} exported.2.json",
            status,
            ("exported.2.json", "JSON", "flowsync fmt - --flow-id ID < FILE"),
            change=_write("exported.2.json", _EXPORT),
            fill={"ID": "2", "FILE": "exported.2.json"},
        )
        for command, status in (("fmt", 1), ("validate", 2))
    ),
    Case(
        "validate",
        2,
        ("forecast.2.yaml:1", "newer flowsync", "upgrade"),
        change=_document(lambda data: data.replace(b"format: 1", b"format: 9")),
    ),
    Case(
        "validate",
        2,
        ("forecast.2.yaml:4", "'name' occurs twice"),
        change=_document(lambda data: data.replace(b"name: ", b"name: x\nname: ", 1)),
    ),
    Case("fmt - --flow-id 2", 1, ("no export",), stdin="[]"),
    Case("fmt -", 1, ("a document is a mapping", "format: 1"), stdin="hello"),
]

_FORMATS: Final = ("text", "markdown", "html", "json", "junit", "sarif", "github", "gitlab")
_PLATFORM: Final = [
    Case(
        "drift",
        1,
        ("prod: http://127.0.0.1:9: connection refused (4 attempts in ", "proxy none)", "flowsync.yaml:4"),
        change=_configure(_GATEWAY, f"{_GATEWAY}http://127.0.0.1:9 # "),
    ),
    Case(
        "drift",
        1,
        ("prod: http://127", "application key does not exist", "`appKey` (flowsync.yaml:7)"),
        change=_fault("code", code=1002),
    ),
    Case(
        "drift",
        1,
        ("prod: http://127", "encryption is invalid", "`appSecret` (flowsync.yaml:7)"),
        change=_fault("code", code=1003),
    ),
    Case(
        "drift",
        1,
        ("prod: http://127", "62101", "`userId` (flowsync.yaml:6)"),
        change=_fault("code", code=62101, count=None),
    ),
    Case(
        "drift",
        1,
        ("prod: http://127", "62105", "unlock the account"),
        change=_fault("code", code=62105, count=None),
    ),
    *(
        Case(
            f"drift --format {form}",
            3,
            ("62103", "give the user the right to read it"),
            change=_fault("code", code=62103, flow_id=2, count=None),
        )
        for form in _FORMATS
    ),
    Case(
        "drift",
        3,
        ("62102", "check that the flow exists"),
        change=_fault("code", code=62102, flow_id=2, count=None),
    ),
    Case(
        "drift",
        1,
        ("prod: http://127", "selects none of the platform's 3 flows", "`discover` (flowsync.yaml:8)"),
        change=_configure('"**"', '"Other/**"'),
    ),
    Case(
        "drift",
        1,
        ("prod: http://127", "HTML page", "-v"),
        change=_fault("html", action="listWorkFlowDirs", count=None),
    ),
    Case(
        "sync --on-error abort",
        1,
        ("1 of 4 flows", "--on-error abort"),
        change=_fault("code", code=62103, flow_id=2, count=None),
    ),
]

CASES: Final = [*_USAGE, *_NAMES, *_PLACES, *_CONFIGURATION, *_DOCUMENTS, *_PLATFORM]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Start the emulator and create the places; each case works in a copy of one."""
    folder = tmp_path_factory.mktemp("wrong-uses")
    places = {name: folder / name for name in ("synced", "unborn", "shallow", "bare", "nowhere")}
    with serving(organisations()) as gateway, pytest.MonkeyPatch.context() as monkeypatch:
        _clean_environment(monkeypatch, folder / "home")
        gateway.put_flows(ORGANISATIONS["dev"], {11: flow("ingest")})
        gateway.put_flows(ORGANISATIONS["prod"], _flows())
        git = partial(subprocess.run, check=True, capture_output=True)
        for name in ("synced", "unborn"):
            git(["git", "init", "-q", places[name]])
            (places[name] / "flowsync.yaml").write_text(configuration(gateway.url, ["prod", "dev"]))
        monkeypatch.chdir(places["synced"])
        git(["git", "add", "."])
        git(["git", "commit", "-qm", "start"])
        git(["git", "tag", "20261101"])
        git(["git", "tag", "v1"])
        assert run(["sync", "--env", "prod", "-q"]) == 0
        git(["git", "clone", "-q", "--depth=1", f"file://{places['synced']}", places["shallow"]])
        git(["git", "clone", "-q", "--bare", f"file://{places['synced']}", places["bare"]])
        git(["git", "--git-dir", places["bare"], "update-ref", "-d", "refs/heads/main"])
        places["nowhere"].mkdir()
        yield World(gateway, places)


def _clean_environment(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    foreign = (
        "GIT_",
        "FLOWSYNC_",
        "ENOS_",
        "HTTP",
        "ALL_PROXY",
        "http",
        "all_proxy",
        "TZ",
        "NO_COLOR",
        "FORCE_COLOR",
    )
    for name in [name for name in os.environ if name.startswith(foreign)]:
        monkeypatch.delenv(name)
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\nname = W\nemail = w@example.com\n[init]\ndefaultBranch = main\n"
    )
    variables = {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home, "GIT_CONFIG_NOSYSTEM": "1"}
    for name, value in {
        **variables,
        **VARIABLES,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }.items():
        monkeypatch.setenv(name, str(value))


def _flows() -> dict[int, Flow]:
    return {1: flow("ingest"), 2: flow("forecast"), 3: flow("report")}


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_wrong_use_is_answered_with_what_is_wrong_where_and_what_to_do(
    case: Case,
    world: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = tmp_path / "repo"
    shutil.copytree(world.places[case.place], here)
    monkeypatch.chdir(here)
    for name, value in case.variables.items():
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
    case.change(World(world.gateway, world.places, here))
    try:
        result = _run(case, capsys, monkeypatch)
    finally:
        world.gateway.clear_faults()
    printed = result.out + result.err
    assert result.status == case.status, printed
    text = " ".join(printed.split())  # doctor wraps its lines
    assert [part for part in case.contains if part not in text] == [], printed
    assert _NEXT_STEP.search(printed), printed
    assert not [secret for secret in (KEY, SECRET, "s3cr3t", "s3-cr3t") if secret in printed]
    for command in _commands(case, printed):
        assert _status(command, here) in _DONE, f"{command}\n{printed}"


def _run(case: Case, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(case.stdin.encode())))
    if "TZ" in case.variables:  # a process reads it once
        return _program(case.line)
    capsys.readouterr()
    status = run(shlex.split(case.line))
    return Result(status, *capsys.readouterr())


def _program(line: str) -> Result:
    done = subprocess.run(
        ["flowsync", *shlex.split(line)], capture_output=True, encoding="utf-8", check=False
    )
    return Result(done.returncode, done.stdout, done.stderr)


def _commands(case: Case, printed: str) -> list[str]:
    """Return the commands of all hints in a plain text, with examples in place of the words in capitals."""
    hints = [line.partition("hint: ")[2] for line in printed.splitlines() if "hint: " in line]
    found = [
        _END.sub("", command).strip().rstrip("?").rstrip(")")
        for hint in hints
        for command in _COMMAND.findall(hint)
    ]
    for word, value in {"...": "x", **case.fill}.items():
        found = [command.replace(word, value) for command in found]
    return [*dict.fromkeys(found)]


def _status(command: str, here: Path) -> int:
    done = subprocess.run(["sh", "-c", command], cwd=here, capture_output=True, check=False)
    return done.returncode


def test_there_are_at_least_a_hundred_wrong_uses() -> None:
    assert len({(case.line, case.place, case.contains) for case in CASES}) >= 100
