"""Redaction of secrets in texts that are printed."""

import json
import re
from collections.abc import Iterable
from html import escape
from urllib.parse import quote

MASK = "***"
_MAX_CHARACTERS = 200
_WINDOW = 65_536
_HEADER_LIKE = re.compile(
    r"""(?ix)
    ( \b (?: apim-[a-z]+ | (?:proxy-)?authorization | (?:set-)?cookie | x-api-key
           | (?:access|refresh)?_?-?token | app_?-?(?:key|secret) | secret | password | encryption ) \b
      \\?["']? \s* [:=] \s* \\?["']? )
    (?: (?:bearer|basic) \s+ )?
    [^\s"'\\,;&<>{}\[\]]+
    """
)


def redact(text: str, secrets: Iterable[str]) -> str:
    """Mask every secret, in any encoding that a server may echo, and every value of a credential header."""
    spellings = sorted({s for secret in secrets for s in _spellings(secret)}, key=len, reverse=True)
    if spellings:
        text = re.sub("|".join(map(re.escape, spellings)), MASK, text, flags=re.IGNORECASE)
    return _HEADER_LIKE.sub(rf"\1{MASK}", text)


def quote_response(body: bytes, secrets: Iterable[str]) -> str:
    """Return the first 200 printable characters of a response, secrets masked; empty for an empty one."""
    secrets = tuple(secrets)
    text = body[:_WINDOW].decode("utf-8", "replace")
    excerpt = redact("".join(c if c.isprintable() else " " for c in text), secrets)
    if len(body) > _WINDOW:  # a secret that is cut at the end of the window would not be recognised
        excerpt = excerpt[: -max(map(len, (MASK, *secrets))) * 6]
    line = " ".join(excerpt.split())
    return line if len(line) <= _MAX_CHARACTERS else line[:_MAX_CHARACTERS] + "…"


def _spellings(secret: str) -> set[str]:
    forms = {secret, json.dumps(secret)[1:-1], quote(secret), quote(secret, safe=""), escape(secret)}
    return {form for form in forms if form}
