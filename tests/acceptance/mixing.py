"""A gateway in front of the emulator that repeats, delays, swaps and caches responses."""

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from random import Random
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

FAULTS: Final = ("repeat", "repeat late", "previous", "swap", "cache", "cache of another flow")
_PARTNER_SECONDS: Final = 0.03


@dataclass
class Misbehaviour:
    """The faults of a gateway, their rate (0: none) and the responses so far."""

    random: Random
    rate: float = 0.0
    latest: dict[int, bytes] = field(default_factory=dict)
    swaps: "Queue[Queue[tuple[int, bytes]]]" = field(default_factory=Queue)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def draw_fault(self) -> str:
        with self.lock:
            return self.random.choice(FAULTS) if self.random.random() < self.rate else ""

    def partner(self, mine: tuple[int, bytes]) -> tuple[int, bytes]:
        """Exchange a response with that of another concurrent request, if there is one."""
        try:
            waiting = self.swaps.get_nowait()
        except Empty:
            slot: Queue[tuple[int, bytes]] = Queue(2)
            self.swaps.put(slot)
            with contextlib.suppress(Empty):
                other = slot.get(timeout=_PARTNER_SECONDS)
                slot.put(mine)
                return other
            return mine
        waiting.put(mine)
        with contextlib.suppress(Empty):
            return waiting.get(timeout=_PARTNER_SECONDS)
        return mine


class MixingGateway(ThreadingHTTPServer):
    """A proxy for `upstream` with the faults of `behaviour`."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, upstream: str, behaviour: Misbehaviour) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream).netloc
        self.behaviour = behaviour

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: MixingGateway
    previous: tuple[int, bytes] | None = None

    def log_message(self, *_: Any) -> None:
        pass

    @cached_property
    def writing(self) -> threading.Lock:
        return threading.Lock()

    def do_GET(self) -> None:
        status, body = self.forward(b"")
        query = parse_qs(urlsplit(self.path).query)
        if query["action"] == ["export"] and status == 200:
            self.export(int(query["flowId"][0]), body)
        else:
            self.write(_response(status, body))

    def do_POST(self) -> None:
        self.write(_response(*self.forward(self.rfile.read(int(self.headers["content-length"])))))

    def forward(self, body: bytes) -> tuple[int, bytes]:
        with contextlib.closing(HTTPConnection(self.server.upstream)) as upstream:
            headers = {
                name: value for name, value in self.headers.items() if name.lower() != "accept-encoding"
            }
            upstream.request(self.command, self.path, body or None, headers)
            answer = upstream.getresponse()
            return answer.status, answer.read()

    def export(self, flow_id: int, body: bytes) -> None:
        behaviour = self.server.behaviour
        right, fault = (flow_id, body), behaviour.draw_fault()
        _, other = self.other(right, fault)
        age = 86_400 if fault.startswith("cache") else 0
        response = _response(200, other, age)
        self.write(response * 2 if fault == "repeat" else response)
        if fault == "repeat late":
            threading.Timer(behaviour.random.random() / 200, self.write, [response]).start()
        self.previous = right
        if not behaviour.rate:
            behaviour.latest[flow_id] = body

    def other(self, right: tuple[int, bytes], fault: str) -> tuple[int, bytes]:
        """Return the flow and the response that this fault sends instead of the correct ones."""
        behaviour = self.server.behaviour
        match fault:
            case "previous" if self.previous:
                return self.previous
            case "swap":
                return behaviour.partner(right)
            case "cache":
                return right[0], behaviour.latest.get(right[0], right[1])
            case "cache of another flow":
                return behaviour.random.choice([*behaviour.latest.items()])
        return right

    def write(self, data: bytes) -> None:
        with self.writing, contextlib.suppress(OSError, ValueError):
            self.wfile.write(data)


def _response(status: int, body: bytes, age: int = 0) -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return (head + (f"Age: {age}\r\n" if age else "") + "\r\n").encode() + body


@contextlib.contextmanager
def mixing(upstream: str, behaviour: Misbehaviour) -> Iterator[MixingGateway]:
    server = MixingGateway(upstream, behaviour)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
