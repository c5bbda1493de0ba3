"""For every command and every input, the output has no effect on a terminal or a CI run."""

import itertools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from acceptance.history import History
from acceptance.world import Live, Program, Result, flow
from builders import relation
from strategies.hostile import HOSTILE, commands, raw_characters

from flowsync.cli.main import _COMMANDS
from flowsync.report.formats import FORMATS

_MOST_BYTES: Final = 200
_NAMES: Final = tuple(text.replace("/", "|") for text in HOSTILE)
_ID: Final = 1_000

_Injection = Callable[[str, str], str]


def _assert_harmless(ran: Result, *, has_commands: bool = False) -> None:
    for text in (ran.out, ran.err):
        assert not raw_characters(text), text
        if not has_commands:
            assert not commands(text), text


def _hostile_flow(text: str) -> dict[str, Any]:
    export = flow(
        text, desc=text, cron=text, owners=text, parameters=json.dumps([{"key": text, "value": text}])
    )
    export["tasks"] = [{"name": f"{text}{number}", "type": 3, "cmd": text} for number in (1, 2)]
    export["relations"] = [relation(f"{text}1", f"{text}2")]
    export["flowLinks"] = [{"linkId": 1, "sourceFlowName": text, text: text}]
    return {**export, text: text}


@pytest.fixture(scope="session")
def hostile_history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Create three commits of a hostile author on a hostile branch; every flow is hostile and has changed."""
    history = History.create(tmp_path_factory.mktemp("hostile") / "history")
    history.git("symbolic-ref", "HEAD", "refs/heads/a\u202e\u2028b")
    history.git("config", "user.email", "a@example.com")
    history.git("config", "user.name", "plain")
    for number in range(_ID, _ID + len(HOSTILE)):
        history.put(number, "plain", desc="plain")
    history.commit("plain")
    history.git("config", "user.name", "a\u202eb##[error]x\x1b[31m")
    for number, text in enumerate(HOSTILE, _ID):
        export = _hostile_flow(text)
        history.put(number, str(export.pop("name")), **export)
    history.commit("::error::x\x1b[2J\u202e")
    for number, text in enumerate(HOSTILE, _ID):
        export = {**_hostile_flow(text), "desc": f"{text}edited", "cron": "0 0 1 * * ? *"}
        history.put(number, str(export.pop("name")), **export)
    history.commit("##[group]x")
    return history


@pytest.fixture
def history(hostile_history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    """Copy it for a test that may change it, and make it the current folder."""
    copied = History(tmp_path / "history")
    shutil.copytree(hostile_history.root, copied.root)
    monkeypatch.chdir(copied.root)
    return copied


@pytest.mark.parametrize("form", sorted(FORMATS))
@pytest.mark.parametrize(
    "arguments",
    [
        ["diff", "HEAD~1", "HEAD"],
        pytest.param(["diff", "HEAD~2", "HEAD"], marks=pytest.mark.slow),
        pytest.param(["log"], marks=pytest.mark.slow),
    ],
    ids=" ".join,
)
def test_hostile_flows_in_every_format_of_a_report(
    arguments: list[str], form: str, history: History, flowsync: Program
) -> None:
    done = flowsync(*arguments, "--format", form)
    assert done.status == 0
    _assert_harmless(done, has_commands=form == "github")
    if form == "github":
        assert all(line.startswith("::") for line in done.out.splitlines())


@pytest.mark.parametrize("form", ["text", "mermaid", "html", "json"])
@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_hostile_flows_in_show(step: int, form: str, history: History, flowsync: Program) -> None:
    for number in range(_ID, _ID + len(HOSTILE), step):
        done = flowsync("show", str(number), "--format", form)
        assert done.status == 0
        _assert_harmless(done)


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
@pytest.mark.parametrize("width", ["60", ""])
def test_hostile_flows_in_a_list(
    width: str, form: str, history: History, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    done = flowsync("list", "--format", form)
    assert done.status == 0
    _assert_harmless(done)


def test_hostile_flows_in_a_list_of_the_platform(repo: Path, prod: Live, flowsync: Program) -> None:
    prod.put({number: _hostile_flow(text) for number, text in enumerate(HOSTILE, _ID)})
    for form in ("text", "markdown", "json"):
        done = flowsync("list", "--live", "--format", form)
        assert done.status == 0
        _assert_harmless(done)


def test_coloured_reports_contain_only_our_colours(
    history: History, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    for arguments in (("diff", "HEAD~1", "HEAD"), ("log", "-n", "1")):
        done = flowsync(*arguments)
        colours = [f"\x1b[{code}m" for code in (0, 31, 32, 33, 35, 36)]
        plain = done.out
        for colour in colours:
            plain = plain.replace(colour, "")
        assert plain != done.out
        _assert_harmless(Result(0, plain, done.err))


def _name_files(history: History) -> None:
    """Write every document under a hostile name; every second one is unreadable."""
    for number, (file, text) in enumerate(
        zip(sorted(history.root.glob("flows/prod/*.yaml")), _NAMES, strict=True)
    ):
        name = f"{text}.{_ID + number}.yaml"
        if number % 2:
            file.write_text(f"{json.dumps(text)}: {json.dumps(text)}\n{json.dumps(text)}: [\n")
        os.rename(file, os.fsencode(file.parent) + b"/" + name.encode())  # noqa: PTH104 -- bytes


@pytest.mark.parametrize(
    "arguments",
    [
        ["validate"],
        ["fmt", "--check"],
        ["fmt"],
        ["diff"],
        ["show", "1000"],
        ["show", "*"],
        ["list"],
        ["list", "--format", "markdown"],
        ["list", "--format", "json"],
        ["log"],
        ["doctor"],
        ["doctor", "--format", "json"],
        ["doctor", "--format", "junit"],
        ["sync"],
    ],
    ids=" ".join,
)
def test_hostile_names_of_files(arguments: list[str], history: History, flowsync: Program) -> None:
    _name_files(history)
    _assert_harmless(flowsync(*arguments))


def test_hostile_keys_and_values_of_documents(history: History, flowsync: Program) -> None:
    for file, text in zip(sorted(history.root.glob("flows/prod/*.yaml")), HOSTILE, strict=True):
        quoted = json.dumps(text)
        file.write_text(
            f"format: 1\nflowId: {quoted}\nname: {quoted}\ntype: {quoted}\ncron: {quoted}\n"
            f"startTime: {quoted}\n{quoted}: {quoted}\ntasks:\n- name: {quoted}\n  type: {quoted}\n"
            f"  runMode: {quoted}\n  {quoted}: {quoted}\nrelations:\n- source: {quoted}\n  {quoted}: 1\n"
        )
    done = flowsync("validate")
    assert done.status == 2
    _assert_harmless(done)
    _assert_harmless(flowsync("fmt"))


def test_hostile_documents_on_stdin(flowsync: Program) -> None:
    for text in HOSTILE:
        for document in (json.dumps({text: text}), json.dumps(text), f"{text}: [", f"{{{json.dumps(text)}"):
            done = flowsync("fmt", "-", stdin=document)
            assert done.status != 0
            _assert_harmless(done)


_INJECTIONS: Final[tuple[_Injection, ...]] = (
    lambda settings, quoted: f"{quoted}: {quoted}\n{settings}",
    lambda settings, quoted: settings.replace("prod:", f"{quoted}:"),
    lambda settings, quoted: settings.replace("orgId", quoted),
    lambda settings, quoted: settings.replace("appKey", quoted),
    lambda settings, quoted: settings.replace("env: ENOS_APP_KEY", f"env: {quoted}"),
    lambda settings, quoted: settings.replace("env: ENOS_APP_KEY", f"file: {quoted}"),
    lambda settings, quoted: settings.replace("version: 1", f"version: {quoted}"),
    lambda settings, quoted: settings.replace("gateway: http", f"gateway: {quoted} #"),
    lambda settings, quoted: settings.replace("discover: {", f"discover: {{{quoted}: {quoted}, "),
    lambda settings, quoted: settings.replace('["**"]', f"[{quoted}]"),
    lambda settings, quoted: f"{settings}commit: {{author: {quoted}}}\n",
    lambda settings, quoted: f"{settings}commit: {quoted}\n",
    lambda settings, quoted: f"{settings}{json.loads(quoted)}\n",
)


def _inject(repo: Path, pairs: "list[tuple[_Injection, str]]", flowsync: Program) -> None:
    settings = (repo / "flowsync.yaml").read_text()
    for (inject, text), command in zip(pairs, itertools.cycle(("drift", "doctor", "sync")), strict=False):
        (repo / "flowsync.yaml").write_text(inject(settings, json.dumps(text)), encoding="utf-8")
        _assert_harmless(flowsync(command))


_SETTINGS: Final = [(inject, text) for inject in _INJECTIONS for text in HOSTILE]


def test_hostile_settings(repo: Path, flowsync: Program) -> None:
    _inject(repo, _SETTINGS[::20], flowsync)


@pytest.mark.slow
def test_all_hostile_settings(repo: Path, flowsync: Program) -> None:
    _inject(repo, _SETTINGS, flowsync)


def _arguments(command: str) -> list[list[str]]:
    """List the arguments of each command, with @ in place of a hostile text."""
    every = [[command, "@"], [command, "--@"], [command, "-@"], [command, "--format", "@"]]
    every += [[command, "--output", "@"], [command, "--config", "@"], [command, "--env", "@"]]
    every += [[command, "--flow", "@"], [command, "--jobs", "@"], [command, "--context", "@"]]
    every += [[command, "--fail-on", "@"], [command, "--baseline", "@"], [command, "--branch", "@"]]
    every += [[command, "--flow-id", "@"], [command, "HEAD", "@"], [command, "a", "b@", "c"]]
    every += [[command, "-n", "@"], [command, "@..HEAD"], [command, "HEAD...@"], [command, "1000@"]]
    return [arguments for arguments in every if command not in _SERVING or arguments[1].startswith("-")]


_SERVING: Final = frozenset({"emulator", "demo", "init"})
_ARGUMENTS: Final = [
    [word.replace("@", text) for word in arguments]
    for command in ("@", *_COMMANDS)
    for arguments in ([["@"]] if command == "@" else _arguments(command))
    for text in HOSTILE
]


def _run_all(all_arguments: list[list[str]], flowsync: Program) -> None:
    for arguments in all_arguments:
        _assert_harmless(flowsync(*arguments))


def test_hostile_arguments(synced: Path, flowsync: Program) -> None:
    _run_all(_ARGUMENTS[::101], flowsync)


@pytest.mark.slow
def test_all_hostile_arguments(synced: Path, flowsync: Program) -> None:
    _run_all(_ARGUMENTS, flowsync)


def test_hostile_variables_of_the_environment(
    synced: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("FLOWSYNC_ENV", "FLOWSYNC_CONFIG", "FLOWSYNC_JOBS", "FLOWSYNC_NO_CACHE", "GIT_CONFIG_COUNT")
    for name, text in zip(itertools.cycle(names), HOSTILE[::2], strict=False):
        with monkeypatch.context() as changed:
            changed.setenv(name, text)
            _assert_harmless(flowsync("drift"))


def test_hostile_flows_on_the_platform(repo: Path, prod: Live, flowsync: Program) -> None:
    prod.put({number: _hostile_flow(text) for number, text in enumerate(HOSTILE, _ID)})
    for arguments in (["drift"], ["sync", "-vv"]):
        done = flowsync(*arguments)
        assert done.status in {0, 2, 3}
        _assert_harmless(done)


def test_a_hostile_folder_of_a_repository(tmp_path: Path, flowsync: Program) -> None:
    for number, name in enumerate(_NAMES[::4]):
        parent = tmp_path / str(number)
        parent.mkdir()
        for _ in range(2):
            _assert_harmless(flowsync("init", str(parent / name)))


def test_hostile_names_in_a_separate_process(history: History, flowsync_process: Program) -> None:
    _name_files(history)
    _assert_harmless(flowsync_process("validate"))
