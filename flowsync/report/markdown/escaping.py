"""Foreign text in Markdown as GitHub and GitLab read it: it stays text, whatever it holds."""

import re
from collections.abc import Iterable
from typing import Final

from flowsync.report.wording import printable

_BREAK: Final = "&#8203;"
"""A character without width; after the first character of a reference it leaves nothing to be linked."""

_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", '"': "&quot;", "$": "<span>$</span>"}

# The first alternatives are what platforms link or replace after Markdown has been read, so that no escape
# of Markdown helps: users, issues, merge requests, snippets, labels, milestones, epics, emoji, addresses,
# keys of trackers, commits. The last ones are Markdown's own syntax.
_SPECIAL: Final = re.compile(
    r"""(?P<mention>@)
    | (?P<reference>[#!$~%&^](?=[\w"'+{-]))
    | (?P<key>(?<![^\W_])(?:[A-Za-z][A-Za-z0-9_]*-)(?=[0-9]))
    | (?P<commit>(?<![^\W_])(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{4}(?=[0-9a-f]{3,36}(?![^\W_])))
    | (?P<address>:(?=//|[\w+-]+:)|\b(?:www|mailto|xmpp|javascript)(?=[.:]))
    | (?P<wiki>\[(?=\[))
    | (?P<intraword>(?<=[^\W_])_+(?=[^\W_]))
    | (?P<blanks>(?<=[ ])[ ]|^[ ]|[ ]$|\t)
    | (?P<syntax>[\\`*_\[\]()~<>&|"$^])
    | (?P<leading>^(?:[-+#=!:]|[0-9]{1,9}(?=[.)])))""",
    re.VERBOSE | re.IGNORECASE,
)


def inline(text: str) -> str:
    """The text as part of a paragraph, heading or table cell; on one line."""
    return _SPECIAL.sub(_safe, printable(text))


def code(text: str) -> str:
    """The text as code; HTML and not backticks, so that a table cell holds it whatever is in it."""
    return f"<code>{inline(text)}</code>" if text else ""


def fenced(language: str, lines: Iterable[str]) -> str:
    """A block of code between fences longer than any that is in it; the lines are on one line each."""
    content = "\n".join(lines)
    longest = max((len(run) for run in _BACKTICKS.findall(content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{content}\n{fence}\n"


_BACKTICKS: Final = re.compile("`+")


def _safe(match: re.Match[str]) -> str:
    text = match[0]
    match match.lastgroup:
        case "mention" | "reference" | "wiki":
            return f"{_escaped(text)}{_BREAK}"
        case "key" | "commit" | "address":
            return f"{inline_word(text)}{_BREAK}"
        case "intraword":
            return text
        case "blanks":
            return "&nbsp;"
        case "leading":
            return f"{text}{_BREAK}" if text.isdigit() else f"\\{text}"
        case _:
            return _escaped(text)


def inline_word(text: str) -> str:
    """A word of letters, digits, underscores and hyphens."""
    return text.replace("_", "\\_")


def _escaped(character: str) -> str:
    if character in _ENTITIES:
        return _ENTITIES[character]
    return character if character in "@%" else f"\\{character}"
