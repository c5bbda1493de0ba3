import json
from contextlib import closing
from typing import Any

import pytest

from flowsync.commands.render_pool import Outcome, RenderedFlow, RenderPool, render_response
from flowsync.errors import CanonicalError
from flowsync.repository.object_id import blob_id


def answer(**flow: Any) -> bytes:
    return json.dumps({"code": 0, "msg": "OK", "data": flow}, ensure_ascii=False).encode()


def outcomes(answers: dict[int, bytes], processes: int) -> list[Outcome]:
    with closing(RenderPool("prod", "sha1", processes=processes)) as renderer:
        found = [outcome for item in answers.items() for outcome in renderer.put(*item)]
        return [*found, *renderer.drain()]


def test_an_answer_becomes_the_file_of_its_flow() -> None:
    outcome = render_response(2924, answer(name="nFlow", tasks=[]), "prod", "sha1")
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
def test_an_answer_that_is_no_export_is_an_error_of_its_flow_alone(bad: bytes) -> None:
    outcome = render_response(7, bad, "prod", "sha1")
    assert isinstance(outcome, CanonicalError)
    assert outcome.flow_id == 7


@pytest.mark.slow
def test_a_text_that_grows_over_the_limit_when_written_is_an_error_of_its_flow_alone() -> None:
    outcome = render_response(7, answer(name="x", desc="\x80" * 9_000_000), "prod", "sha1")
    assert isinstance(outcome, CanonicalError)
    assert outcome.flow_id == 7


@pytest.mark.parametrize("processes", [1, 2])
def test_many_answers_come_back_in_order_whatever_the_number_of_processes(processes: int) -> None:
    answers = {number: answer(name=f"flow {number}", tasks=[]) for number in range(1, 100)}
    answers[50] = b"no json"
    found = outcomes(answers, processes)
    assert [outcome.flow_id for outcome in found] == list(answers)
    assert [outcome.flow_id for outcome in found if isinstance(outcome, CanonicalError)] == [50]
