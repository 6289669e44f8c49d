"""Several applications in one repository: none loses its policies to another, nor is read along with another."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

WORKLOAD = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: main, image: example.com/{name}:1}}]}}
---
"""
POLICIES = "network-policies.yaml"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose first application, `shop`, has its policies at the root."""
    write(tmp_path, "shop", "web", "db")
    write(tmp_path, "blog", "pages", "search")
    assert run(tmp_path, "shop").returncode == 0
    return tmp_path


def write(top: Path, application: str, *workloads: str, namespace: str = "") -> None:
    (top / application).mkdir(exist_ok=True)
    text = "".join(WORKLOAD.format(name=name, namespace=namespace or application) for name in workloads)
    (top / application / "app.yaml").write_text(text)


def call(top: Path, *arguments: str, **inputs: str) -> subprocess.CompletedProcess[str]:
    given = {f"INPUT_{name.upper()}": value for name, value in inputs.items()}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")} | given
    command = [sys.executable, "-m", "netpol_action", *arguments]
    return subprocess.run(command, cwd=top, env=environment, capture_output=True, text=True, check=False)


def run(top: Path, path: str, **inputs: str) -> subprocess.CompletedProcess[str]:
    return call(top, "run", **{"path": path, "generate": "true", "output_directory": "out", **inputs})


@pytest.mark.parametrize("namespace", ["blog", "shop"])
def test_the_policies_of_another_application_are_not_replaced(repository: Path, namespace: str):
    write(repository, "blog", "pages", "search", namespace=namespace)
    before = (repository / POLICIES).read_bytes()
    done = run(repository, "blog")
    assert done.returncode == 2
    assert "network-policies.yaml holds the policies of another application" in done.stderr
    assert "NetworkPolicy shop/db" in done.stderr
    assert "policies-path" in done.stderr
    assert (repository / POLICIES).read_bytes() == before
    assert run(repository, "blog", policies_path="blog.yaml").returncode == 0


def test_generate_does_not_replace_them_either_unless_told_to(repository: Path):
    before = (repository / POLICIES).read_bytes()
    done = call(repository, "generate", "blog", "-f", POLICIES)
    assert (done.returncode, (repository / POLICIES).read_bytes()) == (2, before)
    assert "network-policies.yaml holds the policies of another application" in done.stderr
    told = call(repository, "generate", "blog", "-f", POLICIES, "--remove")
    assert told.returncode == 0
    assert "NetworkPolicy shop/db" in told.stderr
    assert b"pages" in (repository / POLICIES).read_bytes()


def test_a_directory_is_cleared_by_design_and_what_goes_is_listed(repository: Path):
    assert call(repository, "generate", "shop", "-d", "policies").returncode == 0
    done = call(repository, "generate", "blog", "-d", "policies")
    assert done.returncode == 0
    assert "policies: no longer holds NetworkPolicy shop/db" in done.stderr


def test_an_application_that_lost_workloads_is_the_same_and_what_goes_is_listed(repository: Path):
    write(repository, "shop", "web")
    done = run(repository, "shop")
    assert done.returncode == 0
    assert "no longer holds NetworkPolicy shop/db" in done.stdout + done.stderr
    assert "no longer holds" not in run(repository, "shop").stderr


def test_an_application_whose_labels_all_changed_is_the_same(repository: Path):
    app = repository / "shop" / "app.yaml"
    app.write_text(app.read_text().replace("app: ", "component: "))
    done = run(repository, "shop")
    assert done.returncode == 0
    assert "no longer holds" not in done.stdout + done.stderr


def test_where_everything_was_renamed_removing_the_file_helps(repository: Path):
    write(repository, "shop", "front", "store")
    assert "remove the file" in run(repository, "shop").stderr
    (repository / POLICIES).unlink()
    assert run(repository, "shop").returncode == 0


def test_a_comparison_of_files_that_replaces_nothing_goes_on(repository: Path):
    done = call(repository, "generate", "blog", "-f", POLICIES, "--check")
    assert done.returncode == 1


def test_the_policies_of_another_application_are_not_read_along(repository: Path):
    done = run(repository, "blog", generate="false")
    assert done.returncode == 0
    assert "is read too" not in done.stdout + done.stderr
    assert "selects no workload" not in done.stdout + done.stderr
    assert "is read too" in (own := run(repository, "shop", generate="false")).stdout + own.stderr
