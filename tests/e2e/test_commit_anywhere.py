"""`publish: commit` on the command line, in any repository: no GitHub, no workflow, only what the checkout holds."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from git_server import ENVIRONMENT, READ_TOKEN, WRITE_TOKEN, World, git, git_server

MANIFEST = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 80}]}]}
"""
INPUTS = {"INPUT_GENERATE": "true", "INPUT_PATH": "k8s", "INPUT_POLICIES_PATH": "k8s/network-policies.yaml"}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    (tmp_path / "root").mkdir()
    with git_server(tmp_path / "root") as served, ExitStack() as stack:
        world = World(tmp_path, served, stack)
        world.push(k8s__web="")
        (world.workshop / "k8s/web").unlink()
        (world.workshop / "k8s/web.yaml").write_text(MANIFEST)
        world.push()
        yield world


def clone(world: World, directory: Path, token: str = WRITE_TOKEN) -> Path:
    """As GitLab's runner leaves it: shallow, on no branch, the password in the URL of origin."""
    git(directory, "clone", "--quiet", "--depth=1", f"file://{world.bare}", "clone")
    place = directory / "clone"
    git(place, "checkout", "--quiet", "--detach")
    git(place, "remote", "set-url", "origin", world.url.replace("://", f"://gitlab-ci-token:{token}@"))
    return place


def run(place: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    variables = {f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()}
    return started(place, {**INPUTS, "INPUT_PUBLISH": "commit", **variables})


def started(place: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("netpol-action")
    environment = {**ENVIRONMENT, "HOME": str(place.parent), "GIT_TRACE": "1", "GIT_CURL_VERBOSE": "1", **variables}
    command = [program, "run"]
    return subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)


def test_the_policies_are_committed_to_the_branch_that_is_named(world: World, tmp_path: Path):
    place = clone(world, tmp_path)
    before = world.at()
    done = run(place, branch="main")
    assert done.returncode == 0, done.stderr
    assert git(world.bare, "rev-parse", "main~1") == before
    assert git(world.bare, "diff", "--name-only", before, "main") == "k8s/network-policies.yaml"
    committed = git(world.bare, "show", "main:k8s/network-policies.yaml")
    assert committed == (place / "k8s/network-policies.yaml").read_text().strip()
    assert f"commit-sha={world.at()}" in done.stdout
    assert "commit-verified=false" in done.stdout
    assert WRITE_TOKEN not in done.stdout + done.stderr


def test_a_second_run_commits_nothing(world: World, tmp_path: Path):
    run(clone(world, tmp_path), branch="main")
    there = world.at()
    (tmp_path / "second").mkdir()
    done = run(clone(world, tmp_path / "second"), branch="main")
    assert done.returncode == 0, done.stderr
    assert world.at() == there
    assert "commit-sha=\n" in done.stdout


def test_the_branch_that_is_checked_out_needs_no_name(world: World, tmp_path: Path):
    place = clone(world, tmp_path)
    git(place, "checkout", "--quiet", "main")
    assert run(place).returncode == 0
    assert git(world.bare, "rev-list", "--count", "main") == "3"
    assert git(place, "status", "--porcelain").splitlines() == [
        "?? k8s/network-policies.yaml",
        "?? netpol-action-output/",
    ]


def test_without_a_branch_one_has_to_be_named(world: World, tmp_path: Path):
    done = run(clone(world, tmp_path))
    assert done.returncode == 2
    assert "branch" in done.stderr


def test_a_token_takes_the_place_of_what_the_checkout_holds(world: World, tmp_path: Path):
    done = run(clone(world, tmp_path, READ_TOKEN), branch="policies", token=WRITE_TOKEN)
    assert done.returncode == 0, done.stderr
    assert world.at("policies")
    assert WRITE_TOKEN not in done.stdout + done.stderr


def test_what_may_not_be_written_fails_the_run_and_is_there_all_the_same(world: World, tmp_path: Path):
    place = clone(world, tmp_path, READ_TOKEN)
    done = run(place, branch="main")
    assert done.returncode == 1
    assert "not committed" in done.stderr
    assert "needs the right to write to the branch" in done.stderr
    assert "contents: write" not in done.stdout + done.stderr, "that is GitHub's word"
    assert READ_TOKEN not in done.stdout + done.stderr
    assert (place / "k8s/network-policies.yaml").exists()


def test_a_pull_request_without_github_is_not_put_down_to_permissions_of_a_job(world: World, tmp_path: Path):
    done = run(clone(world, tmp_path), publish="pull-request", branch="policies", base="main")
    assert done.returncode == 1
    assert "A pull request needs GitHub's API" in done.stderr
    assert "The job needs" not in done.stderr


def test_a_dry_run_reaches_nobody(world: World, tmp_path: Path):
    place = clone(world, tmp_path)
    world.server.requests.clear()
    done = run(place, branch="main", dry_run="true")
    assert done.returncode == 0, done.stderr
    assert "would commit k8s/network-policies.yaml to main of origin" in done.stdout + done.stderr
    assert world.server.requests == []


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_while_pushing_leaves_nothing_behind(world: World, tmp_path: Path, name: str):
    """The server holds the push until the program has been told to end."""
    place, temporary = clone(world, tmp_path), tmp_path / "temporary"
    temporary.mkdir()
    before, arrived, ended = world.at(), threading.Event(), threading.Event()

    def hold(request: str) -> None:
        if request == "POST receive-pack":
            arrived.set()
            ended.wait(30)

    world.server.before = hold
    variables = {**INPUTS, "INPUT_PUBLISH": "commit", "INPUT_BRANCH": "main", "TMPDIR": str(temporary)}
    program = Path(sys.executable).with_name("netpol-action")
    process = subprocess.Popen([program, "run"], cwd=place, env={**ENVIRONMENT, **variables}, stderr=subprocess.PIPE)
    try:
        assert arrived.wait(60)
        assert list(temporary.iterdir())
        process.send_signal(signal.Signals[name])
        process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
        ended.set()
    assert process.returncode == 128 + signal.Signals[name]
    assert not list(temporary.iterdir())
    world.server.before = lambda _request: None
    run(place, branch="main")
    assert git(world.bare, "rev-list", "--count", f"{before}..main") == "1"
