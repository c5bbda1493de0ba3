"""Run the emulator in the foreground or in a thread."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Event, Thread
from typing import Any

from flowsync.emulator.faults import fault_from
from flowsync.emulator.gateway import Gateway, RequestRecord
from flowsync.emulator.organisation import Export, Organisation
from flowsync.emulator.settings import settings_text
from flowsync.errors import FlowsyncError

try:
    import uvicorn

    from flowsync.emulator.application import application
except ImportError as exc:
    raise FlowsyncError(
        f"the emulator's server is not installed: {exc.name}", hint="pip install 'enos-flowsync[emulator]'"
    ) from exc

__all__ = ["RunningEmulator", "serve", "serving", "settings_text"]

_START_SECONDS = 30.0


@dataclass(frozen=True)
class RunningEmulator:
    """An emulator that accepts requests at `url`; the methods do what the control API does, without HTTP."""

    url: str
    gateway: Gateway

    @property
    def organisations(self) -> tuple[Organisation, ...]:
        """The current organisations."""
        return self.gateway.organisations

    def edit(self, org_id: str, flow_id: int, patch: Sequence[object]) -> Export:
        """Apply a JSON Patch, whose pointers may lead into JSON text, and return the export."""
        return self.gateway.edit(org_id, flow_id, patch)

    def put_flow(self, org_id: str, flow_id: int, export: Export) -> None:
        self.gateway.put_flow(org_id, flow_id, export)

    def put_flows(self, org_id: str, flows: dict[int, Export]) -> None:
        """Replace all flows of the organisation."""
        self.gateway.put_flows(org_id, flows)

    def delete_flow(self, org_id: str, flow_id: int) -> None:
        self.gateway.delete_flow(org_id, flow_id)

    def noise(self, on: bool, seed: int = 0) -> None:  # noqa: FBT001 (reads as a switch)
        self.gateway.noise(on=on, seed=seed)

    def fault(self, kind: str, **settings: Any) -> None:  # noqa: ANN401 (the fields of faults.Fault)
        """Add a fault; the keywords are the fields of `faults.Fault`."""
        self.gateway.add_fault(fault_from({"kind": kind, **settings}))

    def clear_faults(self) -> None:
        self.gateway.clear_faults()

    def expire_tokens(self) -> None:
        self.gateway.expire_tokens()

    def skew_clock(self, seconds: float) -> None:
        """Shift the emulator's clock."""
        self.gateway.skew_clock(seconds)

    def requests(self) -> list[RequestRecord]:
        """All requests to the platform's services so far, oldest first."""
        return self.gateway.requests()

    def forget_requests(self) -> None:
        self.gateway.forget_requests()


class _Server(uvicorn.Server):
    """A uvicorn server that reports when it accepts requests."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.accepting = Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.accepting.set()


@contextmanager
def serving(
    organisations: Sequence[Organisation],
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    token_seconds: int = 7200,
    clock: Callable[[], float] = time.time,
) -> Iterator[RunningEmulator]:
    """Run an emulator in a thread of this process during the context. Port 0 uses a free port.

    Raises FlowsyncError if the address is in use or is not a loopback address.
    """
    gateway = Gateway(organisations, clock=clock, token_seconds=token_seconds)
    listener = _listener(host, port, allow_remote=False)
    server = _server(gateway)
    thread = Thread(target=server.run, args=([listener],), name="flowsync-emulator", daemon=True)
    thread.start()
    try:
        if not server.accepting.wait(_START_SECONDS):
            raise FlowsyncError(f"the emulator did not start within {_START_SECONDS:.0f} seconds")
        yield RunningEmulator(_url(listener), gateway)
    finally:
        server.should_exit = True
        thread.join()


def serve(
    organisations: Sequence[Organisation],
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    token_seconds: int = 7200,
    clock: Callable[[], float] = time.time,
    allow_remote: bool = False,
    ready: Callable[[str], None] = lambda _url: None,
    watch: Callable[[RequestRecord], None] | None = None,
) -> None:
    """Serve in the foreground until interrupted, which raises KeyboardInterrupt after a clean stop.

    `ready` is called once with the URL, `watch` after every request to the platform's services.
    `allow_remote` permits an address other than loopback; anyone who reaches the address can use the control
    API. Raises FlowsyncError if the address is in use or not permitted.
    """
    gateway = Gateway(organisations, clock=clock, token_seconds=token_seconds, watch=watch)
    listener = _listener(host, port, allow_remote=allow_remote)
    ready(_url(listener))
    _server(gateway).run([listener])


def _server(gateway: Gateway) -> _Server:
    # Faults that break an answer make uvicorn log an error each; they are wanted, so its log stays silent.
    config = uvicorn.Config(
        application(gateway),
        log_config=None,
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return _Server(config)


def _listener(host: str, port: int, *, allow_remote: bool) -> socket.socket:
    if not (allow_remote or _is_loopback(host)):
        raise FlowsyncError(
            f"the emulator has an open control API and listens on loopback only: {host}",
            hint="use --host 127.0.0.1",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=1024)
    except OSError as exc:
        raise FlowsyncError(
            f"cannot listen on {host}:{port}: {exc.strerror}", hint="choose another port; 0 uses a free one"
        ) from exc
    # Connections inherit it. asyncio would not set it on them, and each answer would wait 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
