"""A reader that has seen enough (`| head`) takes nothing of what the exit code says: the real program, real pipes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("netpol-action")
OPEN = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 80}]}]}
"""
CLOSED = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""


def unread(directory: Path, closed: str, *arguments: str, **environment: str) -> tuple[int, str]:
    """The exit code, and what came on the other stream, where one of the two has lost its reader."""
    (directory / "before.yaml").write_text(OPEN)
    (directory / "after.yaml").write_text(OPEN + CLOSED)
    reader, writer = os.pipe()
    os.close(reader)
    ends = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, closed: writer}
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "INPUT_"))}
    process = subprocess.Popen([COMMAND, *arguments], cwd=directory, env={**kept, **environment}, **ends)
    os.close(writer)
    output, errors = process.communicate()
    return process.returncode, (output or errors or b"").decode()


@pytest.mark.parametrize("workflow", [{}, {"GITHUB_ACTIONS": "true"}], ids=["shell", "workflow"])
def test_a_gate_that_failed_is_told_without_a_reader_of_the_output(tmp_path: Path, workflow: dict[str, str]):
    diff = ("diff", "before.yaml", "after.yaml")
    code, errors = unread(tmp_path, "stdout", *diff, "--fail-on", "closed", **workflow)
    assert (code, "closed" in errors) == (1, True)
    assert unread(tmp_path, "stdout", *diff, **workflow)[0] == 0
    assert unread(tmp_path, "stderr", *diff, "--fail-on", "closed", **workflow)[0] == 1


def test_unusable_input_is_told_without_a_reader_of_the_errors(tmp_path: Path):
    assert unread(tmp_path, "stderr", "map", "nothing-there.yaml") == (2, "")


def test_a_run_that_cannot_tell_the_runner_does_not_pass(tmp_path: Path):
    code, _ = unread(tmp_path, "stdout", "run", GITHUB_ACTIONS="true", INPUT_PATH="before.yaml", INPUT_FORMATS="md")
    assert code == 2
