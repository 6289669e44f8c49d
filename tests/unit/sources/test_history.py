"""Which version a pull request is compared with, in real repositories as actions/checkout leaves them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from netpol_action.errors import UsageError
from netpol_action.sources.history import content_at, holds, path_at, version_before


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "protocol.file.allow=always"]
    run = subprocess.run(
        ["git", *identity, *arguments], cwd=directory, capture_output=True, text=True, check=True, timeout=60
    )
    return run.stdout.strip()


def commit(directory: Path, name: str) -> str:
    (directory / name).write_text(name)
    git(directory, "add", name)
    git(directory, "commit", "--quiet", "--message", name)
    return git(directory, "rev-parse", "HEAD")


class Forge:
    """A repository with a pull request from `topic` to `main`, whose base has moved on after the event."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir()
        git(directory, "init", "--quiet", "--initial-branch", "main")
        self.directory = directory
        self.fork_point = commit(directory, "first")
        git(directory, "checkout", "--quiet", "-b", "topic")
        self.head = commit(directory, "topic")
        git(directory, "checkout", "--quiet", "main")
        self.base_of_event = commit(directory, "second")
        self.base = commit(directory, "third")
        git(directory, "checkout", "--quiet", "-b", "merge")
        git(directory, "merge", "--quiet", "--no-ff", "--message", "merge", "topic")
        self.merge = git(directory, "rev-parse", "HEAD")

    def checked_out(self, commit: str, directory: Path, *options: str) -> None:
        directory.mkdir()
        git(directory, "init", "--quiet")
        git(directory, "remote", "add", "origin", f"file://{self.directory}")
        git(self.directory, "config", "uploadpack.allowAnySHA1InWant", "true")
        git(directory, "fetch", "--quiet", *options, "origin", commit)
        git(directory, "checkout", "--quiet", "--detach", "FETCH_HEAD")


@pytest.fixture
def forge(tmp_path: Path) -> Forge:
    return Forge(tmp_path / "forge")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    return tmp_path / "clone"


@pytest.mark.parametrize("options", [(), ("--depth=2",)])
def test_a_merge_commit_is_compared_with_the_base_that_was_merged(
    forge: Forge, clone: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
):
    forge.checked_out(forge.merge, clone, *options)
    monkeypatch.chdir(clone)
    assert version_before(forge.base_of_event, forge.head) == forge.base


def test_a_head_that_is_checked_out_is_compared_with_the_fork_point(
    forge: Forge, clone: Path, monkeypatch: pytest.MonkeyPatch
):
    forge.checked_out(forge.head, clone)
    git(clone, "fetch", "--quiet", "origin", forge.base_of_event)
    monkeypatch.chdir(clone)
    assert version_before(forge.base_of_event, forge.head) == forge.fork_point


@pytest.mark.parametrize("options", [(), ("--depth=2",)])
def test_a_merge_group_is_compared_with_what_it_is_put_on(
    forge: Forge, clone: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
):
    """By a merge of the pull request's head, and by one commit as after a squash."""
    forge.checked_out(forge.merge, clone, *options)
    monkeypatch.chdir(clone)
    assert version_before(forge.base, forge.merge) == forge.base
    git(clone, "checkout", "--quiet", "--detach", forge.base)
    squashed = commit(clone, "squashed")
    assert version_before(forge.base, squashed) == forge.base


def test_a_merge_group_by_rebase_is_compared_with_what_it_is_put_on(
    forge: Forge, clone: Path, monkeypatch: pytest.MonkeyPatch
):
    forge.checked_out(forge.base, clone)
    monkeypatch.chdir(clone)
    commit(clone, "one")
    assert version_before(forge.base, commit(clone, "two")) == forge.base


def test_a_merge_group_without_its_base_says_what_to_write(forge: Forge, clone: Path, monkeypatch: pytest.MonkeyPatch):
    forge.checked_out(forge.merge, clone, "--depth=1")
    monkeypatch.chdir(clone)
    with pytest.raises(UsageError, match="fetch-depth: 2"):
        version_before(forge.base, forge.merge)


@pytest.mark.parametrize(("which", "line"), [("merge", "fetch-depth: 2"), ("head", "fetch-depth: 0")])
def test_a_clone_that_is_too_shallow_says_what_to_write(
    forge: Forge, clone: Path, monkeypatch: pytest.MonkeyPatch, which: str, line: str
):
    forge.checked_out(getattr(forge, which), clone, "--depth=1")
    monkeypatch.chdir(clone)
    with pytest.raises(UsageError, match=f"give actions/checkout the line `{line}`"):
        version_before(forge.base_of_event, forge.head)


@pytest.mark.parametrize("base", ["", "--all", "main", "HEAD^{/x}"])
def test_only_a_commit_is_taken_for_a_base(forge: Forge, clone: Path, monkeypatch: pytest.MonkeyPatch, base: str):
    forge.checked_out(forge.head, clone)
    monkeypatch.chdir(clone)
    with pytest.raises(UsageError, match="names no commit"):
        version_before(base, forge.head)


def test_without_a_repository_there_is_nothing_to_compare_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="actions/checkout"):
        version_before("b" * 40, "c" * 40)


def test_a_path_counts_from_the_working_directory(forge: Forge, monkeypatch: pytest.MonkeyPatch):
    (forge.directory / "k8s").mkdir()
    version = commit(forge.directory, "k8s/app.yaml")
    monkeypatch.chdir(forge.directory / "k8s")
    assert holds(path_at(version, "app.yaml"))
    assert holds(path_at(version, "."))
    assert holds(path_at(version, str(forge.directory / "first")))
    assert not holds(path_at(version, "first"))
    assert not holds(path_at(forge.base, "."))
    with pytest.raises(UsageError, match="names no version"):
        holds(path_at("no-such-ref", "."))


def test_a_version_that_is_named_is_compared_with_its_own_fork_point(
    forge: Forge, clone: Path, monkeypatch: pytest.MonkeyPatch
):
    forge.checked_out(forge.base, clone)
    git(clone, "fetch", "--quiet", "origin", forge.head)
    monkeypatch.chdir(clone)
    assert version_before(forge.base, forge.head, f"{forge.head}:k8s") == forge.fork_point
    assert path_at(forge.fork_point, f"{forge.head}:k8s") == f"{forge.fork_point}:k8s"
    assert path_at(forge.fork_point, f"{forge.head}:./k8s") == f"{forge.fork_point}:k8s"


def test_a_version_without_its_history_says_what_to_write(forge: Forge, clone: Path, monkeypatch: pytest.MonkeyPatch):
    forge.checked_out(forge.base, clone, "--depth=1")
    git(clone, "fetch", "--quiet", "--depth=1", "origin", forge.head)
    monkeypatch.chdir(clone)
    assert holds(f"{forge.head}:topic")
    with pytest.raises(UsageError, match="give actions/checkout the line `fetch-depth: 0`"):
        version_before(forge.base, forge.head, f"{forge.head}:topic")
    with pytest.raises(UsageError, match="no-such-ref is not in this clone"):
        version_before(forge.base, forge.head, "no-such-ref:topic")
    with pytest.raises(UsageError, match="is not in this clone"):
        version_before(forge.base, forge.head, "--all:topic")


def test_a_file_that_cannot_be_read_is_a_sentence():
    with pytest.raises(UsageError, match=r"^/proc/self/mem cannot be read: "):
        content_at("/proc/self/mem")
