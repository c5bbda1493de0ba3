import re
from typing import Any

from samples.runs import document, task

from flowsync.report.show.flow import FlowView, render_flow
from flowsync.report.show.html import flow_report


def page_text(document: Any) -> str:
    """Return the text of the page without its head and markup."""
    flow = FlowView("prod", 2924, "flows/prod/nflow.2924.yaml", "HEAD", document, None, ())
    body = flow_report(flow).partition("<body>")[2].partition("<script>")[0]
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", body))


def test_run_mode_is_described_without_empty_fields() -> None:
    mode = {"taskMode": 1, "cpu": 2, "path": "", "content": None, "odd": {"a": 1}}
    page = page_text(document([task("load", runMode=mode)], []))
    assert "taskMode 1 (single task); cpu 2; odd {" in page
    assert "content" not in page


def test_tasks_are_in_execution_order() -> None:
    named = [task("a"), task("b"), task("c")]
    page = page_text({**document(named, [("c", "a"), ("a", "b")]), "tasks": [*named, {"cmd": "x"}]})
    assert re.findall(r"(\S+|\(no name\)) (step \d|no step), 1 line", page) == [
        ("c", "step 1"),
        ("a", "step 2"),
        ("b", "step 3"),
        ("(no name)", "no step"),
    ]


def test_flow_without_a_name_is_marked() -> None:
    assert "prod 2924 (no name) " in page_text(document([], [], name=""))


def test_a_name_that_no_task_has_is_marked_and_not_counted() -> None:
    broken = document([task("load")], [("gone", "load")])
    flow = FlowView("prod", 2924, "flows/prod/nflow.2924.yaml", "HEAD", broken, None, ())
    page = render_flow("html", flow)
    assert 'class="node same missing"' in page
    assert "gone, missing task" in page
    assert "dotted: missing task" in page
    assert 'aria-label="1 task, 1 arrow"' in page
    assert "waits for gone (missing task)" in page
    assert '{{"gone<br/>missing task"}}' in render_flow("mermaid", flow)
    text = render_flow("text", flow)
    assert "1 task in" in text
    assert "load <- gone (missing task)" in text
