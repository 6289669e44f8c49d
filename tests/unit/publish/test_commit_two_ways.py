"""Correct by two ways: what GitHub's API makes of a change and what git makes of it is the same, commit for commit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from github_git import BY_GITHUB
from published import PATH, World, change, world

from netpol_action.author import Author
from netpol_action.publish.commits import Maker, push_commit
from netpol_action.publish.effects import Change, ListResource, MadeFrom, PushCommit, WriteFile
from netpol_action.publish.errors import PublishingError
from netpol_action.publish.git_access import Access
from netpol_action.publish.git_repository import git_repository
from netpol_action.publish.github_repository import GitHubRepository
from netpol_action.publish.repository import LFS_POINTER, Commit, Repository

ADA = Author("Ada", "ada@example.com")


@dataclass
class Way:
    """One way to the repository of a world: what is decided is the same on both."""

    world: World
    opened: Callable[[], Repository]

    def push(self, wanted: Change | None = None, **options: object) -> Commit | None:
        effect = replace(PushCommit(wanted or change(), "main", self.world.start), **options)
        return push_commit(Maker(self.opened(), effect), effect).commit

    def told(self, branch: str = "main") -> str:
        """What a branch holds, and how it came to that; who committed is not the same on both ways."""
        data = self.world.data
        return "\n".join((data.git("ls-tree", "-r", branch), data.git("log", "--format=%T %B", branch)))


Told = tuple[str, ...]


def by_api(directory: Path, stack: ExitStack) -> Way:
    made = stack.enter_context(world(directory))
    return Way(made, lambda: GitHubRepository(made.connection(), "https://github.com"))


def by_git(directory: Path, stack: ExitStack) -> Way:
    made = stack.enter_context(world(directory))
    access = Access(f"file://{made.data.directory}")
    return Way(made, lambda: stack.enter_context(git_repository(made.data.directory, access, in_workflow=True)))


@pytest.fixture
def ways(tmp_path: Path) -> Iterator[tuple[Way, Way]]:
    with ExitStack() as stack:
        places = [tmp_path / name for name in ("api", "git")]
        for place in places:
            place.mkdir()
        yield by_api(places[0], stack), by_git(places[1], stack)


def lands(way: Way) -> Told:
    assert way.push()
    return (way.told(),)


def is_there_already(way: Way) -> Told:
    assert way.push(change(b"old\n")) is None
    return (way.told(),)


def lands_once(way: Way) -> Told:
    assert way.push()
    assert way.push(start=way.world.data.branches()["main"]) is None
    return (way.told(),)


def by_an_author_who_signs_off(way: Way) -> Told:
    assert way.push(replace(change(), author=ADA, sign_off=True))
    return way.told(), way.world.data.git("log", "-1", "--format=%an <%ae>", "main")


def signed_off_by_the_owner(way: Way) -> Told:
    assert way.push(replace(change(), sign_off=True))
    return (way.told(),)


def a_new_branch_begins_at_what_the_run_saw(way: Way) -> Told:
    way.world.somebody_pushes("main", {"README.md": b"later\n"})
    assert way.push(branch="policies/new", exact=False)
    return way.told("policies/new"), way.told()


def after_somebody_else(way: Way) -> Told:
    way.world.somebody_pushes("main", {"README.md": b"theirs\n"})
    assert way.push()
    return (way.told(),)


def changed_by_somebody_else(way: Way) -> Told:
    way.world.somebody_pushes("main", {PATH: b"theirs\n"})
    return refused(way)


def changed_by_somebody_else_to_the_same(way: Way) -> Told:
    way.world.somebody_pushes("main", {PATH: b"new\n"})
    assert way.push() is None
    return (way.told(),)


def any_bytes_and_names(way: Way) -> Told:
    names = ("k8s/ü b'\"$(x).yaml", "-n", "a\tb", "k8s/new/deep/p.yaml")
    assert way.push(replace(change(), files=tuple(WriteFile(name, b"\xff\x00\r\n") for name in names)))
    return (way.told(),)


def an_executable_stays_one(way: Way) -> Told:
    way.world.data.point("main", planted(way, "100755", "run"))
    assert way.push(replace(change(), files=(WriteFile("run", b"#!/bin/sh\n"),)), exact=False)
    return (way.told(),)


def a_link_is_replaced(way: Way) -> Told:
    way.world.data.point("main", planted(way, "120000", PATH))
    assert way.push(exact=False)
    return (way.told(),)


def a_link_that_says_the_same_is_replaced(way: Way) -> Told:
    way.world.data.point("main", planted(way, "120000", PATH))
    assert way.push(change(b"elsewhere"), exact=False)
    return (way.told(),)


def made_from_what_has_changed(way: Way) -> Told:
    way.world.somebody_pushes("main", {"k8s/deep/app.yaml": b"apiVersion: v1\nkind: Pod\n"})
    assert "k8s/deep/app.yaml, which the policies are made from" in refused(way, wanted=made_from(way, "k8s"))[0]
    return refused(way, wanted=made_from(way, ""))


def made_from_what_has_come_and_what_has_become_a_directory(way: Way) -> Told:
    way.world.somebody_pushes("main", {"app.yaml/notes.json": b"{}", "values.yaml": b"a: b\n"})
    assert "values.yaml" in refused(way, wanted=made_from(way, "values.yaml"))[0]
    return refused(way, wanted=made_from(way, "app.yaml"))


def made_from_something_else(way: Way) -> Told:
    way.world.somebody_pushes("main", {"src/main.go": b"package main\n", "other/app.yaml": b"theirs\n"})
    assert way.push(made_from(way, "k8s", "src", "README.md", "no-such-directory"))
    return (way.told(),)


def below_a_submodule(way: Way) -> Told:
    way.world.data.point("main", planted(way, "160000", "k8s"))
    return refused(way, exact=False)


def below_a_link(way: Way) -> Told:
    way.world.data.point("main", planted(way, "120000", "k8s"))
    return refused(way, exact=False)


def below_a_file(way: Way) -> Told:
    way.world.data.point("main", planted(way, "100644", "k8s"))
    return refused(way, exact=False)


def in_the_place_of_a_directory(way: Way) -> Told:
    way.world.data.point("main", planted(way, "100644", f"{PATH}/below"))
    return refused(way, exact=False)


def kept_by_lfs(way: Way) -> Told:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n"
    way.world.data.point("main", way.world.data.commit({PATH: pointer}, way.world.start))
    return refused(way, exact=False)


LIST = ListResource("k8s/kustomization.yaml", "policies.yaml")


def listed_where_others_edit(way: Way) -> Told:
    """What others make of the kustomization meanwhile stays, to the byte."""
    way.world.somebody_pushes("main", {LIST.path: b"# ours\r\nresources: [a.yaml]  # all\r\nnamePrefix: b-\r\n"})
    wanted = replace(change(), files=(*change().files, LIST))
    assert way.push(wanted)
    held = way.world.data.content("main", LIST.path)
    assert held == b"# ours\r\nresources: [a.yaml, policies.yaml]  # all\r\nnamePrefix: b-\r\n"
    assert way.push(wanted, start=way.world.data.branches()["main"]) is None
    return (way.told(),)


def not_listed_by(way: Way, commit: str) -> Told:
    way.world.data.point("main", commit)
    return refused(way, replace(change(), files=(LIST,)), exact=False)


def not_listed_by_what_is_not_there(way: Way) -> Told:
    return not_listed_by(way, way.world.start)


def not_listed_by_a_link(way: Way) -> Told:
    return not_listed_by(way, planted(way, "120000", LIST.path))


def not_listed_below_a_submodule(way: Way) -> Told:
    return not_listed_by(way, planted(way, "160000", "k8s"))


def not_listed_by_what_lfs_keeps(way: Way) -> Told:
    return not_listed_by(way, way.world.data.commit({LIST.path: LFS_POINTER + b"v1\noid sha256:0\nsize 4\n"}))


def not_listed_by_what_is_no_text(way: Way) -> Told:
    return not_listed_by(way, way.world.data.commit({LIST.path: b"\xff"}))


def not_listed_by_what_cannot_be_edited(way: Way) -> Told:
    return not_listed_by(way, way.world.data.commit({LIST.path: b"resources: a.yaml\n"}))


def on_an_empty_remote(way: Way) -> Told:
    way.world.data.git("update-ref", "-d", "refs/heads/main")
    return refused(way, start="", exact=False)


def made_from(way: Way, *inputs: str) -> Change:
    """The usual change, made from these files, and from directories that are searched, of what the run saw."""
    files = tuple(each for each in inputs if each.endswith(".yaml"))
    directories = tuple(each for each in inputs if each not in files)
    return replace(change(), inputs=MadeFrom(files, directories), seen=way.world.start)


def planted(way: Way, mode: str, path: str) -> str:
    """A commit with one entry of this kind, and nothing else."""
    data = way.world.data
    blob = data.git("hash-object", "-w", "--stdin", given=b"elsewhere")
    tree = data.tree([{"mode": mode, "sha": way.world.start if mode == "160000" else blob, "path": path}])
    return data.git("commit-tree", tree, given=b"planted")


def refused(way: Way, wanted: Change | None = None, **options: object) -> Told:
    """The sentence, and that nothing has changed."""
    before = way.world.data.branches()
    with pytest.raises(PublishingError) as caught:
        way.push(wanted, **options)
    assert way.world.data.branches() == before
    return (re.sub("[0-9a-f]{40}", "SHA", str(caught.value)),)


SCENARIOS = [
    lands,
    is_there_already,
    lands_once,
    by_an_author_who_signs_off,
    signed_off_by_the_owner,
    a_new_branch_begins_at_what_the_run_saw,
    after_somebody_else,
    changed_by_somebody_else,
    changed_by_somebody_else_to_the_same,
    any_bytes_and_names,
    an_executable_stays_one,
    a_link_is_replaced,
    a_link_that_says_the_same_is_replaced,
    made_from_what_has_changed,
    made_from_what_has_come_and_what_has_become_a_directory,
    made_from_something_else,
    below_a_submodule,
    below_a_link,
    below_a_file,
    in_the_place_of_a_directory,
    kept_by_lfs,
    listed_where_others_edit,
    not_listed_by_what_is_not_there,
    not_listed_by_a_link,
    not_listed_below_a_submodule,
    not_listed_by_what_lfs_keeps,
    not_listed_by_what_is_no_text,
    not_listed_by_what_cannot_be_edited,
    on_an_empty_remote,
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__.replace("_", " "))
def test_both_ways_come_to_the_same(ways: tuple[Way, Way], scenario: Callable[[Way], Told]):
    api, git = ways
    assert scenario(git) == scenario(api)


def test_both_ways_see_the_same_beyond_a_base(ways: tuple[Way, Way]):
    """One commit of ours, GitHub's merge of the base into it, and one by somebody else; the base has gone on."""

    def seen(way: Way) -> set[tuple[object, ...]]:
        data, start = way.world.data, way.world.start
        ours = data.commit({PATH: b"ours\n"}, start, message="Update")
        base = way.world.somebody_pushes("main", {"README.md": b"later\n"})
        merged = data.commit({PATH: b"ours\n"}, ours, base, message="Merge\n", people=BY_GITHUB)
        tip = data.commit({"by-hand": b"x"}, merged)
        data.point("ours", tip)
        data.point("main", data.commit({"more": b"x"}, base))
        found = way.opened().beyond(data.branches()["main"], tip)
        return {(commit.tree, len(commit.parents), commit.message.rstrip(), commit.by_github) for commit in found}

    api, git = ways
    assert seen(git) == seen(api)
    assert len(seen(git)) == 3
