"""A script in a document: one source line is one line of the file, and a one-line edit a one-line diff."""

from pathlib import Path
from typing import Final

import pytest
from acceptance.world import Git, Live, Program, file_of, flow

_SCRIPTS: Final = {
    "plain": "set -e\nrun --one\nrun --two\nexit 0\n",
    "tabs": "set -e\n\tif x; then\n\t\trun --two\n\tfi\n",
    "trailing blanks": "set -e  \nrun --one \nrun --two\t\nexit 0\n",
    "CRLF": "set -e\r\nrun --one\r\nrun --two\r\nexit 0\r\n",
    "mixed line ends": "set -e\r\nrun --one\nrun --two\r\nexit 0",
    "leading blanks": "  set -e\n    run --one\nrun --two\n",
    "no last line end": "set -e\nrun --two\nexit 0",
    "Chinese and emoji": "echo 功率预测\nrun --two\necho 😀\n",
    "YAML inside": "---\n# comment\nkey: value\nrun --two\n- item\n...\n",
    "blank lines": "\n\nset -e\n\nrun --two\n\n",
}


@pytest.mark.parametrize("name", _SCRIPTS)
def test_one_edited_line_of_a_script_is_one_changed_line_of_the_file(
    name: str, repo: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    script = _SCRIPTS[name]
    prod.put({1: flow("scripted", tasks=[{"name": "run", "type": 3, "cmd": script}], relations=[])})
    assert flowsync("sync").status == 0
    lines = len(script.replace("\r\n", "\n").rstrip("\n").split("\n"))
    text = file_of(repo, 1).read_bytes().decode()
    begin = text.index("  cmd: ")
    assert text.count("\n", begin, text.index("relations:")) >= lines
    prod.edit(1, "/tasks/0/cmd", script.replace("run --two", "run --three"))
    assert flowsync("sync").status == 0
    assert git("diff", "--numstat", "HEAD~1", "HEAD") == "1\t1\tflows/prod/scripted.1.yaml"
