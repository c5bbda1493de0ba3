"""HTTP session of one thread: send requests, read responses within limits, translate httpx errors."""

import logging
import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from flowsync.enos.error_codes import TransientError
from flowsync.enos.redaction import redact
from flowsync.enos.requests import ApiRequest
from flowsync.enos.responses import Response
from flowsync.enos.transport import OpenTransport, ReadOnlyTransport
from flowsync.errors import GatewayError

_LOG = logging.getLogger(__name__)
MAX_RESPONSE_BYTES = 32 * 1024 * 1024
_CONNECT_SECONDS = 10.0
_ENCODINGS = frozenset({"", "identity", "gzip", "deflate"})
_HEADERS: Mapping[str, str] = {
    "user-agent": "flowsync",
    "accept": "application/json",
    "accept-encoding": "gzip, deflate",
    "cache-control": "no-cache",
}
_ERRNO = re.compile(r"^\[Errno -?\d+\] ")
_POSITIVE = re.compile(r"[1-9]")
_PATH_TO_TRAILING_DATA = (
    "stream",
    "_stream",
    "_httpcore_stream",
    "_stream",
    "_connection",
    "_h11_state",
    "trailing_data",
)
"""Attributes from a response to the bytes that follow it; httpx has no public access to them."""


class HttpSession:
    """The httpx client of one thread. Other threads may call only `abort_if_overdue` and `stop`.

    `silence` is the longest time without a byte, in seconds. With `keep_alive` False, every request opens a
    new connection. Leaving the session closes the transport that `open_transport` returned.
    """

    def __init__(
        self,
        base_url: str,
        open_transport: OpenTransport,
        *,
        silence: float,
        monotonic: Callable[[], float],
        keep_alive: bool = True,
    ) -> None:
        self._base_url = base_url
        self._headers = {**_HEADERS, "connection": "keep-alive" if keep_alive else "close"}
        self._silence = silence
        self._monotonic = monotonic
        # Python's ssl module leaks the socket of a connection that is shut down before its TLS handshake
        self._connected_event = (
            "start_tls.complete" if urlsplit(base_url).scheme == "https" else "connect_tcp.complete"
        )
        self._socket: socket.socket | None = None
        self._deadline = float("inf")
        self._is_stopped = False
        with ExitStack() as stack:
            inner = stack.enter_context(open_transport())
            transport = ReadOnlyTransport(inner, prefix=urlsplit(base_url).path)
            self._client = stack.enter_context(httpx.Client(transport=transport, trust_env=False))
            self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def send(
        self, request: ApiRequest, headers: Mapping[str, str], *, deadline: float, secrets: tuple[str, ...]
    ) -> Response:
        """Return the complete response to a request, whatever its status; `deadline` is a `monotonic` time.

        Raises TransientError for a network failure, GatewayError for a failure that a retry can't resolve.
        """
        self._deadline = deadline
        try:
            with _translate_errors(request, secrets), closing(self._send(request, headers)) as response:
                body = b"".join(self._chunks(response, request))
                _LOG.debug("%s: HTTP %d, %d bytes", request.title, response.status_code, len(body))
                if _has_trailing_data(response):
                    _LOG.info("%s: bytes follow the response; the connection is closed", request.title)
                    response.extensions["network_stream"].close()
                _require_no_age(response, request)
                return Response(
                    request,
                    response.status_code,
                    body,
                    secrets,
                    retry_after=response.headers.get("retry-after", ""),
                    location=response.headers.get("location", ""),
                )
        except TransientError:
            self._remaining_time(request)  # raises the cause if the request was aborted
            raise
        finally:
            self._deadline = float("inf")

    def stop(self) -> None:
        """Abort the running request and refuse all later ones."""
        self._is_stopped = True
        self._abort()

    def abort_if_overdue(self) -> None:
        """Abort a request that has passed its deadline although it still receives bytes."""
        if self._monotonic() > self._deadline:
            self._abort()

    def _send(self, request: ApiRequest, headers: Mapping[str, str]) -> httpx.Response:
        silence = min(self._silence, self._remaining_time(request))
        limits = httpx.Timeout(silence, connect=min(_CONNECT_SECONDS, silence))
        unsent = httpx.Request(
            request.method,
            self._base_url + request.target,
            headers={**self._headers, **headers},
            content=request.body.encode() or None,
            extensions={"timeout": limits.as_dict(), "trace": self._remember_socket},
        )
        return self._client.send(unsent, stream=True)

    def _chunks(self, response: httpx.Response, request: ApiRequest) -> Iterator[bytes]:
        encoding = response.headers.get("content-encoding", "").lower()
        if encoding not in _ENCODINGS:
            raise request.error("unsupported content encoding", status=response.status_code)
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > MAX_RESPONSE_BYTES:
                what = f"response larger than {MAX_RESPONSE_BYTES} bytes"
                raise request.error(what, status=response.status_code)
            self._remaining_time(request)
            yield chunk

    def _remaining_time(self, request: ApiRequest) -> float:
        if self._is_stopped:
            raise request.error("stopped before the response was complete")
        remaining = self._deadline - self._monotonic()
        if remaining <= 0:
            raise request.error("no complete response within the time limit of one flow", hint=_SLOW)
        return remaining

    def _remember_socket(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(self._connected_event):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._is_stopped:  # stop() was called before there was a socket
                self._abort()

    def _abort(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # already closed
                # not the method of a TLS socket, which is not thread-safe
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _has_trailing_data(response: httpx.Response) -> bool:
    """Detect bytes after a response, which would be read as the response to the next request.

    Returns False if the connection gives no access to them; changed flows are fetched twice anyway.
    """
    layer: Any = response
    for name in _PATH_TO_TRAILING_DATA:
        layer = getattr(layer, name, None)
    return bool(layer and layer[0])


def _require_no_age(response: httpx.Response, request: ApiRequest) -> None:
    age = response.headers.get("age", "")
    if _POSITIVE.search(age):
        what = f"a cache sent a response that is {age[:20]} s old"
        raise request.error(what, kind=TransientError, status=response.status_code, hint=_CACHE)


_CACHE = "exempt the gateway from the cache or proxy between it and flowsync"
_SLOW = "lower `jobs`, or check the health of the gateway and the network"
_UNREACHABLE = "check the address in `gateway`, the network and HTTPS_PROXY"


@contextmanager
def _translate_errors(request: ApiRequest, secrets: tuple[str, ...]) -> Iterator[None]:
    """Translate the exceptions of httpx into GatewayError."""
    try:
        yield
    except httpx.TransportError as error:
        raise _from_transport(error, request, secrets) from error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise request.error(f"invalid response or address: {redact(str(error), secrets)}") from error


def _from_transport(
    error: httpx.TransportError, request: ApiRequest, secrets: tuple[str, ...]
) -> GatewayError:
    detail = redact(_ERRNO.sub("", str(error)), secrets)
    if "CERTIFICATE_VERIFY_FAILED" in detail:
        hint = "set SSL_CERT_FILE to the file of the certificate authority"
        return request.error(f"the gateway's certificate is not trusted: {detail}", hint=hint)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return request.error(f"the request can't be sent: {detail}")
    what = next(text for kind, text in _DESCRIPTIONS.items() if isinstance(error, kind))
    if detail == "Connection refused":
        what, detail = "connection refused", ""
    return request.error(
        f"{what}: {detail}" if detail else what,
        kind=TransientError,
        is_titled=not isinstance(error, _UNCONNECTED),
        hint=_UNREACHABLE,
    )


_UNCONNECTED = (httpx.ConnectTimeout, httpx.ConnectError, httpx.ProxyError)


_DESCRIPTIONS: Mapping[type[httpx.TransportError], str] = {
    httpx.ConnectTimeout: "connection timed out",
    httpx.TimeoutException: "the gateway stopped responding",
    httpx.ConnectError: "no connection to the gateway",
    httpx.ProxyError: "the proxy refused the connection",
    httpx.TransportError: "the connection was lost",
}
