"""Connection settings of one organisation behind one gateway."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from flowsync.enos.responses import convert_error
from flowsync.errors import GatewayError

_KEY: Final = re.compile("`([A-Za-z]+)`")


@dataclass(frozen=True)
class Connection:
    """One organisation behind one gateway, with the application and the user that access it.

    `request_timeout` is the longest time without a byte from the gateway, `flow_timeout` the time for one
    flow including retries, both in seconds. `rate` is requests per second over all threads; waiting for the
    rate limit does not count as time of a flow. Proxy and certificate authorities are read from the usual
    environment variables (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR). `flowsync.config` has
    validated `gateway` and the numbers. `environment` and `places` are for messages: the name of the
    environment, and for each key of its configuration the file and line.
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
    environment: str = ""
    places: Mapping[str, str] = field(default_factory=dict)

    @property
    def base_url(self) -> str:
        """The gateway without a trailing slash: scheme, host, port and path prefix, if any."""
        return self.gateway.strip().rstrip("/")

    @contextmanager
    def locating_errors(self) -> Iterator[None]:
        """Add environment and gateway to an error, and to each `key` in its hint the place of that key."""
        try:
            yield
        except GatewayError as error:
            hint = _KEY.sub(self._locate_key, error.hint)
            raise convert_error(
                error, type(error), environment=self.environment, gateway=self.base_url, hint=hint
            ) from error

    def _locate_key(self, key: re.Match[str]) -> str:
        place = self.places.get(key[1])
        return f"{key[0]} ({place})" if place else key[0]
