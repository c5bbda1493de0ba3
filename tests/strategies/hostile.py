"""Text that, unescaped, affects a terminal or a CI run that reads the log."""

import re
import unicodedata
from typing import Final

HOSTILE: Final = (
    *("::error::x", " ::error file=a.py,line=1::x", "\t::warning::x", "\u3000::error::x", "\xa0::error::x"),
    *("::stop-commands::token", "::add-mask::a", "::set-output name=a::b", "::ENDGROUP::"),
    *(
        "##[error]x",
        "##[group]x",
        "##[add-path]a",
        "##vso[task.setvariable variable=a]b",
        "##VSO[task.debug]",
    ),
    *("a\n::error::x", "a\r::error::x", "a\r\n##[error]x", "a\x0b::error::x", "a\x0c::error::x"),
    *("a\x85::error::x", "a\u2028::error::x", "a\u2029##[error]x", "\ufeff::error::x"),
    *("\x1b[31mred", "\x1b[2J", "\x1b]0;title\x07", "\x1b]8;;https:a\x1b\\link", "\x1b[32m::error::x"),
    *("\x9b31mred", "\x9d0;title\x9c", "\x08\x08\x7f"),
    *("\u202etxet", "\u2066a\u2069", "\u200fa", "\u061ca", "\U000e0041\U000e0042", "\u200b"),
)

_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_COMMAND: Final = re.compile(r"\s*::[a-z]|.*##(vso)?\[[a-z][^]]*\]", re.IGNORECASE)


def raw_characters(text: str) -> set[str]:
    """Return the characters of a printed text that have an effect; tabs and line feeds are harmless."""
    return {one for one in {*text} - {"\t", "\n"} if unicodedata.category(one) in _EFFECTIVE or one in _BIDI}


def commands(text: str) -> list[str]:
    """Return the lines of a printed text that a CI run reads as a command."""
    return [line for line in text.split("\n") if _COMMAND.match(line)]


_EFFECTIVE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
