"""Links whose ids collide: drift and sync compare the edges, not the numbering."""

from pathlib import Path

from acceptance.world import Git, Live, Program, contents, file_of
from builders import flow_link, link_target, task_link

LINKED = {
    "flowLinks": [flow_link("up")],
    "taskLinks": [task_link("dim", "sites", "1")],
    "linkRelations": [link_target("load"), link_target("report", "1", rerun=False)],
}


def test_colliding_link_ids_cause_no_drift_and_no_commit(
    synced: Path, flowsync: Program, git: Git, prod: Live
) -> None:
    for key, value in LINKED.items():
        prod.edit(1, f"/{key}", value, op="add")
    assert flowsync("sync").status == 0
    head, before = git("rev-parse", "HEAD"), contents(synced / "flows")
    prod.edit(1, "/taskLinks/0/linkId", "0")
    prod.edit(1, "/linkRelations/1/linkId", "0")
    for command in ("drift", "sync"):
        done = flowsync(command)
        assert done.status == 0
        assert "No changes: " in done.out
    assert git("rev-parse", "HEAD") == head
    assert contents(synced / "flows") == before
    prod.edit(1, "/cron", "0 0 4 * * ? *")
    assert flowsync("sync").status == 0
    assert "ambiguousLinks:" in file_of(synced, 1).read_text()
