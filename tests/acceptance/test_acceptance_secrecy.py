"""No secret, key or token appears in any output, for every failure and verbosity."""

import gzip
import logging
import os
import shutil
import traceback
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from acceptance.world import KEY, SECRET, Live, Program

from flowsync.cli.state import RunState
from flowsync.emulator.tokens import TokenDesk
from flowsync.errors import FlowsyncError

_FAULTS: Final[dict[str, Mapping[str, Any] | None]] = {
    "none": None,
    "server error that echoes": {
        "kind": "status", "status": 400, "body": f'{{"message":"{KEY} {SECRET} apim-accesstoken: abcdef"}}'
    },
    "page that echoes": {"kind": "status", "status": 403, "body": f"<html>secret={SECRET}&k={KEY}</html>"},
    "code with an echo": {"kind": "code", "code": 62102, "message": f"bad {SECRET} for {KEY}"},
    "run refused with an echo": {"kind": "code", "code": 62101, "message": f"no user for {KEY}/{SECRET}"},
    "token refused with an echo": {
        "kind": "code", "code": 1003, "message": f"encryption of {KEY} and {SECRET}", "action": "token"
    },
    "redirect with an echo": {"kind": "redirect", "location": f"https://x.example/?s={SECRET}&k={KEY}"},
    "token expired": {"kind": "token_expired"},
    "unauthorized": {"kind": "unauthorized"},
    "reset": {"kind": "reset"},
    "truncated": {"kind": "truncated"},
    "truncated token": {"kind": "truncated", "action": "token"},
    "token without an envelope": {"kind": "no_envelope", "action": "token"},
    "truncated directories": {"kind": "truncated", "action": "listWorkFlowDirs"},
}  # fmt: skip


@pytest.fixture
def issued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect every token that the emulator issues."""
    tokens: list[str] = []

    def watch(name: str) -> None:
        real = getattr(TokenDesk, name)

        def watched(desk: TokenDesk, *arguments: Any) -> Any:
            answer = real(desk, *arguments)
            tokens.append(answer["accessToken"])
            return answer

        monkeypatch.setattr(TokenDesk, name, watched)

    watch("get")
    watch("refresh")
    return tokens


@pytest.fixture
def failures(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Collect the complete traceback of every error that ended the program."""
    tracebacks: list[str] = []
    real = RunState.fail

    def fail(state: Any, error: FlowsyncError) -> None:
        tracebacks.append("".join(traceback.format_exception(error)) + repr(error) + repr(vars(error)))
        real(state, error)

    monkeypatch.setattr(RunState, "fail", fail)
    return tracebacks


def _leaks(texts: Mapping[str, bytes], issued: list[str]) -> list[str]:
    """Return the locations that contain a secret."""
    secrets = [text.encode() for text in (SECRET, KEY, *issued)]
    return [place for place, text in texts.items() if any(secret in text for secret in secrets)]


def _files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            yield str(path), data
            if path.parent.parent.name == "objects":
                yield f"{path} unpacked", zlib.decompress(data)


@pytest.mark.parametrize("name", _FAULTS)
def test_no_secret_in_output_tracebacks_logs_commits_and_caches(
    name: str,
    synced: Path,
    prod: Live,
    home: Path,
    issued: list[str],
    failures: list[str],
    flowsync: Program,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, logger="flowsync")
    prod.emulator.expire_tokens()
    prod.edit(1, "/desc", "edited")
    fault = _FAULTS[name]
    if fault is not None:
        prod.emulator.fault(**fault, flow_id=None if "action" in fault else 2, count=None)
    runs = {
        " ".join(arguments): flowsync(*arguments)
        for arguments in (["drift", "-vv", "--format", "json"], ["sync", "-vv"], ["doctor", "-vv"])
    }
    texts = {command: f"{ran.out}\n{ran.err}".encode() for command, ran in runs.items()}
    texts["tracebacks"] = "\n".join(failures).encode()
    texts["logs"] = caplog.text.encode()
    assert runs["sync -vv"].status in {0, 1, 3}
    assert "token/get: HTTP 200" in caplog.text
    assert issued or "token" in name
    assert _leaks({**texts, **dict(_files(synced)), **dict(_files(home))}, issued) == []


def test_no_secret_in_the_output_of_a_verbose_process(
    synced: Path, prod: Live, flowsync_process: Program, issued: list[str]
) -> None:
    prod.emulator.expire_tokens()
    prod.emulator.fault("unauthorized", count=None)
    ran = flowsync_process("sync", "-vv", PYTHONFAULTHANDLER="1", HTTPX_LOG_LEVEL="trace", PYTHONDEVMODE="1")
    assert ran.status == 1
    assert issued
    assert "DEBUG flowsync.enos.http_session: token/get: HTTP 200" in ran.err
    assert _leaks({"output": (ran.out + ran.err).encode()}, issued) == []


def test_no_secret_in_the_traceback_of_a_bug(
    synced: Path, prod: Live, flowsync: Program, issued: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prod.emulator.expire_tokens()

    def broken(*arguments: object, **more: object) -> None:
        raise ZeroDivisionError("a bug")

    for place in (
        "flowsync.enos.client.flow_data",
        "flowsync.enos.auth.tokens._token",
        "flowsync.commands.fetch._fetch_snapshot",
    ):
        with monkeypatch.context() as patch:
            patch.setattr(place, broken)
            with pytest.raises(ZeroDivisionError) as caught:
                flowsync("sync", "-vv", "--no-cache")
        text = "".join(traceback.format_exception(caught.value))
        assert "a bug" in text
        assert _leaks({place: text.encode()}, issued) == []


@pytest.mark.parametrize("spoilt", [f"{SECRET}\udcff", f"{SECRET}\x07", f"{SECRET} \u200b"])
def test_a_secret_that_cannot_be_sent_is_named_by_its_location(
    spoilt: str,
    synced: Path,
    prod: Live,
    failures: list[str],
    flowsync: Program,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ENOS_APP_SECRET", spoilt)
    failed = flowsync("drift", "-vv", "--format", "json")
    assert failed.status == 1
    assert (
        "the environment variable ENOS_APP_SECRET is not printable" in failed.document["error"]["problems"][0]
    )
    assert SECRET not in "".join(failures) + failed.out + failed.err


def test_blanks_around_a_secret_are_ignored(
    synced: Path, prod: Live, flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    prod.emulator.expire_tokens()
    monkeypatch.setenv("ENOS_APP_SECRET", f" {SECRET}\n")
    assert flowsync("drift").status == 0


@pytest.mark.parametrize(
    "credentials",
    [
        f"{{appKey: {KEY}, appSecret: {SECRET}}}",
        f"{{appKey: [{KEY}], appSecret: {{env: [{SECRET}]}}}}",
        f"{{appKey: {{env: {KEY}}}, appSecret: {{env: {SECRET}}}}}",
        f"{{appKey: {{env: A}}, appSecret: {{file: secret.txt, env: {SECRET}}}}}",
        f"{KEY} {SECRET}",
        f"[{KEY}, {SECRET}]",
    ],
)
def test_a_secret_written_into_the_configuration_by_mistake_is_not_repeated(
    credentials: str, synced: Path, failures: list[str], flowsync: Program
) -> None:
    settings = synced / "flowsync.yaml"
    lines = [
        f"    credentials: {credentials}" if "credentials:" in line else line
        for line in settings.read_text().splitlines()
    ]
    settings.write_text("\n".join(lines))
    failed = flowsync("drift", "-vv", "--format", "json")
    assert failed.status == 1
    assert "credentials" in failed.err
    assert _leaks({"run": (failed.out + failed.err + "".join(failures)).encode()}, []) == []


def test_a_proxy_password_is_not_printed(
    synced: Path, prod: Live, failures: list[str], flowsync: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://user:hidden-password@127.0.0.1:9")
    settings = synced / "flowsync.yaml"
    settings.write_text(settings.read_text().replace(prod.emulator.url, "https://apim.example.com"))
    failed = flowsync("drift", "-vv", "--format", "json")
    assert failed.status == 1
    assert "hidden-password" not in failed.out + failed.err + "".join(failures)


def test_a_leak_would_be_detected(tmp_path: Path) -> None:
    folder = tmp_path / "objects/ab"
    folder.mkdir(parents=True)
    (folder / "cd").write_bytes(zlib.compress(SECRET.encode()))
    assert gzip.compress(SECRET.encode()).find(SECRET.encode()) == -1
    assert len(_leaks(dict(_files(tmp_path)), [])) == 1


@pytest.mark.parametrize("command", [("sync",), ("drift",), ("doctor",), ("diff", "HEAD"), ("log",)])
def test_git_does_not_inherit_the_variables_that_the_configuration_names(
    command: tuple[str, ...], synced: Path, prod: Live, tmp_path: Path, flowsync_process: Program
) -> None:
    settings = synced / "flowsync.yaml"
    settings.write_text(settings.read_text().replace("{env: ENOS_APP_SECRET}", "{env: SECRET_OF_OURS}"))
    prod.edit(1, "/desc", "edited")
    real = shutil.which("git")
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "git").write_text(f'#!/bin/sh\n(echo "$@"; env) > "{tmp_path}/env.$$"\nexec {real} "$@"\n')
    (folder / "git").chmod(0o755)
    done = flowsync_process(*command, SECRET_OF_OURS=SECRET, PATH=f"{folder}:{os.environ['PATH']}")
    assert done.status in (0, 2), done.err
    listed = [file.read_text() for file in tmp_path.glob("env.*")]
    # GitPython calls git for its version when it is imported.
    inherited = [text for text in listed if text.split("\n")[0] != "version"]
    assert len(inherited) > 3
    assert [text for text in inherited if SECRET in text or KEY in text] == []
