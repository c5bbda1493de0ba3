"""Read-only HTTP transport, TLS and proxy settings."""

import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager
from ipaddress import ip_address
from urllib.parse import parse_qsl, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from flowsync.enos.requests import TOKEN_SERVICE
from flowsync.errors import ConfigError, GuardError

READ_ACTIONS = frozenset(
    {"export", "get", "getMyFlow", "search", "listWorkFlowDirs", "getCurrentTime", "getTimeZone"}
)
_TOKEN_STEPS = (f"{TOKEN_SERVICE}/get", f"{TOKEN_SERVICE}/refresh")


OpenTransport = Callable[[], AbstractContextManager[httpx.BaseTransport]]


class ReadOnlyTransport(httpx.BaseTransport):
    """A transport that refuses every request that could change the platform, before sending a byte.

    The platform deletes with GET, so the check is on the `action` in the query, not on the method. The token
    service has no actions; its two requests are allowed. `prefix` is the path of the gateway's address.
    Raises GuardError. The caller closes the inner transport.
    """

    def __init__(self, inner: httpx.BaseTransport, *, prefix: str = "") -> None:
        self._inner = inner
        self._token_paths = {prefix + step for step in _TOKEN_STEPS}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not self._is_token_request(request):
            _require_read_action(request.url.query.decode("ascii"))
        return self._inner.handle_request(request)

    def _is_token_request(self, request: httpx.Request) -> bool:
        return request.method == "POST" and request.url.raw_path.decode("ascii") in self._token_paths


def http_transports(base_url: str) -> OpenTransport:
    """Return a function that opens a transport; each thread has one, all share one TLS context.

    Raises ConfigError if SSL_CERT_FILE, SSL_CERT_DIR or the proxy's address is not usable.
    """
    address = proxy_address(base_url)
    context = _tls_context(base_url, address or "")
    proxy = _proxy(address, context)
    return lambda: httpx.HTTPTransport(verify=context, proxy=proxy)


def proxy_address(base_url: str) -> str | None:
    """Return the proxy that the environment names for a gateway; None for a gateway on this machine."""
    parts = urlsplit(base_url)
    if _is_loopback(parts.hostname or "") or proxy_bypass(parts.netloc):
        return None
    proxies = getproxies()
    address = proxies.get(parts.scheme) or proxies.get("all")
    return address if address is None or "://" in address else f"http://{address}"


def proxy_name(base_url: str) -> str:
    """Return host and port of the proxy for a gateway, without its password; "none" if there is none."""
    address = proxy_address(base_url)
    return urlsplit(address).netloc.rpartition("@")[2] if address else "none"


def _is_loopback(host: str) -> bool:
    """Return whether a host name or literal address is this machine, without name resolution."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _require_read_action(query: str) -> None:
    actions = [value for name, value in parse_qsl(query, keep_blank_values=True) if name == "action"]
    if len(actions) != 1 or actions[0] not in READ_ACTIONS:
        named = ", ".join(actions) or "none"
        raise GuardError(
            f"request refused: expected one read action, got {named}",
            hint="report this as a bug in flowsync",
        )


def _tls_context(*addresses: str) -> ssl.SSLContext:
    """Return the context for these peers; without TLS, skip reading the authorities, which takes 50 ms."""
    if not any(map(_has_tls, addresses)):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts no certificate
    try:
        return httpx.create_ssl_context()
    except OSError as error:  # includes ssl.SSLError, for a file without certificates
        raise ConfigError(
            f"the certificate authorities can't be read: {error}",
            hint="check the environment variables SSL_CERT_FILE and SSL_CERT_DIR",
        ) from error


def _has_tls(address: str) -> bool:
    return address.lower().startswith("https://")


def _proxy(address: str | None, context: ssl.SSLContext) -> httpx.Proxy | None:
    if address is None:
        return None
    try:
        tls = context if _has_tls(address) else None
        proxy = httpx.Proxy(address, ssl_context=tls)
        httpx.HTTPTransport(verify=context, proxy=proxy).close()
    except (httpx.InvalidURL, ValueError, ImportError) as error:
        # the address may contain a password, so neither it nor the library's message is printed
        raise ConfigError(
            "the proxy's address can't be used", hint="check HTTPS_PROXY and ALL_PROXY"
        ) from error
    return proxy
