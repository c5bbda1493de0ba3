"""How token requests and API calls are signed, implemented independently of the client."""

from hashlib import sha256
from urllib.parse import unquote_plus


def token_encryption(app_key: str, timestamp: str, app_secret: str) -> str:
    """Return the lower-case hex SHA-256 of a token request; `timestamp` is the text of the body's value."""
    return sha256(f"{app_key}{timestamp}{app_secret}".encode()).hexdigest()


def first_values(query: str) -> dict[str, str | None]:
    """Decode the parameters of a query string: the first value of each name, None for a name without `=`."""
    values: dict[str, str | None] = {}
    for part in query.split("&") if query else ():
        name, equals, value = part.partition("=")
        values.setdefault(unquote_plus(name), unquote_plus(value) if equals else None)
    return values


def signed_parameters(query: str) -> str:
    """Return names and values in the order of signing: by UTF-16 code unit, as Java compares text.

    A name without a value signs the text `null`, because the documented Java code appends the null reference.
    """
    values = first_values(query)
    names = sorted(values, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
    return "".join(name + ("null" if values[name] is None else str(values[name])) for name in names)


def call_signature(access_token: str, query: str, body: bytes, timestamp: str, app_secret: str) -> str:
    """Return the lower-case hex SHA-256 of an API call; `query` is still encoded, `body` as sent."""
    digest = sha256(f"{access_token}{signed_parameters(query)}".encode("utf-8", "surrogatepass"))
    digest.update(body)
    digest.update(f"{timestamp}{app_secret}".encode())
    return digest.hexdigest()
