"""All formats by name; a module is imported when it is needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from flowsync.report.result import RunResult

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Format(NamedTuple):
    """The function of a format, the suffixes of its files, and whether it refers to lines of flows.

    A suffix means the first format that has it.
    """

    module: str
    function: str
    suffixes: tuple[str, ...]
    has_lines: bool = False

    @property
    def suffix(self) -> str:
        """The suffix of a file of this format."""
        return self.suffixes[0]


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "text": Format("flowsync.report.text", "text", (".txt", ".log")),
        "markdown": Format("flowsync.report.markdown", "markdown", (".md", ".markdown")),
        "json": Format("flowsync.report.json", "json_document", (".json",)),
        "html": Format("flowsync.report.html", "html", (".html", ".htm")),
        "junit": Format("flowsync.report.junit", "junit", (".xml",)),
        "sarif": Format("flowsync.report.sarif", "sarif", (".sarif", ".sarif.json", ".json"), has_lines=True),
        "github": Format("flowsync.report.github", "github", (".github.txt", ".txt", ".log"), has_lines=True),
        "gitlab": Format("flowsync.report.gitlab", "gitlab", (".gitlab.json", ".json"), has_lines=True),
        "mermaid": Format("flowsync.report.mermaid", "mermaid", (".mmd", ".mermaid")),
    }
)


def format_of(file: str) -> str | None:
    """Return the format that the suffix of a file means, None if it means none."""
    rows = [(suffix, name) for name, row in FORMATS.items() for suffix in row.suffixes]
    found = [row for row in rows if file.lower().endswith(row[0])]
    return max(found, key=lambda row: len(row[0]))[1] if found else None


def fits(form: str, file: str) -> bool:
    """Return whether a file may have this format: its suffix is one of the format, or of none."""
    return format_of(file) is None or file.lower().endswith(FORMATS[form].suffixes)


def render(form: str, run: RunResult) -> str:
    """Render the run in the format of that name; text that UTF-8 cannot encode is replaced."""
    row = FORMATS[form]
    function: Callable[[RunResult], str] = getattr(import_module(row.module), row.function)
    return _SURROGATE.sub("\ufffd", function(run))
