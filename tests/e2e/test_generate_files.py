"""`generate` and the files that it writes: layouts, pruning, kustomizations, and whether they are up to date.

tests/e2e/trees/<name>/ has a line in `about.txt`, the arguments in `call.txt`, the files `before` and `after`, and in
`messages.txt` what is said. `pytest --update-golden` rewrites the last two.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TREES = Path(__file__).parent / "trees"
NAMES = sorted(path.parent.name for path in TREES.glob("*/call.txt"))
TOOLS = Path(sys.executable).parent
WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, namespace: {namespace}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec: {{containers: [{{name: main, image: x}}]}}
---
"""


@pytest.fixture(autouse=True)
def kustomize(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join((str(TOOLS), os.environ["PATH"])))
    wanted = "kustom" in request.node.name
    if wanted and not (shutil.which("kustomize") or shutil.which("kubectl")):
        pytest.skip("needs kustomize or kubectl: run .ci/install-tools")


def run(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "netpol_action", *arguments]
    return subprocess.run(call, cwd=directory, capture_output=True, text=True, check=False)


def files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def copied(name: str, directory: Path) -> Path:
    return Path(shutil.copytree(TREES / name / "before", directory / name))


@pytest.mark.parametrize("name", NAMES)
def test_the_files_afterwards(name: str, tmp_path: Path, update_golden: bool):
    top = copied(name, tmp_path)
    done = run(top, *shlex.split((TREES / name / "call.txt").read_text()))
    said = f"exit code {done.returncode}\n{done.stderr}"
    if update_golden:
        shutil.rmtree(TREES / name / "after", ignore_errors=True)
        shutil.copytree(top, TREES / name / "after")
        (TREES / name / "messages.txt").write_text(said)
    assert files(top) == files(TREES / name / "after")
    assert said == (TREES / name / "messages.txt").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_a_second_run_changes_nothing(name: str, tmp_path: Path):
    top = copied(name, tmp_path)
    call = shlex.split((TREES / name / "call.txt").read_text())
    run(top, *call)
    once = files(top)
    run(top, *call)
    assert files(top) == once


@pytest.mark.parametrize("name", NAMES)
def test_check_writes_nothing_and_fails_until_all_is_up_to_date(name: str, tmp_path: Path):
    top = copied(name, tmp_path)
    call = shlex.split((TREES / name / "call.txt").read_text())
    before = files(top)
    done = run(top, *call, "--check")
    assert done.returncode == 1
    assert f": run `{shlex.join(('netpol-action', *call))}`" in done.stderr
    assert files(top) == before
    run(top, *call)
    assert ": run `" not in run(top, *call, "--check").stderr


def test_check_says_which_file_is_missing_and_the_call_that_writes_it(tmp_path: Path):
    (tmp_path / "app.yaml").write_text(WEB.format(name="web", namespace="shop"))
    call = ("generate", "app.yaml", "--helm-set", "key=pw", "--helm-set=token=pw", "-f", "all policies.yaml")
    again = "`netpol-action generate app.yaml --helm-set key=... --helm-set=token=... -f 'all policies.yaml'`"
    done = run(tmp_path, *call, "--check", "--fail-on", "none")
    assert f"failed: all policies.yaml does not exist: run {again[:-1]} --fail-on none`\n" in done.stderr
    run(tmp_path, *call)
    (tmp_path / "app.yaml").write_text(WEB.format(name="web", namespace="shop").replace("name: web", "name: api"))
    assert f"failed: all policies.yaml is out of date: run {again}\n" in run(tmp_path, *call, "--check").stderr
    both = run(tmp_path, "generate", "app.yaml", "-d", ".", "--check").stderr
    assert ".yaml do not exist and all policies.yaml is out of date: run `" in both


def test_check_also_fails_on_a_file_too_many_and_names_it(tmp_path: Path):
    (tmp_path / "app.yaml").write_text(WEB.format(name="web", namespace="shop"))
    call = ("generate", "app.yaml", "-d", "policies")
    assert run(tmp_path, *call).returncode == 0
    assert run(tmp_path, *call, "--check").returncode == 0
    left = tmp_path / "policies" / "shop-web-netpol.yaml"
    left.rename(left.with_name("old.yaml"))
    run(tmp_path, *call, "--fail-on", "none")
    shutil.copy(left, left.with_name("old.yaml"))
    done = run(tmp_path, *call, "--check", "--fail-on", "none")
    assert done.returncode == 1
    assert "policies/old.yaml is out of date" in done.stderr


def test_a_file_for_each_namespace(tmp_path: Path):
    both = WEB.format(name="web", namespace="shop") + WEB.format(name="web", namespace="tools")
    (tmp_path / "app.yaml").write_text(both)
    run(tmp_path, "generate", "app.yaml", "-d", "policies", "--layout", "namespace")
    written = files(tmp_path / "policies")
    assert sorted(written) == ["shop-network-policies.yaml", "tools-network-policies.yaml"]
    assert written["shop-network-policies.yaml"].count(b"namespace: shop") == 2


def test_a_change_of_layout_prunes_the_old_files(tmp_path: Path):
    (tmp_path / "app.yaml").write_text(WEB.format(name="web", namespace="shop"))
    run(tmp_path, "generate", "app.yaml", "-d", "policies")
    run(tmp_path, "generate", "app.yaml", "-d", "policies", "--layout", "namespace")
    assert sorted(files(tmp_path / "policies")) == ["shop-network-policies.yaml"]


UNUSABLE = {
    "a layout without a directory": (["--layout", "namespace"], "name one with -d"),
    "a check of nothing": (["--check"], "say which with -f or -d"),
    "a kustomization of nothing": (["--kustomize"], "say which with -f or -d"),
    "no kustomization": (["-d", "policies", "--kustomize"], "to be a directory with one kustomization file"),
    "a file of others": (["-f", "app.yaml"], "did not write"),
}


@pytest.mark.parametrize(("arguments", "sentence"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_calls_write_nothing(arguments: list[str], sentence: str, tmp_path: Path):
    (tmp_path / "app.yaml").write_text(WEB.format(name="web", namespace="shop"))
    before = files(tmp_path)
    done = run(tmp_path, "generate", ".", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert files(tmp_path) == before


def test_files_out_of_the_kustomizations_reach_are_refused(tmp_path: Path):
    top = copied("kustomize", tmp_path)
    before = files(top)
    done = run(top, "generate", "app", "-d", "policies", "--kustomize")
    assert done.returncode == 2
    assert "policies does not lie in app" in done.stderr
    assert files(top) == before


def test_a_kustomization_that_no_longer_builds_is_put_back(tmp_path: Path):
    top = copied("kustomize", tmp_path)
    # The same policy from elsewhere: kustomize refuses two objects of one name.
    (top / "app" / "again.yaml").write_text(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web-netpol, namespace: shop, "
        "labels: {app.kubernetes.io/managed-by: netpol-action}}\nspec: {podSelector: {}}\n"
    )
    kustomization = top / "app" / "kustomization.yaml"
    kustomization.write_text(kustomization.read_text().replace("- app.yaml ", "- again.yaml\n    - app.yaml "))
    before = files(top)
    done = run(top, "generate", "app", "-d", "app/policies", "--kustomize")
    assert done.returncode == 2
    assert "web-netpol" in done.stderr
    assert files(top) == before


def test_a_kustomization_that_takes_our_label_away_is_put_back(tmp_path: Path):
    top = copied("kustomize", tmp_path)
    kustomization = top / "app" / "kustomization.yaml"
    kustomization.write_text(kustomization.read_text().replace("{team: a}", "{app.kubernetes.io/managed-by: helm}"))
    before = files(top)
    done = run(top, "generate", "app", "-d", "app/policies", "--kustomize")
    assert done.returncode == 2
    assert "no transformer may change this label" in done.stderr
    assert files(top) == before
