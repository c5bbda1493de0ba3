"""Fetch many flows with flowsync's client and print the seconds that it took."""

import json
import sys
import time

from flowsync.enos.client import Client
from flowsync.enos.connection import Connection
from flowsync.errors import GatewayError

from .exports import ORG_ID, USER_ID, flow_ids


def main() -> None:
    port, count, jobs = map(int, sys.argv[1:])
    connection = Connection(f"http://127.0.0.1:{port}", ORG_ID, USER_ID, "key", "secret", jobs=jobs)
    begin, size = time.perf_counter(), 0
    with Client(connection) as client:
        for _, answer in client.exports(flow_ids(count), is_known=lambda _flow_id, _answer: True):
            if isinstance(answer, GatewayError):
                raise answer
            size += len(answer)
    print(json.dumps({"wall": time.perf_counter() - begin, "bytes": size}))


if __name__ == "__main__":
    main()
