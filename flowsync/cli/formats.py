"""The formats of reports, by the names that options take."""

from typing import Final

FORMATS: Final = ("text", "markdown", "json", "html", "junit", "sarif", "github", "gitlab", "mermaid")
