"""The problems of documents as text, JSON, JUnit XML or annotations of GitHub."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, starmap
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from flowsync.analysis.validation import DocumentProblem
from flowsync.flow.printable import escape_text, plural
from flowsync.report.annotations import Annotation
from flowsync.report.github import github_commands
from flowsync.report.json import json_head, json_lines
from flowsync.report.junit import junit_document, xml_text
from flowsync.report.severity import Severity

FORMATS: Final = ("text", "json", "github", "junit")

_GRADES: Final = {"error": Severity.BREAKING, "warning": Severity.BEHAVIOUR}


@dataclass(frozen=True)
class Validation:
    """The problems of documents, each with the path of its file, and the number of documents."""

    checked: int
    problems: Sequence[tuple[str, DocumentProblem]]

    @property
    def counts(self) -> Counter[str]:
        """The number of errors and of warnings."""
        return Counter(problem.severity for _, problem in self.problems)

    @property
    def summary(self) -> str:
        """The numbers as one line."""
        found = (plural(self.counts[severity], severity) for severity in _GRADES)
        return f"{', '.join(found)} ({plural(self.checked, 'document')} checked)"


def render_validation(form: str, validation: Validation, exit_status: int, *, quiet: bool = False) -> str:
    """Render all problems in a format; a quiet text leaves out the warnings."""
    match form:
        case "json":
            return _json(validation, exit_status)
        case "junit":
            return _junit(validation)
        case "github":
            return github_commands("validate", validation.summary, [*_annotations(validation)])
    shown = [(file, one) for file, one in validation.problems if one.severity == "error" or not quiet]
    return "".join(f"{line}\n" for line in (*starmap(_format_problem, shown), validation.summary))


def _format_problem(file: str, problem: DocumentProblem) -> str:
    """Return a problem as one line with its file, line and path."""
    path = f" {escape_text(problem.path)}" if problem.path else ""
    place = f"{escape_text(file)}:{problem.line}"
    return f"{place}: {problem.severity}:{path} {escape_text(problem.message)} [{problem.rule}]"


def _json(validation: Validation, exit_status: int) -> str:
    return json_lines(
        {
            **json_head("validate", exit_status),
            "counts": {
                "checked": validation.checked,
                **{severity: validation.counts[severity] for severity in _GRADES},
            },
            "problems": [{"file": file, **asdict(problem)} for file, problem in validation.problems],
            "error": None,
        }
    )


def _annotations(validation: Validation) -> Iterator[Annotation]:
    """Yield the errors, then the warnings."""
    for severity, rank in _GRADES.items():
        for file, problem in validation.problems:
            if problem.severity == severity:
                message = escape_text(" ".join(filter(None, (problem.path, problem.message))))
                yield Annotation(rank, problem.rule, "flowsync validate", message, "", file, problem.line)


def _junit(validation: Validation) -> str:
    """Return one case for each document with errors, and one that is passed and has the summary."""
    errors = [(file, problem) for file, problem in validation.problems if problem.severity == "error"]
    root = Element("testsuites", name="flowsync")
    suite = SubElement(root, "testsuite", name="flowsync validate")
    for file, rows in groupby(errors, key=lambda row: row[0]):
        lines = [xml_text(_format_problem(*row)) for row in rows]
        case = SubElement(suite, "testcase", classname="flowsync.validate", name=escape_text(file))
        failure = SubElement(case, "failure", type="error", message=plural(len(lines), "error"))
        failure.text = "\n".join(lines)
    case = SubElement(suite, "testcase", classname="flowsync", name="validate")
    SubElement(case, "system-out").text = validation.summary
    return junit_document(root)
