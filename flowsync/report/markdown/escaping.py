"""Escape foreign text for Markdown as GitHub and GitLab read it."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from flowsync.flow.printable import escape_controls, escape_text, printable_name
from flowsync.report.ci_escaping import inert, inert_markup

_BREAK: Final = "&#8203;"
"""A character without width; after the first character of a reference it prevents a link."""

_LONGEST_CODE: Final = 300

_IN_HTML: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "$": "<span>$</span>"}
)
_IN_MARKDOWN: Final = {**str.maketrans({one: f"\\{one}" for one in "\\`*_[]~^#!+-=:"}), **_IN_HTML}

# The first alternatives are text that platforms link or replace after Markdown, where its escapes do not
# help: users, issues, merge requests, snippets, labels, milestones, epics, keys of trackers, commits,
# addresses, inline diffs, emoji, pages of a wiki. The last ones are Markdown's own syntax.
_SPECIAL: Final = re.compile(
    r"""(?P<sign>@ | [#!$~%&^](?=[\w"']) | \[(?=\[))
    | (?P<key>(?<![^\W_])(?:(?-i:[A-Z][A-Z0-9_]+)|gh)-(?=[0-9]))
    | (?P<commit>(?<![^\W_])(?=[a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{7,40}(?![^\W_]))
    | (?P<address>:(?=//|[\w+-]+:) | (?<![^\W_])(?:www|mailto|xmpp)(?=[.:]))
    | (?P<inlinediff>[{\[](?=[-+]))
    | (?P<intraword>(?<=[^\W_])_+(?=[^\W_]))
    | (?P<blank>(?<=[ ])[ ] | ^[ ] | [ ]$ | \t)
    | (?P<syntax>[\\`*_\[\]~<>&|$^])
    | (?P<leading>^(?:[-+#=!:] | [0-9]{1,9}(?=[.)])))""",
    re.VERBOSE | re.IGNORECASE,
)


def inline(text: str, longest: int = 200) -> str:
    """Escape foreign text for a paragraph, heading or table cell: on one line, and not very long."""
    return excerpt(escape_text(text), longest)


def excerpt(text: str, longest: int = 200) -> str:
    """Escape printable text, such as a name, and cut it."""
    return sentence(text[:longest]) + ("…" if len(text) > longest else "")


def sentence(text: str) -> str:
    """Escape one of our sentences, whose names and values are short and printable already."""
    return _SPECIAL.sub(lambda match: _replace(match, _IN_MARKDOWN), escape_controls(text))


def code(text: str) -> str:
    """Format a name or a path as code, with HTML instead of backticks, so that it fits in a table cell."""
    return f"<code>{excerpt(printable_name(text), _LONGEST_CODE)}</code>" if text else ""


def fence(language: str, lines: Iterable[str]) -> str:
    """Return a code block with fences longer than any inside; each line is on one line."""
    content = inert("\n".join(lines))
    longest = max((len(run) for run in _BACKTICKS.findall(content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{content}\n{fence}\n"


_BACKTICKS: Final = re.compile("`+")


def summary(text: str) -> str:
    """Escape one of our sentences for an HTML element on a line of its own, where Markdown is not read."""
    return inert_markup(_SPECIAL.sub(lambda match: _replace(match, _IN_HTML), escape_controls(text)))


def _replace(match: re.Match[str], escapes: Mapping[int, str]) -> str:
    match match.lastgroup:
        case "blank":
            return "&nbsp;"
        case "intraword":
            return match[0]
        case "commit":
            return _BREAK.join(_PARTS.findall(match[0]))
        case "leading" if match[0].isdigit() and escapes is _IN_MARKDOWN:
            return f"{match[0]}{_BREAK}"
        case "sign" | "key" | "address" | "inlinediff":
            return f"{match[0].translate(escapes)}{_BREAK}"
        case _:
            return match[0].translate(escapes)


_PARTS: Final = re.compile(".{1,6}")
