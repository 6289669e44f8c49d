"""A commit by GitHub's API: the real client against a server with a real repository behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faults import FAULTS, at, kinds
from github_server import Fault
from published import PATH, World, change, world

from netpol_action.author import Author
from netpol_action.publish.commits import ROUNDS
from netpol_action.publish.effects import WriteFile
from netpol_action.publish.errors import ForbiddenError, PublishingError


@pytest.fixture
def github(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def test_a_commit_lands_on_the_branch_and_is_signed(github: World):
    commit = github.push()
    assert commit is not None
    assert commit.verified
    assert github.data.branches() == {"main": commit.sha}
    assert github.data.content("main", PATH) == b"new\n"
    assert github.data.content("main", "README.md") == b"read me\n"
    assert github.data.git("log", "-1", "--format=%B") == (
        "Update network policies\n\nNetpol-Action-Run: 40.1\nNetpol-Action-For: k8s/policies.yaml to main\n"
        f"Netpol-Action-Tree: {commit.tree}"
    )


def test_what_the_branch_has_already_is_no_commit(github: World):
    assert github.push(change(b"old\n")) is None
    assert github.state.writes() == []


def test_with_an_author_it_is_not_signed_and_carries_the_sign_off(github: World):
    ada = Author("Ada", "ada@example.com")
    commit = github.push(replace(change(), author=ada, sign_off=True))
    assert commit is not None
    assert not commit.verified
    assert github.data.git("log", "-1", "--format=%an <%ae>") == str(ada)
    assert github.data.git("log", "-1", "--format=%(trailers:key=Signed-off-by,valueonly)") == str(ada)


def test_without_one_whom_the_token_belongs_to_signs_off(github: World):
    github.push(replace(change(), sign_off=True))
    signed = github.data.git("log", "-1", "--format=%(trailers:key=Signed-off-by,valueonly)")
    assert signed == "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>"


def test_a_branch_that_is_not_there_begins_at_the_commit_that_the_run_saw(github: World):
    seen = github.start
    github.somebody_pushes("main", {"README.md": b"later\n"})
    commit = github.push(branch="policies/new", exact=False)
    assert commit is not None
    assert commit.parents == (seen,)
    assert github.data.branches()["policies/new"] == commit.sha


def test_an_executable_file_stays_one_and_any_bytes_will_do(github: World):
    blob = github.data.git("hash-object", "-w", "--stdin", given=b"#!")
    tree = github.data.tree([{"mode": "100755", "sha": blob, "path": "run"}], github.start)
    github.data.point("main", github.data.git("commit-tree", tree, "-p", github.start, given=b"x"))
    github.push(replace(change(), files=(WriteFile("run", b"\xff\x00"),)), exact=False)
    assert github.data.content("main", "run") == b"\xff\x00"
    assert github.data.git("ls-tree", "main", "run").startswith("100755 ")


@pytest.fixture(params=["in one step", "without the mutation", "forbidden"])
def way(request: pytest.FixtureRequest, github: World) -> str:
    """How the server lets a branch be moved."""
    github.state.has_update_refs = request.param != "without the mutation"
    github.state.refuses_update_refs = "no" if request.param == "forbidden" else ""
    return request.param


def before_moving(github: World, way: str, do: Callable[[], object], times: int = 1) -> None:
    """Does something right before the request that moves the branch."""
    requests = [("PATCH", "/repos/o/r/git/refs/heads/main")]
    if way == "in one step":
        requests = [("POST", "/graphql")] * 2  # the first asks for the repository

    seen: list[object] = []

    def between(*request: str) -> None:
        if request in requests:
            seen.append(request)
            if len(requests) <= len(seen) < len(requests) + times:
                do()

    github.state.between = between


def test_a_commit_by_somebody_else_in_between_stays(github: World, way: str):
    before_moving(github, way, lambda: github.somebody_pushes("main", {"README.md": b"theirs\n"}))
    assert github.push() is not None
    assert github.messages("main") == ["Update network policies", "by hand", "by hand"]
    assert github.data.content("main", "README.md") == b"theirs\n"


def test_what_somebody_resets_in_between_does_not_come_back(github: World):
    leaked = github.somebody_pushes("main", {"secret.txt": b"password\n"})
    before_moving(github, "in one step", lambda: github.data.point("main", github.start))
    assert github.push(start=leaked) is not None
    assert "secret.txt" not in github.data.git("ls-tree", "--name-only", "main")


def test_without_one_step_it_stays_away_where_it_is_gone_when_looked_at(github: World):
    leaked = github.somebody_pushes("main", {"secret.txt": b"password\n"})
    github.state.has_update_refs = False
    before_moving(github, "in one step", lambda: github.data.point("main", github.start))
    assert github.push(start=leaked) is not None
    assert "secret.txt" not in github.data.git("ls-tree", "--name-only", "main")


def test_a_branch_that_somebody_removes_in_between_is_made_anew(github: World, way: str):
    before_moving(github, way, lambda: github.data.delete_ref("main"))
    commit = github.push()
    assert commit
    assert github.data.branches() == {"main": commit.sha}


def test_a_file_that_somebody_changed_meanwhile_is_not_overwritten(github: World):
    theirs = github.somebody_pushes("main", {PATH: b"theirs\n"})
    with pytest.raises(PublishingError, match=f"main moved while this ran, and {PATH} changed there: run again"):
        github.push()
    assert github.data.branches() == {"main": theirs}


def test_somebody_who_made_the_same_change_is_no_conflict(github: World):
    theirs = github.somebody_pushes("main", {PATH: b"new\n"})
    assert github.push() is None
    assert github.data.branches() == {"main": theirs}


def test_on_another_branch_the_file_is_ours_to_update(github: World):
    github.data.point("policies", github.data.commit({PATH: b"older\n"}, github.start))
    assert github.push(branch="policies", exact=False) is not None
    assert github.data.content("policies", PATH) == b"new\n"


def test_what_a_later_run_committed_to_another_branch_is_left_alone(github: World):
    github.push(change(b"later\n", run=41), branch="policies", exact=False)
    done = github.pushed(change(b"new\n", run=40), branch="policies", exact=False)
    assert done.commit is None
    assert done.warnings == ("a later run has written to the branch policies already, and this one leaves it as it is",)
    assert github.data.content("policies", PATH) == b"later\n"


def test_what_a_later_run_committed_for_other_files_is_no_reason_to_commit_nothing(github: World):
    github.push(change(b"app a\n", 41, "a/policies.yaml"), branch="policies", exact=False)
    done = github.pushed(change(b"app b\n", 40, "b/policies.yaml"), branch="policies", exact=False)
    assert done.commit
    assert done.warnings == ()
    assert github.data.content("policies", "a/policies.yaml") == b"app a\n"
    assert github.data.content("policies", "b/policies.yaml") == b"app b\n"


def test_a_branch_that_never_rests_is_reported(github: World, way: str):
    def push() -> None:
        github.somebody_pushes("main", {"README.md": str(len(github.state.requests)).encode()})

    before_moving(github, way, push, times=99)
    with pytest.raises(PublishingError, match=f"main moved {ROUNDS} times"):
        github.push()
    assert set(github.messages("main")) == {"by hand"}


@pytest.mark.parametrize(
    ("mode", "path", "sentence"),
    [
        ("160000", "k8s", "k8s/policies.yaml lies in a submodule"),
        ("160000", PATH, "k8s/policies.yaml lies in a submodule"),
        ("100644", f"{PATH}/below", "k8s/policies.yaml is a directory"),
    ],
)
def test_what_cannot_be_written_there_is_refused(github: World, mode: str, path: str, sentence: str):
    blob = github.data.git("hash-object", "-w", "--stdin", given=b"x")
    tree = github.data.tree([{"mode": mode, "sha": blob if mode == "100644" else github.start, "path": path}])
    github.data.point("main", github.data.git("commit-tree", tree, given=b"x"))
    with pytest.raises(PublishingError, match=sentence):
        github.push()
    assert github.state.writes() == []


def test_a_file_that_git_lfs_keeps_is_refused(github: World):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n"
    github.data.point("main", github.data.commit({PATH: pointer}, github.start))
    with pytest.raises(PublishingError, match="kept by Git LFS"):
        github.push(exact=False)
    assert github.state.writes() == []


def test_a_token_that_may_only_read_is_told_apart(github: World):
    with pytest.raises(ForbiddenError, match="Resource not accessible by integration"):
        github.push(token="read-token")
    assert github.data.branches() == {"main": github.start}


def test_a_branch_that_is_protected_is_told_apart(github: World):
    github.data.protected.add("main")
    with pytest.raises(ForbiddenError, match="the branch is protected: Repository rule violations found"):
        github.push()


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_fails_at_any_request_there_is_exactly_one_commit(github: World, fault: Fault):
    signed = replace(change(), sign_off=True)
    github.push(signed)
    for kind in kinds(github.state.requests):
        github.data.point("main", github.start)
        github.state.faults = [at(kind, fault)]
        commit = github.push(signed)
        assert github.state.faults[0].times == 0, kind
        assert commit is not None, kind
        assert github.data.branches() == {"main": commit.sha}, kind
        assert github.messages("main") == ["Update network policies", "by hand"], kind
