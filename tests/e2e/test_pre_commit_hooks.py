"""The hooks, installed and run by pre-commit itself in a repository that uses them as the example does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = Path(sys.executable).parent / "netpol-action"
PRE_COMMIT = ROOT / ".ci/.venv/bin/pre-commit"
EXAMPLE = ROOT / "examples/workflows/pre-commit/.pre-commit-config.yaml"
MANIFESTS = Path("examples/sessionize/manifests")
DENY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny}
spec: {podSelector: {matchLabels: {app: scheduler}}, policyTypes: [Ingress]}
"""

pytestmark = pytest.mark.slow  # pre-commit installs the package, and what it depends on


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True).stdout.strip()


def repository(directory: Path, *files: str) -> str:
    """A repository with these files of ours; returns its commit."""
    for name in files:
        source, target = ROOT / name, directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    git(directory, "init", "--quiet", "--initial-branch", "main")
    git(directory, "add", "--all", "--force")
    git(directory, "commit", "--quiet", "--message", "all")
    return git(directory, "rev-parse", "HEAD")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A repository whose configuration is the example, with the hooks of this checkout."""
    if not PRE_COMMIT.exists():
        if os.environ.get("CI"):
            pytest.fail(f"{PRE_COMMIT} is missing")
        pytest.skip("needs pre-commit: run `make lint`, which installs it")
    hooks, directory = tmp_path / "hooks", tmp_path / "work"
    commit = repository(hooks, ".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE", "netpol_action")
    repository(directory, str(MANIFESTS))
    text = EXAMPLE.read_text().replace("https://github.com/OWNER/netpol-action", f"file://{hooks}")
    (directory / ".pre-commit-config.yaml").write_text(text.replace("v0.1.0\n", f"{commit}\n"))
    git(directory, "add", "--all")
    return directory


def run(directory: Path) -> tuple[int, dict[str, str], str]:
    """The exit code of pre-commit, what became of each hook, and all that was printed."""
    done = subprocess.run(
        [PRE_COMMIT, "run", "--all-files", "--color", "never"],
        cwd=directory,
        env={**os.environ, "PRE_COMMIT_HOME": str(directory.parent / "home")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
    results = (line.rpartition(".") for line in done.stdout.splitlines() if line.startswith("network policies "))
    return done.returncode, {name.rstrip("."): result for name, _, result in results}, done.stdout


def test_the_hooks_fail_on_old_policies_and_on_policies_that_block_and_pass_otherwise(work: Path):
    fresh, sound = "network policies are up to date", "network policies let through what is needed"

    code, results, printed = run(work)
    assert (code, results) == (1, {fresh: "Failed", sound: "Passed"}), printed
    target = f"{MANIFESTS}/network-policies.yaml"
    again = f"netpol-action generate {MANIFESTS} --output-file {target}"
    assert f"{target} does not exist: run `{again}`" in printed

    policies = work / MANIFESTS / "network-policies.yaml"
    subprocess.run([COMMAND, "generate", str(MANIFESTS), "-f", policies], cwd=work, check=True, capture_output=True)
    git(work, "add", "--all")
    code, results, printed = run(work)
    assert (code, results) == (0, {fresh: "Passed", sound: "Passed"}), printed

    (work / MANIFESTS / "deny.yaml").write_text(DENY)
    policies.unlink()
    git(work, "add", "--all")
    code, results, printed = run(work)
    assert results == {fresh: "Failed", sound: "Failed"}, printed
    assert "closes the other end's ingress" in printed
