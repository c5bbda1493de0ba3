"""For every command and every input, the output has no effect on a terminal or a CI run."""

import itertools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from acceptance.history import Past
from acceptance.world import Live, Program, Ran, flow
from strategies.hostile import HOSTILE, commands, raw_characters

from flowsync.cli.main import _COMMANDS
from flowsync.report.formats import FORMATS

_MOST_BYTES: Final = 200
_NAMES: Final = tuple(text.replace("/", "|") for text in HOSTILE)
_ID: Final = 1_000

_Spoiled = Callable[[str, str], str]


def _assert_harmless(ran: Ran, *, has_commands: bool = False) -> None:
    for text in (ran.out, ran.err):
        assert not raw_characters(text), text
        if not has_commands:
            assert not commands(text), text


def _hostile_flow(text: str) -> dict[str, Any]:
    made = flow(
        text, desc=text, cron=text, owners=text, parameters=json.dumps([{"key": text, "value": text}])
    )
    made["tasks"] = [{"name": f"{text}{number}", "type": 3, "cmd": text} for number in (1, 2)]
    made["relations"] = [{"sourceTaskName": f"{text}1", "targetTaskName": f"{text}2", "rerun": True}]
    made["flowLinks"] = [{"linkId": 1, "sourceFlowName": text, text: text}]
    return {**made, text: text}


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """Create three commits of a hostile author on a hostile branch; every flow is hostile and has changed."""
    past = Past.begun(tmp_path_factory.mktemp("hostile") / "past")
    past.git("symbolic-ref", "HEAD", "refs/heads/a\u202e\u2028b")
    past.git("config", "user.email", "a@example.com")
    past.git("config", "user.name", "plain")
    for number in range(_ID, _ID + len(HOSTILE)):
        past.put(number, "plain", desc="plain")
    past.commit("plain")
    past.git("config", "user.name", "a\u202eb##[error]x\x1b[31m")
    for number, text in enumerate(HOSTILE, _ID):
        made = _hostile_flow(text)
        past.put(number, str(made.pop("name")), **made)
    past.commit("::error::x\x1b[2J\u202e")
    for number, text in enumerate(HOSTILE, _ID):
        made = {**_hostile_flow(text), "desc": f"{text}edited", "cron": "0 0 1 * * ? *"}
        past.put(number, str(made.pop("name")), **made)
    past.commit("##[group]x")
    return past


@pytest.fixture
def past(made: Past, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Past:
    """Copy it for a test that may change it, and make it the current folder."""
    copied = Past(tmp_path / "past")
    shutil.copytree(made.root, copied.root)
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
    arguments: list[str], form: str, past: Past, flowsync: Program
) -> None:
    done = flowsync(*arguments, "--format", form)
    assert done.status == 0
    _assert_harmless(done, has_commands=form == "github")
    if form == "github":
        assert all(line.startswith("::") for line in done.out.splitlines())


@pytest.mark.parametrize("form", ["text", "mermaid", "html", "json"])
@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_hostile_flows_in_show(step: int, form: str, past: Past, flowsync: Program) -> None:
    for number in range(_ID, _ID + len(HOSTILE), step):
        done = flowsync("show", str(number), "--format", form)
        assert done.status == 0
        _assert_harmless(done)


def test_coloured_reports_contain_only_our_colours(
    past: Past, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    for arguments in (("diff", "HEAD~1", "HEAD"), ("log", "-n", "1")):
        done = flowsync(*arguments)
        colours = [f"\x1b[{code}m" for code in (0, 31, 32, 33, 35, 36)]
        plain = done.out
        for colour in colours:
            plain = plain.replace(colour, "")
        assert plain != done.out
        _assert_harmless(Ran(0, plain, done.err))


def _name_files(past: Past) -> None:
    """Write every document under a hostile name; every second one is unreadable."""
    for number, (file, text) in enumerate(
        zip(sorted(past.root.glob("flows/prod/*.yaml")), _NAMES, strict=True)
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
        ["log"],
        ["doctor"],
        ["sync"],
    ],
    ids=" ".join,
)
def test_hostile_names_of_files(arguments: list[str], past: Past, flowsync: Program) -> None:
    _name_files(past)
    _assert_harmless(flowsync(*arguments))


def test_hostile_keys_and_values_of_documents(past: Past, flowsync: Program) -> None:
    for file, text in zip(sorted(past.root.glob("flows/prod/*.yaml")), HOSTILE, strict=True):
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


_SPOILED: Final[tuple[_Spoiled, ...]] = (
    lambda whole, quoted: f"{quoted}: {quoted}\n{whole}",
    lambda whole, quoted: whole.replace("prod:", f"{quoted}:"),
    lambda whole, quoted: whole.replace("orgId", quoted),
    lambda whole, quoted: whole.replace("appKey", quoted),
    lambda whole, quoted: whole.replace("env: ENOS_APP_KEY", f"env: {quoted}"),
    lambda whole, quoted: whole.replace("env: ENOS_APP_KEY", f"file: {quoted}"),
    lambda whole, quoted: whole.replace("version: 1", f"version: {quoted}"),
    lambda whole, quoted: whole.replace("gateway: http", f"gateway: {quoted} #"),
    lambda whole, quoted: whole.replace("discover: {", f"discover: {{{quoted}: {quoted}, "),
    lambda whole, quoted: whole.replace('["**"]', f"[{quoted}]"),
    lambda whole, quoted: f"{whole}commit: {{author: {quoted}}}\n",
    lambda whole, quoted: f"{whole}commit: {quoted}\n",
    lambda whole, quoted: f"{whole}{json.loads(quoted)}\n",
)


def _spoil_settings(repo: Path, pairs: "list[tuple[_Spoiled, str]]", flowsync: Program) -> None:
    whole = (repo / "flowsync.yaml").read_text()
    for (spoiled, text), command in zip(pairs, itertools.cycle(("drift", "doctor", "sync")), strict=False):
        (repo / "flowsync.yaml").write_text(spoiled(whole, json.dumps(text)), encoding="utf-8")
        _assert_harmless(flowsync(command))


_SETTINGS: Final = [(spoiled, text) for spoiled in _SPOILED for text in HOSTILE]


def test_hostile_settings(repo: Path, flowsync: Program) -> None:
    _spoil_settings(repo, _SETTINGS[::20], flowsync)


@pytest.mark.slow
def test_all_hostile_settings(repo: Path, flowsync: Program) -> None:
    _spoil_settings(repo, _SETTINGS, flowsync)


def _words(command: str) -> list[list[str]]:
    """List the arguments of each command, with @ in place of a hostile text."""
    every = [[command, "@"], [command, "--@"], [command, "-@"], [command, "--format", "@"]]
    every += [[command, "--output", "@"], [command, "--config", "@"], [command, "--env", "@"]]
    every += [[command, "--flow", "@"], [command, "--jobs", "@"], [command, "--context", "@"]]
    every += [[command, "--fail-on", "@"], [command, "--baseline", "@"], [command, "--branch", "@"]]
    every += [[command, "--flow-id", "@"], [command, "HEAD", "@"], [command, "a", "b@", "c"]]
    every += [[command, "-n", "@"], [command, "@..HEAD"], [command, "HEAD...@"], [command, "1000@"]]
    return [words for words in every if command not in _SERVING or words[1].startswith("-")]


_SERVING: Final = frozenset({"emulator", "demo", "init"})
_ARGUMENTS: Final = [
    [word.replace("@", text) for word in words]
    for command in ("@", *_COMMANDS)
    for words in ([["@"]] if command == "@" else _words(command))
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


def test_hostile_names_in_a_separate_process(past: Past, flowsync_process: Program) -> None:
    _name_files(past)
    _assert_harmless(flowsync_process("validate"))
