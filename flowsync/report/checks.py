"""The checks of `flowsync doctor` as text, JSON, JUnit XML or annotations of GitHub."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from flowsync import __version__
from flowsync.analysis.check import Check, CheckStatus
from flowsync.flow.printable import escape_text, plural
from flowsync.report.ci_escaping import inert, inert_markup
from flowsync.report.json import SCHEMA_VERSION, json_lines
from flowsync.report.wrapping import fold

_INDENT: Final = " " * 9
_NO_XML: Final = re.compile("[\ufffe\uffff]")
_GITHUB_TEXT: Final = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_GITHUB_PROPERTY: Final = {**_GITHUB_TEXT, **str.maketrans({":": "%3A", ",": "%2C"})}


def render_checks(form: str, checks: Sequence[Check], exit_status: int) -> str:
    """Render all checks in a format."""
    match form:
        case "json":
            return _json(checks, exit_status)
        case "junit":
            return _junit(checks)
        case "github":
            return "".join(f"{line}\n" for line in _github(checks))
    lines = [*(line for check in checks for line in check_lines(check)), summarize_checks(checks)]
    return inert("".join(f"{line}\n" for line in lines))


def check_lines(check: Check, width: int | None = None) -> Iterator[str]:
    """Yield the lines of a check: its result, its problems, and the next step after a failure."""
    yield from _fold(f"{check.status:<9}{check.title}: {_detail(check)}", _INDENT, width)
    for problem in check.problems:
        yield from _fold(f"{_INDENT}- {escape_text(problem)}", f"{_INDENT}  ", width)
    if check.hint:
        yield from _fold(f"{_INDENT}next: {escape_text(check.hint)}", f"{_INDENT}      ", width)


def summarize_checks(checks: Sequence[Check]) -> str:
    """Return how many checks there are, and how many of each result."""
    counted = Counter(check.status for check in checks)
    counts = ", ".join(f"{counted[status]} {status}" for status in CheckStatus if counted[status])
    return f"{plural(len(checks), 'check')}: {counts}"


def _detail(check: Check) -> str:
    return f"needs {check.because}" if check.because else escape_text(check.detail)


def _fold(line: str, indent: str, width: int | None) -> Iterator[str]:
    if width is None:
        yield line
        return
    head = line[: len(line) - len(line.lstrip())]
    first, *others = fold(line.lstrip(), width - len(head), width - len(indent))
    yield f"{head}{first}"
    yield from (f"{indent}{other}" for other in others)


def _json(checks: Sequence[Check], exit_status: int) -> str:
    return json_lines(
        {
            "schema_version": SCHEMA_VERSION,
            "flowsync_version": __version__,
            "command": "doctor",
            "exit_status": exit_status,
            "platform_access": "read-only",
            "counts": {status: sum(check.status is status for check in checks) for status in CheckStatus},
            "checks": [_check(check) for check in checks],
            "error": None,
        }
    )


def _check(check: Check) -> dict[str, Any]:
    return {
        "environment": check.environment or None,
        "name": check.name,
        "status": check.status,
        "detail": check.detail,
        "problems": [*check.problems],
        "next": check.hint or None,
        "because": check.because or None,
    }


def _junit(checks: Sequence[Check]) -> str:
    root = Element("testsuites", name="flowsync")
    for environment in dict.fromkeys(check.environment for check in checks):
        listed = [check for check in checks if check.environment == environment]
        counted = Counter(check.status for check in listed)
        suite = SubElement(root, "testsuite", name=f"flowsync doctor {environment}".rstrip())
        suite.set("tests", str(len(listed)))
        suite.set("failures", str(counted[CheckStatus.FAILED]))
        suite.set("errors", "0")
        suite.set("skipped", str(counted[CheckStatus.SKIPPED]))
        for check in listed:
            _add_case(suite, check)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{inert_markup(tostring(root, encoding="unicode"))}\n'


def _add_case(suite: Element, check: Check) -> None:
    place = f"flowsync doctor.{check.environment}".rstrip(".")
    case = SubElement(suite, "testcase", classname=place, name=check.name)
    message = _xml_text(_detail(check))
    match check.status:
        case CheckStatus.FAILED:
            failure = SubElement(case, "failure", message=message)
            failure.text = "\n".join(map(_xml_text, check_lines(check)))
        case CheckStatus.SKIPPED:
            SubElement(case, "skipped", message=message)
        case CheckStatus.OK:
            SubElement(case, "system-out").text = message


def _xml_text(text: str) -> str:
    """Escape the characters that XML cannot contain; the others are escaped already."""
    return _NO_XML.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _github(checks: Sequence[Check]) -> Iterator[str]:
    yield _command("notice", "flowsync doctor", [summarize_checks(checks)])
    for check in checks:
        if check.status is CheckStatus.FAILED:
            lines = [line.strip() for line in check_lines(check)]
            yield _command("error", f"flowsync doctor: {check.title}", [_detail(check), *lines[1:]])


def _command(level: str, title: str, lines: Sequence[str]) -> str:
    text = "\n".join(lines)
    return f"::{level} title={title.translate(_GITHUB_PROPERTY)}::{text.translate(_GITHUB_TEXT)}"
