"""Test the line of a path, in files written by flowsync and by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsync.document.line_numbers import lines_of
from flowsync.document.reader import parse_source
from flowsync.document.writer import dump
from flowsync.flow.paths import entry_step, key_step

FILE = """\
format: 1
flowId: 7
name: etl
cron: 0 0 0 * * ? *
owners:
- ana
- a/b=c
parameters:
- key: site
  value: jiuquan
- odd
tasks:
- name: load
  cmd: |-
    one
    two
  runMode:
    cpu: 0.5
- name: a/b,c=d~
  cmd: x
- name: twin
  cmd: first
- name: twin
  cmd: second
- cmd: nameless
relations:
- sourceTaskName: load
  targetTaskName: twin
  rerun: true
flowLinks: []
taskLinks:
- sourceFlowName: dw
  sourceTaskName: in
  targets:
  - targetTaskName: load
    rerun: false
~format: csv
extra:
- - 1
  - 2
"""


def line_at(path: str, text: str = FILE) -> str:
    """Return the line of the file that contains the path."""
    return text.splitlines()[lines_of(text, [path])[path] - 1].strip()


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/cron", "cron: 0 0 0 * * ? *"),
        ("/owners/ana", "- ana"),
        ("/owners/a~1b=c", "- a/b=c"),
        ("/parameters/key=site", "- key: site"),
        ("/parameters/key=site/value", "value: jiuquan"),
        ("/tasks/name=load", "- name: load"),
        ("/tasks/name=load/cmd", "cmd: |-"),
        ("/tasks/name=load/runMode/cpu", "cpu: 0.5"),
        ("/tasks/name=a~1b~3c~2d~0/cmd", "cmd: x"),
        ("/tasks/name=twin~#1/cmd", "cmd: first"),
        ("/tasks/name=twin~#2/cmd", "cmd: second"),
        ("/tasks/name~missing/cmd", "- cmd: nameless"),
        ("/relations/sourceTaskName=load,targetTaskName=twin/rerun", "rerun: true"),
        ("/taskLinks/sourceFlowName=dw,sourceTaskName=in", "- sourceFlowName: dw"),
        (
            "/taskLinks/sourceFlowName=dw,sourceTaskName=in/targets/targetTaskName=load/rerun",
            "rerun: false",
        ),
        ("/~0format", "~format: csv"),
        ("/extra/0/1", "- 2"),
    ],
)
def test_path_has_its_line(path: str, line: str) -> None:
    assert line_at(path) == line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("", "format: 1"),
        ("/gone", "format: 1"),
        ("/tasks/name=gone", "tasks:"),
        ("/tasks/name=load/timeout", "- name: load"),
        ("/relations/sourceTaskName=x,targetTaskName=y", "relations:"),
        ("/tasks/name=load/runMode/memory", "runMode:"),
        ("/flowLinks/sourceFlowName=x", "flowLinks: []"),
        ("/cron/deeper", "cron: 0 0 0 * * ? *"),
        ("/extra/7", "extra:"),
        ("/parameters/0", "parameters:"),
    ],
)
def test_missing_path_has_line_of_nearest_ancestor(path: str, line: str) -> None:
    assert line_at(path) == line


def test_lines_of_hand_written_files() -> None:
    text = '{format: 1, "tasks":\n  [{"cmd": x,\n    "name": "load"}]}\n'
    assert line_at("/tasks/name=load/name", text) == '"name": "load"}]}'
    assert line_at("/tasks/name=load", text) == '[{"cmd": x,'
    assert line_at("/tasks/name=gone", "format: 1\n'tasks':\n\n# mine\n- name: a\n") == "'tasks':"
    assert line_at("/tasks/name=gone", "format: 1\ntasks: [{name: a}]\n") == "tasks: [{name: a}]"


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=20), unique=True, min_size=1))
def test_entries_with_any_name_are_found(names: list[str]) -> None:
    document = {"format": 1, "owners": names, "tasks": [{"name": name} for name in names]}
    text = dump(document)  # type: ignore[arg-type]
    source = parse_source(text)
    tasks = [f"/tasks/{entry_step({'name': name}, ('name',))}" for name in names]
    owners = [f"/owners/{key_step(name)}" for name in names if not key_step(name).isdecimal()]
    found = lines_of(text, [*tasks, *owners])
    assert len({found[path] for path in tasks}) == len(tasks)
    for place, path in enumerate(tasks):
        assert found[path] == source.lines["tasks", place]


def test_lines_of_five_thousand_paths_are_fast() -> None:
    text = "format: 1\ntasks:\n" + "".join(f"- name: t{number}\n  cmd: x\n" for number in range(5_000))
    paths = [f"/tasks/name=t{number}/cmd" for number in range(5_000)]
    found = lines_of(text, paths)
    assert found["/tasks/name=t4999/cmd"] == 2 + 2 * 5_000
