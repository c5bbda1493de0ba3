"""What is needed to reach one organisation behind one gateway."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from flowsync.errors import ConfigError


@dataclass(frozen=True)
class Connection:
    """One organisation behind one gateway, with the application and the user that act there.

    `request_timeout` and `flow_timeout` are seconds: the longest silence of the gateway, and all the
    time one flow may take, retries included. `rate` is requests per second over all threads; waiting for
    one's turn is not part of a flow's time. Proxy and certificate authorities come from the environment
    that httpx users know (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR). Raises ConfigError for
    values nothing could be done with.
    """

    gateway: str
    org_id: str
    user_id: str
    app_key: str = field(repr=False)
    app_secret: str = field(repr=False)
    jobs: int = 4
    rate: float | None = None
    request_timeout: float = 65.0
    flow_timeout: float = 300.0

    def __post_init__(self) -> None:
        problems = (*_gateway_problems(self.gateway), *_number_problems(self))
        if problems:
            raise ConfigError(problems[0], problems=problems, hint=_HINT)

    @property
    def base_url(self) -> str:
        """The gateway without a trailing slash: scheme, host, port and path prefix if any."""
        return self.gateway.strip().rstrip("/")


_HINT = "the gateway is the address the platform documents, such as https://apim.example.com"


def is_loopback(host: str) -> bool:
    """Whether a host name or literal address means this machine, without asking any resolver."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _gateway_problems(gateway: str) -> tuple[str, ...]:
    try:
        parts = urlsplit(gateway.strip())
        host, _ = (parts.hostname or "").encode("idna"), parts.port
    except ValueError:  # UnicodeError, from a host that no resolver takes, is one too
        return ("gateway is no address that can be reached",)
    if parts.scheme not in {"http", "https"} or not host:
        return ("gateway needs an address that starts with https://",)
    return _unsafe_parts(parts)


def _unsafe_parts(parts: SplitResult) -> tuple[str, ...]:
    if "@" in parts.netloc:
        return ("gateway must not hold a user name or password",)
    if parts.query or parts.fragment:
        return ("gateway must not hold a query or fragment",)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        return (f"gateway must be https:// unless it is on this machine: {parts.hostname}",)
    return ()


def _number_problems(connection: Connection) -> tuple[str, ...]:
    numbers = {
        "jobs": connection.jobs,
        "rate": connection.rate,
        "request_timeout": connection.request_timeout,
        "flow_timeout": connection.flow_timeout,
    }
    least = {"jobs": 1}
    return tuple(
        f"{name} is too small: {value}"
        for name, value in numbers.items()
        if value is not None and (value <= 0 or value < least.get(name, 0))
    )
