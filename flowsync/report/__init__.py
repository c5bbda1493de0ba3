"""Reports of a result, one module per format."""

from typing import Final

REPORT_FORMATS: Final = ("text", "markdown", "json", "html", "junit", "sarif", "github", "gitlab", "mermaid")
"""The names of `formats.FORMATS`, for commands that must start fast."""

SHOW_FORMATS: Final = ("text", "mermaid", "html", "json")
LIST_FORMATS: Final = ("text", "markdown", "json")
CHECK_FORMATS: Final = ("text", "json", "github", "junit")
"""The formats of `show`, of `list`, and of `doctor` and `validate`."""
