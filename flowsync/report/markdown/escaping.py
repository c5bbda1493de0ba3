"""Escape foreign text for Markdown as GitHub and GitLab read it."""

import re
from collections.abc import Callable, Iterable
from typing import Final

from flowsync.flow.printable import escape_controls, escape_text, printable_name
from flowsync.report.ci_escaping import inert, inert_markup

_BREAK: Final = "&#8203;"
"""A character without width; after the first character of a reference it leaves nothing to be linked."""

_LONGEST_CODE: Final = 300

_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;", "$": "<span>$</span>"}

# The first alternatives are what platforms link or replace after Markdown has been read, so that no escape
# of Markdown helps: users, issues, merge requests, snippets, labels, milestones, epics, keys of trackers,
# commits, addresses, inline diffs, emoji, pages of a wiki. The last ones are Markdown's own syntax.
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
    return printable(escape_text(text), longest)


def printable(text: str, longest: int = 200) -> str:
    """Escape printable text, such as a name, and cut it."""
    return sentence(text[:longest]) + ("…" if len(text) > longest else "")


def sentence(text: str) -> str:
    """Escape one of our sentences, whose names and values are short and printable already."""
    return _SPECIAL.sub(_in_markdown, escape_controls(text))


def code(text: str) -> str:
    """Format a name or a path as code, with HTML instead of backticks, so that it fits in a table cell."""
    return f"<code>{printable(printable_name(text), _LONGEST_CODE)}</code>" if text else ""


def fence(language: str, lines: Iterable[str]) -> str:
    """Return a code block with fences longer than any inside; each line is on one line."""
    content = inert("\n".join(lines))
    longest = max((len(run) for run in _BACKTICKS.findall(content)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{content}\n{fence}\n"


_BACKTICKS: Final = re.compile("`+")


def summary(text: str) -> str:
    """Escape one of our sentences for an HTML element on a line of its own, where Markdown is not read."""
    return inert_markup(_SPECIAL.sub(lambda match: _preserve(match, _ENTITIES.get), escape_controls(text)))


def _in_markdown(match: re.Match[str]) -> str:
    if match.lastgroup == "leading" and match[0].isdigit():
        return f"{match[0]}{_BREAK}"
    return _preserve(match, _escape)


def _preserve(match: re.Match[str], escape: Callable[[str, str], str]) -> str:
    if match.lastgroup == "blank":
        return "&nbsp;"
    if match.lastgroup == "intraword":
        return match[0]
    if match.lastgroup == "commit":
        return _BREAK.join(_PARTS.findall(match[0]))
    text = "".join(escape(character, character) for character in match[0])
    return f"{text}{_BREAK}" if match.lastgroup in _LINKED else text


_LINKED: Final = frozenset({"sign", "key", "address", "inlinediff"})
_PARTS: Final = re.compile(".{1,6}")


def _escape(character: str, _: str) -> str:
    if character in _ENTITIES:
        return _ENTITIES[character]
    return f"\\{character}" if character in _PUNCTUATION else character


_PUNCTUATION: Final = frozenset("\\`*_[]~^#!+-=:")
