"""Run the emulator in the foreground or in a thread."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Thread

from flowsync.emulator.gateway import Gateway
from flowsync.emulator.organisation import Organisation
from flowsync.errors import FlowsyncError

try:
    import uvicorn

    from flowsync.emulator.application import application
except ImportError as exc:
    raise FlowsyncError(
        f"the emulator's server is not installed: {exc.name}", hint="pip install 'enos-flowsync[emulator]'"
    ) from exc


_HOST = "127.0.0.1"


@contextmanager
def serving(
    organisations: Sequence[Organisation], *, clock: Callable[[], float] = time.time
) -> Iterator[Gateway]:
    """Run an emulator on a free port, in a thread of this process, during the context."""
    gateway = Gateway(organisations, clock=clock)
    listener = _listener(0)
    gateway.url = _url(listener)
    server = _server(gateway)
    # The listener accepts connections from now on; they wait until the server runs.
    thread = Thread(target=server.run, args=([listener],), name="flowsync-emulator", daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.should_exit = True
        thread.join()


def serve(organisations: Sequence[Organisation], *, port: int, ready: Callable[[str], None]) -> None:
    """Serve until interrupted, which raises KeyboardInterrupt after a clean stop. Port 0 uses a free port.

    `ready` is called once with the URL. Raises FlowsyncError if the port is in use.
    """
    gateway = Gateway(organisations, clock=time.time)
    listener = _listener(port)
    ready(_url(listener))
    _server(gateway).run([listener])


def _server(gateway: Gateway) -> uvicorn.Server:
    config = uvicorn.Config(
        application(gateway),
        log_config=None,
        log_level="critical",  # faults that break a response would log an error each
        access_log=False,
        lifespan="off",
        ws="none",
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    return uvicorn.Server(config)


def _listener(port: int) -> socket.socket:
    """Return a socket on loopback, because everyone who reaches it can use the control API."""
    try:
        listener = socket.create_server((_HOST, port), backlog=1024)
    except OSError as exc:
        raise FlowsyncError(
            f"cannot listen on {_HOST}:{port}: {exc.strerror}", hint="choose another port; 0 uses a free one"
        ) from exc
    # Connections inherit this option; without it, each response would wait 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _url(listener: socket.socket) -> str:
    return f"http://{_HOST}:{listener.getsockname()[1]}"
