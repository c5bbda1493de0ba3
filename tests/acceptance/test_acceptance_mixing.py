"""A response must belong to its request: no foreign response of a faulty gateway is accepted."""

import json
import os
import re
import time
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from acceptance.mixing import Misbehaviour, mixing
from acceptance.world import Flow, Git, Live, Program, configuration, file_of, flow

from flowsync.analysis.comparison import Comparison, FlowStatus
from flowsync.commands.context import RunContext
from flowsync.commands.drift import drift
from flowsync.commands.sync import Options, sync_flows
from flowsync.config import parse_settings
from flowsync.document.writer import dump
from flowsync.errors import GatewayError
from flowsync.flow.canonical import canonicalize
from flowsync.repository.repository import open_repository

CASES: Final = Path(__file__).parents[1] / "data/answers-that-hold-no-flow"
FLOWS: Final = 16
RATE: Final = 0.35


def flow_with_marks(flow_id: int, run: int) -> Flow:
    """Return a flow with its name in every text, so that its parts are recognised in another flow."""
    mark = f"mark-{flow_id}-"
    tasks = [{"name": f"load {mark}", "type": 3, "cmd": f"./load.sh {mark} {run}"}]
    return flow(f"flow {mark}", desc=f"{mark} {run}", tasks=tasks, relations=[])


def marks(text: str) -> set[int]:
    return {int(number) for number in re.findall(r"mark-(\d+)-", text)}


def run_command(folder: Path, url: str, command: str, flow_ids: Collection[int]) -> Comparison:
    """Run a command against the gateway without pauses; without flow ids, flows are discovered."""
    here = RunContext(os.environ, time.time, lambda _: None, Random(0).random, cache=folder.parent / "cache")
    comparisons: list[Comparison] = []
    with open_repository(folder, environ=os.environ) as repository:
        fields: dict[str, Any] = {"discover": None, "flows": [*flow_ids]} if flow_ids else {}
        settings = parse_settings(configuration(url, **fields).encode(), "flowsync.yaml", folder=folder)
        environments = settings.select(())
        if command == "drift":
            drift(environments, repository, here, show=comparisons.append)
        else:
            options = Options(allow_mass_change=True)
            sync_flows(
                environments, repository, options, here, show=comparisons.append, visible=lambda *_: None
            )
    return comparisons[-1]


def check(comparison: Comparison, live: dict[int, Flow], committed: dict[int, str], repo: Path) -> None:
    """Check that no part of a flow is reported or committed for another flow."""
    for found in comparison.flows:
        text = repr(found.findings) + found.name
        assert marks(text) <= {found.flow_id}, found
    for flow_id, one in live.items():
        files = [*(repo / "flows/prod").glob(f"*.{flow_id}.yaml")]
        texts = {path.read_text() for path in files}
        assert texts <= {dump(canonicalize(one, flow_id)), committed.get(flow_id, "")}, flow_id
        assert texts or flow_id not in committed


def count_verdicts(
    repo: Path, prod: Live, git: Git, *, runs: int, seed: int, discovers: bool
) -> Counter[FlowStatus]:
    """Run `count` times, each after a few edits; count the verdicts."""
    behaviour, random = Misbehaviour(Random(seed)), Random(seed + 1)
    live = {flow_id: flow_with_marks(flow_id, 0) for flow_id in range(1, FLOWS + 1)}
    prod.put(live)
    verdicts: Counter[FlowStatus] = Counter()
    with mixing(prod.emulator.url, behaviour) as gateway:
        run_command(repo, gateway.url, "sync", live)
        for run in range(1, runs + 1):
            behaviour.rate = RATE
            committed = {
                int(path.name.split(".")[1]): path.read_text() for path in (repo / "flows/prod").iterdir()
            }
            live |= {flow_id: flow_with_marks(flow_id, run) for flow_id in random.sample([*live], 3)}
            live[FLOWS + run] = flow_with_marks(FLOWS + run, run)
            live.pop(next(iter(live)))
            prod.put(live)
            try:
                command = random.choice(["sync", "sync", "drift"])
                comparison = run_command(repo, gateway.url, command, () if discovers else live)
            except GatewayError:
                continue
            check(comparison, live, committed, repo)
            verdicts += Counter(found.status for found in comparison.flows)
    assert git("status", "--porcelain") == ""
    return verdicts


@pytest.mark.parametrize("discovers", [True, False])
def test_no_foreign_response_is_reported_or_committed(
    repo: Path, prod: Live, git: Git, *, discovers: bool
) -> None:
    verdicts = count_verdicts(repo, prod, git, runs=6, seed=7, discovers=discovers)
    assert verdicts[FlowStatus.CHANGED]
    assert verdicts[FlowStatus.NEW]
    assert verdicts[FlowStatus.UNKNOWN]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_no_foreign_response_is_reported_or_committed_in_200_runs(
    repo: Path, prod: Live, git: Git, seed: int
) -> None:
    count_verdicts(repo, prod, git, runs=20, seed=100 * seed, discovers=seed % 2 == 0)


def test_a_flow_that_changes_is_requested_twice_and_every_other_one_once(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    assert flowsync("drift").status == 0
    assert prod.actions().count("export") == 3
    prod.emulator.forget_requests()
    prod.edit(2, "/desc", "edited")
    prod.put({**prod.flows, 4: flow("new")})
    assert flowsync("sync").status == 0
    requested = Counter(one.flow_id for one in prod.emulator.requests() if one.action == "export")
    assert requested == {1: 1, 2: 2, 3: 1, 4: 2}


def test_the_first_sync_of_an_environment_requests_every_flow_once(
    repo: Path, prod: Live, flowsync: Program
) -> None:
    assert flowsync("sync").status == 0
    assert prod.actions().count("export") == 3


def _foreign_response(one: Flow, flow_id: int, prod: Live, *, count: int | None) -> None:
    body = json.dumps({"code": 0, "msg": "OK", "data": one})
    prod.emulator.fault(kind="status", status=200, body=body, flow_id=flow_id, count=count)


@pytest.mark.parametrize("command", ["sync", "drift"])
@pytest.mark.parametrize("cached", [[], ["--no-cache"]])
def test_a_foreign_response_makes_its_flow_unknown(
    command: str, cached: list[str], synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    head = git("rev-parse", "HEAD")
    for _ in range(2):
        _foreign_response(prod.flows[3], 2, prod, count=1)
        done = flowsync(command, *cached, "--format", "json")
        assert (done.status, done.verdicts) == (3, {2: "unknown"})
        (found,) = done.comparison["flows"]
        assert "the response is of flow 3" in found["reason"]
    assert git("rev-parse", "HEAD") == head


def test_a_flow_whose_second_export_fails_is_unknown(synced: Path, prod: Live, flowsync: Program) -> None:
    _foreign_response({**prod.flows[2], "desc": "edited"}, 2, prod, count=1)
    prod.emulator.fault(kind="code", code=62103, flow_id=2)
    done = flowsync("sync", "--format", "json")
    assert (done.status, done.verdicts) == (3, {2: "unknown"})
    assert "no privilege" in done.comparison["flows"][0]["reason"]


def test_two_exports_that_differ_only_in_notation_are_accepted(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    edited = {**prod.flows[2], "desc": "edited"}
    _foreign_response(dict(reversed(edited.items())), 2, prod, count=1)
    _foreign_response(edited, 2, prod, count=1)
    done = flowsync("sync", "--format", "json")
    assert (done.status, done.verdicts) == (0, {2: "changed"})


@pytest.mark.parametrize("foreign", [{2: 1, 3: 1}, {2: 3, 3: 2}])
@pytest.mark.parametrize("command", ["sync", "drift"])
def test_responses_that_are_always_of_other_flows_are_never_accepted(
    foreign: dict[int, int], command: str, synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    head = git("rev-parse", "HEAD")
    for flow_id, other in foreign.items():
        _foreign_response(prod.flows[other], flow_id, prod, count=None)
    done = flowsync(command, "--format", "json")
    assert (done.status, done.verdicts) == (3, dict.fromkeys(foreign, "unknown"))
    assert git("rev-parse", "HEAD") == head


def test_an_old_version_of_another_flow_is_never_accepted(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    _foreign_response({**prod.flows[3], "desc": "an old version"}, 2, prod, count=None)
    done = flowsync("drift", "--format", "json")
    assert (done.status, done.verdicts) == (3, {2: "unknown"})
    assert "discovery lists the name of the exported flow for flow 3" in done.comparison["flows"][0]["reason"]


@pytest.mark.parametrize("cached", [[], ["--no-cache"]])
def test_a_name_that_always_differs_from_the_directory_is_accepted_with_a_note(
    cached: list[str], synced: Path, prod: Live, flowsync: Program
) -> None:
    _foreign_response({**prod.flows[2], "name": "inner"}, 2, prod, count=None)
    for verdicts in ({2: "changed"}, {}):
        prod.emulator.forget_requests()
        done = flowsync("sync", *cached, "--format", "json")
        assert (done.status, done.verdicts) == (0, verdicts)
        assert "prod: discovery lists names that differ from the exports: flow 2 ('forecast')" in done.err
        assert Counter(prod.actions())["listWorkFlowDirs"] == 2
        assert Counter(prod.actions())["export"] == 4


def test_a_first_sync_accepts_no_foreign_response_if_the_directory_names_the_flow(
    repo: Path, prod: Live, flowsync: Program
) -> None:
    _foreign_response(prod.flows[3], 2, prod, count=1)
    done = flowsync("sync", "--format", "json")
    assert (done.status, done.verdicts[2]) == (3, "unknown")


@pytest.mark.parametrize("case", sorted(CASES.iterdir()), ids=lambda case: case.stem)
def test_a_response_without_a_flow_is_unknown_and_not_a_document(
    case: Path, synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    head, before = git("rev-parse", "HEAD"), file_of(synced, 2).read_bytes()
    prod.emulator.fault(kind="status", status=200, body=case.read_text(), flow_id=2, count=None)
    for command in ("sync", "drift"):
        done = flowsync(command, "--format", "json")
        assert (done.status, done.verdicts) == (3, {2: "unknown"})
    assert (git("rev-parse", "HEAD"), file_of(synced, 2).read_bytes()) == (head, before)
    refused = flowsync("fmt", "-", stdin=case.read_text())
    assert (refused.status, refused.out) == (1, "")
    assert ("62102" in refused.err) == ("62102" in case.read_text())
    assert "no flow" in refused.err or "reports a failure" in refused.err
