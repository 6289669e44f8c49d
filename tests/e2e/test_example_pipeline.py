"""The scripts of the pipeline for GitLab, run by a shell in a real repository, less what installs things."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from test_example_workflows import COMMAND, ROOT, Checkout, git

PIPELINE: dict[str, Any] = yaml.safe_load((ROOT / "examples/workflows/gitlab/.gitlab-ci.yml").read_text())
MANIFESTS = PIPELINE["variables"]["MANIFESTS"]


@pytest.fixture
def merge_request(tmp_path: Path) -> Checkout:
    """A merge request that cuts off what is needed, its head checked out."""
    made = Checkout(tmp_path)
    git(made.top, "checkout", "--quiet", "topic")
    return made


def run(job: str, repository: Checkout) -> subprocess.CompletedProcess[str]:
    script = [line for line in PIPELINE[job]["script"] if not line.startswith("apt-get ")]
    variables = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": repository.base, **PIPELINE["variables"]}
    path = os.pathsep.join((str(COMMAND.parent), os.environ["PATH"]))
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", "\n".join(script)],
        cwd=repository.top,
        env={**os.environ, **variables, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_merge_request_that_cuts_off_what_is_needed_fails_and_leaves_the_difference(merge_request: Checkout):
    done = run("network-policies:change", merge_request)
    assert done.returncode == 1, done.stderr
    difference = (merge_request.top / "network-policies/diff.md").read_text()
    assert difference.startswith("### ❌ This change breaks the application")


def test_policies_that_block_what_is_needed_fail(merge_request: Checkout):
    done = run("network-policies:check", merge_request)
    assert done.returncode == 1
    assert "closes the other end's ingress" in (merge_request.top / "network-policies/check.md").read_text()


def test_policies_that_are_out_of_date_fail_until_they_are_generated(merge_request: Checkout):
    git(merge_request.top, "checkout", "--quiet", "main")
    policies = f"{MANIFESTS}/network-policies.yaml"
    assert policies in run("network-policies:check", merge_request).stderr
    git(merge_request.top, "clean", "--quiet", "--force", "-d")
    subprocess.run([COMMAND, "generate", MANIFESTS, "-f", policies], cwd=merge_request.top, check=True)
    done = run("network-policies:check", merge_request)
    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
def test_the_map_is_drawn(merge_request: Checkout):
    done = run("network-policies:map", merge_request)
    assert done.returncode == 0, done.stderr
    found = {path.name for path in (merge_request.top / "network-policies").iterdir()}
    assert found == {"connectivity.json", "connectivity.svg"}


def test_the_first_merge_request_with_manifests_does_not_fail(tmp_path: Path):
    made = Checkout(tmp_path)
    git(made.top, "rm", "--quiet", "-r", MANIFESTS)
    made.base = made.commit()
    git(made.top, "checkout", "--quiet", made.head, "--", MANIFESTS)
    done = run("network-policies:change", made)
    assert done.returncode == 0, done.stderr
    assert (made.top / "network-policies/diff.md").read_text().startswith("### ⚠️ This change opens")
