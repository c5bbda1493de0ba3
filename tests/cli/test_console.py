"""Foreign text has no effect on a terminal or on a CI runner."""

import logging
import sys
import traceback
import warnings
from collections.abc import Iterator

import pytest
from strategies.hostile import HOSTILE, commands, raw_characters

from flowsync.cli import console
from flowsync.cli import main as main  # noqa: PLC0414  # loads every subclass of FlowsyncError
from flowsync.cli.logging_setup import _Handler
from flowsync.cli.state import echo_error
from flowsync.errors import ConfigError, FlowsyncError
from flowsync.flow.printable import escape_text
from flowsync.report.ci_escaping import escape_line, escape_lines


def _subclasses(kind: type[FlowsyncError]) -> Iterator[type[FlowsyncError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _subclasses(below)


def _assert_harmless(text: str, lines: int) -> None:
    assert not raw_characters(text)
    assert not commands(text)
    assert text.count("\n") == lines


KINDS: list[type[FlowsyncError]] = sorted({*_subclasses(FlowsyncError)}, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_prints_harmless_text(
    kind: type[FlowsyncError], capsys: pytest.CaptureFixture[str]
) -> None:
    for text in HOSTILE:
        error = kind(text, hint=text)
        if isinstance(error, ConfigError):
            error.problems = (text, text)
        echo_error(error, colour=False)
        _assert_harmless(capsys.readouterr().err, 4 if isinstance(error, ConfigError) else 2)


def test_log_record_is_one_harmless_line(capsys: pytest.CaptureFixture[str]) -> None:
    for text in HOSTILE:
        record = logging.LogRecord(text, logging.INFO, "a.py", 1, "%s", (text,), None)
        _Handler().emit(record)
        _assert_harmless(capsys.readouterr().err, 1)


def test_logged_traceback_keeps_its_lines(capsys: pytest.CaptureFixture[str]) -> None:
    for text in HOSTILE:
        caught = (ValueError, ValueError(text), None)
        _Handler().emit(logging.LogRecord("a", logging.INFO, "a.py", 1, "a", (), caught))
        err = capsys.readouterr().err
        assert err.startswith("INFO a: a\nValueError: ")
        _assert_harmless(err, err.count("\n"))


def test_traceback_and_warning_are_harmless(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((sys, "excepthook"), (sys, "stdout"), (warnings, "showwarning")):
        monkeypatch.setattr(module, name, getattr(module, name))
    console.set_up()
    for text in HOSTILE:
        error = ValueError(text)
        sys.excepthook(ValueError, error, None)
        warnings.showwarning(text, UserWarning, text, 1)
        err = capsys.readouterr().err
        assert err.startswith(escape_lines("".join(traceback.format_exception(error))))
        assert not raw_characters(err)
        assert not commands(err)


def test_escaping_is_idempotent() -> None:
    for text in HOSTILE:
        for escaped in (escape_text(text), escape_line(text), escape_lines(text)):
            once = escape_line(escaped.replace("\n", " "))
            assert escape_line(once) == once
            assert escape_lines(once) == once


def test_only_coloured_text_keeps_colours() -> None:
    assert escape_lines("\x1b[31ma\x1b[0m\n", is_coloured=True) == "\x1b[31ma\x1b[0m\n"
    assert escape_lines("\x1b[2J\x1b]0;a\x07\n", is_coloured=True) == r"\u001b[2J\u001b]0;a\u0007" + "\n"
    assert escape_lines("\x1b[31ma\n") == r"\u001b[31ma" + "\n"


def test_document_is_written_byte_for_byte(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    for text in HOSTILE:
        console.document(text.encode())
        assert capsysbinary.readouterr().out == text.encode()
