"""Every format by its name; its module is imported when it is needed."""

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
    """Where a format is made, how names of its files end, and whether it points at lines of flows."""

    module: str
    function: str
    suffix: str
    has_lines: bool = False

    def render(self, run: RunResult) -> str:
        """Render the run; text that UTF-8 cannot encode is replaced."""
        function: Callable[[RunResult], str] = getattr(import_module(self.module), self.function)
        return _SURROGATE.sub("\ufffd", function(run))


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
    """Render the run in the format of that name."""
    return FORMATS[form].render(run)
