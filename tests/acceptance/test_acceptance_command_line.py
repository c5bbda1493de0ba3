"""One vocabulary on the command line: suggestions, environments, flows, outputs, and the next step."""

import json
import re
import shlex
import subprocess
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from acceptance.world import Git, Live, Program, Result, configuration, flow
from jsonschema import Draft202012Validator

from flowsync.api import json_schema
from flowsync.cli.main import _COMMANDS


@pytest.fixture
def both(synced: Path, prod: Live, dev: Live, flowsync: Program) -> Path:
    """Sync prod and dev, whose flow 11 has the name of flow 1 in prod."""
    (synced / "flowsync.yaml").write_text(configuration(prod.emulator.url, ["prod", "dev"]))
    assert flowsync("sync").status == 0
    prod.emulator.forget_requests()
    return synced


def _hinted(result: Result) -> str:
    """Return the command in the last line that has one."""
    found = re.findall(r"((?:flowsync|git|mkdir) .*)$", result.out + result.err, re.MULTILINE)
    return str(found[-1])


def _run_hint(result: Result, flowsync: Program) -> int:
    """Run the command that a result suggests."""
    command = _hinted(result)
    if command.startswith("flowsync "):
        return flowsync(*shlex.split(command)[1:]).status
    return subprocess.run(["bash", "-c", command], check=False, capture_output=True).returncode


@pytest.mark.parametrize(
    ("word", "command"),
    [
        ("status", "drift"),
        ("check", "drift"),
        ("lint", "validate"),
        ("drfit", "drift"),
        ("val", "validate"),
        ("schem", "schema"),
        ("DIFF", "diff"),
        ("plan", "sync --dry-run"),
        ("help", "--help"),
        ("version", "--version"),
    ],
)
def test_a_wrong_command_gets_a_suggestion_that_runs(
    word: str, command: str, synced: Path, flowsync: Program
) -> None:
    wrong = flowsync(word)
    assert wrong.status == 64
    assert wrong.err.endswith(f"Error: No such command '{word}'. Did you mean 'flowsync {command}'?\n")
    assert flowsync(*command.split()).status == 0


@pytest.mark.parametrize("word", ["x", "banana", "stash", "test", "frobnicate"])
def test_a_word_like_no_command_gets_no_suggestion(word: str, flowsync: Program) -> None:
    assert flowsync(word).err.endswith(f"Error: No such command '{word}'.\n")


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        ("drift --json", "--format json"),
        ("diff --junit", "--format junit"),
        ("validate --github", "--format github"),
        ("drift --formt json", "--format"),
        ("drift --out a", "--output"),
        ("drift --environment prod", "--env"),
        ("log --no-color", "--color never"),
        ("drift --debug", "-vv"),
    ],
)
def test_a_wrong_option_gets_a_suggestion(arguments: str, suggestion: str, flowsync: Program) -> None:
    wrong = flowsync(*arguments.split())
    assert wrong.status == 64
    assert f"Did you mean '{suggestion}'?\n" in wrong.err


@pytest.mark.parametrize("arguments", ["drift --file x", "diff --name x", "init --json", "show --sarif"])
def test_an_option_like_no_other_gets_no_suggestion(arguments: str, flowsync: Program) -> None:
    wrong = flowsync(*arguments.split())
    assert wrong.status == 64
    assert "Did you mean" not in wrong.err


def test_an_option_of_a_command_in_front_of_it_is_explained(flowsync: Program) -> None:
    wrong = flowsync("--env", "prod", "drift")
    assert wrong.status == 64
    assert "Options of a command follow its name" in wrong.err


def test_the_help_groups_commands_by_what_they_touch(flowsync: Program) -> None:
    sections = flowsync("--help").out.split("\n\n")
    (platform,) = (section for section in sections if section.startswith("Platform"))
    assert [line.split()[0] for line in platform.splitlines()[1:]][:2] == ["sync", "drift"]
    assert all(sum(f"  {name} " in section for section in sections) == 1 for name in _COMMANDS)


def test_c_runs_a_command_in_another_folder(
    synced: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(synced.parent)
    done = flowsync("-C", "repo", "-C", "flows", "diff", "HEAD", "-o", "report.json")
    assert done.status == 0
    assert (synced / "flows/report.json").exists()
    wrong = flowsync("-C", "nowhere", "diff")
    assert (wrong.status, "'nowhere': No such file" in wrong.err) == (64, True)


@pytest.mark.parametrize(
    ("arguments", "variables", "is_coloured"),
    [
        (["drift", "--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "always", "drift"], {}, True),
        (["drift", "--color", "never"], {"FORCE_COLOR": "1"}, False),
        (["drift", "--color", "auto"], {"FORCE_COLOR": "1"}, True),
        (["drift"], {}, False),
    ],
)
def test_the_option_for_colour_takes_precedence_over_variables(
    arguments: list[str],
    variables: dict[str, str],
    is_coloured: bool,  # noqa: FBT001
    synced: Path,
    prod: Live,
    flowsync: Program,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    prod.edit(1, "/cron", "0 30 2 * * ? *")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert ("\x1b[" in flowsync(*arguments).out) == is_coloured


@pytest.mark.parametrize(
    ("words", "suggestion"),
    [
        (["dev", "prod"], "'dev/*' 'prod/*'"),
        (["dev"], "'dev/*'"),
        (["prod", "forecast"], "'prod/*' forecast"),
        (["1", "2"], "1 2"),
        (["ingest", "forecast"], "ingest forecast"),
        (["prod/ingest", "dev/ingest"], "prod/ingest dev/ingest"),
        (["prod/*", "dev/*"], "'prod/*' 'dev/*'"),
    ],
)
def test_flows_and_environments_are_not_compared_as_revisions(
    words: list[str], suggestion: str, both: Path, flowsync: Program
) -> None:
    wrong = flowsync("diff", *words)
    assert (wrong.status, wrong.out) == (64, "")
    assert "diff compares revisions of the repository" in wrong.err
    assert _hinted(wrong) == f"flowsync diff HEAD~1 HEAD {suggestion}"
    assert _run_hint(wrong, flowsync) == 0


@pytest.mark.parametrize(
    "words",
    [
        ["1"],
        ["dev/*"],
        ["."],
        ["flows/dev"],
        ["flows/dev", "flows/prod"],
        ["flows/dev", "1"],
        ["HEAD", "dev"],
        ["HEAD~1", "HEAD", "1", "2"],
        ["HEAD~1..", "dev", "prod"],
    ],
)
def test_paths_and_flows_after_revisions_are_selected(
    words: list[str], both: Path, flowsync: Program
) -> None:
    assert flowsync("diff", *words).status == 0


def test_a_flow_of_another_kind_of_argument_is_still_unknown(both: Path, flowsync: Program) -> None:
    assert "'nosuch': neither a revision nor a flow" in flowsync("diff", "nosuch", "1").err


@pytest.mark.parametrize(
    ("words", "exported"),
    [
        (["1"], {1}),
        (["forecast"], {2}),
        (["prod/ingest"], {1}),
        (["ingest"], {1, 11}),
        (["fore*", "re*"], {2, 3}),
        (["dev"], {11}),
        (["flows/prod/report.3.yaml"], {3}),
        (["fourth"], {4}),
    ],
)
def test_flow_selects_as_elsewhere_also_what_is_not_committed_yet(
    words: list[str], exported: set[int], both: Path, prod: Live, flowsync: Program
) -> None:
    prod.put({**prod.flows, 4: flow("fourth")})
    options = [part for word in words for part in ("--flow", word)]
    assert flowsync("drift", *options).status == (2 if exported == {4} else 0)
    assert prod.exported() == exported


def test_an_unknown_flow_is_a_usage_error_with_a_suggestion(
    both: Path, prod: Live, flowsync: Program
) -> None:
    for command in ("sync", "drift"):
        wrong = flowsync(command, "--flow", "1", "--flow", "forcast")
        assert wrong.status == 64
        assert "'forcast'" in wrong.err
        assert "did you mean forecast?" in wrong.err
    assert prod.exported() == set()


def test_a_selected_flow_that_is_no_longer_listed_is_missing(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.delete(3)
    done = flowsync("drift", "--flow", "report", "--format", "json")
    assert (done.status, done.verdicts) == (2, {3: "missing"})
    assert flowsync("drift", "--flow", "1", "--format", "json").verdicts == {}


@pytest.mark.parametrize(
    "command", ["drift", "sync --dry-run", "diff HEAD~1", "log", "show ingest", "validate", "fmt --check"]
)
def test_env_selects_environments_in_every_command(
    command: str, both: Path, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_option = flowsync(*command.split(), "-e", "dev")
    assert by_option.status == 0
    assert "forecast" not in by_option.out
    monkeypatch.setenv("FLOWSYNC_ENV", "dev")
    by_variable = flowsync(*command.split())
    assert by_variable.out == by_option.out
    unknown = flowsync(*command.split(), "--env", "stage")
    assert unknown.status != 0
    assert "stage" in unknown.err


def test_validate_and_fmt_accept_flows(both: Path, flowsync: Program) -> None:
    for command in (["validate"], ["fmt", "--check"]):
        assert "(2 documents checked)" in flowsync(*command, "ingest").out
        assert "(1 document checked)" in flowsync(*command, "ingest", "-e", "dev").out
        assert "(3 documents checked)" in flowsync(*command, "prod").out
        wrong = flowsync(*command, "ingst")
        assert wrong.status == 64
        assert "hint: did you mean ingest?" in wrong.err


def test_the_suffix_of_an_output_selects_its_format(synced: Path, prod: Live, flowsync: Program) -> None:
    files = [
        "a.json",
        "a.html",
        "a.md",
        "a.xml",
        "a.sarif",
        "b.sarif.json",
        "a.gitlab.json",
        "a.mmd",
        "a.txt",
    ]
    assert flowsync("drift", *(part for file in files for part in ("-o", file))).status == 0
    assert json.loads((synced / "a.json").read_text())["command"] == "drift"
    assert json.loads((synced / "a.gitlab.json").read_text()) == []
    assert json.loads((synced / "b.sarif.json").read_text())["version"] == "2.1.0"
    assert (synced / "a.html").read_text().startswith("<!doctype html>")
    assert flowsync("drift", "-f", "gitlab", "-o", "code-quality.json").status == 0
    assert flowsync("drift", "-o", "-").out.startswith("No changes")


@pytest.mark.parametrize(
    "arguments",
    [
        ["drift", "-o", "report.pdf"],
        ["drift", "-o", "report"],
        ["drift", "-f", "html", "-o", "report.json"],
        ["drift", "-f", "json", "-o", "report.md"],
        ["show", "1", "-o", "flow.xml"],
        ["validate", "-o", "report.html"],
    ],
    ids=" ".join,
)
def test_an_output_of_another_suffix_is_a_usage_error(
    arguments: list[str], synced: Path, prod: Live, flowsync: Program
) -> None:
    wrong = flowsync(*arguments)
    assert wrong.status == 64
    assert repr(arguments[-1]) in wrong.err
    assert prod.actions() == []


def test_an_output_that_cannot_be_written_fails_before_the_first_request(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    assert flowsync("drift", "-o", "new folder/report.html").status == 1
    failed = flowsync("sync", "-f", "html", "-o", "new folder/report.html")
    assert failed.status == 1
    assert "cannot write the report: No such file or directory" in failed.err
    assert "Is a directory" in flowsync("drift", "-f", "json", "-o", "flows").err
    assert prod.actions() == []
    assert _run_hint(failed, flowsync) == 0
    assert flowsync("drift", "-o", "new folder/report.html").status == 0


def test_validate_has_formats(synced: Path, flowsync: Program) -> None:
    file = next((synced / "flows/prod").glob("*.1.yaml"))
    text = file.read_text().replace("type: 1  ", "type: x  ")
    file.write_text(f"{text}brandNew: 1\nvisitors: 5\n")
    line = file.read_text().splitlines().index("type: x  # periodic") + 1
    wrong = flowsync("validate", "-f", "json")
    Draft202012Validator(json_schema("validate")).validate(wrong.document)
    assert wrong.status == wrong.document["exit_status"] == 2
    assert wrong.document["counts"] == {"checked": 3, "error": 1, "warning": 1, "note": 1}
    (error,) = (one for one in wrong.document["problems"] if one["severity"] == "error")
    assert (error["file"], error["line"], error["path"]) == ("flows/prod/ingest.1.yaml", line, "/type")
    assert wrong.err.startswith("1 error, 1 warning, 1 note (-v lists them) (3 documents checked)")
    annotations = flowsync("validate", "-f", "github").out.splitlines()
    assert annotations[1].startswith(f"::error file=flows/prod/ingest.1.yaml,line={line},")
    assert annotations[2].startswith("::warning file=")
    suites = ET.fromstring(flowsync("validate", "-f", "junit").out)  # noqa: S314
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    assert flowsync("validate", "-q").out.count("\n") == 2
    failed = flowsync("validate", "nothing", "-f", "json")
    assert (failed.status, failed.document["error"]["type"]) == (64, "UsageError")


def test_a_dry_run_ends_with_what_a_sync_would_commit(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    git("switch", "-q", "-c", "week")
    assert flowsync("sync", "--dry-run").out.endswith(
        "\nDry run: nothing was committed; flowsync sync would commit nothing\n"
    )
    prod.edit(1, "/desc", "edited")
    prod.edit(2, "/desc", "edited")
    done = flowsync("sync", "--env", "prod", "--dry-run")
    last = "Dry run: nothing was committed; flowsync sync --env prod would commit 2 flows to week"
    assert done.out.splitlines()[-1] == last
    assert "Dry run" not in flowsync("sync", "--dry-run", "-q").out
    machine = flowsync("sync", "--env", "prod", "--dry-run", "--format", "json")
    assert machine.err.splitlines()[-1] == last
    assert flowsync("sync", "--env", "prod").status == 0
    assert git("log", "-1", "--format=%s", "week") == "sync(prod): 2 changed"


def test_a_dry_run_names_the_options_of_the_sync(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.edit(2, "/desc", "edited")
    options = ["--flow", "fore*", "--branch", "week", "--on-error", "abort", "--allow-mass-change"]
    done = flowsync("sync", "--dry-run", *options)
    assert f"; flowsync sync {shlex.join(options)} would commit 1 flow to week\n" in done.out
    assert flowsync("sync", *options).status == 0
    assert git("log", "-1", "--format=%s", "week") == "sync(prod): 1 changed"


def test_a_dry_run_says_that_a_sync_would_be_refused(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.edit(1, "/desc", "edited")
    (synced / "flows/prod/ingest.1.yaml").write_text("edited\n")
    assert flowsync("sync", "--dry-run").out.endswith("; flowsync sync would be refused\n")


@pytest.mark.parametrize(("has_upstream", "step"), [(False, "git push origin main"), (True, "git push")])
def test_a_commit_that_is_not_pushed_names_the_push(
    has_upstream: bool,  # noqa: FBT001
    step: str,
    synced: Path,
    prod: Live,
    flowsync: Program,
    git: Git,
    tmp_path: Path,
) -> None:
    git("init", "-q", "--bare", "-b", "main", str(tmp_path / "remote.git"))
    git("remote", "add", "origin", str(tmp_path / "remote.git"))
    if has_upstream:
        git("push", "-q", "-u", "origin", "main")
    prod.edit(1, "/desc", "edited")
    done = flowsync("sync")
    head = git("rev-parse", "HEAD")
    assert re.search(rf"\nCommitted {head[:7]}\w* on main \(not pushed\); next: {step}\n$", done.out)
    assert _run_hint(done, flowsync) == 0
    assert git("rev-parse", "main", at=tmp_path / "remote.git") == head


def test_without_a_remote_there_is_nothing_to_push(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.edit(1, "/desc", "edited")
    assert re.search(r"\nCommitted \w+ on main\n$", flowsync("sync").out)


def test_a_push_that_cannot_succeed_fails_before_the_export(
    synced: Path, prod: Live, flowsync: Program, git: Git, tmp_path: Path
) -> None:
    head = git("rev-parse", "HEAD")
    prod.edit(1, "/desc", "edited")
    without_remote = flowsync("sync", "--push")
    assert (without_remote.status, "git remote add" in without_remote.err) == (1, True)
    git("remote", "add", "origin", str(tmp_path / "remote.git"))
    git("clone", "-q", "--bare", ".", str(tmp_path / "remote.git"))
    git("clone", "-q", str(tmp_path / "remote.git"), str(tmp_path / "other"))
    git("commit", "-q", "--allow-empty", "-m", "Other", at=tmp_path / "other")
    git("push", "-q", at=tmp_path / "other")
    diverged = flowsync("sync", "--push")
    assert (diverged.status, "git pull --rebase" in diverged.err) == (1, True)
    assert prod.actions() == []
    assert git("rev-parse", "HEAD") == head


def test_drift_ends_with_how_to_accept_it_and_how_to_see_one_flow(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    assert "To " not in flowsync("drift").out
    prod.edit(1, "/desc", "edited")
    one = flowsync("drift")
    assert one.out.splitlines()[-1] == "To accept what the platform has: flowsync sync --env prod"
    prod.edit(2, "/tasks", [])
    two = flowsync("drift")
    assert two.out.splitlines()[-2] == "To accept what the platform has: flowsync sync --env prod"
    assert two.out.splitlines()[-1] == "To see one flow: flowsync drift --env prod --flow 2"
    assert _run_hint(two, flowsync) == 2
    assert "To accept" not in flowsync("drift", "-q").out
    assert "To accept" not in flowsync("drift", "--baseline", "HEAD").out
    assert "To accept" in flowsync("drift", "--format", "json").err
    assert _run_hint(one, flowsync) == 0
    assert flowsync("drift").status == 0


def test_drift_of_one_flow_suggests_to_accept_that_flow_only(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.edit(1, "/desc", "edited")
    prod.edit(2, "/desc", "edited")
    one = flowsync("drift", "--flow", "1")
    assert one.out.splitlines()[-1] == ("To accept what the platform has: flowsync sync --env prod --flow 1")
    assert _run_hint(one, flowsync) == 0
    assert flowsync("drift").counts == {"flows": 3, "changed": 1}


def test_drift_and_sync_name_how_to_accept_a_missing_flow(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.delete(2)
    drift = flowsync("drift")
    step = drift.out.splitlines()[-1].removeprefix("To accept that flow 2 is missing: ")
    assert flowsync("sync").out.splitlines()[-1] == "Nothing to commit; 1 missing flow keeps its file"
    subprocess.run(step, shell=True, check=True, capture_output=True)  # noqa: S602  # our own hint
    assert flowsync("drift").counts == {"flows": 2}


def test_drift_suggests_no_sync_that_would_be_refused(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    git("checkout", "-q", "--detach")
    prod.edit(1, "/desc", "edited")
    done = flowsync("drift")
    last = "To see why a sync would be refused: flowsync sync --env prod --dry-run"
    assert done.out.splitlines()[-1] == last
    assert _run_hint(done, flowsync) == 0


def test_a_configuration_that_is_not_committed_is_noted(
    synced: Path, flowsync: Program, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "not committed" not in flowsync("sync").err
    git("rm", "-q", "--cached", "flowsync.yaml")
    git("commit", "-q", "-m", "Forget the configuration")
    monkeypatch.chdir(synced / "flows")
    noted = flowsync("sync")
    assert noted.err.startswith("note: ../flowsync.yaml is not committed: git add ../flowsync.yaml && ")
    assert "not committed" not in flowsync("sync", "-q").err
    assert _run_hint(noted, flowsync) == 0
    assert "not committed" not in flowsync("sync").err
