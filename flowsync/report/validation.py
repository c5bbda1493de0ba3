"""The problems of documents as text, JSON, JUnit XML or annotations of GitHub."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, starmap
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from flowsync.analysis.validation import DocumentProblem
from flowsync.flow.printable import escape_controls, escape_text, plural, printable_name
from flowsync.report.annotations import Annotation
from flowsync.report.github import github_commands
from flowsync.report.json import json_head, json_lines
from flowsync.report.junit import junit_document, xml_text
from flowsync.report.severity import Severity

_SEVERITIES: Final = {"error": Severity.BREAKING, "warning": Severity.BEHAVIOUR}
_ALL: Final = (*_SEVERITIES, "note")


@dataclass(frozen=True)
class Validation:
    """The problems of documents, each with the path of its file, and the number of documents.

    `strict` makes warnings count as errors do, `quiet` hides them from the text, `lists_all` adds notes.
    """

    checked: int
    problems: Sequence[tuple[str, DocumentProblem]]
    strict: bool = False
    quiet: bool = False
    lists_all: bool = False

    @property
    def counts(self) -> Counter[str]:
        """The number of problems of each severity."""
        return Counter(problem.severity for _, problem in self.problems)

    @property
    def failures(self) -> list[tuple[str, DocumentProblem]]:
        """The problems that count: errors, and with `strict` warnings."""
        counted = {"error", "warning"} if self.strict else {"error"}
        return [(file, one) for file, one in self.problems if one.severity in counted]

    @property
    def fails(self) -> bool:
        """Whether any problem counts."""
        return bool(self.failures)

    @property
    def summary(self) -> str:
        """The numbers as one line."""
        found = [plural(self.counts[severity], severity) for severity in _SEVERITIES]
        if self.counts["note"]:
            found.append(
                f"{plural(self.counts['note'], 'note')}{'' if self.lists_all else ' (-v lists them)'}"
            )
        return f"{', '.join(found)} ({plural(self.checked, 'document')} checked)"

    def is_listed(self, problem: DocumentProblem) -> bool:
        """Return whether the text lists a problem."""
        match problem.severity:
            case "note":
                return self.lists_all
            case "warning":
                return self.strict or not self.quiet
            case _:
                return True


def render_validation(form: str, validation: Validation, exit_status: int) -> str:
    """Render the problems in a format."""
    match form:
        case "json":
            return _json(validation, exit_status)
        case "junit":
            return _junit(validation)
        case "github":
            return github_commands("validate", validation.summary, [*_annotations(validation)])
    listed = [row for row in validation.problems if validation.is_listed(row[1])]
    return "".join(f"{line}\n" for line in (*starmap(_format_problem, listed), validation.summary))


def _format_problem(file: str, problem: DocumentProblem) -> str:
    """Return a problem as one line with its file, line and path."""
    rule = " ".join((problem.rule, *_location(problem)))
    place = f"{escape_text(file)}:{problem.line}"
    return f"{place}: {problem.severity}: {escape_controls(problem.message)} [{rule}]"


def _location(problem: DocumentProblem) -> list[str]:
    """Return the path of a problem in its document, if it has one."""
    return [printable_name(problem.path)] if problem.path else []


def _json(validation: Validation, exit_status: int) -> str:
    return json_lines(
        {
            **json_head("validate", exit_status),
            "counts": {
                "checked": validation.checked,
                **{severity: validation.counts[severity] for severity in _ALL},
            },
            "problems": [{"file": file, **asdict(problem)} for file, problem in validation.problems],
            "error": None,
        }
    )


def _annotations(validation: Validation) -> Iterator[Annotation]:
    """Yield the errors, then the warnings."""
    for severity, rank in _SEVERITIES.items():
        for file, problem in validation.problems:
            if problem.severity == severity:
                message = " ".join((*_location(problem), escape_controls(problem.message)))
                yield Annotation(rank, problem.rule, "flowsync validate", message, "", file, problem.line)


def _junit(validation: Validation) -> str:
    """Return one case for each document with problems that count, and a passed one with the summary."""
    root = Element("testsuites", name="flowsync")
    suite = SubElement(root, "testsuite", name="flowsync validate")
    for file, rows in groupby(validation.failures, key=lambda row: row[0]):
        lines = [xml_text(_format_problem(*row)) for row in rows]
        case = SubElement(suite, "testcase", classname="flowsync.validate", name=escape_text(file))
        failure = SubElement(case, "failure", type="error", message=plural(len(lines), "problem"))
        failure.text = "\n".join(lines)
    case = SubElement(suite, "testcase", classname="flowsync", name="validate")
    SubElement(case, "system-out").text = validation.summary
    return junit_document(root)
