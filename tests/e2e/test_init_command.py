"""`init` end to end: accepting all that it wrote leaves nothing unresolved, and opens what it says and no more."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
APPS = ROOT.parent / "shared" / "apps"
EXAMPLE = ROOT / "examples" / "sessionize" / "manifests"


def netpol(directory: Path, *arguments: str, code: int = 0, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "netpol_action", *arguments]
    run = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False, input=stdin)
    assert run.returncode == code, run.stdout + run.stderr
    return run


@pytest.fixture
def example(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "k8s")
    return tmp_path


def egress(policies: str, name: str) -> set[int]:
    """The ports that the policy of one workload opens to hosts: by rules without `to`."""
    policy = next(each for each in yaml.safe_load_all(policies) if each and each["metadata"]["name"].startswith(name))
    rules = [rule for rule in policy["spec"].get("egress", ()) if "to" not in rule]
    return {port["port"] for rule in rules for port in rule["ports"]}


def test_the_databases_of_the_example_are_allowed_once_accepted_and_only_from_who_needs_them(example: Path):
    before = netpol(example, "generate", "k8s").stdout
    assert egress(before, "graph") == egress(before, "scheduler") == set()
    said = netpol(example, "init", "k8s")
    assert said.stderr == (
        "k8s/netpol.yaml: written, with 5 unresolved dependencies to review; where kubectl applies k8s, move it to the "
        "repository's root or to .github: it is no manifest\n"
    )
    after = netpol(example, "generate", "k8s", "--fail-on", "partial,unresolved,blocked-required").stdout
    assert egress(after, "graph") == {27017}
    assert egress(after, "scheduler") == {5432}
    others = [
        each
        for each in yaml.safe_load_all(after)
        if each and not each["metadata"]["name"].startswith(("graph", "scheduler"))
    ]
    assert [each["metadata"]["name"] for each in others if each["spec"].get("egress")] == []


def test_again_it_writes_nothing_and_after_a_change_it_adds_what_is_new(example: Path):
    netpol(example, "init", "k8s")
    written = (example / "k8s/netpol.yaml").read_bytes()
    assert "nothing added" in netpol(example, "init", "k8s").stderr
    assert (example / "k8s/netpol.yaml").read_bytes() == written
    reviewed = written.replace(b"mongo.example.com}", b"mongo.prod.example.com}  # as the DBA says")
    (example / "k8s/netpol.yaml").write_bytes(reviewed)
    graph = (example / "k8s/graph.yaml").read_text().replace("name: mongodb-connection", "name: mongodb-other")
    (example / "k8s/graph.yaml").write_text(graph)
    netpol(example, "init", "k8s")
    now = (example / "k8s/netpol.yaml").read_text()
    assert all(line in now.splitlines() for line in reviewed.decode().splitlines())
    assert "resolves: secret/mongodb-other/DATABASE_URL" in now


@pytest.mark.parametrize(
    ("files", "arguments", "written"),
    [
        ((), ("k8s",), "netpol.yaml"),
        ((), ("k8s", "k8s/graph.yaml"), "netpol.yaml"),
        ((("k8s/netpol.yaml", "version: 1\n"),), ("k8s",), "k8s/netpol.yaml"),
        ((), ("k8s", "-f", "other/name.yaml"), "other/name.yaml"),
        ((), ("k8s/graph.yaml",), "netpol.yaml"),
        (((".github/netpol.yaml", "version: 1\n"),), ("k8s",), ".github/netpol.yaml"),
        ((("netpol.yaml", "kind: NetworkPolicy\napiVersion: networking.k8s.io/v1\nmetadata: {name: a}\n"),),
         ("k8s",), ".github/netpol.yaml"),
    ],
    ids=["at the root of the repository, not beside manifests", "of several inputs", "the one in the input that counts",
         "where it is told", "for a file", "the one that counts", "not over a policy"],
)  # fmt: skip
def test_where_it_writes(example: Path, files: tuple[tuple[str, str], ...], arguments: tuple[str, ...], written: str):
    (example / ".git").mkdir()
    for name, text in files:
        (example / name).parent.mkdir(exist_ok=True)
        (example / name).write_text(text)
    before = {path: path.read_bytes() for path in example.rglob("*") if path.is_file()}
    netpol(example, "init", *arguments)
    changed = {
        str(p.relative_to(example)) for p in example.rglob("*") if p.is_file() and before.get(p) != p.read_bytes()
    }
    assert changed == {written}
    assert "resolves: secret/mongodb-connection/DATABASE_URL" in (example / written).read_text()


def test_from_below_the_root_it_says_which_file_it_wrote(example: Path):
    (example / ".git").mkdir()
    said = netpol(example / "k8s", "init", ".")
    assert said.stderr == "../netpol.yaml: written, with 5 unresolved dependencies to review\n"
    assert netpol(example / "k8s", "init", ".").stderr.endswith(
        "../netpol.yaml: nothing is unresolved, nothing added\n"
    )


def test_to_standard_output(example: Path):
    run = netpol(example, "init", "k8s", "-f", "-")
    assert yaml.safe_load(run.stdout)["platform"] == ["istio"]
    assert not (example / "k8s/netpol.yaml").exists()


def test_a_file_with_errors_is_left_alone(example: Path):
    broken = "version: 1\ndependencies: []\ndependencies: []\n"
    (example / "k8s/netpol.yaml").write_text(broken)
    run = netpol(example, "init", "k8s", code=2)
    assert "k8s/netpol.yaml:3: dependencies stands here a second time (first on line 2)" in run.stderr
    assert (example / "k8s/netpol.yaml").read_text() == broken


@pytest.mark.parametrize(
    "application", ["bank-of-anthos/kubernetes-manifests", "online-boutique/manifests", "sock-shop/manifests"]
)
def test_accepting_everything_leaves_nothing_unresolved(application: str, tmp_path: Path):
    if not APPS.exists():
        pytest.skip("needs the real applications in ../shared/apps")
    config = tmp_path / "netpol.yaml"
    where = (str(APPS / application),)
    netpol(tmp_path, "init", *where, "-f", str(config))
    with_config = (*where, "--config", str(config), "--fail-on", "partial,unresolved,blocked-required")
    policies = netpol(tmp_path, "generate", *with_config).stdout
    (tmp_path / "policies.yaml").write_text(policies)
    checked = netpol(tmp_path, "check", *where, "policies.yaml", "--config", str(config))
    assert checked.stdout.startswith("The policies block none of ")
