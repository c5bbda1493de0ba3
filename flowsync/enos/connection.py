"""The parameters of a connection to one organisation behind one gateway."""

from dataclasses import dataclass, field
from ipaddress import ip_address


@dataclass(frozen=True)
class Connection:
    """One organisation behind one gateway, with its application and user.

    `request_timeout` and `flow_timeout` are seconds: the longest silence of the gateway, and the time for one
    flow including retries. `rate` is requests per second over all threads; waiting for it is not part of a
    flow's time. Proxy and certificate authorities come from HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE and
    SSL_CERT_DIR, as in httpx. `gateway` and the numbers are valid: `flowsync.config` has checked them.
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

    @property
    def base_url(self) -> str:
        """The gateway without a trailing slash: scheme, host, port and path prefix, if any."""
        return self.gateway.strip().rstrip("/")


def is_loopback(host: str) -> bool:
    """Return whether a host name or literal address means this machine, without a resolver."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
