"""SARIF from the command line: from `check` and `diff`, by option and by the name of the file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

OPEN = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, env: [{name: DB, value: "db.example.com:5432"}]}]}
"""
CLOSED = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""


def call(directory: Path, *arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "netpol_action", *arguments]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def found_in(text: str) -> dict[str, tuple[str, int]]:
    """File and line by rule."""
    results = json.loads(text)["runs"][0]["results"]
    places = [each["locations"][0]["physicalLocation"] for each in results]
    where = [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places]
    return dict(zip([each["ruleId"] for each in results], where, strict=True))


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in (("before", OPEN + CLOSED), ("after", OPEN)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "shop app.yaml").write_text(text)
    return tmp_path


def test_check_writes_what_it_finds(shop: Path):
    code, output, _ = call(shop, "check", "before", "-o", "sarif", "--fail-on", "not-required")
    assert code == 1
    assert found_in(output) == {
        "unprotected-egress": ("before/shop%20app.yaml", 1),
        "external-host": ("before/shop%20app.yaml", 8),
    }


def test_the_name_of_the_file_says_so_too(shop: Path):
    assert call(shop, "check", "before", "-f", "found.sarif")[:2] == (0, "")
    assert "unprotected-egress" in found_in((shop / "found.sarif").read_text())


def test_diff_writes_what_opens_and_closes_at_its_cause_or_else_at_the_workload(shop: Path):
    code, output, _ = call(shop, "diff", "before", "after", "-o", "sarif", "--fail-on", "opened-internet")
    assert code == 1
    assert found_in(output) == {
        "opened-internet": ("after/shop%20app.yaml", 1),
        "opened-between-namespaces": ("after/shop%20app.yaml", 1),
    }
    message = json.loads(output)["runs"][0]["results"][0]["message"]["text"]
    assert message.startswith(
        "NetworkPolicy shop/deny removed: this opens 1 connection to or from outside the cluster: "
    )
    assert message.endswith(" This is about before/shop app.yaml:10 (document 2).")
    code, output, _ = call(shop, "diff", "after", "before", "-o", "sarif")
    assert (code, found_in(output)) == (0, {})


def test_a_version_of_a_repository_is_named_by_its_files(shop: Path):
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *arguments], cwd=shop, check=True)
    _, output, _ = call(shop, "check", "HEAD:before", "-o", "sarif", "--fail-on", "none")
    assert found_in(output)["unprotected-egress"] == ("before/shop%20app.yaml", 1)
    assert json.loads(output)["runs"][0]["automationDetails"]["id"] == "netpol-action/before/"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["map", "before", "-f", "m.sarif"], "map writes txt, md, csv, json, dot, png, svg, mermaid, and no sarif"),
        (["check", "before", "-f", "m.png"], "check writes txt, md, json, sarif, and no png"),
    ],
)
def test_other_commands_say_what_they_write(shop: Path, arguments: list[str], sentence: str):
    code, _, errors = call(shop, *arguments)
    assert code == 2
    assert errors == f"error: {arguments[-1]}: {sentence}; say which with -o\n"
