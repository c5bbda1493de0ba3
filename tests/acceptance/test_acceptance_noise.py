"""An unchanged live side causes no commit, for every order and notation of the platform."""

from pathlib import Path

from acceptance.world import Git, Live, Program

from flowsync.emulator.sample import sample_organisations


def test_a_second_sync_makes_no_commit_and_reports_the_number_of_flows(
    synced: Path, flowsync: Program, git: Git
) -> None:
    before = git("rev-parse", "HEAD")
    again = flowsync("sync")
    assert (again.status, again.counts, again.err) == (0, {"flows": 3}, "")
    assert git("rev-parse", "HEAD") == before


def test_twenty_noisy_syncs_in_a_row_make_no_commit(
    synced: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    (sample, _) = sample_organisations()
    prod.put(dict(sorted(sample.flows.items())[:6]))
    assert flowsync("sync").status == 0
    before = git("rev-parse", "HEAD")
    prod.emulator.noise(on=True, seed=3)
    for _ in range(20):
        again = flowsync("sync")
        assert again.status == 0
        assert again.counts == {"flows": 9, "missing": 3}
    assert git("rev-parse", "HEAD") == before


def test_noise_is_not_drift(synced: Path, prod: Live, flowsync: Program) -> None:
    prod.emulator.noise(on=True, seed=5)
    drift = flowsync("drift")
    assert (drift.status, drift.counts) == (0, {"flows": 3})


def test_noise_on_the_very_first_sync_gives_the_same_bytes(
    repo: Path, prod: Live, flowsync: Program, git: Git
) -> None:
    prod.emulator.noise(on=True, seed=9)
    assert flowsync("sync").status == 0
    prod.emulator.noise(on=False)
    assert flowsync("sync", "--no-cache").counts == {"flows": 3}
    assert git("rev-list", "--count", "HEAD") == "2"
