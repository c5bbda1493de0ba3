import contextlib
import signal
import socket
import ssl
import struct
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from flowsync.enos.client import Client
from flowsync.enos.connection import Connection
from flowsync.enos.transport import proxy_address
from flowsync.errors import ConfigError, GatewayError

DATA = Path(__file__).parents[1] / "data"
BODY = b'{"code":0,"msg":"OK","data":{"name":"a","cron":""}}'
FOREIGN = BODY.replace(b'"a"', b'"foreign"')
TOKEN = b'{"status":0,"data":{"accessToken":"the-token","expire":7200}}'

OK, DRIP, HEADER_DRIP, RESET_ONCE, SHORT_ONCE, SILENT, TWICE, NOISY = 1, 101, 102, 103, 104, 105, 106, 107


class Server(ThreadingHTTPServer):
    """A gateway over real sockets that misbehaves by flowId and counts requests and connections."""

    daemon_threads = True
    block_on_close = False
    tls: ssl.SSLContext | None = None
    scheme = "http"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = threading.Lock()
        self.connections = self.under_way = self.most_under_way = 0
        self.asked: list[int] = []
        self.tunnels: list[str] = []
        self.hanging = threading.Semaphore(0)
        self.over = threading.Event()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def finish_request(self, request: Any, client_address: Any) -> None:
        with contextlib.suppress(OSError):  # clients disconnect early and refuse certificates
            wrapped = self.tls.wrap_socket(request, server_side=True) if self.tls else request
            with contextlib.closing(wrapped):
                super().finish_request(wrapped, client_address)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_: Any) -> None:
        pass

    def do_CONNECT(self) -> None:
        self.server.tunnels.append(self.path)
        self.send_error(502)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.reply(TOKEN)

    def do_GET(self) -> None:
        flow_id = int(parse_qs(urlsplit(self.path).query)["flowId"][0])
        with self.server.lock:
            first = flow_id not in self.server.asked
            self.server.asked.append(flow_id)
            self.server.under_way += 1
            self.server.most_under_way = max(self.server.most_under_way, self.server.under_way)
        self.answer(flow_id, first=first)

    def answer(self, flow_id: int, *, first: bool) -> None:
        match flow_id:
            case 101:  # DRIP
                self.reply(b"{", length=10_000, finish=False)
                self.drip(b" ")
            case 102:  # HEADER_DRIP
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                self.drip(b"x")
            case 103 if first:  # RESET_ONCE
                self.reply(BODY[:9], length=len(BODY))
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self.close_connection = True
            case 104 if first:  # SHORT_ONCE
                self.reply(BODY[:9], length=len(BODY))
                self.close_connection = True
            case 105:  # SILENT
                self.server.hanging.release()
                self.server.over.wait()
            case 106:  # TWICE
                self.wfile.write(self.head(BODY) + BODY + self.head(FOREIGN) + FOREIGN)
            case 107:  # NOISY
                self.wfile.write(self.head(BODY) + BODY + b"\n")
            case _:
                self.reply(BODY)

    @staticmethod
    def head(body: bytes) -> bytes:
        return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()

    def drip(self, byte: bytes) -> None:
        while not self.server.over.wait(0.02):
            self.wfile.write(byte)

    def reply(self, body: bytes, *, length: int | None = None, finish: bool = True) -> None:
        if finish and self.command == "GET":
            with self.server.lock:
                self.server.under_way -= 1
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {length or len(body)}\r\n\r\n"
        self.wfile.write(head.encode() + body)


@contextlib.contextmanager
def serving(server: Server) -> Iterator[Server]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Server()) as running:
        yield running


def client(server: Server, **changes: Any) -> Client:
    fields = {
        "gateway": server.url,
        "org_id": "o1",
        "user_id": "u1",
        "app_key": "the-key",
        "app_secret": "the-secret",
    }
    return Client(Connection(**{**fields, **changes}), sleep=lambda _: None)


def exported(server: Server, *flow_ids: int, **changes: Any) -> dict[int, bytes | GatewayError]:
    with client(server, **changes) as platform:
        return dict(platform.exports(flow_ids, is_known=lambda _, __: False))


def test_each_job_sends_one_request_at_a_time_on_one_connection(server: Server) -> None:
    assert exported(server, *range(1, 100), jobs=3) == dict.fromkeys(range(1, 100), BODY)
    assert server.most_under_way <= 3
    assert server.connections <= 3 + 1  # the first token has its own


@pytest.mark.parametrize("drip", [DRIP, HEADER_DRIP], ids=["in the body", "in the headers"])
def test_a_slow_endless_response_ends_at_the_flow_deadline(server: Server, drip: int) -> None:
    outcome = exported(server, drip, OK, flow_timeout=0.3)
    assert "no complete response within the time limit of one flow" in str(outcome[drip])
    assert outcome[OK] == BODY
    assert server.asked.count(drip) == 1


@pytest.mark.parametrize("broken_once", [RESET_ONCE, SHORT_ONCE], ids=["reset", "cut short"])
def test_a_connection_that_breaks_during_a_response_is_retried(server: Server, broken_once: int) -> None:
    assert exported(server, broken_once) == {broken_once: BODY}
    assert server.asked == [broken_once, broken_once]


def test_a_silent_gateway_fails_after_the_request_timeout(server: Server) -> None:
    outcome = exported(server, SILENT, request_timeout=0.25)[SILENT]
    assert "the gateway stopped responding" in str(outcome)
    assert len(server.asked) == 4


@pytest.mark.parametrize("left_over", [TWICE, NOISY], ids=["a second response", "a line end"])
def test_a_connection_with_bytes_after_a_response_is_not_reused(server: Server, left_over: int) -> None:
    asked = [left_over, OK, left_over, OK, OK]
    with client(server, jobs=1) as platform:
        outcomes = [*platform.exports(asked, is_known=lambda _, __: False)]
    assert outcomes == [(flow_id, BODY) for flow_id in asked]
    assert server.connections == 1 + 3


def test_without_keep_alive_every_request_opens_a_connection(server: Server) -> None:
    with client(server, jobs=2) as platform:
        outcomes = dict(platform.exports(range(1, 10), is_known=lambda _, __: False, keep_alive=False))
    assert outcomes == dict.fromkeys(range(1, 10), BODY)
    assert server.connections == 1 + 9


def test_closing_the_iteration_aborts_requests(server: Server) -> None:
    with client(server, jobs=2) as platform:
        results = platform.exports([OK, SILENT, SILENT, OK, OK], is_known=lambda _, __: False)
        assert next(results) == (OK, BODY)
        server.hanging.acquire()
        results.close()  # type: ignore[attr-defined]  # an iterator that is a generator
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("enos-")]


@pytest.fixture
def interruptible() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs of a shell ignore it
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_aborts_requests(server: Server) -> None:
    def interrupt() -> None:
        server.hanging.acquire()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with client(server) as platform, pytest.raises(KeyboardInterrupt):
        list(platform.exports([SILENT], is_known=lambda _, __: False))
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("enos-")]


def test_a_closed_port_is_unreachable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        connection = Connection(url, "o1", "u1", "the-key", "the-secret")
        with Client(connection, sleep=lambda _: None) as platform:
            ((_, outcome),) = platform.exports([1], is_known=lambda _, __: False)
    assert isinstance(outcome, GatewayError)
    assert "connection refused (4 attempts in " in outcome.sentence
    assert outcome.hint


# ── TLS and proxy, from the environment ──────────────────────────────────────────────────────────


@pytest.fixture
def tls_server() -> Iterator[Server]:
    server = Server()
    server.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.scheme = "https"
    server.tls.load_cert_chain(DATA / "loopback-cert.pem", DATA / "loopback-key.pem")
    with serving(server) as running:
        yield running


def test_an_unknown_certificate_authority_is_not_trusted(
    tls_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    outcome = exported(tls_server, OK)[OK]
    assert isinstance(outcome, GatewayError)
    assert "certificate is not trusted" in str(outcome)
    assert "SSL_CERT_FILE" in outcome.hint


def test_the_authority_in_ssl_cert_file_is_trusted(
    tls_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(DATA / "loopback-cert.pem"))
    assert exported(tls_server, *range(1, 30), jobs=3) == dict.fromkeys(range(1, 30), BODY)


def test_an_upper_case_scheme_is_tls(tls_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(DATA / "loopback-cert.pem"))
    tls_server.scheme = "HTTPS"
    assert exported(tls_server, OK) == {OK: BODY}


def test_a_gateway_without_tls_needs_no_authorities(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    assert exported(server, OK) == {OK: BODY}


def test_closing_aborts_requests_over_tls(tls_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(DATA / "loopback-cert.pem"))
    test_closing_the_iteration_aborts_requests(tls_server)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unreadable_authority_file_is_reported(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(ConfigError, match="certificate authorities") as caught:
        Client(Connection("https://apim.example", "o1", "u1", "the-key", "the-secret"))
    assert "SSL_CERT_FILE" in caught.value.hint


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


def test_requests_go_through_the_proxy_of_the_environment(
    server: Server, no_proxy: pytest.MonkeyPatch
) -> None:
    no_proxy.setenv("HTTPS_PROXY", server.url)
    connection = Connection("https://apim.example", "o1", "u1", "the-key", "the-secret")
    with (
        Client(connection, sleep=lambda _: None) as platform,
        pytest.raises(GatewayError, match="the proxy refused the connection"),
    ):
        platform.server_time()
    assert set(server.tunnels) == {"apim.example:443"}


@pytest.mark.parametrize(
    ("environment", "gateway", "proxy"),
    [
        ({}, "https://apim.example", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https://apim.example", "http://p:1"),
        ({"https_proxy": "p:1"}, "https://apim.example", "http://p:1"),
        ({"ALL_PROXY": "http://p:1"}, "https://apim.example", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1"}, "https://apim.example", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "apim.example"}, "https://apim.example", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "*"}, "https://apim.example", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": ".example"}, "https://apim.example:8443", None),
        ({"HTTPS_PROXY": "http://p:1", "NO_PROXY": "other.example"}, "https://apim.example", "http://p:1"),
        ({"HTTP_PROXY": "http://p:1", "ALL_PROXY": "http://p:1"}, "http://127.0.0.1:8080", None),
    ],
)
def test_the_proxy_is_selected_by_the_usual_variables_but_never_for_loopback(
    environment: dict[str, str], gateway: str, proxy: str | None, no_proxy: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        no_proxy.setenv(name, value)
    assert proxy_address(gateway) == proxy


@pytest.mark.parametrize(
    "proxy", ["ftp://user:hidden@p:1", "http://user:hidden@p:notaport", "socks5://user:hidden@p:1"]
)
def test_an_unusable_proxy_address_is_refused_and_not_quoted(
    proxy: str, no_proxy: pytest.MonkeyPatch
) -> None:
    no_proxy.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigError, match="proxy") as caught:
        Client(Connection("https://apim.example", "o1", "u1", "the-key", "the-secret"))
    assert "hidden" not in "".join(traceback.format_exception(caught.value))
