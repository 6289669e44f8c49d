"""Each step with the action in the examples and in CI, run for real in a real repository: it plans what is promised."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from netpol_action.inputs import read_inputs

ROOT = Path(__file__).parents[2]
WORKFLOWS = [*sorted((ROOT / "examples/workflows").glob("*.yml")), ROOT / ".github/workflows/ci.yml"]
COMMAND = Path(sys.executable).parent / "netpol-action"
DENY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {matchLabels: {app: scheduler}}, policyTypes: [Ingress]}
"""


@dataclass(frozen=True)
class Step:
    """A step with the action; `event` is the one that its workflow is about, `variables` those of `env` at its top."""

    event: str
    inputs: dict[str, str]
    variables: dict[str, str]

    def resolved(self, head: str) -> dict[str, str]:
        """The inputs as a runner passes them on. An expression that this table lacks fails the test."""
        values = {
            **{f"env.{name}": value for name, value in self.variables.items()},
            "github.event.workflow_run.head_sha": head,
        }
        return {
            name: re.sub(r"\$\{\{ (.+?) \}\}", lambda found: values[found[1]], value)
            for name, value in self.inputs.items()
        }


def steps(workflow: Path) -> Iterator[tuple[str, Step]]:
    """The steps with the action, by workflow and job, and a number where the job has several."""
    content: dict[str, Any] = yaml.safe_load(workflow.read_text())
    triggers = content[True]  # `on` is a truth value in YAML 1.1
    event = next((event for event in ("workflow_run", "pull_request") if event in triggers), "workflow_dispatch")
    for job, described in content["jobs"].items():
        using = [
            step for step in described.get("steps", ()) if re.search(r"/netpol-action@|^\./$", step.get("uses", ""))
        ]
        for number, step in enumerate(using, 1):
            name = f"{workflow.stem}/{job}" + (f"/{number}" if len(using) > 1 else "")
            yield name, Step(event, step["with"], content.get("env", {}))


STEPS = {name: step for workflow in WORKFLOWS for name, step in steps(workflow)}

EXAMPLE = "examples/sessionize/manifests"
POLICIES = f"{EXAMPLE}/network-policies.yaml"

EXPECTED = {
    "ci/action/1": (0, ["output connections-removed=", "output policies-changed=true"]),
    "ci/action/2": (0, ["comment on pull request 7: ", "from netpol-action/policies into topic of o/r"]),
    "code-scanning/alerts": (0, ["output sarif-file=netpol-action-output/netpol-action.sarif"]),
    "deploy-commit/policies": (
        1,
        [f"write {POLICIES}", "not published, because a gate failed: 5 dependencies"],
    ),
    "deploy-commit/deploy": (0, ["write netpol-action-output/connectivity.svg"]),
    "deploy-pull-request/policies": (
        0,
        [f"pull request with {POLICIES} from netpol-action/policies into main of o/r"],
    ),
    "deploy-pull-request/deploy": (0, ["write netpol-action-output/connectivity.svg"]),
    "drift/drift": (
        0,
        [f"pull request with {POLICIES} from netpol-action/drift", "output policies-changed=true"],
    ),
    "drift/check": (0, []),
    "fork-analyse/compare": (
        1,
        ["output connections-removed=2", "error: the change breaks the application"],
    ),
    "fork-comment/comment": (0, ["the pull request of this commit cannot be looked up: there is no token"]),
    "pull-request/compare": (
        1,
        ["comment on pull request 7: ", "error: the change breaks the application"],
    ),
}
"""The exit code, and what the plan has among others; a pull request is one that cuts off what is needed."""


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True).stdout.strip()


class Checkout:
    """The examples in a repository, and a pull request there that closes what the application needs."""

    def __init__(self, directory: Path) -> None:
        self.top, self.runner = directory / "workspace", directory / "runner"
        self.runner.mkdir()
        shutil.copytree(ROOT / "examples/sessionize", self.top / "examples/sessionize")
        git(self.top, "init", "--quiet", "--initial-branch", "main")
        self.base = self.commit()
        (self.top / "examples/sessionize/manifests/deny.yaml").write_text(DENY)
        kustomization = self.top / "examples/sessionize/kustomize/base/kustomization.yaml"
        kustomization.write_text(kustomization.read_text().replace("resources:", "resources:\n  - deny.yaml"))
        (kustomization.parent / "deny.yaml").write_text(DENY)
        git(self.top, "checkout", "--quiet", "-b", "topic")
        self.head = self.commit()
        git(self.top, "checkout", "--quiet", "main")

    def commit(self) -> str:
        git(self.top, "add", ".")
        git(self.top, "commit", "--quiet", "--message", "change")
        return git(self.top, "rev-parse", "HEAD")

    def event(self, name: str) -> dict[str, str]:
        """What is checked out for an event, its payload, and what a runner says of it."""
        payload: dict[str, Any] = {}
        ref = "refs/heads/main"
        if name == "pull_request":
            git(self.top, "checkout", "--quiet", "--detach", "main")
            git(self.top, "merge", "--quiet", "--no-ff", "--message", "merge", self.head)
            sides = {"base": {"ref": "main", "sha": self.base}, "head": {"ref": "topic", "sha": self.head}}
            payload, ref = {"pull_request": {"number": 7, **sides}}, "refs/pull/7/merge"
        elif name == "workflow_run":
            repository = {"full_name": "fork/r", "owner": {"login": "fork"}}
            run = {"event": "pull_request", "head_sha": self.head, "head_branch": "topic"}
            payload = {"workflow_run": {**run, "head_repository": repository}}
        (self.runner / "event.json").write_text(json.dumps(payload))
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(self.runner / "event.json"),
            "GITHUB_JOB": "job",
            "GITHUB_REF": ref,
            "GITHUB_REF_NAME": ref.removeprefix("refs/heads/").removeprefix("refs/pull/"),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_SHA": git(self.top, "rev-parse", "HEAD"),
            "GITHUB_WORKFLOW": "Example",
            "GITHUB_WORKSPACE": str(self.top),
        }


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
@pytest.mark.parametrize("name", STEPS)
def test_a_step_plans_what_its_example_promises(name: str, checkout: Checkout):
    step, (code, planned) = STEPS[name], EXPECTED[name]
    environment = {**os.environ, **checkout.event(step.event)}
    environment["PATH"] = os.pathsep.join((str(COMMAND.parent), os.environ["PATH"]))
    if "kustomize" in step.inputs["path"] and not shutil.which("kustomize", path=environment["PATH"]):
        pytest.skip("needs kustomize: run .ci/install-tools")
    inputs = {f"INPUT_{name.upper()}": value for name, value in step.resolved(checkout.head).items()}
    done = subprocess.run(
        [COMMAND, "run", "--dry-run"],
        cwd=checkout.top,
        env={**environment, **inputs},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert [each for each in planned if each not in done.stdout + done.stderr] == []
    assert git(checkout.top, "status", "--porcelain") == ""


def test_every_step_is_expected_to_do_something():
    assert set(EXPECTED) == set(STEPS)


@pytest.mark.parametrize("name", STEPS)
def test_the_inputs_of_a_step_are_understood_and_its_path_is_in_this_repository(name: str):
    inputs = STEPS[name].resolved("f" * 40)
    options = read_inputs({f"INPUT_{name.upper()}": value for name, value in inputs.items()})
    assert all((ROOT / path.removeprefix("f" * 40 + ":")).exists() for path in options.paths)


def test_the_commit_of_a_fork_is_fetched_and_neither_checked_out_nor_the_token_kept(checkout: Checkout, tmp_path: Path):
    server, clone = tmp_path / "server.git", tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--bare", str(checkout.top), str(server))
    git(server, "update-ref", "refs/pull/7/head", checkout.head)
    git(server, "branch", "--quiet", "-D", "topic")
    git(server, "config", "uploadpack.allowReachableSHA1InWant", "true")
    git(tmp_path, "clone", "--quiet", f"file://{server}", str(clone))
    config = (clone / ".git/config").read_text()
    (script,) = (
        step["run"]
        for step in yaml.safe_load((ROOT / "examples/workflows/fork-comment.yml").read_text())["jobs"]["comment"][
            "steps"
        ]
        if "run" in step
    )
    variables = {"HEAD": checkout.head, "TOKEN": "a-token"}
    subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=clone, env={**os.environ, **variables}, check=True)
    assert git(clone, "cat-file", "-t", checkout.head) == "commit"
    assert git(clone, "rev-parse", "HEAD") == checkout.base
    assert git(clone, "status", "--porcelain") == ""
    assert (clone / ".git/config").read_text() == config
    done = subprocess.run(
        [COMMAND, "diff", f"origin/main:{EXAMPLE}", f"{checkout.head}:{EXAMPLE}"],
        cwd=clone,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "closed-required" in done.stdout
