"""The formats of reports, by the names that options take."""

from typing import Final

FORMATS: Final = ("text", "json")
