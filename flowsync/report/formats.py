"""All formats by name; a module is imported when it is needed."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Final

from flowsync.report.result import RunResult

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Format:
    """The function of a format, the suffix of its files, and whether it refers to lines of flows."""

    module: str
    function: str
    suffix: str
    has_lines: bool = False


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "text": Format("flowsync.report.text", "text", ".txt"),
        "markdown": Format("flowsync.report.markdown", "markdown", ".md"),
        "json": Format("flowsync.report.json", "json_document", ".json"),
        "html": Format("flowsync.report.html", "html", ".html"),
        "junit": Format("flowsync.report.junit", "junit", ".xml"),
        "sarif": Format("flowsync.report.sarif", "sarif", ".sarif", has_lines=True),
        "github": Format("flowsync.report.github", "github", ".github.txt", has_lines=True),
        "gitlab": Format("flowsync.report.gitlab", "gitlab", ".gitlab.json", has_lines=True),
        "mermaid": Format("flowsync.report.mermaid", "mermaid", ".mmd"),
    }
)


def render(form: str, run: RunResult) -> str:
    """Render the run in the format of that name; text that UTF-8 cannot encode is replaced."""
    row = FORMATS[form]
    function: Callable[[RunResult], str] = getattr(import_module(row.module), row.function)
    return _SURROGATE.sub("\ufffd", function(run))
