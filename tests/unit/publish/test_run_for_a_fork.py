"""The second stage for forks: a run on `workflow_run` that comments on what a fork proposes, and runs nothing of it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from github_server import Fault, github
from github_shapes import pull, repository, user
from test_run_on_pull_request import CLOSED, OPEN, Workflow, commit, git

OWNER = "mallory"
FORK = f"{OWNER}/r"


class Fork(Workflow):
    """A workspace as actions/checkout leaves it on the default branch, and the fork's commit as objects beside it."""

    def propose(self, text: str, branch: str = "topic", number: int = 7) -> str:
        """A pull request from a fork, whose commit is fetched and not checked out; then its first stage ends."""
        fork = self.workspace.parent / "fork"
        git(self.workspace.parent, "clone", "--quiet", str(self.workspace), str(fork))
        git(fork, "checkout", "--quiet", "-b", branch)
        head = commit(fork, text)
        self.base = commit(self.workspace, f"# moved on\n{OPEN}")
        git(self.workspace, "fetch", "--quiet", "--no-tags", str(fork), head)
        self.open(head, branch, number)
        self.finished(head_sha=head, head_branch=branch)
        return head

    def open(self, head: str, branch: str, number: int = 7) -> dict[str, Any]:
        """A pull request from the fork, as GitHub lists it."""
        made = pull(number, OWNER, (branch, head), ("main", self.base))
        made["head"] |= {"label": f"{OWNER}:{branch}", "repo": repository(FORK), "user": user(OWNER)}
        assert self.state.pulls
        self.state.pulls.all[number] = made
        return made

    @property
    def pulls(self) -> dict[int, dict[str, Any]]:
        assert self.state.pulls
        return self.state.pulls.all

    def finished(self, **run: object) -> None:
        """The event of a finished run on `pull_request`; a fork's names no pull request."""
        repository = {"full_name": FORK, "owner": {"login": OWNER}}
        payload = {"event": "pull_request", "head_repository": repository, "pull_requests": [], **run}
        (self.runner / "event.json").write_text(json.dumps({"action": "completed", "workflow_run": payload}))


@pytest.fixture
def fork(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fork]:
    with github(tmp_path / "server.git") as (state, url):
        made = Fork(tmp_path, state, url)
        monkeypatch.chdir(made.workspace)
        yield made


def test_what_a_fork_proposes_gets_a_comment_from_the_second_stage(fork: Fork):
    head = fork.propose(OPEN + CLOSED)
    fork.run("workflow_run", path=f"{head}:k8s")
    (body,) = fork.state.bodies()
    assert "This change closes 2 connections" in body
    assert fork.outputs["comment-url"].endswith("/pull/7#issuecomment-100")
    assert [fork.outputs[name] for name in ("connections-added", "connections-removed")] == ["0", "2"]
    assert git(fork.workspace, "status", "--porcelain", "--", "k8s") == ""


def test_the_comment_follows_the_pull_request(fork: Fork):
    head = fork.propose(OPEN + CLOSED)
    fork.run("workflow_run", path=f"{head}:k8s")
    fork.run("workflow_run", path=f"{head}:k8s")
    assert len(fork.state.bodies()) == 1


@pytest.mark.parametrize("branch", ["a&head=o:main", "#1", "x%20y", "$(id)", "--all", "ä"])
def test_the_name_of_the_branch_is_only_a_name(fork: Fork, branch: str):
    head = fork.propose(OPEN + CLOSED, "topic")
    fork.pulls[7]["head"]["ref"] = branch
    fork.finished(head_sha=head, head_branch=branch)
    fork.run("workflow_run", path=f"{head}:k8s")
    assert len(fork.state.bodies()) == 1


def test_a_commit_that_is_no_longer_the_head_gets_no_comment(fork: Fork):
    head = fork.propose(OPEN + CLOSED)
    fork.pulls[7]["head"]["sha"] = "d" * 40
    ended = fork.run("workflow_run", path=f"{head}:k8s")
    assert fork.state.bodies() == []
    assert ended.failed == ()
    assert "no open pull request is at this commit any more" in fork.commands.getvalue()


def test_another_repository_with_the_same_branch_and_commit_is_not_taken_for_it(fork: Fork):
    head = fork.propose(OPEN + CLOSED)
    fork.pulls[7]["head"]["repo"] = repository("someone/r")
    fork.run("workflow_run", path=f"{head}:k8s")
    assert fork.state.bodies() == []


def test_several_pull_requests_from_one_branch_get_none(fork: Fork):
    head = fork.propose(OPEN + CLOSED)
    fork.open(head, "topic", 8)
    fork.run("workflow_run", path=f"{head}:k8s")
    assert fork.state.bodies() == []
    assert "pull requests 7, 8 are all at this commit" in fork.commands.getvalue()


@pytest.mark.parametrize("path", ["k8s", "HEAD:k8s"])
def test_what_is_not_the_head_of_the_pull_request_is_not_said_of_it(fork: Fork, path: str):
    fork.propose(OPEN + CLOSED)
    fork.run("workflow_run", path=path, before="HEAD^:k8s", comment="always")
    assert fork.state.requests == []


def test_a_run_for_something_else_is_about_no_pull_request(fork: Fork):
    head = fork.propose(OPEN + CLOSED)
    for run in ({"event": "push"}, {"head_repository": None}, {"head_sha": "HEAD"}):
        fork.finished(**{"head_sha": head, "head_branch": "topic", **run})
        fork.run("workflow_run", path=f"{head}:k8s")
        assert fork.state.requests == []


def test_where_it_cannot_be_looked_up_the_run_says_so(fork: Fork):
    head = fork.propose(OPEN + CLOSED)
    fork.state.faults = [Fault("GET", "/repos/o/r/pulls", 403, "Resource not accessible by integration")]
    ended = fork.run("workflow_run", path=f"{head}:k8s")
    assert ended.failed == ()
    assert re.search("cannot be looked up: .*Resource not accessible", fork.commands.getvalue())
    assert fork.state.bodies() == []


def test_the_base_rules_how_the_fork_is_looked_at(fork: Fork):
    (fork.workspace / "netpol.yaml").write_text("version: 1\npodCIDRs: [10.0.0.0/8]\n")
    fork.base = commit(fork.workspace, OPEN)
    git(fork.workspace.parent, "clone", "--quiet", str(fork.workspace), str(fork.workspace.parent / "other"))
    other = fork.workspace.parent / "other"
    (other / "netpol.yaml").write_text("version: 1\npodCIDRs: [0.0.0.0/0]\n")
    head = commit(other, OPEN + CLOSED)
    git(fork.workspace, "fetch", "--quiet", str(other), head)
    fork.open(head, "topic")
    fork.finished(head_sha=head, head_branch="topic")
    fork.run("workflow_run", path=f"{head}:k8s")
    assert "Look at this first:" in fork.state.bodies()[0]
