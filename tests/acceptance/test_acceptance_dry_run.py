"""A dry run reports everything that would refuse the sync, continues, and writes nothing."""

from pathlib import Path

from acceptance.world import Live, Program, contents, flow


def test_a_dry_run_reports_that_unknown_flows_would_abort_the_sync(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.emulator.fault("code", code=62103, flow_id=2, count=None)
    done = flowsync("sync", "--dry-run", "--on-error", "abort")
    assert done.status == 3
    assert "a sync would be refused: 1 of 3 flows could not be exported" in done.err
    assert "refused" not in flowsync("sync", "--dry-run").err


def test_a_dry_run_writes_nothing(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.edit(1, "/desc", "edited")
    prod.put({**prod.flows, 4: flow("fourth")})
    before = contents(synced)
    plain = flowsync("sync", "--dry-run")
    assert (plain.status, plain.err) == (0, "")
    assert plain.counts == {"flows": 4, "changed": 1, "new": 1}
    assert "Committed" not in plain.out
    assert flowsync("sync", "--dry-run", "--exit-code").status == 2
    assert contents(synced) == before


def test_a_dry_run_without_anything_to_commit_exits_0(synced: Path, flowsync: Program) -> None:
    done = flowsync("sync", "--dry-run", "--exit-code")
    assert (done.status, done.counts) == (0, {"flows": 3})


def test_a_missing_flow_is_not_a_difference_for_a_dry_run(
    synced: Path, prod: Live, flowsync: Program
) -> None:
    prod.delete(3)
    done = flowsync("sync", "--dry-run", "--exit-code")
    assert done.counts == {"flows": 3, "missing": 1}
    assert done.status == 0
