"""Files are written whole, in the workspace only, and belong to its owner."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from netpol_action.errors import UsageError
from netpol_action.publish.effects import WriteFile
from netpol_action.publish.files import place, write_file, write_into

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    directory = tmp_path / "workspace"
    directory.mkdir()
    return directory


def names(directory: Path) -> list[str]:
    return sorted(str(path.relative_to(directory)) for path in directory.rglob("*"))


def test_directories_are_made_and_nothing_else_is_left(workspace: Path):
    write_into(workspace, [WriteFile("a/b/c.txt", b"one"), WriteFile("d.txt", b"two")])
    assert names(workspace) == ["a", "a/b", "a/b/c.txt", "d.txt"]
    assert (workspace / "a/b/c.txt").read_bytes() == b"one"


def test_a_file_is_replaced_and_keeps_its_permissions(workspace: Path):
    target = workspace / "policies.yaml"
    target.write_bytes(b"a much longer content than the new one")
    target.chmod(0o640)
    write_into(workspace, [WriteFile("policies.yaml", b"new")])
    assert target.read_bytes() == b"new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert names(workspace) == ["policies.yaml"]


def test_a_new_file_gets_ordinary_permissions(workspace: Path):
    before = os.umask(0o022)
    try:
        write_into(workspace, [WriteFile("new", b"")])
    finally:
        os.umask(before)
    assert stat.S_IMODE((workspace / "new").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    "path",
    ["../outside", "a/../../outside", "/etc/outside", "", ".", "a/..", "link/outside", "chain/outside"],
)
def test_a_path_that_leads_out_is_refused_and_nothing_is_written(workspace: Path, path: str):
    (workspace / "link").symlink_to(workspace.parent)
    (workspace / "chain").symlink_to("link")
    before = names(workspace.parent)
    with pytest.raises(UsageError, match="cannot be written"):
        write_into(workspace, [WriteFile("fine", b""), WriteFile(path, b"")])
    assert names(workspace.parent) == before


@pytest.mark.parametrize("path", [".git/hooks/post-checkout", "sub/.git/config", "inside/config"])
def test_gits_own_files_are_never_written(workspace: Path, path: str):
    (workspace / ".git").mkdir()
    (workspace / "inside").symlink_to(".git")
    with pytest.raises(UsageError, match=r"lies in \.git"):
        write_into(workspace, [WriteFile(path, b"")])


def test_a_link_in_the_last_place_is_replaced_and_its_target_untouched(workspace: Path):
    outside = workspace.parent / "outside"
    outside.write_bytes(b"precious")
    (workspace / "report.json").symlink_to(outside)
    write_into(workspace, [WriteFile("report.json", b"{}")])
    assert outside.read_bytes() == b"precious"
    assert not (workspace / "report.json").is_symlink()
    assert (workspace / "report.json").read_bytes() == b"{}"


def test_a_link_that_stays_inside_may_be_used(workspace: Path):
    (workspace / "real").mkdir()
    (workspace / "link").symlink_to("real")
    write_into(workspace, [WriteFile("link/f", b"x")])
    assert (workspace / "real/f").read_bytes() == b"x"


def test_absolute_paths_inside_the_workspace_are_fine(workspace: Path):
    assert place(workspace, str(workspace / "a/f")) == workspace.resolve() / "a/f"


def test_a_workspace_that_is_reached_by_a_link_is_itself(workspace: Path):
    alias = workspace.parent / "alias"
    alias.symlink_to(workspace)
    write_into(alias, [WriteFile("f", b"x")])
    assert (workspace / "f").read_bytes() == b"x"


@pytest.mark.parametrize("path", ["null\x00byte/file", "a/null\x00byte"])
def test_a_path_with_a_null_byte_is_refused(workspace: Path, path: str):
    with pytest.raises(UsageError, match="cannot be written"):
        write_into(workspace, [WriteFile(path, b"")])


@pytest.mark.parametrize("path", ["file/below", "directory"])
def test_what_cannot_be_written_is_one_sentence(workspace: Path, path: str):
    (workspace / "file").write_bytes(b"")
    (workspace / "directory").mkdir()
    with pytest.raises(UsageError, match=f"{path} cannot be written: "):
        write_into(workspace, [WriteFile(path, b"")])
    assert names(workspace) == ["directory", "file"]


def test_an_interrupted_write_leaves_the_old_content_and_no_other_file(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
):
    target = workspace / "policies.yaml"
    target.write_bytes(b"old")

    def interrupt(*_: object) -> None:
        raise SystemExit(143)

    monkeypatch.setattr(Path, "replace", interrupt)  # the latest moment at which a signal can come
    with pytest.raises(SystemExit):
        write_file(target, b"new")
    monkeypatch.undo()
    assert target.read_bytes() == b"old"
    assert names(workspace) == ["policies.yaml"]


@as_root
def test_as_root_files_and_new_directories_belong_to_the_owner_of_the_workspace(workspace: Path):
    os.chown(workspace, 1001, 127)
    write_into(workspace, [WriteFile("a/b/f", b"")])
    for path in (workspace / "a", workspace / "a/b", workspace / "a/b/f"):
        assert (path.stat().st_uid, path.stat().st_gid) == (1001, 127)


@as_root
def test_as_root_directories_that_were_there_keep_their_owner(workspace: Path):
    (workspace / "a").mkdir()
    os.chown(workspace, 1001, 127)
    write_into(workspace, [WriteFile("a/f", b"")])
    assert (workspace / "a").stat().st_uid == 0
