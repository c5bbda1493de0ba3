"""One thread's connection to the gateway: sending, reading within limits, translating httpx's errors."""

import logging
import re
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from flowsync.enos.redaction import redact
from flowsync.enos.requests import ApiRequest
from flowsync.enos.responses import Response, TransientError
from flowsync.enos.transport import ReadOnlyTransport
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
_IS_ABOVE_ZERO = re.compile(r"[1-9]")
_TO_LEFT_OVER = (
    "stream",
    "_stream",
    "_httpcore_stream",
    "_stream",
    "_connection",
    "_h11_state",
    "trailing_data",
)
"""From a response to the bytes behind it: httpx shows none, so its layers are looked through."""


class HttpSession:
    """One thread's httpx client. Only `cut_if_overdue` and `stop` may be called by another thread.

    `silence` is the longest time in seconds without a byte. With `is_kept` False, every request gets a fresh
    connection. Closing the channel closes what `open_transport` made.
    """

    def __init__(
        self,
        base_url: str,
        open_transport: Callable[[], AbstractContextManager[httpx.BaseTransport]],
        *,
        silence: float,
        monotonic: Callable[[], float],
        is_kept: bool = True,
    ) -> None:
        self._base_url = base_url
        self._headers = {**_HEADERS, "connection": "keep-alive" if is_kept else "close"}
        self._silence = silence
        self._monotonic = monotonic
        # a TLS connection that is cut before its handshake makes Python's ssl module leak the socket
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def send(
        self, request: ApiRequest, headers: Mapping[str, str], *, deadline: float, secrets: Iterable[str]
    ) -> Response:
        """Return the complete response to one request, whatever its status.

        `deadline` is in `monotonic` time. Raises TransientError for a failing network, GatewayError for an
        error that another attempt cannot fix.
        """
        self._deadline = deadline
        try:
            with translate_errors(request, secrets), closing(self._send(request, headers)) as response:
                body = b"".join(self._chunks(response, request))
                _LOG.debug("%s: HTTP %d, %d bytes", request.title, response.status_code, len(body))
                if _has_left_over(response):
                    _LOG.info("%s: bytes follow the response; the connection is closed", request.title)
                    response.extensions["network_stream"].close()
                _require_no_age(response, request)
                return Response(
                    response.status_code,
                    body,
                    retry_after=response.headers.get("retry-after", ""),
                    location=response.headers.get("location", ""),
                )
        except TransientError:
            self._remaining_time(request)  # a request that was cut ends with the reason, not with the symptom
            raise
        finally:
            self._deadline = float("inf")

    def stop(self) -> None:
        """End the running request and refuse every later one."""
        self._is_stopped = True
        self._abort()

    def abort_if_overdue(self) -> None:
        """End a request whose deadline has passed although bytes still arrive."""
        if self._monotonic() > self._deadline:
            self._abort()

    def _send(self, call: ApiRequest, headers: Mapping[str, str]) -> httpx.Response:
        remaining = self._remaining_time(call)
        silence = min(self._silence, remaining)
        connect = min(_CONNECT_SECONDS, silence)
        limits = {"connect": connect, "read": silence, "write": silence, "pool": silence}
        request = httpx.Request(
            call.method,
            self._base_url + call.target,
            headers={**self._headers, **headers},
            content=call.body.encode() or None,
            extensions={"timeout": limits, "trace": self._remember_socket},
        )
        return self._client.send(request, stream=True)

    def _chunks(self, response: httpx.Response, request: ApiRequest) -> Iterator[bytes]:
        encoding = response.headers.get("content-encoding", "").lower()
        if encoding not in _ENCODINGS:
            raise _error(request, "an answer in an encoding that was not asked for", response.status_code)
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > MAX_RESPONSE_BYTES:
                raise _error(
                    request, f"an answer of more than {MAX_RESPONSE_BYTES} bytes", response.status_code
                )
            self._remaining_time(request)
            yield chunk

    def _remaining_time(self, request: ApiRequest) -> float:
        if self._is_stopped:
            raise _error(request, "stopped before the answer was complete")
        remaining = self._deadline - self._monotonic()
        if remaining <= 0:
            raise _error(request, "no complete answer within the time for one flow", hint=_SLOW)
        return remaining

    def _remember_socket(self, event: str, info: Mapping[str, Any]) -> None:
        if event.endswith(self._connected_event):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._is_stopped:  # stop() came while the connection was made, and had nothing to cut
                self._abort()

    def _abort(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # already closed is as good as cut
                # the plain socket's method: a TLS socket's own one is not made for a second thread
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


def _has_left_over(response: httpx.Response) -> bool:
    """Return whether bytes follow a response, which the next request would take for its response.

    False if the connection does not show them; flows that look changed are exported again anyway.
    """
    layer: Any = response
    for name in _TO_LEFT_OVER:
        layer = getattr(layer, name, None)
    return bool(layer and layer[0])


def _require_no_age(response: httpx.Response, request: ApiRequest) -> None:
    age = response.headers.get("age", "")
    if _IS_ABOVE_ZERO.search(age):
        what = f"a cache answered with a response that is {age[:20]} s old"
        raise _error(request, what, response.status_code, hint=_CACHE, kind=TransientError)


_CACHE = "exempt the gateway from the cache or proxy in front of it"
_SLOW = "lower `jobs`, or look at the health of the gateway and the network"
_UNREACHABLE = "check the gateway's address, the network and HTTPS_PROXY"


@contextmanager
def translate_errors(request: ApiRequest, secrets: Iterable[str]) -> Iterator[None]:
    """Translate exceptions of httpx; the only place where its errors are handled."""
    try:
        yield
    except httpx.TransportError as error:
        raise _from_transport(error, request, tuple(secrets)) from error
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise _error(request, f"unusable answer or address: {redact(str(error), secrets)}") from error


def _from_transport(
    error: httpx.TransportError, request: ApiRequest, secrets: tuple[str, ...]
) -> GatewayError:
    words = redact(str(error), secrets)
    if "CERTIFICATE_VERIFY_FAILED" in words:
        hint = "name the certificate authority's file in SSL_CERT_FILE"
        return _error(request, f"the gateway's certificate is not trusted: {words}", hint=hint)
    if isinstance(error, httpx.UnsupportedProtocol | httpx.LocalProtocolError):
        return _error(request, f"the request can't be sent: {words}")
    what = next(text for kind, text in _WORDS.items() if isinstance(error, kind))
    return _error(request, f"{what}: {words}" if words else what, hint=_UNREACHABLE, kind=TransientError)


_WORDS: Mapping[type[httpx.TransportError], str] = {
    httpx.ConnectTimeout: "no connection in time",
    httpx.TimeoutException: "the gateway fell silent",
    httpx.ConnectError: "no connection to the gateway",
    httpx.ProxyError: "the proxy refuses",
    httpx.TransportError: "the connection broke",
}


def _error(
    request: ApiRequest,
    what: str,
    status: int | None = None,
    *,
    hint: str = "",
    kind: type[GatewayError] = GatewayError,
) -> GatewayError:
    return kind(
        f"{request.title}: {what}",
        method=request.method,
        action=request.action,
        flow_id=request.flow_id,
        status=status,
        hint=hint,
    )
