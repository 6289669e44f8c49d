"""A version of a hostile repository is written where it belongs, and nowhere else."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from netpol_action.sources.git import Reference
from netpol_action.sources.git_tree import write_tree


class Objects:
    """Makes objects that `git add` would not make."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self("init", "-q", str(top), at=top.parent)

    def __call__(self, *arguments: str, given: bytes = b"", at: Path | None = None) -> str:
        who = {f"GIT_{one}_{what}": "t" for one in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        environment = {**os.environ, **who, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
        command = ["git", *arguments]
        done = subprocess.run(
            command, cwd=at or self.top, input=given, env=environment, check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    def blob(self, content: str) -> str:
        return self("hash-object", "-w", "--stdin", given=content.encode())

    def tree(self, *entries: tuple[str, str, str]) -> str:
        """A tree of these modes, names and ids, in this order and with these names, whatever they are."""
        raw = b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(id_) for mode, name, id_ in entries)
        return self("hash-object", "-w", "-t", "tree", "--literally", "--stdin", given=raw)

    def branch(self, name: str, tree: str) -> None:
        self("update-ref", f"refs/heads/{name}", self("commit-tree", "-m", name, tree))


@pytest.fixture
def objects(tmp_path: Path) -> Objects:
    top = tmp_path / "repository"
    top.mkdir()
    return Objects(top)


@pytest.mark.parametrize("where", ["outside", "inside"])
def test_no_link_is_written_through_another_link(objects: Objects, tmp_path: Path, where: str):
    outside, directory = tmp_path / "outside", tmp_path / "directory"
    outside.mkdir()
    directory.mkdir()
    target = objects.blob(str(outside) if where == "outside" else "other")
    below = objects.tree(("120000", "planted", objects.blob("/etc/passwd")))
    deep = objects.tree(("40000", "deep", below))
    other = objects.tree(("100644", "file.yaml", objects.blob("")))
    entries = [("120000", "a", target), ("40000", "a", below), ("120000", "b", target), ("40000", "b", deep)]
    objects.branch("evil", objects.tree(*entries, ("40000", "other", other)))

    found = write_tree(Reference(objects.top, "evil", ""), [""], directory)

    assert list(outside.iterdir()) == []
    assert [path.name for path in (directory / "other").iterdir()] == ["file.yaml"]
    assert [str(diagnostic) for diagnostic in found] == [
        f"{path}: the file cannot be written out: a link stands where its directory should be"
        for path in ("a/planted", "b/deep/planted")
    ]


def test_links_in_directories_are_written(objects: Objects, tmp_path: Path):
    directory = tmp_path / "directory"
    directory.mkdir()
    below = objects.tree(("120000", "link", objects.blob("../file")))
    objects.branch("good", objects.tree(("40000", "a", below), ("100644", "file", objects.blob("text"))))
    assert write_tree(Reference(objects.top, "good", ""), [""], directory) == []
    assert (directory / "a/link").read_text() == "text"
