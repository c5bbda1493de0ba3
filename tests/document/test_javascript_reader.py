"""Test that `yaml`, the most used YAML reader of JavaScript, reads what flowsync writes."""

import json
import shutil
import subprocess
from itertools import product
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from required import needs

from flowsync.document.reader import parse
from flowsync.document.writer import dump

NODE_FOLDER: Final = Path(__file__).parents[2] / ".ci" / "node"
READ: Final = """
const yaml = require("yaml");
const documents = JSON.parse(require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(documents.map((one) => yaml.parse(one, { version: "1.2" }).desc)));
"""
PIECES: Final = ("", " ", "\t", "a", " b", "\n", "\n\n")
NASTY: Final = sorted({"".join(pieces) for count in range(1, 6) for pieces in product(PIECES, repeat=count)})


def read_with_javascript(texts: list[str]) -> list[str]:
    done = subprocess.run(
        ["node", "-e", READ],
        cwd=NODE_FOLDER,
        input=json.dumps([dump({"format": 1, "desc": text}) for text in texts]),
        capture_output=True,
        text=True,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def test_javascript_reads_texts_of_special_fragments() -> None:
    needs(shutil.which("node") is not None, "node is not installed")
    needs((NODE_FOLDER / "node_modules" / "yaml").is_dir(), "npm ci was not run in .ci/node")
    read = read_with_javascript(NASTY)
    assert [text for text, found in zip(NASTY, read, strict=True) if text != found] == []


@pytest.mark.parametrize("text", ["\n \n", " a\nb\n \n", "\ta\n\t", " a\n \n  \n"])
def test_indented_text_ending_in_blank_line_is_quoted(text: str) -> None:
    written = dump({"format": 1, "desc": text})
    assert written.splitlines()[1].startswith('desc: "')
    assert parse(written)["desc"] == text


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_texts_of_blank_fragments_are_read_back(text: str) -> None:
    assert parse(dump({"format": 1, "desc": text}))["desc"] == text
