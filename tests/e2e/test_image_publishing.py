"""The image does all that it can do on a pull request, started as GitHub's runner starts it, and ended at any step.

GitHub, its service of artifacts and the block storage are servers on this machine's loopback; the git data is real.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from github_git import GitData
from github_pulls import Pulls
from github_server import State, github
from image_runner import EXAMPLE, GitHubRunner, Step, docker, hand_over, needed, prepared
from results_server import TOKEN, Results, serving

pytestmark = [pytest.mark.image, pytest.mark.slow]

NUMBER = 5
"""The pull request that the run is about; those that are made on the server have other numbers."""


@pytest.fixture(scope="module", autouse=True)
def _image() -> None:
    needed()


class Ended(Exception):  # noqa: N818  # no error of the test
    """The request at which the container was ended was never worked on."""


@dataclass
class World:
    """The servers, and the workspace of a pull request that lets the scheduler go."""

    runner: GitHubRunner
    state: State
    results: Results
    url: str
    results_url: str
    attempts: int = 0

    @property
    def data(self) -> GitData:
        assert self.state.data
        return self.state.data

    @property
    def pulls(self) -> Pulls:
        assert self.state.pulls
        return self.state.pulls

    def run(self, container: str = "") -> Step:
        """An attempt at the run."""
        self.attempts += 1
        for name in ("set_output", "step_summary"):
            (self.runner.directory / "file_commands" / name).write_text("")
        inputs = {
            "path": "manifests",
            "generate": "true",
            "publish": "pull-request",
            "policies-path": "manifests/network-policies.yaml",
            "pull-request-labels": "security",
            "formats": "json,svg",
            "token": "bot-token",
        }
        event = json.loads((self.runner.directory / "workflow/event.json").read_text())
        variables = {
            **self.runner.variables(inputs),
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_API_URL": self.url,
            "GITHUB_SERVER_URL": self.url,
            "GITHUB_SHA": event["sha"],
            "GITHUB_REF": f"refs/pull/{NUMBER}/merge",
            "GITHUB_WORKFLOW": "Network policies",
            "GITHUB_JOB": "propose",
            "GITHUB_RUN_ID": "40",
            "GITHUB_RUN_ATTEMPT": str(self.attempts),
            "ACTIONS_RESULTS_URL": self.results_url,
            "ACTIONS_RUNTIME_TOKEN": TOKEN,
        }
        return self.runner.start(variables, *(("--name", container) if container else ()), network="host")

    def at_each_request(self, do: Callable[[], None]) -> None:
        """Lets something happen before each request, to whichever server, is worked on."""
        self.state.between = lambda _method, _path: do()
        self.results.between = lambda _request: do()

    def requests(self) -> list[str]:
        return [*self.state.requests, *self.results.requests]


def git(directory: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "safe.directory=*")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True).stdout.strip()


@contextmanager
def world(directory: Path) -> Iterator[World]:
    runner = prepared(directory)
    with github(directory / "r.git") as (state, url), serving() as (results, results_url):
        made = World(runner, state, results, url, results_url)
        check_out(made)
        yield made


def check_out(made: World) -> None:
    """The repository on the server, and the merge of the pull request in the workspace, on no branch."""
    workspace = made.runner.workspace
    shutil.copytree(EXAMPLE / "manifests", workspace / "manifests")
    git(workspace, "init", "--quiet", "--initial-branch", "main")
    git(workspace, "add", ".")
    git(workspace, "commit", "--quiet", "--message", "the application")
    base = git(workspace, "rev-parse", "HEAD")
    git(workspace, "checkout", "--quiet", "-b", "topic")
    (workspace / "manifests/graph.yaml").write_text(
        (workspace / "manifests/graph.yaml").read_text().replace("http://scheduler:8080", "http://scheduler:8081")
    )
    git(workspace, "commit", "--quiet", "--all", "--message", "move the scheduler")
    head = git(workspace, "rev-parse", "HEAD")
    git(workspace, "push", "--quiet", str(made.data.directory), "main", "topic")
    git(workspace, "checkout", "--quiet", "--detach", base)
    git(workspace, "merge", "--quiet", "--no-ff", "--message", "merge", head)
    git(workspace, "remote", "add", "origin", f"{made.url}/o/r")
    sides = {
        "base": {"ref": "main", "sha": base, "repo": {"full_name": "o/r"}},
        "head": {"ref": "topic", "sha": head, "repo": {"full_name": "o/r"}},
    }
    event = {"sha": git(workspace, "rev-parse", "HEAD"), "pull_request": {"number": NUMBER, **sides}}
    (made.runner.directory / "workflow/event.json").write_text(json.dumps(event))
    hand_over(workspace)


def is_whole(made: World) -> None:
    """All is there once: the pull request with its label, the branch with one commit, the comment, the artifact."""
    (pull,) = made.pulls.open()
    assert pull["base"]["ref"] == "topic"
    assert [each["name"] for each in pull["labels"]] == ["security"]
    assert "```mermaid" in pull["body"]
    commits = made.data.git("rev-list", "topic..netpol-action/policies").split()
    assert len(commits) == 1
    path = "manifests/network-policies.yaml"
    assert made.data.content("netpol-action/policies", path) == (made.runner.workspace / path).read_bytes()
    (comment,) = made.state.bodies()
    assert "### " in comment
    finished = made.results.finished()
    assert any(content and content.startswith(b"PK") for content in finished.values())
    assert any(content and b"<svg" in content for content in finished.values())
    temporary = [path.name for path in made.runner.workspace.rglob(".*.tmp")]
    assert temporary == []


def test_a_pull_request_gets_its_policies_its_comment_and_its_artifacts(tmp_path: Path):
    with world(tmp_path) as made:
        step = made.run()
        assert step.code == 0, step.log
        is_whole(made)
        (pull,) = made.pulls.open()
        assert step.outputs["pull-request-number"] == str(pull["number"])
        assert step.outputs["pull-request-operation"] == "created"
        assert step.outputs["commit-sha"] == made.data.branches()["netpol-action/policies"]
        assert step.outputs["comment-url"]
        (name,) = [name for name in made.results.finished() if not name.endswith(".svg")]
        artifact = made.results.artifacts[name].id
        assert step.outputs["artifact-url"].endswith(f"/o/r/actions/runs/40/artifacts/{artifact}")
        assert step.outputs["artifact-url"] in made.state.bodies()[0]
        assert step.outputs["picture-url"] in pull["body"]
        assert "bot-token" not in step.log
        assert TOKEN not in step.log


def test_a_second_attempt_changes_nothing_but_the_artifact(tmp_path: Path):
    with world(tmp_path) as made:
        made.run()
        before = made.state.writes()
        step = made.run()
        assert step.code == 0, step.log
        assert made.state.writes() == before
        assert step.outputs["pull-request-operation"] == "none"
        is_whole(made)


def test_ended_at_any_step_it_leaves_nothing_that_the_next_attempt_does_not_put_right(tmp_path: Path):
    """SIGINT and SIGTERM in turn, and at every second request the server had not begun to work on it."""
    with world(tmp_path / "undisturbed") as made:
        assert made.run().code == 0
        steps = len(made.requests())
    assert steps > 20
    for number in range(1, steps + 1):
        with world(tmp_path / str(number)) as made:
            name, code = ("INT", 130) if number % 2 else ("TERM", 143)
            ended = end_at(made, number, name, worked_on=number % 4 < 2)
            assert ended.code == code, f"request {number} of {steps}: {made.requests()[-1]}\n{ended.log}"
            assert "Traceback" not in ended.log
            step = made.run()
            assert step.code == 0, step.log
            is_whole(made)
        shutil.rmtree(tmp_path / str(number))


def end_at(made: World, number: int, signal: str, *, worked_on: bool) -> Step:
    """Runs it, and ends it at a request, counted from 1."""
    container, seen = f"netpol-action-{os.getpid()}-{number}", 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            docker("kill", "--signal", signal, container)
            if not worked_on:
                raise Ended

    made.at_each_request(count)
    try:
        return made.run(container)
    finally:
        made.at_each_request(lambda: None)
        docker("rm", "--force", container)
