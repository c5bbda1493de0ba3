import json
from contextlib import closing
from typing import Any

import pytest

from flowsync.commands.render_pool import Outcome, RenderedFlow, RenderPool, render_response
from flowsync.errors import CanonicalError
from flowsync.repository.object_id import blob_id


def response(**flow: Any) -> bytes:
    return json.dumps({"code": 0, "msg": "OK", "data": flow}, ensure_ascii=False).encode()


def outcomes(responses: dict[int, bytes], processes: int) -> list[Outcome]:
    with closing(RenderPool("prod", "sha1", processes=processes)) as renderer:
        found = [outcome for item in responses.items() for outcome in renderer.put(*item)]
        return [*found, *renderer.drain()]


def test_response_is_rendered_as_the_file_of_its_flow() -> None:
    outcome = render_response(2924, response(name="nFlow", tasks=[]), "prod", "sha1")
    assert isinstance(outcome, RenderedFlow)
    assert (outcome.path, outcome.name) == ("flows/prod/nflow.2924.yaml", "nFlow")
    assert outcome.data.startswith(b"format: 1\nflowId: 2924\nname: nFlow\n")
    assert outcome.blob == blob_id(outcome.data, "sha1")


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"{",
        b"[]",
        b'{"code":62102,"data":null}',
        b'{"code":0,"data":{"tasks":3}}',
        b'{"code":0,"data":[]}',
        b'{"code":0,"data":{}}',
        b'{"code":0,"data":{"name":"a","cron":null}}',
    ],
)
def test_response_without_an_export_is_an_error_of_its_flow(bad: bytes) -> None:
    outcome = render_response(7, bad, "prod", "sha1")
    assert isinstance(outcome, CanonicalError)
    assert outcome.flow_id == 7


@pytest.mark.slow
def test_document_above_the_size_limit_is_an_error_of_its_flow() -> None:
    outcome = render_response(7, response(name="x", desc="\x80" * 9_000_000), "prod", "sha1")
    assert isinstance(outcome, CanonicalError)
    assert outcome.flow_id == 7


@pytest.mark.parametrize("processes", [1, 2])
def test_results_have_the_order_of_the_responses(processes: int) -> None:
    responses = {number: response(name=f"flow {number}", tasks=[]) for number in range(1, 100)}
    responses[50] = b"no json"
    found = outcomes(responses, processes)
    assert [outcome.flow_id for outcome in found] == list(responses)
    assert [outcome.flow_id for outcome in found if isinstance(outcome, CanonicalError)] == [50]
