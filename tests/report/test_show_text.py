"""One flow as text for a terminal."""

import json
from typing import Any

import pytest
from samples.runs import document, task

from flowsync.report.show.flow import FlowView, render_flow


def _show(form: str, document: Any) -> str:
    return render_flow(form, FlowView("prod", 7, "flows/prod/f.7.yaml", "HEAD", document, None, ()))


def _owners(*names: str) -> str:
    """Return the line of the owners, without its comment and line breaks."""
    printed = " ".join(_show("text", document([], [], owners=[*names])).split())
    return printed.partition("owners ")[2].partition(" # ")[0]


def test_task_that_waits_for_a_missing_task_is_in_the_first_step() -> None:
    broken = document([task("a")], [("ghost", "a")])
    printed = _show("text", broken)
    assert "\n1 task in 1 step\n   1  a <- ghost (missing task)\n" in printed
    assert json.loads(_show("json", broken))["steps"] == {"a": 1}


def test_long_list_of_names_is_cut_between_names() -> None:
    assert _owners("scope", "\u00e9", *["e\u0301" * 15] * 10) == "scope, \u00e9, {} and 9 more".format(
        '"' + r"e\u0301" * 15 + '"'
    )


@pytest.mark.parametrize("count", [1, 50])
def test_list_of_names_that_fits_is_not_cut(count: int) -> None:
    names = ["x" * (200 // count - 2)] * (count - 1) + ["x" * (200 // count)]
    assert _owners(*names) == ", ".join(names)
    assert _owners(*names, "y") == f"{', '.join(names)} and 1 more"


def test_first_name_is_always_listed() -> None:
    assert _owners("x" * 250, "y") == f"{'x' * 200}… (250 characters) and 1 more"
