"""SARIF against the schema of the standard, as the package of its multitool brings it."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from required import needs
from samples import runs

from flowsync.report.formats import render

FILE = Path(__file__).parents[2] / ".ci/node/node_modules/@microsoft/sarif-multitool-linux/sarif-2.1.0.json"


@cache
def schema() -> Draft202012Validator:
    needs(FILE.exists(), "needs the schema of SARIF: npm ci in .ci/node")
    read: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8-sig"))
    return Draft202012Validator(read, format_checker=Draft202012Validator.FORMAT_CHECKER)


def test_sarif_schema_rejects_invalid_reports() -> None:
    document = json.loads(render("sarif", runs.small_edit()))
    document["runs"][0]["results"][0]["level"] = "grave"
    assert not schema().is_valid(document)


@pytest.mark.parametrize("name", [name for name in runs.ALL if name != "many"])
def test_every_sarif_report_is_valid(name: str) -> None:
    schema().validate(json.loads(render("sarif", runs.ALL[name]())))


@settings(max_examples=20, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=4, max_size=4))
def test_sarif_report_of_any_names_is_valid(found: list[str]) -> None:
    schema().validate(json.loads(render("sarif", runs.hostile(found))))
