import json
from collections import Counter
from collections.abc import Callable
from itertools import product
from random import Random
from typing import Any

import pytest
from emulator.organisations import Call

from flowsync.emulator.gateway import Gateway
from flowsync.emulator.noise import noisy_directories, noisy_export
from flowsync.emulator.sample import sample_organisations

Export = dict[str, Any]

ARRAYS = ("tasks", "relations", "flowLinks", "taskLinks", "linkRelations")
SAMPLE = {
    f"{organisation.name}-{flow_id}": export
    for organisation in sample_organisations()
    for flow_id, export in organisation.flows.items()
}


# The meaning of an export, independent of flowsync's canonical form


def frozen(value: object) -> object:
    """Return JSON as a value whose comparison ignores key order and the notation of numbers."""
    match value:
        case dict():
            return frozenset((name, frozen(field)) for name, field in value.items())
        case list():
            return ("list", *map(frozen, value))
        case bool() | None | str():
            return (type(value).__name__, value)
    return ("number", value)


def decoded(text: object) -> object:
    """Decode JSON text, also inside JSON text; other values are unchanged."""
    while isinstance(text, str):
        try:
            text = json.loads(text)
        except ValueError:
            return text
    return text


def parameter_meaning(value: object) -> object:
    entries = decoded(value)
    if not isinstance(entries, list):
        return frozen(entries)
    keyed = [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("key"), str)]
    others = [entry for entry in entries if entry not in keyed]
    return frozen(sorted(keyed, key=lambda entry: str(entry["key"])) + others)


def name_list(value: object) -> object:
    return frozenset(value.replace(";", " ; ").split()) - {";"} if isinstance(value, str) else value


def task_meaning(task: Export) -> object:
    return frozen({**task, "runMode": decoded(task.get("runMode"))})


def link_id(entry: Export) -> str:
    return f"{float(entry['linkId']):.0f}"


def link_meaning(export: Export) -> object:
    """Return the groups of links and targets that share an id, without the ids."""
    groups: dict[str, Counter[object]] = {}
    for array, entry in [(name, entry) for name in ARRAYS[2:] for entry in export[name]]:
        rest = {name: value for name, value in entry.items() if name != "linkId"}
        groups.setdefault(link_id(entry), Counter())[array, frozen(rest)] += 1
    return Counter(frozenset(group.items()) for group in groups.values())


def meaning(export: Export) -> object:
    plain = {
        name: value
        for name, value in export.items()
        if name not in (*ARRAYS, "owners", "visitors", "parameters")
    }
    return (
        frozen(plain),
        Counter(task_meaning(task) for task in export["tasks"]),
        Counter(frozen(relation) for relation in export["relations"]),
        link_meaning(export),
        name_list(export.get("owners")),
        name_list(export.get("visitors")),
        parameter_meaning(export["parameters"]),
    )


@pytest.mark.parametrize("export", SAMPLE.values(), ids=SAMPLE)
def test_noise_never_changes_what_an_export_means(export: Export) -> None:
    before = json.dumps(export)
    for seed in range(8):
        assert meaning(noisy_export(export, Random(seed))) == meaning(export)
    assert json.dumps(export) == before


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("cron", lambda export: export.update(cron="0 0 0 * * ? *")),
        ("owners", lambda export: export.update(owners="somebody")),
        ("tasks", lambda export: export["tasks"].pop()),
        ("relations", lambda export: export["relations"].append(export["relations"][0])),
        ("rerun", lambda export: export["linkRelations"][0].update(rerun=None)),
        ("linkId", lambda export: export["linkRelations"][0].update(linkId="99")),
        ("parameters", lambda export: export.update(parameters='[{"key":"site","value":"x"}]')),
        ("runMode", lambda export: export["tasks"][0].update(runMode="{}")),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_the_comparison_of_these_tests_detects_a_real_change(
    path: str, change: Callable[[Export], object]
) -> None:
    export = SAMPLE["prod-2960"]
    changed = json.loads(json.dumps(export))
    change(changed)
    assert meaning(changed) != meaning(export), path


# Variation


def spellings(export: Export, look: Callable[[Export], object]) -> set[str]:
    return {json.dumps(look(noisy_export(export, Random(seed)))) for seed in range(40)}


def test_the_order_of_keys_varies_at_every_level() -> None:
    export = SAMPLE["prod-2960"]
    assert len(spellings(export, list)) > 30
    assert len(spellings(export, lambda noisy: sorted(map(str, map(list, noisy["tasks"]))))) > 30
    assert len(spellings(export, lambda noisy: list(noisy["relations"][0]))) > 4


@pytest.mark.parametrize("array", ARRAYS)
def test_the_order_of_each_of_the_five_arrays_varies(array: str) -> None:
    def order(noisy: Export) -> list[object]:
        return [
            {
                name: value
                for name, value in sorted(entry.items())
                if isinstance(value, str) and name != "linkId"
            }
            for entry in noisy[array]
        ]

    assert (
        len(
            spellings(
                SAMPLE["prod-3107"] | {"flowLinks": [{"sourceFlowName": "a"}, {"sourceFlowName": "b"}]}, order
            )
        )
        > 1
    )


def test_link_ids_are_renumbered_and_equal_ones_stay_equal() -> None:
    export = SAMPLE["prod-3150"]
    found = set()
    for seed in range(20):
        noisy = noisy_export(export, Random(seed))
        ids = {link_id(entry) for array in ARRAYS[2:] for entry in noisy[array]}
        assert len(ids) == 1
        found |= ids
    assert len(found) > 5


def test_link_ids_appear_as_text_and_as_numbers() -> None:
    noisy = [noisy_export(SAMPLE["prod-2960"], Random(seed)) for seed in range(40)]
    kinds = {type(entry["linkId"]) for export in noisy for entry in export["linkRelations"]}
    assert kinds == {str, int, float}


def test_links_without_an_id_get_none() -> None:
    export = {
        "flowLinks": [{"sourceFlowName": "a"}, {"linkId": None}],
        "taskLinks": None,
        "linkRelations": [],
    }
    for seed in range(20):
        noisy = noisy_export(export, Random(seed))
        assert sorted(map(str, noisy["flowLinks"])) == ["{'linkId': None}", "{'sourceFlowName': 'a'}"]
        assert noisy["taskLinks"] is None


def test_link_ids_stay_consistent_with_the_names_of_the_edge_edition() -> None:
    export = {"flow_links": [{"linkId": "0", "sourceFlowName": "a"}], "linkRelations": [{"linkId": 0.0}]}
    for seed in range(20):
        noisy = noisy_export(export, Random(seed))
        assert link_id(noisy["flow_links"][0]) == link_id(noisy["linkRelations"][0])


def test_the_spacing_and_key_order_of_run_modes_vary_inside_the_text() -> None:
    texts = {noisy_export(SAMPLE["prod-3161"], Random(seed))["tasks"][0]["runMode"] for seed in range(40)}
    assert len(texts) == 40
    assert all(isinstance(text, str) for text in texts)


@pytest.mark.parametrize(
    "text", ["", "{}", "null", "[1, 2]", "not json", '{"a":1,"a":2}', '{"a":NaN}', '{"a":1e999}']
)
def test_a_run_mode_that_is_not_a_plain_json_object_is_unchanged(text: str) -> None:
    for seed in range(20):
        noisy = noisy_export({"tasks": [{"name": "a", "runMode": text}]}, Random(seed))
        assert noisy["tasks"][0]["runMode"].replace(" ", "").replace("\n", "") == text.replace(" ", "")


def test_whole_numbers_appear_with_and_without_a_decimal_point() -> None:
    numbers = {
        repr(noisy_export({"alertMode": given}, Random(seed))["alertMode"])
        for given, seed in product((3, 3.0), range(20))
    }
    assert numbers == {"3", "3.0"}


@pytest.mark.parametrize("value", [True, 0.5, 2**53, -0.0, "3", None])
def test_other_values_keep_their_spelling(value: object) -> None:
    assert {repr(noisy_export({"x": value}, Random(seed))["x"]) for seed in range(20)} == {repr(value)}


def test_semicolons_blanks_and_order_of_owners_vary() -> None:
    written = {noisy_export({"owners": ";li.wei; chen.jing"}, Random(seed))["owners"] for seed in range(40)}
    assert len(written) > 20
    assert {text.strip("; ").replace(" ", "") for text in written} == {"li.wei;chen.jing", "chen.jing;li.wei"}


@pytest.mark.parametrize("owners", [None, ["b", "a"], 5])
def test_owners_that_are_not_text_are_unchanged(owners: object) -> None:
    assert noisy_export({"owners": owners}, Random(1))["owners"] in (owners, 5.0)


def entries(noisy: Export) -> list[object]:
    value = decoded(noisy["parameters"])
    return [entry.get("value") if isinstance(entry, dict) else entry for entry in value]  # type: ignore[attr-defined]


def test_parameters_are_reordered_but_those_with_equal_keys_keep_their_order() -> None:
    given = [
        {"key": "a", "value": "1"},
        "x",
        {"key": "b", "value": "2"},
        {"key": "a", "value": "3"},
        {"k": 0, "value": "y"},
    ]
    orders = [entries(noisy_export({"parameters": json.dumps(given)}, Random(seed))) for seed in range(60)]
    assert len({tuple(order) for order in orders}) > 10
    for order in orders:
        assert order.index("1") < order.index("3")
        assert order.index("x") < order.index("y")


@pytest.mark.parametrize("text", ["", "days=3", "null", "7", '"seven"', '{"a":1,"a":2}'])
def test_parameters_that_are_neither_list_nor_map_are_unchanged(text: str) -> None:
    assert {noisy_export({"parameters": text}, Random(seed))["parameters"] for seed in range(10)} == {text}


def test_lists_with_a_significant_order_keep_it() -> None:
    export = {"parameters": [{"key": "a", "value": [3, 1, 2]}], "future": [3, 1, 2]}
    for seed in range(20):
        noisy = noisy_export(export, Random(seed))
        assert noisy["future"] == [3, 1, 2]
        assert noisy["parameters"][0]["value"] == [3, 1, 2]


def test_the_order_and_the_spelling_of_numbers_of_directories_vary() -> None:
    nodes = [
        {"title": title, "type": 1, "key": key, "isDirectory": False} for title, key in (("a", 1), ("b", 2))
    ]
    found = [noisy_directories(nodes, Random(seed)) for seed in range(30)]
    assert {type(node["key"]) for noisy in found for node in noisy} == {int, float, str}
    assert {noisy[0]["title"] for noisy in found} == {"a", "b"}


# Over HTTP


def test_all_noisy_responses_differ(export: Call, emulator: Gateway) -> None:
    emulator.noise(on=True, seed=7)
    answers = [export().content for _ in range(20)]
    assert len(set(answers)) == 20
    live = emulator.organisations[0].flows[2924]
    assert all(meaning(json.loads(answer)["data"]) == meaning(live) for answer in answers)


def test_the_same_seed_gives_the_same_responses(export: Call, emulator: Gateway) -> None:
    def three() -> list[bytes]:
        emulator.noise(on=True, seed=7)
        return [export().content for _ in range(3)]

    assert three() == three()


def test_noise_also_affects_the_directory_tree(call: Call, emulator: Gateway) -> None:
    emulator.noise(on=True)
    trees = {call("listWorkFlowDirs", resource="directories").content for _ in range(10)}
    assert len(trees) == 10
