"""Start the server, select its variant, and measure it without our client."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from .exports import flow_ids
from .measuring import ROOT
from .responses import Prepared

_AT_ONCE = 50


@contextmanager
def serving(prepared: Prepared) -> Iterator[int]:
    """Start a server in a separate process for the block and yield its port."""
    command = [sys.executable, "-m", "tests.benchmarks.server", str(prepared.folder), str(prepared.count)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def serve_variant(port: int, variant: str) -> None:
    """Select the variant that the server returns."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/variant/{variant}", method="PUT")
    with urllib.request.urlopen(request) as answer:  # noqa: S310  our own server
        answer.read()


def responses_per_second(port: int, count: int) -> float:
    """Measure responses per second for pipelined requests."""
    begin = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        ids = [*flow_ids(count)]
        for first in range(0, count, _AT_ONCE):
            _exchange(connection, ids[first : first + _AT_ONCE])
    return count / (time.perf_counter() - begin)


def _exchange(connection: socket.socket, ids: list[int]) -> None:
    """Request some flows; the last response ends with the marker of a token response."""
    heads = [f"GET /flows?action=export&flowId={flow_id} HTTP/1.1\r\nhost: x\r\n\r\n" for flow_id in ids]
    connection.sendall("".join([*heads, "GET /token HTTP/1.1\r\nhost: x\r\n\r\n"]).encode())
    tail = b""
    while not tail.endswith(b'"expire": 7200}}'):
        received = connection.recv(1 << 20)
        if not received:
            raise ConnectionError("the server closed the connection")
        tail = (tail + received)[-16:] if len(received) < 16 else received[-16:]
