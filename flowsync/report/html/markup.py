"""HTML elements as values: text is escaped, markup is not escaped twice."""

import re
from collections.abc import Iterable
from html import escape
from typing import Final

_VOID: Final = frozenset({"br", "col", "hr", "input", "link", "meta"})
_IN_A_LINE: Final = re.compile(
    "a|b|br|button|code|dd|dt|input|label|mark|option|rect|span|td|text|th|time|title"
)
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def element(name: str, /, *content: str, **attributes: str | bool | float) -> Markup:
    """The element with its content; plain text in it is escaped.

    Attributes that are False are left out, those that are True have no value; `class_` and `data_flow` are
    written `class` and `data-flow`. Every block begins a line, for those who read the source.
    """
    head = name + "".join(_attribute(key, value) for key, value in attributes.items() if value is not False)
    start = f"<{head}>" if _IN_A_LINE.fullmatch(name) else f"\n<{head}>"
    return Markup(start if name in _VOID else f"{start}{joined(content)}</{name}>")


def joined(content: Iterable[str]) -> Markup:
    """The contents after one another, plain text escaped."""
    return Markup("".join(piece if isinstance(piece, Markup) else _text(piece) for piece in content))


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text), quote=False)


def _attribute(key: str, value: str | bool | float) -> str:  # noqa: FBT001 - the value of an attribute
    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    return f' {name}="{escape(_FORBIDDEN.sub(chr(0xFFFD), str(value)))}"'
