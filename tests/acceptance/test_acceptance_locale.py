"""Names of any script in an ASCII locale: files, arguments and authors are UTF-8."""

import shutil
from pathlib import Path
from typing import Final

import pytest
from acceptance.world import Git, Live, Program, configuration, flow

_ASCII: Final = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
_NAME: Final = "风电预测"
_FILE: Final = f"flows/prod/{_NAME}.8.yaml"


@pytest.fixture
def chinese(repo: Path, prod: Live, flowsync_process: Program, git: Git) -> Path:
    """Sync and edit a flow with a Chinese name in processes with an ASCII locale."""
    prod.put({8: flow(_NAME)})
    assert flowsync_process("sync", **_ASCII).status == 0
    assert git("status", "--porcelain") == ""
    prod.edit(8, "/cron", "0 0 9 * * ? *")
    assert flowsync_process("sync", **_ASCII).status == 0
    return repo


def test_a_sync_writes_files_under_the_names_that_it_commits(
    chinese: Path, flowsync_process: Program, git: Git
) -> None:
    assert [path.name.encode() for path in (chinese / "flows/prod").iterdir()] == [f"{_NAME}.8.yaml".encode()]
    assert git("-c", "core.quotePath=false", "ls-files", "flows") == _FILE
    assert git("status", "--porcelain") == ""
    assert flowsync_process("drift", **_ASCII).status == 0
    assert flowsync_process("diff", "--exit-code", **_ASCII).status == 0


@pytest.mark.slow
def test_a_renamed_flow_is_removed_under_its_old_name(
    chinese: Path, prod: Live, flowsync_process: Program, git: Git
) -> None:
    prod.edit(8, "/name", "Größe")
    assert flowsync_process("sync", **_ASCII).status == 0
    assert [path.name for path in (chinese / "flows/prod").iterdir()] == ["grösse.8.yaml"]
    assert git("status", "--porcelain") == ""


def test_names_of_any_script_select_flows(chinese: Path, flowsync_process: Program) -> None:
    words = [_NAME, f"prod/{_NAME}", _FILE, f"{_NAME[:2]}*"]
    for command in (
        ["diff", "HEAD~1", "HEAD", *words],
        ["log", *words],
        ["show", _NAME],
        ["show", f"{_NAME}@HEAD"],
    ):
        done = flowsync_process(*command, **_ASCII)
        assert done.status == 0, done.err
        assert _FILE in done.out


@pytest.mark.slow
def test_documents_on_disk_are_checked_under_their_own_names(
    chinese: Path, flowsync_process: Program
) -> None:
    done = flowsync_process("validate", **_ASCII)
    assert (done.status, done.out) == (0, "0 errors, 0 warnings (1 document checked)\n")
    file = chinese / _FILE
    file.write_text(file.read_text("utf-8") + "# note\n", "utf-8")
    done = flowsync_process("fmt", _FILE, **_ASCII)
    assert (done.status, done.out.splitlines()[0]) == (0, f"rewrote {_FILE}")


@pytest.mark.slow
def test_revisions_branches_and_authors_may_have_names_of_any_script(
    chinese: Path, prod: Live, flowsync_process: Program, git: Git
) -> None:
    settings = chinese / "flowsync.yaml"
    settings.write_text(
        configuration(prod.emulator.url) + 'commit: {author: "李伟 <li@example.com>"}\n', "utf-8"
    )
    prod.edit(8, "/cron", "0 0 10 * * ? *")
    assert flowsync_process("sync", "--branch", "夜间", **_ASCII).status == 0
    assert git("log", "-1", "--format=%an", "夜间") == "李伟"
    assert "09:00" in flowsync_process("diff", "HEAD", "夜间", **_ASCII).out


def test_a_repository_may_be_made_in_a_folder_of_any_name(
    flowsync_process: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = flowsync_process("init", "仓库", **_ASCII)
    assert (done.status, (tmp_path / "仓库/flowsync.yaml").exists()) == (0, True)
    assert "Next steps in 仓库:" in done.out


@pytest.mark.slow
def test_a_repository_may_be_in_a_folder_of_any_name(
    chinese: Path, flowsync_process: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "仓库"
    shutil.move(chinese, moved)
    monkeypatch.chdir(moved / "flows/prod")
    assert flowsync_process("sync", **_ASCII).status == 0
    assert _FILE in flowsync_process("show", f"{_NAME}.8.yaml", **_ASCII).out
    assert _FILE in flowsync_process("show", f"./{_NAME}.8.yaml", **_ASCII).out
