import dataclasses
import gzip
import itertools
import json
import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from flowsync.enos.client import Client
from flowsync.enos.connection import Connection
from flowsync.enos.http_session import MAX_RESPONSE_BYTES
from flowsync.errors import AuthenticationError, FlowsyncError, GatewayError

KEY, SECRET, TOKEN = "key-of-the-app", "secret-of-the-app", "token-of-the-run"
CONNECTION = Connection("https://apim.example", "o1", "u1", KEY, SECRET, jobs=1)

FLOW = {"name": "a", "cron": ""}

Reply = httpx.Response | httpx.TransportError


@dataclass
class Outcome:
    """The result of exporting one flow: its error or body, with attempts and pauses."""

    error: FlowsyncError | None = None
    body: bytes = b""
    attempts: int = 0
    slept: list[float] = field(default_factory=list)

    @property
    def message(self) -> str:
        return str(self.error)


def outcome(reply: Callable[[httpx.Request], httpx.Response], *, flow_timeout: float = 300.0) -> Outcome:
    """Export flow 7 from a gateway with a working token service and `reply` for the export."""
    run = Outcome()
    now = [1_572_574_909.0]

    def sleep(seconds: float) -> None:
        run.slept.append(seconds)
        now[0] += seconds

    def handle(request: httpx.Request) -> httpx.Response:
        if "token" in request.url.path:
            return token_response()
        run.attempts += 1
        return reply(request)

    connection = Connection(
        "https://apim.example", "o1", "u1", KEY, SECRET, jobs=1, flow_timeout=flow_timeout
    )
    transport = httpx.MockTransport(handle)
    client = Client(
        connection,
        clock=lambda: now[0],
        sleep=sleep,
        random=lambda: 0.5,
        monotonic=lambda: now[0],
        transport=transport,
    )
    with client:
        try:
            ((_, result),) = client.exports([7], is_known=lambda _, __: False)
        except FlowsyncError as error:
            run.error = error
        else:
            run.error, run.body = (result, b"") if isinstance(result, GatewayError) else (None, result)
    return run


def token_response() -> httpx.Response:
    return httpx.Response(200, json={"status": 0, "data": {"accessToken": TOKEN, "expire": 7200}})


def always(reply: Reply) -> Callable[[httpx.Request], httpx.Response]:
    def handle(_: httpx.Request) -> httpx.Response:
        if isinstance(reply, httpx.TransportError):
            raise type(reply)(str(reply))
        # a new object each time, since httpx binds a response to its request
        return httpx.Response(reply.status_code, headers=reply.headers, stream=httpx.ByteStream(raw(reply)))

    return handle


def in_turn(*replies: Reply) -> Callable[[httpx.Request], httpx.Response]:
    left = list(replies)

    def handle(request: httpx.Request) -> httpx.Response:
        return always(left.pop(0))(request)

    return handle


def raw(reply: httpx.Response) -> bytes:
    assert isinstance(reply.stream, httpx.ByteStream)
    return b"".join(reply.stream)


def failure(code: int, *, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "msg": "the platform's message", "data": None})


def ok(data: Any) -> httpx.Response:
    return httpx.Response(200, json={"code": 0, "msg": "OK", "data": data})


def page(
    status: int, body: str | bytes = "<html><h1>Bad Gateway</h1></html>", **headers: str
) -> httpx.Response:
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    content = body.encode() if isinstance(body, str) else body
    return httpx.Response(status, headers=named, stream=httpx.ByteStream(content))


DEEP = "[" * 200_000

UNKNOWN: list[tuple[str, Reply, int, str]] = [
    ("HTML", page(200), 1, "HTML page instead of JSON"),
    ("empty", page(200, ""), 1, "empty response"),
    ("blank", page(200, " \n"), 1, "empty response"),
    ("no content", page(204, ""), 1, "empty response"),
    ("truncated", page(200, '{"code":0,"data":{"name":"a'), 1, "truncated JSON"),
    ("cut after a comma", page(200, '{"code":0,'), 1, "truncated JSON"),
    ("no JSON", page(200, "OK then"), 1, "not JSON"),
    ("no text", page(200, b'{"code":0,"data":"\xff\xfe"}'), 1, "not UTF-8: byte 18 "),
    ("scalar", page(200, "0"), 1, "a number instead of a JSON object"),
    ("list", page(200, '[{"code":0}]'), 1, "a list instead of a JSON object"),
    ("null", page(200, "null"), 1, "null instead of a JSON object"),
    ("bottomless", page(200, DEEP), 1, "nested deeper than 64 levels at /0/0/"),
    (
        "endless number",
        page(200, '{"code":' + "9" * 5000 + "}"),
        1,
        "an integer of more than 4,000 digits at /code",
    ),
    ("longest number", page(200, '{"code":0,"data":{"x":[' + "9" * 4301 + "]}}"), 1, "digits at /data/x/0"),
    ("no envelope", page(200, '{"name":"a"}'), 1, "no envelope"),
    ("unreadable code", page(200, '{"code":"OK","status":0,"data":{}}'), 1, "not an integer"),
    ("boolean code", page(200, '{"code":false,"data":{}}'), 1, "not an integer"),
    ("code with a fraction", page(200, '{"code":0.5,"data":{}}'), 1, "not an integer"),
    ("padded code", page(200, '{"code":" 0","data":{}}'), 1, "not an integer"),
    ("no flow", ok({}), 1, "the response contains no flow"),
    ("nulls", ok({"name": None, "cron": None}), 1, "the response contains no flow"),
    ("another flow", ok({"name": "a", "cron": "", "flowId": 2925}), 1, "the response contains flow 2925"),
    ("another flow as text", ok({"name": "a", "cron": "", "flowId": "2925"}), 1, "contains flow 2925"),
    ("message", ok({"message": "no such flow"}), 1, "no such flow"),
    ("data null", ok(None), 1, "data is null; expected an object"),
    ("data text", ok("x"), 1, "data is text; expected an object"),
    ("data of two", ok([{}, {}]), 1, "data is a list; expected an object"),
    ("data of none", ok([]), 1, "data is a list; expected an object"),
    ("data missing", page(200, '{"code":0}'), 1, "data is null; expected an object"),
    ("62102", failure(62102), 1, "code 62102"),
    ("62102 with status 400", failure(62102, status=400), 1, "code 62102"),
    ("62102 with status 500", failure(62102, status=500), 1, "code 62102"),
    ("62103", failure(62103), 1, "code 62103"),
    ("62104", failure(62104), 1, "code 62104"),
    ("unknown code", failure(62107), 1, "unknown code 62107"),
    ("400", page(400, '{"message":"Cannot process request body"}'), 1, "refuses the request"),
    ("403", page(403, '{"message":"Your IP address is not allowed"}'), 1, "forbidden"),
    ("404", page(404), 1, "refuses the request"),
    ("404 from a framework", page(404, '{"status":404,"error":"Not Found"}'), 1, "refuses the request"),
    ("413", page(413), 1, "refuses the request"),
    (
        "redirect",
        page(302, "", location="https://login.example/x?t=1"),
        1,
        "a redirect to login.example, which",
    ),
    ("redirect at home", page(301, "", location="/login"), 1, "a redirect to the same host"),
    ("foreign encoding", page(200, b"x", content_encoding="br"), 1, "encoding"),
    ("500 with code 0", page(500, '{"code":0,"data":{}}'), 4, "the gateway fails"),
    ("62109", failure(62109), 4, "code 62109"),
    ("62109 with status 500", failure(62109, status=500), 4, "code 62109"),
    ("1005", failure(1005), 4, "code 1005"),
    ("1001", failure(1001), 4, "code 1001"),
    ("429", page(429, '{"message":"API rate limit exceeded"}'), 4, "too many requests"),
    ("500", page(500), 4, "the gateway fails"),
    ("502", page(502), 4, "the gateway fails"),
    (
        "503 from a framework",
        page(503, '{"status":503,"error":"Service Unavailable"}'),
        4,
        "the gateway fails",
    ),
    ("connect", httpx.ConnectError("refused"), 4, "no connection to the gateway: refused"),
    ("connect time-out", httpx.ConnectTimeout(""), 4, "connection timed out"),
    ("silence", httpx.ReadTimeout("timed out"), 4, "the gateway stopped responding"),
    ("reset", httpx.ReadError("reset by peer"), 4, "the connection was lost: reset by peer"),
    ("cut", httpx.RemoteProtocolError("peer closed connection"), 4, "the connection was lost"),
    ("proxy", httpx.ProxyError("407 required"), 4, "the proxy refused the connection"),
    (
        "certificate",
        httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] no"),
        1,
        "certificate is not trusted",
    ),
    ("protocol", httpx.LocalProtocolError("illegal"), 1, "can't be sent"),
]


@pytest.mark.parametrize(
    ("reply", "attempts", "message"), [row[1:] for row in UNKNOWN], ids=[row[0] for row in UNKNOWN]
)
def test_an_unusable_response_makes_its_flow_unknown(reply: Reply, attempts: int, message: str) -> None:
    run = outcome(always(reply))
    assert type(run.error) is GatewayError
    assert message in run.message
    is_unconnected = isinstance(reply, httpx.ConnectTimeout | httpx.ConnectError | httpx.ProxyError)
    assert run.message.startswith("export of flow 7: ") or is_unconnected
    assert "\n" not in run.message
    assert run.attempts == attempts
    assert len(run.slept) == attempts - 1


@pytest.mark.parametrize(
    ("reply", "status", "code"),
    [
        (failure(62102, status=400), 400, 62102),
        (failure(62109), 200, 62109),
        (page(503), 503, None),
        (page(404, '{"status":404}'), 404, 404),
        (httpx.ReadTimeout("x"), None, None),
    ],
)
def test_an_error_contains_method_action_flow_status_and_code(
    reply: Reply, status: int | None, code: int | None
) -> None:
    error = outcome(always(reply)).error
    assert isinstance(error, GatewayError)
    assert (error.method, error.action, error.flow_id) == ("GET", "export", 7)
    assert (error.status, error.code) == (status, code)


@pytest.mark.parametrize("code", [62101, 62105, 1002, 1003, 1004, 1202])
@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_refused_user_or_application_fails_the_run_whatever_the_status(code: int, status: int) -> None:
    run = outcome(always(failure(code, status=status)))
    assert type(run.error) is AuthenticationError
    assert run.error.hint
    assert run.attempts == 1


def test_the_platforms_message_is_quoted() -> None:
    assert "the platform's message" in outcome(always(failure(62102))).message
    assert "Bad Gateway" in outcome(always(page(502))).message


def test_the_raw_response_is_in_the_log_only(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="flowsync")
    run = outcome(always(failure(62102)))
    assert "{" not in run.message
    assert '"data":null' in caplog.text.replace(" ", "")


def test_an_error_names_environment_gateway_and_the_place_of_each_key() -> None:
    connection = dataclasses.replace(CONNECTION, environment="prod", places={"userId": "flowsync.yaml:7"})
    transport = httpx.MockTransport(
        lambda request: failure(62101) if "flows" in request.url.path else token_response()
    )
    client = Client(connection, sleep=lambda _: None, transport=transport)
    with client, pytest.raises(AuthenticationError) as caught:
        list(client.exports([7], is_known=lambda _, __: False))
    assert caught.value.sentence.startswith(f"prod: {CONNECTION.gateway}: export of flow 7: code 62101")
    assert caught.value.hint.startswith("check `userId` (flowsync.yaml:7) and `orgId`: ")


@pytest.mark.parametrize("secret", ["app", "the", "a"])
def test_a_short_secret_is_masked_in_foreign_text_only(secret: str) -> None:
    connection = dataclasses.replace(CONNECTION, app_key=secret)
    reply = httpx.Response(200, json={"code": 1002, "msg": f"unknown key {secret}!"})
    client = Client(connection, transport=httpx.MockTransport(lambda _: reply))
    with client, pytest.raises(AuthenticationError, match="the application key does not exist") as caught:
        client.server_time()
    assert caught.value.message.endswith("***!")


def test_a_quotation_is_limited_to_200_characters() -> None:
    assert len(outcome(always(page(200, "<p>" + "x" * 10_000))).message) < 300


def test_a_transient_failure_is_not_an_error() -> None:
    run = outcome(in_turn(page(502), httpx.ReadError("reset"), failure(62109), ok(FLOW)))
    assert run.error is None
    assert run.slept == [0.5, 1.0, 2.0]


@pytest.mark.parametrize("when", ["20", "Fri, 01 Nov 2019 02:22:09 GMT"])
def test_retry_after_of_too_many_requests_is_respected(when: str) -> None:
    run = outcome(in_turn(page(429, "", retry_after=when), ok(FLOW)))
    assert run.error is None
    assert run.slept == [20.0]


def test_retry_after_beyond_the_flow_deadline_fails_immediately() -> None:
    run = outcome(always(page(429, "", retry_after="3600")))
    assert "Retry-After is 3600 s" in run.message
    assert (run.attempts, run.slept) == (1, [])


def test_attempts_end_with_the_time_for_one_flow() -> None:
    run = outcome(always(page(503)), flow_timeout=1.2)
    assert (run.attempts, run.slept) == (2, [0.5])


def test_a_compressed_response_is_decoded() -> None:
    body = b'{"code":0,"data":{"name":"a","cron":""}}'
    assert outcome(always(page(200, gzip.compress(body), content_encoding="gzip"))).body == body


def test_a_broken_compression_makes_the_flow_unknown() -> None:
    run = outcome(always(page(200, b"no gzip", content_encoding="gzip")))
    assert "export of flow 7: " in run.message
    assert run.attempts == 1


class Endless(httpx.SyncByteStream):
    """An endless response that counts the bytes that were read."""

    def __init__(self, chunk: bytes) -> None:
        self.chunk = chunk
        self.given = 0

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.given += len(self.chunk)
            yield self.chunk


def test_a_response_beyond_the_limit_is_not_read_completely() -> None:
    endless = Endless(b" " * 1_000_000)
    run = outcome(lambda _: httpx.Response(200, stream=endless))
    assert f"larger than {MAX_RESPONSE_BYTES} bytes" in run.message
    assert run.attempts == 1
    assert endless.given <= MAX_RESPONSE_BYTES + 2_000_000


def test_the_limit_counts_decoded_bytes() -> None:
    bomb = gzip.compress(b" " * (MAX_RESPONSE_BYTES + 1))
    run = outcome(always(page(200, bomb, content_encoding="gzip")))
    assert f"larger than {MAX_RESPONSE_BYTES} bytes" in run.message


def test_an_endless_response_ends_at_the_flow_deadline() -> None:
    endless, seconds = Endless(b" "), itertools.count()

    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=endless) if "flows" in request.url.path else token_response()

    connection = dataclasses.replace(CONNECTION, flow_timeout=60)
    client = Client(
        connection,
        monotonic=lambda: float(next(seconds)),
        sleep=lambda _: None,
        transport=httpx.MockTransport(handle),
    )
    with client:
        ((_, result),) = client.exports([7], is_known=lambda _, __: False)
    assert "no complete response within the time limit of one flow" in str(result)
    assert isinstance(result, GatewayError)
    assert "lower `jobs`" in result.hint
    assert endless.given <= 60


def test_a_change_of_the_system_time_fails_no_flow() -> None:
    clock = itertools.count(1_572_574_909, 86_400)
    transport = httpx.MockTransport(
        lambda request: always(ok(FLOW))(request) if "flows" in request.url.path else token_response()
    )
    client = Client(CONNECTION, clock=lambda: float(next(clock)), monotonic=lambda: 0.0, transport=transport)
    with client:
        ((_, result),) = client.exports([7], is_known=lambda _, __: False)
    assert isinstance(result, bytes)


def test_a_response_of_exactly_the_limit_is_accepted() -> None:
    body = b'{"code":0,"data":{"name":"a","cron":""}}'.ljust(MAX_RESPONSE_BYTES)
    assert outcome(always(page(200, body))).body == body


# ── secrets ──────────────────────────────────────────────────────────────────────────────────────


def echo(status: int) -> Callable[[httpx.Request], httpx.Response]:
    """Return a gateway that echoes the request and all secrets."""

    def handle(request: httpx.Request) -> httpx.Response:
        echoed = {
            "headers": dict(request.headers),
            "key": KEY,
            "secret": SECRET,
            "list": list(request.headers.values()),
        }
        return httpx.Response(status, json={"message": echoed})

    return handle


def raising(error: type[httpx.TransportError]) -> Callable[[httpx.Request], httpx.Response]:
    def handle(request: httpx.Request) -> httpx.Response:
        raise error(
            f"{request.headers['apim-accesstoken']} {request.headers['apim-signature']} {KEY} {SECRET}"
        )

    return handle


LEAKS = [
    *(echo(status) for status in (200, 302, 400, 401, 403, 429, 500)),
    always(page(200, f"<html>{KEY} {SECRET} {TOKEN}</html>")),
    always(page(200, f"{KEY} {SECRET} {TOKEN}")),
    always(httpx.Response(200, json={"code": 62101, "msg": f"{KEY} {SECRET} {TOKEN}"})),
    always(httpx.Response(200, json={"code": 62102, "msg": f"{KEY.upper()} {SECRET} {TOKEN}"})),
    always(page(302, "", location=f"https://{SECRET}.example/?token={TOKEN}")),
]


@pytest.mark.parametrize("reply", LEAKS)
def test_no_secret_is_in_an_error_its_traceback_or_the_log(
    reply: Callable[[httpx.Request], httpx.Response], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    error = outcome(reply).error
    assert error is not None
    printed = "".join(traceback.format_exception(error)) + repr(error) + error.hint + caplog.text
    assert not [secret for secret in (KEY, SECRET, TOKEN) if secret.lower() in printed.lower()]


def test_the_message_of_a_broken_connection_is_redacted() -> None:
    error = outcome(raising(httpx.ReadError)).error
    assert error is not None
    assert "*** *** *** ***" in str(error)


@pytest.mark.parametrize(
    "body",
    [
        {"status": 0, "data": TOKEN},
        {"status": 0, "data": [TOKEN]},
        {"status": 0, "token": TOKEN},
        {"status": 7, "msg": "no", "data": {"accessToken": TOKEN}},
        {"data": {"accessToken": TOKEN}},
        {"status": 0, "data": {"accessToken": TOKEN + "\n", "expire": 7200}},
        [TOKEN],
        TOKEN,
    ],
)
@pytest.mark.parametrize("cut", [0, 3])
def test_a_new_token_is_not_quoted_from_an_unusable_response(body: Any, cut: int) -> None:
    text = json.dumps(body)
    reply = httpx.Response(200, content=text[: len(text) - cut])
    client = Client(CONNECTION, sleep=lambda _: None, transport=httpx.MockTransport(lambda _: reply))
    with client, pytest.raises(GatewayError, match="token/get") as caught:
        client.server_time()
    printed = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert TOKEN[:8] not in printed
