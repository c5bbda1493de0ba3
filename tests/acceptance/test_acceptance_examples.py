"""The curl commands that `flowsync emulator` prints: each has the effect that its comment names."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from acceptance.world import Program, flow
from required import needs

_LAST = "# end the noise"


@dataclass(frozen=True)
class Printed:
    """What `flowsync emulator` printed: flowsync.yaml, variables, and commands by their comments."""

    settings: str
    variables: dict[str, str]
    examples: dict[str, str]

    def run(self, start: str) -> str:
        """Run the one example whose comment starts like this; return the id of its flow, if any."""
        ((comment, command),) = (pair for pair in self.examples.items() if pair[0].startswith(start))
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        return next(iter(re.findall(r"[0-9]+", comment)), "")


def _read(*arguments: str) -> Iterator[Printed]:
    process = subprocess.Popen(
        [sys.executable, "-m", "flowsync", "emulator", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    try:
        text = ""
        while _LAST not in text and (line := process.stdout.readline()):
            text += line
        text += process.stdout.readline()
        settings, _, rest = text.partition("# in the shell\n")
        shell, _, examples = rest.partition("# try next")
        pairs = re.findall(r"^# (.*)\n(curl .*)$", examples, re.MULTILINE)
        yield Printed(settings, dict(re.findall(r"^export (\w+)=(\S+)$", shell, re.MULTILINE)), dict(pairs))
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


@pytest.fixture
def printed(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Printed]:
    """A running emulator of the sample organisations, which the repository is configured for."""
    needs(shutil.which("curl") is not None, "curl is not installed")
    for one in _read():
        (repo / "flowsync.yaml").write_text(one.settings)
        for name, value in one.variables.items():
            monkeypatch.setenv(name, value)
        yield one


def test_every_example_has_the_effect_that_its_comment_names(printed: Printed, flowsync: Program) -> None:
    drift = ("drift", "--env", "prod", "--format", "json")
    assert flowsync("sync", "--env", "prod").status == 0
    edited = int(printed.run("move the schedule"))
    done = flowsync(*drift)
    assert (done.status, done.verdicts) == (2, {edited: "changed"})
    (found,) = done.comparison["flows"][0]["findings"]
    assert found["kind"] == "schedule-changed"
    deleted = int(printed.run("delete"))
    done = flowsync(*drift)
    assert (done.status, done.verdicts) == (2, {edited: "changed", deleted: "missing"})
    failing = int(printed.run("refuse to export"))
    done = flowsync(*drift)
    assert done.status == 3
    assert done.verdicts == {edited: "changed", deleted: "missing", failing: "unknown"}
    printed.run("export it again")
    assert flowsync("sync", "--env", "prod").status == 0
    still_missing = {deleted: "missing"}
    assert flowsync(*drift).verdicts == still_missing
    printed.run("send all flows")
    assert flowsync(*drift, "--no-cache").verdicts == still_missing
    printed.run("end the noise")
    assert flowsync(*drift).verdicts == still_missing
    assert len(printed.examples) == 6


def test_examples_fit_the_exports_of_a_folder(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "7.json").write_text(json.dumps(flow("it's one\nrm", cron="0 30 5 * * ? *")))
    (printed,) = _read("--from", str(exports))
    move, noise, _ = printed.examples.items()
    assert move[0] == "move the schedule of local 7 it's one rm: drift reports it as changed"
    assert "0 45 5 * * ? *" in move[1]
    assert noise[0].endswith("drift reports no change")


def test_quiet_prints_no_examples(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "flowsync", "emulator", "-q"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    text = ""
    while not text.endswith("\n\n") or "export" not in text:
        text += process.stdout.readline()
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=20)
    assert "curl" not in text + rest
