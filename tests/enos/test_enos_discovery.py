from collections.abc import Callable
from typing import Any

import pytest

from flowsync.enos.discovery import DiscoveredFlow, discover
from flowsync.errors import GatewayError


def flow(key: Any, title: Any, **extra: Any) -> dict[str, Any]:
    return {"key": key, "title": title, "type": 1, "isDirectory": False, "editable": True} | extra


def folder(title: str, *children: Any, **extra: Any) -> dict[str, Any]:
    node = {"key": "ab" * 16, "title": title, "type": 1, "isDirectory": True, "children": list(children)}
    return node | extra


TREE = [
    folder(
        "Workflow",
        folder(
            "etl",
            folder("daily", flow(2512, "load")),
            folder("hourly", flow("2513", "load"), flow(3381.0, "tmp-probe")),
            flow("2514.0", "clean"),
        ),
        folder("报表", flow(2600, "日报")),
        flow(2700, ".hidden"),
    ),
    folder("Hql", flow(9000, "query", type=3), type=3),
    folder("Data Integration", flow(9001, "copy"), type="0"),
]


def ids(
    tree: Any = None,
    *,
    directories: tuple[str, ...] = (),
    names: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
) -> list[int]:
    nodes = TREE if tree is None else tree
    return [f.flow_id for f in discover(nodes, directories=directories, names=names, exclude=exclude)]


def test_without_patterns_exactly_the_workflows_are_found() -> None:
    assert ids() == [2512, 2513, 2514, 2600, 2700, 3381]


def test_a_discovered_flow_has_name_and_directory_path() -> None:
    assert discover(TREE, directories=["**/daily"], names=[], exclude=[]) == [
        DiscoveredFlow(2512, "load", "Workflow/etl/daily")
    ]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("Workflow/etl/**", [2512, 2513, 2514, 3381]),
        ("Workflow/etl", [2514]),
        ("Workflow/etl/", [2514]),
        ("Workflow/etl/*", [2512, 2513, 3381]),
        ("Workflow/*", [2514, 2600]),
        ("**", [2512, 2513, 2514, 2600, 2700, 3381]),
        ("Workflow/报*", [2600]),
    ],
)
def test_directories_are_globs_over_the_directory_path(pattern: str, expected: list[int]) -> None:
    assert ids(directories=(pattern,)) == expected


def test_a_flow_in_any_of_the_directories_is_selected() -> None:
    assert ids(directories=("Workflow/etl/daily", "Workflow/报表")) == [2512, 2600]


def test_names_are_globs_over_the_title() -> None:
    assert ids(names=("load",)) == [2512, 2513]
    assert ids(names=("?load", "日*")) == [2600]


def test_names_and_directories_must_both_match() -> None:
    assert ids(directories=("Workflow/etl/hourly",), names=("load",)) == [2513]


@pytest.mark.parametrize("pattern", ["tmp-*", "Workflow/etl/hourly/tmp-*", "**/tmp-probe"])
def test_an_exclusion_matches_the_name_or_the_full_path(pattern: str) -> None:
    assert 3381 not in ids(exclude=(pattern,))
    assert 2513 in ids(exclude=(pattern,))


def test_patterns_are_case_sensitive() -> None:
    with pytest.raises(GatewayError):
        ids(names=("LOAD",))


@pytest.mark.parametrize("missing", ["type", "isDirectory", "children"])
def test_optional_keys_of_a_node_may_be_missing(missing: str) -> None:
    leaf, root = flow(1, "a"), folder("Workflow", flow(1, "a"))
    if missing == "children":
        assert ids([folder("empty", children=None), {**folder("bare"), "children": None}, leaf]) == [1]
    else:
        leaf.pop(missing)
        root.pop(missing)
        assert ids([root | {"children": [leaf]}]) == [1]


@pytest.mark.parametrize("spelling", [1, "1", 1.0, "1.0"])
def test_workflow_type_accepts_all_notations(spelling: Any) -> None:
    assert ids([folder("Workflow", flow(1, "a", type=spelling), type=spelling)]) == [1]


@pytest.mark.parametrize("is_directory", [0, 0.0, "0", False, "false"])
def test_is_directory_false_accepts_all_notations(is_directory: Any) -> None:
    assert ids([folder("Workflow", flow(1, "a", isDirectory=is_directory))]) == [1]


@pytest.mark.parametrize("is_directory", [1, 1.0, "1", True, "true"])
def test_is_directory_true_accepts_all_notations(is_directory: Any) -> None:
    assert ids([{**folder("Workflow", flow(1, "a")), "isDirectory": is_directory}]) == [1]


@pytest.mark.parametrize("flow_id", [10**18, 2**63, 10**19, 10**19 + 1, 10**30])
@pytest.mark.parametrize("spelling", [int, str, lambda flow_id: f"{flow_id}.0"])
def test_a_flow_id_may_be_longer_than_64_bits(flow_id: int, spelling: Callable[[int], Any]) -> None:
    assert ids([flow(spelling(flow_id), "a")]) == [flow_id]


def test_a_flow_listed_twice_is_found_once_at_its_first_place() -> None:
    tree = [folder("A", flow(1, "a")), folder("B", flow("1", "a"))]
    assert discover(tree, directories=[], names=[], exclude=[]) == [DiscoveredFlow(1, "a", "A")]


@pytest.mark.parametrize(
    ("node", "named"),
    [
        (flow("2b", "broken"), "broken.*2b"),
        (flow(None, "broken"), "broken"),
        (flow(1.5, "broken"), r"broken.*1\.5"),
        (flow(True, "broken"), "broken"),
        (flow(0, "broken"), "broken"),
        (flow("9" * 200, "broken"), "broken"),
        (flow(10**200, "broken"), "broken"),
        (flow(7, None), "7"),
        (flow(7, "broken", isDirectory="maybe"), "broken.*isDirectory"),
        (folder("broken", children={"a": 1}), "broken.*children"),
        ("text", "not an object"),
        (None, "not an object"),
    ],
)
def test_an_invalid_node_fails_discovery_and_is_named(node: Any, named: str) -> None:
    with pytest.raises(GatewayError, match=f"(?s)Workflow.*{named}"):
        ids([folder("Workflow", flow(1, "good"), node)])


def test_an_empty_selection_fails_with_the_number_of_flows() -> None:
    with pytest.raises(GatewayError, match="none of the platform's 6 flows"):
        ids(names=("nothing-*",))


def test_an_empty_tree_is_a_failure() -> None:
    with pytest.raises(GatewayError, match="none of the platform's 0 flows"):
        ids([])


def test_a_tree_that_is_too_deep_is_refused() -> None:
    tree: dict[str, Any] = folder("bottom", flow(1, "a"))
    for _ in range(200):
        tree = folder("d", tree)
    with pytest.raises(GatewayError, match="64 deep"):
        ids([tree])
