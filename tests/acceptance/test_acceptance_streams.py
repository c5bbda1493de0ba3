"""Streams, formats and exit statuses."""

import json
import os
import shlex
import signal
import subprocess
import sys
import termios
import time
from dataclasses import replace
from pathlib import Path

import pytest
from acceptance.history import History
from acceptance.world import VARIABLES, Git, Live, Program, Result, configuration, flow

from flowsync.cli.main import _COMMANDS, cli


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nothing"],
        ["sync", "--nothing"],
        ["sync", "extra"],
        ["sync", "--flow", ""],
        ["sync", "--jobs", "0"],
        ["sync", "--exit-code"],
        ["sync", "--push", "--dry-run"],
        ["sync", "--on-error", "panic"],
        ["drift", "--format", "xml"],
        ["drift", "--output", "a", "--output", "b", "--format", "json"],
        ["drift", "--format", "json", "--format", "text", "--output", "a"],
        ["drift", "--format", "json", "--format", "text", "--output", "a", "--output", "a"],
        ["drift", "--format", "json", "--format", "text", "--output", "a", "--output", "./a"],
        ["drift", "--format", "json", "--format", "text", "--output", "-", "--output", "/dev/stdout"],
        ["drift", "--format", "json", "--output", ""],
        ["init"],
        ["fmt", "-", "--check"],
        ["fmt", "--flow-id", "7"],
        ["schema", "nothing"],
    ],
    ids=" ".join,
)
def test_a_usage_error_exits_with_64(
    arguments: list[str], synced: Path, prod: Live, flowsync: Program
) -> None:
    wrong = flowsync(*arguments)
    assert wrong.status == 64
    assert wrong.out == ""
    assert "Usage: flowsync" in wrong.err
    assert prod.actions() == []


@pytest.mark.parametrize("command", _COMMANDS)
def test_the_help_of_every_command_has_an_example_and_names_what_it_contacts(
    command: str, flowsync: Program
) -> None:
    printed = flowsync(command, "--help")
    assert printed.status == 0
    assert f"Example: flowsync {command}" in printed.out
    words = ("Reads", "Copies a template", "Serves", "Contacts only this machine")
    assert any(word in printed.out for word in words)


def test_the_list_of_commands_names_all_and_the_exit_statuses(flowsync: Program) -> None:
    printed = flowsync("--help")
    assert all(f"  {command} " in printed.out for command in cli.list_commands(None))  # type: ignore[arg-type]
    assert "64 usage" in printed.out


def test_the_version_is_one_line(flowsync: Program) -> None:
    printed = flowsync("--version")
    assert (printed.status, printed.out.count("\n"), printed.err) == (0, 1, "")


def _drifting(live: Live) -> None:
    live.edit(1, "/desc", "edited")


@pytest.mark.parametrize("command", ["sync", "drift"])
@pytest.mark.parametrize(
    ("bring", "status"),
    [
        ("same", 0),
        ("different", None),
        ("unknown", 3),
        ("refused by the platform", 1),
        ("no credentials", 1),
        ("no such environment", 64),
        ("no such flow", 64),
        ("broken configuration", 1),
        ("no configuration", 1),
    ],
)
def test_stdout_contains_one_json_document_for_every_exit_status(
    command: str,
    bring: str,
    status: int | None,
    synced: Path,
    prod: Live,
    flowsync: Program,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arguments: list[str] = []
    match bring:
        case "different":
            _drifting(prod)
        case "unknown":
            prod.emulator.fault("code", code=62103, flow_id=2, count=None)
        case "refused by the platform":
            prod.emulator.fault("code", code=62105, count=None)
        case "no credentials":
            monkeypatch.delenv("ENOS_APP_SECRET")
        case "no such environment":
            arguments = ["--env", "stage"]
        case "no such flow":
            arguments = ["--flow", "777"]
        case "broken configuration":
            (synced / "flowsync.yaml").write_text("version: 2\nenvironment: {}\n")
        case "no configuration":
            (synced / "flowsync.yaml").unlink()
    done = flowsync(command, "--format", "json", *arguments)
    expected = {"sync": 0, "drift": 2}[command] if status is None else status
    assert done.status == expected
    document = done.document
    assert document["exit_status"] == expected
    assert document["command"] == command
    assert document["schema_version"] == 1
    assert (document["error"] is not None) == (expected in {1, 64})
    if document["error"] is not None:
        assert document["error"]["message"] in done.err


def test_a_bug_keeps_its_traceback_and_stdout_contains_one_document(
    synced: Path, flowsync: Program, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **more: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr("flowsync.commands.fetch._fetch_snapshot", broken)
    with pytest.raises(ZeroDivisionError):
        flowsync("drift", "--format", "json")
    document = json.loads(capsys.readouterr().out)
    assert (document["exit_status"], document["comparisons"]) == (1, [])
    assert "bug" in document["error"]["message"]


def test_the_json_of_an_invalid_configuration_contains_every_problem(synced: Path, flowsync: Program) -> None:
    (synced / "flowsync.yaml").write_text("version: 2\nenvironmints: {}\n")
    failed = flowsync("drift", "--format", "json")
    problems = failed.document["error"]["problems"]
    assert [problem.partition(": ")[0] for problem in problems] == [
        "flowsync.yaml:1",
        "flowsync.yaml:1",
        "flowsync.yaml:2",
    ]
    assert any("did you mean environments?" in problem for problem in problems)
    assert all(f"  {problem}\n" in failed.err for problem in problems)


def test_format_and_output_can_be_repeated_as_pairs(synced: Path, prod: Live, flowsync: Program) -> None:
    _drifting(prod)
    done = flowsync(
        "drift", "-q", "--format", "text", "--output", "-", "--format", "json", "--output", "drift.json",
        "--format", "text", "--output", "drift.txt",
    )  # fmt: skip
    assert done.status == 2
    document = json.loads((synced / "drift.json").read_text())
    assert document["comparisons"][0]["counts"]["changed"] == 1
    assert (synced / "drift.txt").read_text() == done.out


def test_the_summary_line_is_on_stderr_if_the_report_is_in_a_file(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    done = flowsync("drift", "-q", "--format", "json", "--output", "drift.json")
    assert (done.status, done.out, replace(done, out=done.err).counts) == (0, "", {"flows": 3})


def test_a_report_that_cannot_be_written_fails_the_run_and_the_others_are_written(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    _drifting(prod)
    done = flowsync(
        "drift", "--format", "json", "--output", "nowhere/drift.json", "--format", "json", "--output", "-"
    )
    assert done.status == 1
    message = "nowhere/drift.json: cannot write the report: No such file or directory"
    assert done.err == f"error: {message}\nhint: create the folder: mkdir -p nowhere\n"
    assert (done.document["exit_status"], done.document["error"]["message"]) == (1, message)
    assert prod.actions() == []


def test_a_report_names_another_one_that_could_not_be_written(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    done = flowsync(
        "drift",
        "--format",
        "json",
        "--output",
        "drift.json",
        "--format",
        "html",
        "--output",
        "nowhere/a.html",
    )
    assert done.status == 1
    document = json.loads((synced / "drift.json").read_text())
    assert document["exit_status"] == 1
    assert "nowhere/a.html" in document["error"]["message"]


@pytest.mark.parametrize("form", ["text", "json", "gitlab"])
def test_reports_are_utf_8_whatever_the_locale(form: str, synced: Path, prod: Live) -> None:
    prod.edit(1, "/desc", "\u05d0 \u98ce\u573a")
    command = [sys.executable, "-m", "flowsync", "drift", "--format", form]
    done = subprocess.run(
        command, env={**os.environ, "PYTHONIOENCODING": "latin-1"}, capture_output=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "\u98ce\u573a" in done.stdout.decode()


def test_a_closed_stdout_is_reported(synced: Path, prod: Live) -> None:
    program = shlex.join([sys.executable, "-m", "flowsync", "drift", "-q"])
    done = subprocess.run(["/bin/sh", "-c", f"{program} >&-"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        b"error: cannot write the output: standard output is closed\n",
    )


def test_quiet_keeps_the_summary_line(synced: Path, prod: Live, flowsync: Program) -> None:
    assert flowsync("drift", "-q").counts == {"flows": 3}
    _drifting(prod)
    assert flowsync("drift", "-q").counts == {"flows": 3, "changed": 1}
    assert flowsync("sync", "-q").counts == {"flows": 3, "changed": 1}


@pytest.mark.parametrize(
    ("variables", "escapes"),
    [
        ({}, 0),
        ({"FORCE_COLOR": "1"}, 6),
        ({"NO_COLOR": "1"}, 0),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, 0),
        ({"FORCE_COLOR": ""}, 0),
    ],
)
def test_colour_depends_on_variables_if_stdout_is_not_a_terminal(
    variables: dict[str, str], escapes: int, synced: Path, prod: Live, flowsync_process: Program
) -> None:
    _drifting(prod)
    done = flowsync_process("drift", **variables)
    assert done.status == 2
    assert done.out.count("\x1b[") == escapes


def test_colour_never_reaches_files_and_machine_formats(
    synced: Path, prod: Live, flowsync_process: Program
) -> None:
    _drifting(prod)
    done = flowsync_process("drift", "--format", "json", FORCE_COLOR="1")
    assert done.comparison["counts"]["changed"] == 1
    flowsync_process("drift", "--format", "text", "--output", "drift.txt", FORCE_COLOR="1")
    assert "\x1b" not in (synced / "drift.txt").read_text()


def test_a_terminal_without_utf_8_gets_a_complete_report(
    synced: Path, prod: Live, flowsync_process: Program
) -> None:
    prod.edit(2, "/name", "功率预测 😀")
    plain = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    read_by_people = flowsync_process("drift", **plain)
    assert (read_by_people.status, "Traceback" in read_by_people.err) == (2, False)
    read_by_machines = flowsync_process("drift", "--format", "json", **plain)
    assert read_by_machines.comparison["flows"][0]["name"] == "功率预测 😀"


def test_a_closed_pipe_causes_no_traceback(synced: Path, prod: Live) -> None:
    prod.put({number: flow(f"flow_{number}", desc="x" * 20_000) for number in range(1, 20)})
    for form in ("text", "json"):
        command = [sys.executable, "-m", "flowsync", "drift", "--format", form]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            printed = process.stderr.read().decode()
            assert process.wait() == 1
        assert "Traceback" not in printed
        assert "Exception ignored" not in printed


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_pipe_that_closes_during_output_is_a_failure(
    unbuffered: str, synced: Path, prod: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unbuffered Python drops the rest of a partial write to a pipe."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    prod.put({number: flow(f"flow_{number}", desc="x" * 20_000) for number in range(1, 40)})
    command = [sys.executable, "-m", "flowsync", "drift", "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.read(10)
        process.stdout.close()
        assert process.wait() == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_full_device_is_reported_in_one_line_and_files_are_written(
    form: str, synced: Path, prod: Live
) -> None:
    _drifting(prod)
    outputs = ["--format", form, "--output", "-", "--format", "json", "--output", "drift.json"]
    command = [sys.executable, "-m", "flowsync", "drift", "-q", *outputs]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, encoding="utf-8", check=False)
    assert done.returncode == 1
    errors = done.stderr.splitlines()[form == "json" :]  # after the summary line
    assert errors == ["error: cannot write the output: No space left on device"]
    assert json.loads((synced / "drift.json").read_text())["command"] == "drift"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("command", [["schema"], ["diff"], ["--help"]])
def test_every_command_fails_on_a_full_device_without_a_traceback(command: list[str], synced: Path) -> None:
    whole = [sys.executable, "-m", "flowsync", *command]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(whole, stdout=full, stderr=subprocess.PIPE, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (1, "error: cannot write the output: No space left on device\n")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_run_that_is_stopped_during_its_report_writes_a_complete_one(
    number: signal.Signals, status: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = History.create(tmp_path / "history")
    monkeypatch.chdir(history.root)
    for commit in ("before", "after"):
        tasks = [
            {
                "name": f"t{task}",
                "cmd": "\n".join(f"{commit} {line}" if line % 3 else "" for line in range(1500)),
            }
            for task in range(40)
        ]
        history.put_and_commit(commit, 1, "ingest", tasks=tasks, relations=[])
    command = [sys.executable, "-m", "flowsync", "diff", "HEAD~1", "HEAD", "--format", "markdown"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith(b"No breaking changes: ")  # only the report is left
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == status, err
    assert b"Traceback" not in err
    assert out.startswith(b"<!-- flowsync:diff -->\n### flowsync diff failed\n")


@pytest.mark.parametrize(
    ("number", "status", "kind"), [(signal.SIGINT, 130, "Interrupted"), (signal.SIGTERM, 143, "Terminated")]
)
def test_an_interrupted_run_is_reported_and_changes_nothing(
    number: signal.Signals, status: int, kind: str, synced: Path, prod: Live, git: Git
) -> None:
    head = git("rev-parse", "HEAD")
    _drifting(prod)
    prod.emulator.fault("latency", seconds=30, flow_id=2)
    command = [sys.executable, "-m", "flowsync", "sync", "--format", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 20
        while "export" not in prod.actions():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(number)
        out, err = process.communicate(timeout=20)
    assert process.returncode == status, err
    assert b"Traceback" not in err
    assert err.decode().strip() == kind.lower()
    document = json.loads(out)
    assert document["exit_status"] == status
    assert document["error"]["type"] == kind
    assert document["error"]["message"] == kind.lower()
    assert git("rev-parse", "HEAD") == head
    assert git("status", "--porcelain") == ""


def test_secrets_may_be_in_files_next_to_the_configuration(
    synced: Path, prod: Live, flowsync: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.delenv(name)
        (synced / f"{name}.txt").write_text(f"{value}\n")
    text = configuration(prod.emulator.url)
    for name in VARIABLES:
        text = text.replace(f"env: {name}", f"file: {name}.txt")
    (synced / "flowsync.yaml").write_text(text)
    assert flowsync("drift").counts == {"flows": 3}
    monkeypatch.chdir(synced / "flows")
    assert flowsync("drift").counts == {"flows": 3}
    monkeypatch.chdir(synced)
    (synced / "ENOS_APP_KEY.txt").unlink()
    failed = flowsync("drift")
    assert failed.status == 1
    assert "the secret cannot be read from the file" in failed.err


def test_an_option_takes_precedence_over_a_variable_and_a_variable_over_the_file(
    synced: Path, prod: Live, flowsync: Program, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere.yaml"
    elsewhere.write_text(configuration(prod.emulator.url, flows=[1, 2], discover=None))
    one = tmp_path / "one.yaml"
    one.write_text(configuration(prod.emulator.url, flows=[1], discover=None))
    monkeypatch.setenv("FLOWSYNC_CONFIG", str(elsewhere))
    assert flowsync("drift").counts == {"flows": 3, "missing": 1}
    assert flowsync("drift", "--config", str(one)).counts == {"flows": 3, "missing": 2}


def test_a_missing_configuration_is_named(synced: Path, flowsync: Program) -> None:
    failed = flowsync("drift", "--config", "other.yaml")
    assert failed.status == 1
    assert "other.yaml: cannot be read: No such file" in failed.err


def test_progress_is_shown_on_a_terminal_only_and_does_not_mix_with_the_report(
    synced: Path, prod: Live
) -> None:
    _slow(prod)
    printed = _on_a_terminal("drift", "--no-cache")
    assert printed.status == 0
    assert "exporting prod" in printed.out
    assert "No changes: prod is as committed in main@" in printed.out.rpartition("\x1b")[2]
    _slow(prod)
    assert "exporting" not in _on_a_terminal("drift", "--no-cache", "-q").out


def _slow(live: Live) -> None:
    live.emulator.fault("latency", seconds=1.1, flow_id=2)
    live.emulator.fault("latency", seconds=1.4, flow_id=3)


@pytest.mark.parametrize("columns", [60, 100])
def test_a_list_is_as_wide_as_the_terminal(
    columns: int, synced: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    widest = max(map(len, _on_a_terminal("list", columns=columns).out.splitlines()))
    assert (widest > 60) == (columns > 60)
    assert widest <= columns


def _on_a_terminal(*arguments: str, columns: int | None = None) -> Result:
    """Run the program with one terminal as stdout and stderr."""
    control, terminal = os.openpty()
    if columns:
        termios.tcsetwinsize(terminal, (40, columns))
    with subprocess.Popen(
        [sys.executable, "-m", "flowsync", *arguments],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm"} | ({} if columns else {"COLUMNS": "100"}),
    ) as process:
        os.close(terminal)
        printed = b""
        while True:
            try:
                part = os.read(control, 65536)
            except OSError:
                break
            if not part:
                break
            printed += part
    os.close(control)
    return Result(process.returncode, printed.decode(), "")
