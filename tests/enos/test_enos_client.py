import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from flowsync.enos.auth.signing import signature
from flowsync.enos.client import Client
from flowsync.enos.connection import Connection
from flowsync.errors import AuthenticationError, GatewayError

KEY, SECRET = "key-of-the-app", "secret-of-the-app"
NOW = 1_572_574_909.697
VECTORS = {
    vector["id"]: vector
    for vector in json.loads(
        (Path(__file__).parents[1] / "data" / "signature_vectors.json").read_text("utf-8")
    )["api_signature"]["vectors"]
}
CONNECTION = Connection("https://apim.example/", "o15000000000001", "u15426865866571", KEY, SECRET)

FLOW = {"name": "a", "cron": ""}

Reply = httpx.Response | httpx.TransportError


@dataclass
class Gateway:
    """A gateway behind httpx: tokens as documented, other responses from `replies`, one after the other."""

    replies: dict[str, list[Reply]] = field(default_factory=dict)
    requests: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    now: float = NOW
    monotonic: float = 0.0
    tokens: Iterator[str] = field(
        default_factory=lambda: iter([f"token-{n}-of-the-run" for n in range(1, 99)])
    )
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            self.requests.append(request)
            queue = self.replies.get(key(request), [])
            reply = queue.pop(0) if len(queue) > 1 else queue[0] if queue else self.usual(request)
        if isinstance(reply, httpx.TransportError):
            raise reply
        # a new object each time, since httpx binds a response to its request
        return httpx.Response(reply.status_code, headers=reply.headers, content=reply.content)

    def usual(self, request: httpx.Request) -> httpx.Response:
        if "token" in request.url.path:
            return ok({"accessToken": next(self.tokens), "expire": 7200}, key="status")
        return ok({"name": f"flow {request.url.params['flowId']}", "tasks": []})

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.monotonic += seconds

    def client(self, **changes: Any) -> Client:
        connection = Connection(**{**fields_of(CONNECTION), **changes})
        return Client(
            connection,
            clock=lambda: self.now,
            sleep=self.sleep,
            random=lambda: 0.5,
            monotonic=lambda: self.monotonic,
            transport=httpx.MockTransport(self),
        )

    def exported(self, *flow_ids: int, **changes: Any) -> dict[int, bytes | GatewayError]:
        with self.client(**changes) as client:
            return dict(client.exports(flow_ids, is_known=lambda _, __: False))

    def asked(self) -> Counter[str]:
        return Counter(key(request) for request in self.requests)


def fields_of(connection: Connection) -> dict[str, Any]:
    return {name: getattr(connection, name) for name in connection.__dataclass_fields__}


def key(request: httpx.Request) -> str:
    """Return the name of a request in these tests: `token/get`, `export 7`, `listWorkFlowDirs`."""
    if "token" in request.url.path:
        return "/".join(request.url.path.split("/")[-2:])
    params = request.url.params
    return " ".join(filter(None, [params["action"], params.get("flowId", "")]))


def ok(data: Any, key: str = "code") -> httpx.Response:
    return httpx.Response(200, json={key: 0, "msg": "OK", "data": data})


def failure(
    code: int, *, status: int = 200, msg: str = "the platform's words", **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"code": code, "msg": msg, "data": None}, headers=named)


def page(
    status: int, body: str | bytes = "<html><h1>Bad Gateway</h1></html>", **headers: str
) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, content=body, headers=named)


# ── signatures of requests ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("vector_id", "call"),
    [
        ("S03", lambda client: list(client.exports([2924], is_known=lambda _, __: False))),
        ("S04", lambda client: client.directories()),
        ("S12", lambda client: client.server_time()),
    ],
)
def test_a_request_carries_the_published_signature(vector_id: str, call: Callable[[Client], Any]) -> None:
    vector = VECTORS[vector_id]
    data: Any = {"S03": {}, "S04": [], "S12": 1}[vector_id]
    gateway = Gateway({"listWorkFlowDirs": [ok(data)], "getCurrentTime": [ok(data)]})
    gateway.tokens = iter([vector["access_token"]])
    with gateway.client(app_secret=vector["app_secret"]) as client:
        call(client)
    sent = gateway.requests[-1]
    assert str(sent.url) == vector["url"]
    assert sent.headers["apim-accesstoken"] == vector["access_token"]
    assert sent.headers["apim-timestamp"] == str(vector["timestamp_ms"])
    assert sent.headers["apim-signature"] == vector["apim_signature"]
    assert sent.headers["user-agent"] == "flowsync"


def test_spaces_in_query_values_are_percent_encoded_and_signed_decoded() -> None:
    gateway = Gateway()
    gateway.exported(7, user_id="a b+c&d=描", jobs=1)
    sent = gateway.requests[-1]
    assert b"userId=a%20b%2Bc%26d%3D%E6%8F%8F" in sent.url.raw_path
    token = sent.headers["apim-accesstoken"]
    params = "actionexportflowId7orgIdo15000000000001userIda b+c&d=描"
    assert sent.headers["apim-signature"] == signature(token, params, round(NOW * 1000), SECRET)


def test_a_token_request_is_json_and_carries_no_token_or_signature() -> None:
    gateway = Gateway()
    gateway.exported(7)
    sent = gateway.requests[0]
    assert (sent.method, sent.url.path) == ("POST", "/apim-token-service/v2.0/token/get")
    assert sent.headers["content-type"] == "application/json;charset=UTF-8"
    assert not any(name.startswith("apim-") for name in sent.headers)


@pytest.mark.parametrize("gateway_url", ["https://apim.example/gw", "https://apim.example/gw/"])
def test_a_path_of_the_gateway_precedes_the_path_of_requests(gateway_url: str) -> None:
    gateway = Gateway()
    gateway.exported(7, gateway=gateway_url)
    assert [request.url.path for request in gateway.requests] == [
        "/gw/apim-token-service/v2.0/token/get",
        "/gw/batch-processing-service/v2.1/flows",
    ]


# ── accepted responses ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body",
    [
        '{"code":0,"msg":"OK","data":{"name":"a","cron":""}}',
        '{"status":0,"msg":" Success","data":{"name":"a","cron":""}}',
        '{"code":"0","data":{"name":"a","cron":""},"requestId":"x","submsg":null}',
        '{"code":0.0,"status":500,"data":{"name":"a","cron":""}}',
        '{"code":null,"status":0,"data":{"name":"a","cron":""}}',
        '{"code":0,"data":[{"name":"a","cron":""}]}',
        ' {"code": 0, "data": {"name": "a", "desc": "描述 \\ud83d\\ude00"}} \n',
    ],
)
def test_an_accepted_export_is_returned_as_received(body: str) -> None:
    gateway = Gateway({"export 7": [page(200, body.encode())]})
    assert gateway.exported(7) == {7: body.encode()}


def test_a_known_response_is_not_parsed_again() -> None:
    gateway = Gateway({"export 7": [page(200, "known, though no JSON")]})
    asked: list[tuple[int, bytes]] = []

    def is_known(flow_id: int, body: bytes) -> bool:
        asked.append((flow_id, body))
        return True

    with gateway.client() as client:
        assert dict(client.exports([7], is_known=is_known)) == {7: b"known, though no JSON"}
    assert asked == [(7, b"known, though no JSON")]


def test_a_failing_status_is_never_a_known_response() -> None:
    gateway = Gateway({"export 7": [page(404, "x")]})
    with gateway.client() as client:
        ((_, outcome),) = client.exports([7], is_known=lambda _, __: True)
    assert isinstance(outcome, GatewayError)


def test_directories_time_and_time_zone_are_read() -> None:
    tree = [{"title": "Workflow", "key": "ab" * 16, "children": []}]
    gateway = Gateway(
        {
            "listWorkFlowDirs": [ok(tree)],
            "getCurrentTime": [ok("1572574909697")],
            "getTimeZone": [ok("GMT+8")],
        }
    )
    with gateway.client() as client:
        assert client.directories() == tree
        assert client.server_time() == 1_572_574_909_697
        assert client.time_zone() == "GMT+8"
    assert gateway.asked()["token/get"] == 1


@pytest.mark.parametrize(
    ("action", "call", "data"),
    [
        ("listWorkFlowDirs", Client.directories, {"title": "Workflow"}),
        ("listWorkFlowDirs", Client.directories, None),
        ("getCurrentTime", Client.server_time, "noon"),
        ("getCurrentTime", Client.server_time, True),
        ("getTimeZone", Client.time_zone, ""),
        ("getTimeZone", Client.time_zone, 8),
    ],
)
def test_data_of_the_wrong_kind_is_an_error_that_names_the_action(
    action: str, call: Callable[[Client], Any], data: Any
) -> None:
    gateway = Gateway({action: [ok(data)]})
    with gateway.client() as client, pytest.raises(GatewayError, match=f"^{action}: data is") as caught:
        call(client)
    assert (caught.value.action, caught.value.status, caught.value.code) == (action, 200, 0)


# ── tokens ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "refusal", [page(401, '{"message":"Invalid authentication credentials"}'), failure(1203)]
)
def test_a_refused_token_is_replaced_and_the_request_repeated_once(refusal: httpx.Response) -> None:
    gateway = Gateway({"export 7": [refusal, ok(FLOW)]})
    assert isinstance(gateway.exported(7)[7], bytes)
    assert gateway.asked() == {"token/get": 2, "export 7": 2}
    tokens = [r.headers["apim-accesstoken"] for r in gateway.requests if "flows" in r.url.path]
    assert tokens == ["token-1-of-the-run", "token-2-of-the-run"]
    assert gateway.slept == []


@pytest.mark.parametrize("refusal", [page(401, "no"), failure(1203, status=401)])
def test_refused_fresh_tokens_fail_the_run_after_several_pauses(refusal: httpx.Response) -> None:
    gateway = Gateway({"export 7": [refusal]})
    with pytest.raises(AuthenticationError, match="export of flow 7"):
        gateway.exported(7)
    assert gateway.asked() == {"token/get": 5, "export 7": 8}
    assert gateway.slept == [0.5, 1.0, 2.0]


def test_a_refused_token_that_get_returns_again_is_refreshed() -> None:
    same = ok({"accessToken": "the-first", "expire": 7200}, key="status")
    fresh = ok({"accessToken": "the-second", "expire": 7200}, key="status")
    gateway = Gateway(
        {"token/get": [same], "token/refresh": [fresh], "export 7": [page(401, "no"), ok(FLOW)]}
    )
    assert isinstance(gateway.exported(7)[7], bytes)
    assert gateway.asked() == {"token/get": 2, "token/refresh": 1, "export 7": 2}
    tokens = [r.headers["apim-accesstoken"] for r in gateway.requests if "flows" in r.url.path]
    assert tokens == ["the-first", "the-second"]


def test_a_token_that_expires_during_the_rate_limit_is_not_sent() -> None:
    gateway = Gateway(
        {"token/get": [ok({"accessToken": f"t{n}", "expire": 15}, key="status") for n in "123"]}
    )
    gateway.exported(1, 2, jobs=1, rate=0.05)
    tokens = [r.headers["apim-accesstoken"] for r in gateway.requests if "flows" in r.url.path]
    assert tokens == ["t2", "t3"]


def test_requests_forbid_cached_responses() -> None:
    gateway = Gateway()
    gateway.exported(7)
    assert {request.headers["cache-control"] for request in gateway.requests} == {"no-cache"}


@pytest.mark.parametrize("age", ["1", "86400", "0, 7"])
def test_a_response_from_a_cache_is_requested_again(age: str) -> None:
    old = httpx.Response(200, json={"code": 0, "data": FLOW}, headers={"age": age})
    gateway = Gateway({"export 7": [old, ok(FLOW)]})
    assert isinstance(gateway.exported(7)[7], bytes)
    assert gateway.asked()["export 7"] == 2


@pytest.mark.parametrize("is_known", [True, False])
def test_a_flow_that_only_a_cache_returns_is_unknown(*, is_known: bool) -> None:
    old = httpx.Response(200, json={"code": 0, "data": FLOW}, headers={"age": "86400"})
    gateway = Gateway({"export 7": [old]})
    with gateway.client() as client:
        ((_, outcome),) = client.exports([7], is_known=lambda _, __: is_known)
    assert isinstance(outcome, GatewayError)
    assert "a cache sent a response that is 86400 s old" in outcome.message
    assert gateway.asked()["export 7"] == 4


@pytest.mark.parametrize("age", ["0", "", "00"])
def test_a_response_without_age_is_accepted(age: str) -> None:
    gateway = Gateway(
        {"export 7": [httpx.Response(200, json={"code": 0, "data": FLOW}, headers={"age": age})]}
    )
    assert isinstance(gateway.exported(7)[7], bytes)
    assert gateway.asked()["export 7"] == 1


@pytest.mark.parametrize(("keep_alive", "header"), [(True, "keep-alive"), (False, "close")])
def test_without_keep_alive_requests_close_their_connection(*, keep_alive: bool, header: str) -> None:
    gateway = Gateway()
    with gateway.client() as client:
        list(client.exports([7], is_known=lambda _, __: False, keep_alive=keep_alive))
    assert gateway.requests[-1].headers["connection"] == header


def test_a_repeated_token_request_is_sent_again_with_a_new_timestamp() -> None:
    gateway = Gateway({"token/get": [failure(1001), ok({"accessToken": "t", "expire": 7200}, key="stauts")]})
    gateway.exported(7)
    first, second = (json.loads(request.content) for request in gateway.requests[:2])
    assert second["timestamp"] > first["timestamp"]
    assert second["encryption"] != first["encryption"]


def test_a_failing_token_service_is_retried() -> None:
    gateway = Gateway(
        {"token/get": [page(503), failure(1005), ok({"accessToken": "t", "expire": 9}, key="status")]}
    )
    assert isinstance(gateway.exported(7)[7], bytes)
    assert gateway.slept == [0.5, 1.0]


@pytest.mark.parametrize(
    ("reply", "attempts"), [(page(503), 4), (httpx.ConnectError("refused"), 4), (page(200), 1)]
)
def test_without_a_token_every_flow_is_unknown_and_none_is_requested(reply: Reply, attempts: int) -> None:
    gateway = Gateway({"token/get": [reply]})
    exported = gateway.exported(*range(7, 100))
    assert list(exported) == list(range(7, 100))
    assert {type(error) for error in exported.values()} == {GatewayError}
    (message,) = {str(error) for error in exported.values()}
    assert message.startswith(("token/get: ", "no connection to the gateway"))
    assert gateway.asked() == {"token/get": attempts}


@pytest.mark.parametrize("code", [1002, 1003, 1004, 1202])
def test_a_refused_application_fails_the_run_at_once(code: int) -> None:
    gateway = Gateway({"token/get": [failure(code)]})
    with pytest.raises(AuthenticationError) as caught:
        gateway.exported(7)
    assert (caught.value.code, caught.value.action) == (code, "token/get")
    assert caught.value.hint
    assert gateway.asked() == {"token/get": 1}


def test_a_token_request_that_gets_401_fails_the_run() -> None:
    with pytest.raises(AuthenticationError):
        Gateway({"token/get": [page(401, '{"message":"no"}')]}).exported(7)


# ── time limit of one flow ────────────────────────────────────────────────────────────────────────


def test_the_rate_limit_does_not_count_as_time_of_a_flow() -> None:
    gateway = Gateway()
    exported = gateway.exported(1, 2, 3, jobs=1, rate=0.1, flow_timeout=5.0)
    assert [type(body) for body in exported.values()] == [bytes] * 3
    assert gateway.slept == [10.0] * 3


def test_the_rate_limit_of_a_retry_does_not_count_as_time_of_a_flow() -> None:
    gateway = Gateway({"export 7": [page(503), page(503), page(401), ok(FLOW)]})
    assert isinstance(gateway.exported(7, jobs=1, rate=0.1, flow_timeout=5.0)[7], bytes)
    assert sum(gateway.slept) > 5.0 + 1.5


# ── many flows ───────────────────────────────────────────────────────────────────────────────────


def test_each_flow_is_exported_once_with_one_token() -> None:
    gateway = Gateway()
    exported = gateway.exported(*range(1, 201), jobs=8)
    assert sorted(exported) == list(range(1, 201))
    assert all(
        json.loads(body)["data"]["name"] == f"flow {n}"
        for n, body in exported.items()
        if isinstance(body, bytes)
    )
    assert gateway.asked() == {"token/get": 1, **{f"export {n}": 1 for n in range(1, 201)}}


def test_a_failed_flow_does_not_stop_the_others() -> None:
    gateway = Gateway({"export 2": [failure(62103)]})
    exported = gateway.exported(1, 2, 3)
    assert isinstance(exported[2], GatewayError)
    assert isinstance(exported[1], bytes)
    assert isinstance(exported[3], bytes)


def test_without_flows_nothing_is_requested() -> None:
    gateway = Gateway()
    assert gateway.exported() == {}
    assert gateway.requests == []


def test_exports_are_fetched_at_most_two_per_job_ahead() -> None:
    gateway, taken = Gateway(), []

    def flow_ids() -> Iterator[int]:
        for flow_id in range(1, 1000):
            taken.append(flow_id)
            yield flow_id

    with gateway.client(jobs=3) as client:
        results = client.exports(flow_ids(), is_known=lambda _, __: False)
        assert taken == []
        for consumed in range(1, 20):
            next(results)
            assert len(taken) <= consumed + 2 * 3
        results.close()  # type: ignore[attr-defined]  # an iterator that is a generator


def test_a_closed_iteration_requests_nothing_more() -> None:
    gateway = Gateway()
    with gateway.client(jobs=2) as client:
        results = client.exports(range(1, 1000), is_known=lambda _, __: False)
        next(results)
        results.close()  # type: ignore[attr-defined]  # an iterator that is a generator
        asked = len(gateway.requests)
        assert asked <= 1 + 1 + 2 * 2
    assert len(gateway.requests) == asked


def test_a_closed_client_returns_no_more_results() -> None:
    gateway = Gateway()
    client = gateway.client(jobs=2)
    results = client.exports(range(1, 1000), is_known=lambda _, __: False)
    next(results)
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        list(results)


@pytest.mark.parametrize("code", [62101, 62105, 1003])
def test_a_refused_user_ends_the_iteration_and_cancels_the_rest(code: int) -> None:
    gateway = Gateway({"export 3": [failure(code)]})
    with pytest.raises(AuthenticationError) as caught:
        gateway.exported(*range(1, 1000), jobs=2)
    assert (caught.value.code, caught.value.flow_id) == (code, 3)
    assert gateway.asked()["export 3"] == 1
    assert len(gateway.requests) < 30


def test_a_bug_in_a_thread_is_raised_for_the_consumer() -> None:
    def is_known(flow_id: int, body: bytes) -> bool:
        raise KeyError("a bug")

    with Gateway().client() as client, pytest.raises(KeyError, match="a bug"):
        list(client.exports([7], is_known=is_known))


def test_every_request_is_rate_limited() -> None:
    gateway = Gateway()
    gateway.exported(1, 2, 3, rate=4.0, jobs=1)
    assert gateway.slept == [0.25, 0.25, 0.25]


def test_is_known_runs_in_the_fetching_thread() -> None:
    threads: set[str] = set()

    def is_known(flow_id: int, body: bytes) -> bool:
        threads.add(threading.current_thread().name)
        return True

    with Gateway().client(jobs=2) as client:
        list(client.exports(range(1, 50), is_known=is_known))
    assert threads <= {"enos-0", "enos-1"}


def test_an_error_keeps_no_response_in_memory() -> None:
    link: BaseException | None = Gateway({"export 7": [page(503)]}).exported(7)[7]  # type: ignore[assignment]  # it fails
    while link is not None:
        assert link.__traceback__ is None
        link = link.__cause__ or link.__context__
