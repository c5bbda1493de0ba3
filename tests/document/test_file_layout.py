"""Test format.md §3: paths of documents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies.texts import texts

from flowsync.document.file_layout import ENVIRONMENT, document_path, flow_id_of, slug


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        *[("nFlow", "nflow"), ("Wind Power: SCADA / 10 min", "wind-power-scada-10-min"), ("a_b.c", "a-b-c")],
        *[
            ("风电 数据接入", "风电-数据接入"),
            ("Größe", "grösse"),
            ("\uff21\uff22\uff23\uff11", "abc1"),
            ("ﬁle", "file"),
            ("Ωmega", "ωmega"),
        ],
        *[("e\u0301t\u00e9", "été"), ("नमस्ते", "नमस्ते"), ("٣٤", "٣٤"), ("--a--b--", "a-b"), ("...", "flow")],
        *[
            ("", "flow"),
            (" ", "flow"),
            ("😀", "flow"),
            ("../../etc/passwd", "etc-passwd"),
            ("a\0b\nc", "a-b-c"),
        ],
        *[
            ("CON", "flow-con"),
            ("nul", "flow-nul"),
            ("Com1", "flow-com1"),
            ("lpt9", "flow-lpt9"),
            ("com10", "com10"),
        ],
        *[
            ("COM\u00b9", "flow-com1"),
            ("console", "console"),
            ("aux.h", "aux-h"),
            ("Ⅳ", "iv"),
            ("½", "1-2"),
            ("\u2460", "1"),
        ],
        *[
            ("𐌀", "𐌀"),
            ("\u202eabc", "abc"),
            ("\U0001d7ce", "0"),
            ("\u3007", "flow"),
            ("<a href='x'>", "a-href-x"),
        ],
    ],
)
def test_slug_keeps_letters_marks_and_digits_of_any_script(name: str, expected: str) -> None:
    assert slug(name) == expected


def test_slug_is_truncated_to_80_bytes_at_a_character() -> None:
    assert slug("a" * 81) == "a" * 80
    assert slug("风" * 27) == "风" * 26
    assert slug("ab" + "风" * 27) == "ab" + "风" * 26


@given(name=texts() | st.text())
def test_slug_is_a_safe_file_name_and_stable(name: str) -> None:
    short = slug(name)
    assert 0 < len(short.encode()) <= 85
    assert not set('/\\:*?"<>|.\0 \t\r\n') & set(short)
    assert not short.startswith("-")


@given(environment=st.from_regex(ENVIRONMENT, fullmatch=True), name=texts(), flow_id=st.integers(0, 10**15))
def test_flow_id_is_parsed_from_path(environment: str, name: str, flow_id: int) -> None:
    path = document_path(environment, name, flow_id)
    assert path.startswith(f"flows/{environment}/")
    assert path.count("/") == 2
    assert flow_id_of(path) == flow_id


def test_path_contains_environment_slug_and_id() -> None:
    assert document_path("prod", "nFlow", 2924) == "flows/prod/nflow.2924.yaml"


@pytest.mark.parametrize("name", [None, 5, ["a"]])
def test_name_that_is_not_text_counts_as_empty(name: object) -> None:
    assert document_path("prod", name, 1) == "flows/prod/flow.1.yaml"


def test_flows_with_equal_names_have_different_paths() -> None:
    assert document_path("prod", "a b", 1) != document_path("prod", "a-b", 2)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "flows/prod/nflow.yaml",
            "flows/prod/nflow.2924.yml",
            "flows/prod/.2924.yaml",
            "flows/prod/a.2924.yaml.orig",
        ),
        *(
            "flows/prod/a.-5.yaml",
            "flows/prod/a.٣.yaml",
            "flows/prod/a.2924.yaml\n",
            "a.2924.yaml/b",
            "README.md",
            "",
        ),
        *(
            "flows/prod/a.007.yaml",
            "flows/prod/a.2924.YAML",
            "flows/prod/a." + "9" * 5_000 + ".yaml",
            "flows/prod/2924.yaml",
        ),
    ],
)
def test_other_paths_have_no_flow_id(path: str) -> None:
    assert flow_id_of(path) is None


@pytest.mark.parametrize(
    "path", ["a.b.2924.yaml", "flows/prod/x.2924.yaml", "风.2924.yaml", "a\nb.2924.yaml"]
)
def test_any_slug_is_accepted_in_path(path: str) -> None:
    assert flow_id_of(path) == 2924


@pytest.mark.parametrize("name", ["prod", "0", "a-b", "a" * 32, "prod-"])
def test_valid_environment_names(name: str) -> None:
    assert ENVIRONMENT.fullmatch(name)


@pytest.mark.parametrize("name", ["", "-a", "Prod", "a_b", "a.b", "a/b", "..", "a" * 33, "é", "a\n", "٣"])
def test_invalid_environment_names(name: str) -> None:
    assert not ENVIRONMENT.fullmatch(name)


@pytest.mark.parametrize("flow_id", [10**18, 10**19, 10**99])
def test_large_flow_id_is_parsed_from_path(flow_id: int) -> None:
    assert flow_id_of(document_path("prod", "ingest", flow_id)) == flow_id
