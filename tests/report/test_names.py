"""Names that look alike are quoted and escaped in every format; ordinary ones are printed as they are."""

import re
from dataclasses import replace
from html import unescape

import pytest
from samples import runs
from samples.runs import document, task

from flowsync.analysis.comparison import FlowComparison, FlowStatus
from flowsync.errors import UsageError
from flowsync.flow.printable import printable_name, quote_name
from flowsync.report.commit_message import format_commit_message
from flowsync.report.formats import render
from flowsync.report.result import RunResult
from flowsync.report.show.flow import FlowView, render_flow

DECEPTIVE = {"load\u200b": r'"load\u200b"', "l\u043ead": r'"l\u043ead"', "loa\u0301d": r'"loa\u0301d"'}
every_name = pytest.mark.parametrize("name", DECEPTIVE)


def readable(printed: str) -> str:
    """Undo the escapes of Mermaid, Markdown, HTML and XML."""
    characters = re.sub(r"&?#(\d+);", lambda match: chr(int(match[1])), printed)
    return unescape(characters).replace("\u200b", "").replace("\\\\u", "\\u")


def run_with(name: str) -> RunResult:
    """Return a run whose flow, task, relation, parameter and file have the same name."""
    before = document([task(name), task("other")], [(name, "other")])
    after = document([task(name, "./other.sh"), task("other")], [("other", name)])
    flow = replace(runs.verdict(before, after, name=name), file=f"flows/{name}")
    found = tuple(replace(one, sentence=f"task {printable_name(name)} changed") for one in flow.findings)
    unknown = FlowComparison("prod", 2, name, FlowStatus.UNKNOWN, reason="no answer")
    return runs.diff(replace(flow, findings=found), unknown)


@pytest.mark.parametrize("form", ["text", "markdown", "html", "junit", "github", "mermaid"])
@every_name
def test_report_prints_deceptive_names_with_escapes(form: str, name: str) -> None:
    printed = render(form, run_with(name))
    assert readable(printed).count(DECEPTIVE[name]) >= 3
    if form not in ("html", "github"):  # values of fields are printed as they are, files as paths
        assert name not in printed


@pytest.mark.parametrize("form", ["text", "html", "mermaid"])
@every_name
def test_show_prints_deceptive_names_with_escapes(form: str, name: str) -> None:
    flow = document(
        [task(name), task("other")],
        [(name, "other")],
        name=name,
        owners=[name],
        parameters=[{"key": name, "value": "1"}],
        flowLinks=[{"sourceFlowName": name, "targets": [{"targetTaskName": "other"}]}],
    )
    printed = render_flow(form, FlowView("prod", 1, f"flows/{name}", "HEAD", flow, None, ()))
    if form == "mermaid":
        assert readable(printed).count(DECEPTIVE[name]) == 2
    else:
        assert readable(printed).count(DECEPTIVE[name]) >= 7
    assert name not in printed


@every_name
def test_commit_message_prints_deceptive_names_with_escapes(name: str) -> None:
    message = format_commit_message(run_with(name).comparisons[0])
    assert f"  prod {DECEPTIVE[name]} (2924): " in message
    assert name not in message


@pytest.mark.parametrize("form", ["text", "junit", "github"])
@every_name
def test_message_of_a_failed_run_has_escapes_once(form: str, name: str) -> None:
    error = UsageError(f"flow {quote_name(name)}: not found", word=name)
    printed = unescape(render(form, RunResult("diff", (), 64, error)))
    assert f"flow {DECEPTIVE[name]}: not found" in printed
