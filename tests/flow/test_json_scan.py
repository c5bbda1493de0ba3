import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowsync.errors import CanonicalError
from flowsync.flow.canonical import canonicalize
from flowsync.flow.values import MAX_DEPTH, parse_json

MARK = "the place"
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(-1e9, 1e9) | st.text(max_size=6)
KEYS = st.text(st.sampled_from('ab/~"\\,:{}[] é\n'), max_size=5)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)
REFUSED = st.sampled_from(
    [
        ("NaN", "NaN is not JSON"),
        ("Infinity", "Infinity is not JSON"),
        ("-Infinity", "-Infinity is not JSON"),
        ("1e400", "1e400 is not a number that a document can hold"),
        ("9" * 4301, "an integer of more than 4,000 digits"),
        ("-" + "9" * 4301, "an integer of more than 4,000 digits"),
        ('{"a":[],"a":1}', "the key 'a' occurs twice in one object"),
    ]
)


def places(value: Any, pointer: str = "") -> Iterator[tuple[str, list[Any]]]:
    """Yield the pointer and the steps of a value and of every value inside."""
    steps = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    yield pointer, []
    for step, inner in steps:
        name = str(step).replace("~", "~0").replace("/", "~1")
        for below, path in places(inner, f"{pointer}/{name}"):
            yield below, [step, *path]


def insert_mark(value: Any, path: list[Any]) -> Any:
    if not path:
        return MARK
    step, *rest = path
    if isinstance(value, list):
        return [insert_mark(inner, rest) if index == step else inner for index, inner in enumerate(value)]
    return {key: insert_mark(inner, rest) if key == step else inner for key, inner in value.items()}


@given(JSON, REFUSED, st.data(), st.sampled_from([None, 1]))
def test_refused_json_is_reported_with_pointer(
    value: Any, refused: tuple[str, str], data: st.DataObject, indent: int | None
) -> None:
    pointer, path = data.draw(st.sampled_from([*places(value)]))
    spelling, what = refused
    text = json.dumps(insert_mark(value, path), indent=indent, ensure_ascii=False)
    with pytest.raises(CanonicalError) as caught:
        parse_json(text.replace(json.dumps(MARK), spelling))
    inner = "/a" if spelling.startswith("{") else ""
    assert (caught.value.message, caught.value.pointer) == (what, pointer + inner)
    assert caught.value.sentence == (f"{what} at {pointer}{inner}" if pointer + inner else what)


@pytest.mark.parametrize("levels", [70, 300, 1_000, 100_000])
@pytest.mark.parametrize(("opening", "step"), [("[", "0"), ('{"k":', "k")])
def test_too_deep_json_is_reported_with_pointer(levels: int, opening: str, step: str) -> None:
    closing = "]" if opening == "[" else "}"
    text = '{"x":' + opening * levels + "1" + closing * levels + "}"
    with pytest.raises(CanonicalError, match="nested deeper than 64 levels") as caught:
        canonicalize(parse_json(text), 1)  # type: ignore[arg-type]  # it is an object
    assert caught.value.pointer == "/x" + f"/{step}" * MAX_DEPTH


@pytest.mark.parametrize(
    ("text", "line"), [("", 1), ("[", 1), ('{"a":1,\n"b":}', 2), ('{\n\n"a":1,}', 3), ("[1]\n2", 2)]
)
def test_broken_json_is_reported_with_line(text: str, line: int) -> None:
    with pytest.raises(CanonicalError, match=f"broken JSON: .*line {line} column") as caught:
        parse_json(text)
    assert caught.value.line == line
