"""Problems of documents in the formats for people: names are escaped once."""

import pytest

from flowsync.analysis.validation import find_problems
from flowsync.document.reader import parse_source
from flowsync.document.writer import dump
from flowsync.report.validation import Validation, render_validation


def _validation(*names: str) -> Validation:
    text = dump({"format": 1, "flowId": 1, "name": "f", "tasks": [{"name": name} for name in names]})
    return Validation(1, [("f.1.yaml", problem) for problem in find_problems(parse_source(text))])


@pytest.mark.parametrize("form", ["text", "github", "junit"])
@pytest.mark.parametrize("name", ["a\u200b", "l\u043ead", "\u202eab"])
def test_look_alike_names_are_escaped_once(form: str, name: str) -> None:
    printed = render_validation(form, _validation(name, name), 2)
    escaped = name.encode("ascii", "backslashreplace").decode()
    assert f'same name: "{escaped}"' in printed
    assert f'"/tasks/name={escaped}~#2"' in printed
    assert name not in printed
    assert rf"\{escaped}" not in printed


def test_ordinary_names_are_quoted() -> None:
    printed = render_validation("text", _validation("load", "load"), 2)
    assert printed.splitlines()[0] == (
        "f.1.yaml:6: error: another task has the same name: 'load' [duplicate-task /tasks/name=load~#2]"
    )
