"""Serve responses from memory in a separate process, without a check of tokens and signatures."""

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from .responses import VARIANTS, Prepared

_FLOW_ID = re.compile(rb"[?&]flowId=(\d+)")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"


class Gateway:
    """The current variant; `PUT /variant/NAME` changes it."""

    def __init__(self, prepared: Prepared) -> None:
        self._responses = {
            variant: {flow_id: response(body) for flow_id, body in prepared.responses(variant)}
            for variant in VARIANTS
        }
        self._now: Mapping[int, bytes] = self._responses[VARIANTS[0]]
        token = {"status": 0, "msg": "SUCCESS", "data": {"accessToken": "benchmark", "expire": 7200}}
        self._token = response(json.dumps(token).encode())

    def answer(self, head: bytes) -> bytes:
        """Return the response to a request, from its head only."""
        found = _FLOW_ID.search(head)
        if found:
            return self._now[int(found[1])]
        if head.startswith(b"PUT /variant/"):
            self._now = self._responses[head.split(b" ", 2)[1].rpartition(b"/")[2].decode()]
            return response(b"{}")
        return self._token


def response(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


class Connection(asyncio.Protocol):
    """One keep-alive connection; a chunk may contain a part of a request or several."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._buffer += data
        responses = []
        while (end := self._buffer.find(_END)) >= 0:
            head = self._buffer[: end + 2]
            length = _LENGTH.search(head)
            whole = end + len(_END) + (int(length[1]) if length else 0)
            if len(self._buffer) < whole:
                break
            self._buffer = self._buffer[whole:]
            responses.append(self._gateway.answer(head))
        self._transport.writelines(responses)


async def serve(gateway: Gateway) -> None:
    """Print the port and serve until the process ends."""
    server = await asyncio.get_running_loop().create_server(lambda: Connection(gateway), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Gateway(Prepared(Path(sys.argv[1]), int(sys.argv[2])))))
