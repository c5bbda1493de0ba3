import json
import re
from collections import Counter
from itertools import chain
from typing import Any

import pytest

from flowsync.emulator.organisation import Directory, Organisation
from flowsync.emulator.sample import sample_organisations

DEV, PROD = sample_organisations()
Export = dict[str, Any]

both = pytest.mark.parametrize("organisation", [DEV, PROD], ids=["dev", "prod"])


def by_name(organisation: Organisation) -> dict[str, Export]:
    return {export["name"]: export for export in organisation.flows.values()}


def all_tasks(organisation: Organisation) -> list[Export]:
    return [task for export in organisation.flows.values() for task in export["tasks"]]


def links(export: Export) -> list[Export]:
    return [*export["flowLinks"], *export["taskLinks"]]


def link_ids(export: Export) -> Counter[str]:
    return Counter(link["linkId"] for link in links(export))


def test_the_sample_is_the_same_every_time() -> None:
    assert sample_organisations() == (DEV, PROD)


@both
def test_an_organisation_has_at_least_thirty_flows_with_distinct_names(organisation: Organisation) -> None:
    assert len(organisation.flows) >= 30
    assert len(by_name(organisation)) == len(organisation.flows)


@both
def test_flows_have_from_two_to_sixty_tasks(organisation: Organisation) -> None:
    sizes = [len(export["tasks"]) for export in organisation.flows.values()]
    assert (min(sizes), max(sizes)) == (2, 60)


@both
def test_ids_look_like_those_of_the_platform(organisation: Organisation) -> None:
    assert all(2500 <= flow_id <= 3600 for flow_id in organisation.flows)
    assert re.fullmatch(r"o1550000000000[12]", organisation.org_id)
    assert re.fullmatch(r"u1550000000000[12]", organisation.user_id)


@both
def test_credentials_are_visibly_fake_and_not_in_the_repr(organisation: Organisation) -> None:
    assert organisation.app_key.startswith("fake-")
    assert organisation.app_secret.startswith("fake-")
    assert organisation.app_secret not in repr(organisation)


@both
def test_every_documented_task_type_spelling_occurs(organisation: Organisation) -> None:
    kinds = {task["type"] for task in all_tasks(organisation)}
    assert kinds == {*range(10), "COMMAND", "Shell", "DATA_INTEGRATION"}


@both
def test_commands_have_lines_line_ends_tabs_and_trailing_blanks(organisation: Organisation) -> None:
    commands = [task["cmd"] for task in all_tasks(organisation)]
    assert sum(command.count("\n") > 4 for command in commands) >= 15
    assert 2 <= sum("\r\n" in command for command in commands) <= 6
    assert any("\n\t\t" in command for command in commands)
    assert any("\r\n\t" in command for command in commands)
    assert any(re.search(r" +\n", command) for command in commands)


@both
def test_shell_sql_and_python_occur(organisation: Organisation) -> None:
    commands = " ".join(task["cmd"] for task in all_tasks(organisation))
    for sign in ("set -euo pipefail", "INSERT OVERWRITE TABLE", "import pandas as pd", "${cal_dt}"):
        assert sign in commands


@both
def test_names_and_descriptions_are_partly_chinese(organisation: Organisation) -> None:
    def chinese(field: str) -> int:
        return sum(bool(re.search("[一-鿿]", export[field])) for export in organisation.flows.values())

    assert chinese("name") >= 8
    assert chinese("desc") >= 8
    assert any(re.search("[一-鿿]", task["name"]) for task in all_tasks(organisation))


@both
def test_every_run_mode_is_json_text_with_an_integer_data_source(organisation: Organisation) -> None:
    modes = [json.loads(task["runMode"]) for task in all_tasks(organisation) if "runMode" in task]
    assert all(type(mode["datasourceId"]) is int for mode in modes)
    several = [mode for mode in modes if mode["taskMode"] == 2]
    assert {mode["keyType"] for mode in several} == {1, 2}
    assert all(mode["maxParallel"] > 0 and (mode["content"] or mode["path"]) for mode in several)
    assert all(0.1 <= mode["cpu"] <= 2 and 0.3 <= mode["memory"] <= 4 for mode in modes)


def test_one_task_has_no_run_mode() -> None:
    assert [task["name"] for task in all_tasks(DEV) if "runMode" not in task] == ["tass"]


@both
def test_task_names_are_unique_and_relations_stay_among_them(organisation: Organisation) -> None:
    for export in organisation.flows.values():
        names = [task["name"] for task in export["tasks"]]
        assert len(set(names)) == len(names)
        ends = chain.from_iterable(
            (edge["sourceTaskName"], edge["targetTaskName"]) for edge in export["relations"]
        )
        assert {*ends, *(edge["targetTaskName"] for edge in export["linkRelations"])} <= set(names)


@both
def test_relations_form_no_cycle(organisation: Organisation) -> None:
    for export in organisation.flows.values():
        edges = {(edge["sourceTaskName"], edge["targetTaskName"]) for edge in export["relations"]}
        while edges:
            sources = {source for source, _ in edges}
            leaves = {edge for edge in edges if edge[1] not in sources}
            assert leaves, export["name"]
            edges -= leaves


@both
def test_links_point_at_flows_and_tasks_that_exist_and_allow_it(organisation: Organisation) -> None:
    flows = by_name(organisation)
    for export in flows.values():
        for link in links(export):
            if link["sourceFlowName"] is None:
                continue
            tasks = {task["name"]: task for task in flows[link["sourceFlowName"]]["tasks"]}
            if "sourceTaskName" in link:
                assert tasks[link["sourceTaskName"]]["asLink"]


@both
def test_every_form_of_link_occurs(organisation: Organisation) -> None:
    flows = organisation.flows.values()
    joined = [{edge["linkId"] for edge in export["linkRelations"]} for export in flows]
    assert any(export["flowLinks"] and export["taskLinks"] for export in flows)
    assert any(link["sourceFlowName"] is None for export in flows for link in links(export))
    assert any(link_ids(export).keys() - ids for export, ids in zip(flows, joined, strict=True))
    assert any(ids - link_ids(export).keys() for export, ids in zip(flows, joined, strict=True))
    assert any(edge["rerun"] for export in flows for edge in export["linkRelations"])
    assert any(
        len(export["linkRelations"]) > len(set(ids)) for export, ids in zip(flows, joined, strict=True)
    )


@both
def test_one_flow_uses_a_link_id_in_both_arrays(organisation: Organisation) -> None:
    shared = [
        export["name"]
        for export in organisation.flows.values()
        if max(link_ids(export).values(), default=0) > 1
    ]
    assert shared == ["pitch_battery_health"]


def test_parameters_have_every_documented_shape() -> None:
    shapes = set()
    for export in chain(DEV.flows.values(), PROD.flows.values()):
        value, depth = export["parameters"], 0
        while isinstance(value, str) and value.startswith(("[", "{", '"')):
            value, depth = json.loads(value), depth + 1
        entries = type(value[0]).__name__ if isinstance(value, list) and value else ""
        shapes.add((depth, type(value).__name__, entries))
    assert shapes == {
        (1, "list", "dict"),  # JSON text of entries
        (1, "list", ""),  # "[]"
        (1, "list", "str"),  # JSON text of plain texts
        (1, "dict", ""),  # JSON text of a map
        (2, "list", "dict"),  # JSON text inside JSON text
        (0, "dict", ""),
        (0, "list", "dict"),
        (0, "str", ""),  # not JSON, or empty
        (0, "NoneType", ""),
    }


def test_owners_are_decorated_in_every_documented_way() -> None:
    written = {export["owners"] for export in DEV.flows.values()}
    assert written >= {"li.wei", "li.wei;", " li.wei", ";li.wei; ", "chen.jing; ", "chen.jing;li.wei"}
    assert {text[:1] == ";" for text in written} == {True, False}
    assert {text[-1:] for text in written} >= {";", " "}
    assert {export["visitors"] for export in DEV.flows.values()} >= {"", None, ";wang.fang;"}


def test_some_flows_have_fields_of_older_releases() -> None:
    assert any("appId" in export for export in PROD.flows.values())
    assert any("waitCode" in task for task in all_tasks(PROD))


def test_schedules_use_every_feature_of_cron_expressions() -> None:
    crons = " ".join(export["cron"] for export in PROD.flows.values())
    for sign in ("?", "/", ",", " L ", "5W", "6#1", "NOV-MAR", "SAT"):
        assert sign in crons
    assert {export["cycle"] for export in PROD.flows.values()} == {"M", "W", "D", "H", "mi"}
    assert {export["type"] for export in chain(DEV.flows.values(), PROD.flows.values())} == {0, 1, 2}


# The two organisations


def test_the_organisations_share_most_names_but_no_flow_id() -> None:
    assert not DEV.flows.keys() & PROD.flows.keys()
    assert len(by_name(DEV).keys() & by_name(PROD).keys()) >= 30
    assert by_name(DEV).keys() - by_name(PROD).keys() >= {"tmp-test", "功率预测_中期"}
    assert by_name(PROD).keys() - by_name(DEV).keys() >= {"dispatch_upload_e_file", "metastore_backup"}


@pytest.mark.parametrize("field", ["submitter", "owners", "cron", "parameters", "tasks"])
def test_flows_of_one_name_differ_between_the_organisations(field: str) -> None:
    dev, prod = by_name(DEV), by_name(PROD)
    assert any(dev[name][field] != prod[name][field] for name in dev.keys() & prod.keys())


def test_each_organisation_names_its_own_hosts_and_data_sources() -> None:
    def texts(organisation: Organisation) -> str:
        return json.dumps(list(organisation.flows.values()))

    def datasources(organisation: Organisation) -> set[int]:
        modes = [json.loads(task["runMode"]) for task in all_tasks(organisation) if "runMode" in task]
        return {mode["datasourceId"] for mode in modes} - {0}

    assert "hive-dev.beita.example" in texts(DEV)
    assert "hive-dev.beita.example" not in texts(PROD)
    assert datasources(DEV)
    assert not datasources(DEV) & datasources(PROD)
    assert {export["submitter"] for export in PROD.flows.values()} == {"data_o15500000000002"}


def test_some_flows_differ_only_in_fields_of_the_environment() -> None:
    dev, prod = by_name(DEV), by_name(PROD)
    fields = {"name", "cycle", "cron", "tasks", "relations", "flowLinks", "taskLinks", "desc"}
    assert any(
        all(dev[name][field] == prod[name][field] for field in fields) for name in dev.keys() & prod.keys()
    )


@both
def test_no_placeholder_of_the_sample_is_left(organisation: Organisation) -> None:
    assert not re.search(r"@\w+@", json.dumps(list(organisation.flows.values())))


# Directories


def paths(directory: Directory, above: str = "") -> dict[str, str]:
    here = above + directory.title
    return {directory.key: here} | {
        key: path for child in directory.children for key, path in paths(child, f"{here}/").items()
    }


@both
def test_every_flow_is_in_a_directory_below_the_workflow_root(organisation: Organisation) -> None:
    known = paths(organisation.directories[1])
    folders = {known[organisation.placement[flow_id]] for flow_id in organisation.flows}
    assert folders >= {"Workflow/etl/scada", "Workflow/etl/quality", "Workflow/功率预测", "Workflow/交易"}


@both
def test_there_are_roots_of_every_kind_and_files_that_are_not_flows(organisation: Organisation) -> None:
    assert sorted(root.kind for root in organisation.directories) == [0, 1, 2, 3, 4]
    others = {key for root in organisation.directories for key, _ in root.files}
    assert others
    assert not others & organisation.flows.keys()


def test_the_organisations_have_different_directory_keys() -> None:
    def keys(organisation: Organisation) -> set[str]:
        return {key for root in organisation.directories for key in paths(root)}

    assert not keys(DEV) & keys(PROD)
    assert all(re.fullmatch("[0-9a-f]{32}", key) for key in keys(DEV))
