"""Connection settings of one organisation behind one gateway."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Connection:
    """One organisation behind one gateway, with the application and the user that access it.

    `request_timeout` is the longest time without a byte from the gateway, `flow_timeout` the time for one
    flow including retries, both in seconds. `rate` is requests per second over all threads; waiting for the
    rate limit does not count as time of a flow. Proxy and certificate authorities are read from the usual
    environment variables (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR). `flowsync.config` has
    validated `gateway` and the numbers.
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
