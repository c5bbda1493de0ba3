import httpx
import pytest

from flowsync.enos.transport import ReadOnlyTransport
from flowsync.errors import GuardError

FLOWS = "https://apim.example/batch-processing-service/v2.1/flows"


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("GET", f"{FLOWS}?action=delete&flowId=1"),
        ("GET", f"{FLOWS}?action=loadForEdit&flowId=1"),
        ("POST", f"{FLOWS}?action=import"),
        ("POST", f"{FLOWS}?action=save"),
        ("GET", f"{FLOWS}?action=EXPORT"),
        ("GET", f"{FLOWS}?action="),
        ("GET", f"{FLOWS}?action"),
        ("GET", f"{FLOWS}?flowId=1"),
        ("GET", FLOWS),
        ("GET", f"{FLOWS}?action=export&action=delete"),
        ("GET", f"{FLOWS}?action=export&%61ction=delete"),
        ("GET", f"{FLOWS}?action=export;action=delete"),
        ("GET", f"{FLOWS}#?action=export"),
        ("GET", "https://apim.example/apim-token-service/v2.0/token/get"),
        ("POST", "https://apim.example/apim-token-service/v2.0/token/get?action=delete"),
        ("POST", "https://apim.example/apim-token-service/v2.0/token/revoke"),
        ("POST", "https://apim.example/flows/apim-token-service/v2.0/token/get"),
    ],
)
def test_requests_that_could_write_are_refused_before_a_byte_is_sent(method: str, url: str) -> None:
    sent: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    transport = ReadOnlyTransport(httpx.MockTransport(handle))
    with httpx.Client(transport=transport) as client, pytest.raises(GuardError):
        client.request(method, url)
    assert sent == []


@pytest.mark.parametrize(
    "action", ["export", "get", "getMyFlow", "search", "listWorkFlowDirs", "getCurrentTime", "getTimeZone"]
)
def test_read_actions_are_allowed(action: str) -> None:
    transport = ReadOnlyTransport(httpx.MockTransport(lambda _: httpx.Response(200)))
    with httpx.Client(transport=transport) as client:
        assert client.get(f"{FLOWS}?action={action}").status_code == 200
