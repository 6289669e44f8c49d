"""The whole action with `kustomize: true`: the policies, and the kustomization that lists them, in one commit."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from published import OURS, World, world

from netpol_action.action import Ended, run
from netpol_action.errors import NetpolActionError
from netpol_action.publish.connection import Connection

APPLICATION = b"""\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: web, ports: [{containerPort: 80}]}]}
"""
KUSTOMIZATION = b"# what is deployed\nresources:\n- app.yaml  # the shop\nimages:\n- {name: web, newTag: '1'}\n"
LISTED = KUSTOMIZATION.replace(b"# the shop\n", b"# the shop\n- policies.yaml\n")
POLICIES, PLACE = "k8s/policies.yaml", "k8s/kustomization.yaml"


class Workflow:
    """A workspace with a clone of the server's repository, and the action run in it."""

    def __init__(self, directory: Path, github: World) -> None:
        self.github, self.workspace, self.output = github, directory / "workspace", directory / "output"
        self.kustomization = self.workspace / PLACE
        github.data.point("main", github.data.commit({"k8s/app.yaml": APPLICATION, PLACE: KUSTOMIZATION}))
        subprocess.run(["git", "clone", "--quiet", github.data.directory, self.workspace], check=True)
        self.number = 0

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.workspace, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def pull(self) -> None:
        self.git("checkout", "--quiet", ".")
        self.git("clean", "-qfd")
        self.git("pull", "--quiet")

    def run(self, *, dry_run: bool = False, **inputs: str) -> Ended:
        self.number += 1
        self.output.write_text("")
        given = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_API_URL": self.github.url,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REF": "refs/heads/main",
            "GITHUB_REF_NAME": "main",
            "GITHUB_SHA": self.git("rev-parse", "HEAD"),
            "GITHUB_RUN_ID": str(self.number),
            "GITHUB_RUN_ATTEMPT": "1",
            "INPUT_PATH": "k8s",
            "INPUT_GENERATE": "true",
            "INPUT_KUSTOMIZE": "true",
            "INPUT_POLICIES-PATH": POLICIES,
            "INPUT_FORMATS": "md",
            "INPUT_ARTIFACTS": "false",
            "INPUT_PUBLISH": "pull-request",
            "INPUT_TOKEN": "bot-token",
            **{f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()},
        }
        return run(given, lambda: b"", io.StringIO(), dry_run=dry_run)

    def operation(self, **inputs: str) -> str:
        assert self.run(**inputs).failed == ()
        lines = self.output.read_text().split("\n")
        return next(lines[i + 1] for i, line in enumerate(lines) if line.startswith("pull-request-operation<<"))

    def changed(self, branch: str = OURS) -> list[str]:
        return self.github.data.git("diff", "--name-only", "main", branch).splitlines()


@pytest.fixture
def workflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workflow]:
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    if not (shutil.which("kustomize") or shutil.which("kubectl")):
        if os.environ.get("CI") == "true":
            pytest.fail("CI has to have kustomize")
        pytest.skip("needs kustomize or kubectl: run .ci/install-tools")
    monkeypatch.setitem(Connection.__init__.__kwdefaults__, "between_writes", 0.0)
    monkeypatch.setitem(Connection.__init__.__kwdefaults__, "sleep", lambda _seconds: None)
    with world(tmp_path) as github:
        made = Workflow(tmp_path, github)
        monkeypatch.chdir(made.workspace)
        yield made


def test_one_pull_request_holds_the_policies_and_the_kustomization_that_lists_them(workflow: Workflow):
    assert workflow.operation() == "created"
    data = workflow.github.data
    assert workflow.changed() == [PLACE, POLICIES]
    assert data.git("rev-list", "--count", f"main..{OURS}") == "1"
    assert data.content(OURS, PLACE) == LISTED == workflow.kustomization.read_bytes()
    (pull,) = workflow.github.pulls.open()
    assert "What is allowed after merging" in pull["body"]


def test_a_second_run_changes_nothing_and_a_merge_closes_it(workflow: Workflow):
    workflow.operation()
    tip = workflow.github.data.branches()[OURS]
    workflow.pull()
    assert workflow.operation() == "none"
    assert workflow.github.data.branches()[OURS] == tip
    workflow.github.data.point("main", tip)
    workflow.pull()
    assert workflow.operation() == "closed"
    assert workflow.kustomization.read_bytes() == LISTED


def test_policies_that_are_there_but_not_listed_are_reason_enough(workflow: Workflow):
    workflow.run(kustomize="false", publish="commit")
    workflow.pull()
    assert workflow.operation() == "created"
    assert workflow.changed() == [PLACE]


def test_a_pull_request_that_lacked_the_kustomization_gets_it(workflow: Workflow):
    assert workflow.operation(kustomize="false") == "created"
    assert workflow.changed() == [POLICIES]
    (pull,) = workflow.github.pulls.open()
    assert "What is allowed after applying the policies" in pull["body"]
    assert "does not list policies.yaml, so that deploying it does not apply these policies" in pull["body"]
    workflow.pull()
    assert workflow.operation() == "updated"
    assert workflow.changed() == [PLACE, POLICIES]


def test_what_else_stands_in_the_kustomization_of_the_branch_stays(workflow: Workflow):
    """A step before may have set an image in the workspace, and the base may be another branch."""
    workflow.kustomization.write_bytes(KUSTOMIZATION.replace(b"'1'", b"'2'"))
    data = workflow.github.data
    data.point("live", data.branches()["main"])
    workflow.github.somebody_pushes("live", {PLACE: KUSTOMIZATION.replace(b"web,", b"web, newName: other,")})
    assert workflow.operation(base="live") == "created"
    assert data.content(OURS, PLACE) == LISTED.replace(b"web,", b"web, newName: other,")
    assert workflow.kustomization.read_bytes() == LISTED.replace(b"'1'", b"'2'")


def test_a_commit_holds_both(workflow: Workflow):
    workflow.kustomization.write_bytes(KUSTOMIZATION.replace(b"'1'", b"'2'"))
    assert workflow.run(publish="commit").failed == ()
    data = workflow.github.data
    assert data.git("diff", "--name-only", "main~1", "main").splitlines() == [PLACE, POLICIES]
    assert data.content("main", PLACE) == LISTED
    tip = data.branches()["main"]
    workflow.pull()
    workflow.run(publish="commit")
    assert data.branches()["main"] == tip


def test_a_kustomization_that_changed_meanwhile_makes_the_policies_stale(workflow: Workflow):
    tip = workflow.github.somebody_pushes("main", {PLACE: KUSTOMIZATION + b"namespace: other\n"})
    (sentence,) = workflow.run(publish="commit").failed
    assert f"{PLACE}, which the policies are made from, changed there: run again" in sentence
    assert workflow.github.data.branches()["main"] == tip


def test_a_kustomization_that_lists_what_is_yet_to_be_written_is_read(workflow: Workflow):
    workflow.github.somebody_pushes("main", {PLACE: LISTED})
    workflow.pull()
    assert workflow.operation(kustomize="false") == "created"
    assert workflow.changed() == [POLICIES]


def test_a_dry_run_writes_nothing_and_names_both(workflow: Workflow):
    log = workflow.run(dry_run=True).log
    assert any(line.startswith(f"would write {PLACE} (") for line in log)
    assert any(f"pull request with {POLICIES}, {PLACE} from" in line for line in log)
    assert workflow.kustomization.read_bytes() == KUSTOMIZATION
    assert not (workflow.workspace / POLICIES).exists()


def test_where_rendering_changes_what_is_allowed_nothing_is_published(workflow: Workflow):
    labels = b"labels:\n- {includeSelectors: true, pairs: {team: a}}\n"
    workflow.kustomization.write_bytes(KUSTOMIZATION + labels)
    dns = "version: 1\ndns:\n- {namespace: kube-system, pods: {k8s-app: kube-dns}}\n"
    (workflow.workspace / "k8s/netpol.yaml").write_text(dns)
    ended = workflow.run()
    assert "what the kustomization renders does not allow exactly what is required" in ended.failed
    assert OURS not in workflow.github.data.branches()


def test_a_kustomization_that_takes_our_label_away_ends_the_run_with_nothing_written(workflow: Workflow):
    content = KUSTOMIZATION + b"commonLabels: {app.kubernetes.io/managed-by: helm}\n"
    workflow.kustomization.write_bytes(content)
    with pytest.raises(NetpolActionError, match="no transformer may change this label"):
        workflow.run(fail_on="none")
    assert workflow.kustomization.read_bytes() == content
    assert not (workflow.workspace / POLICIES).exists()
    assert OURS not in workflow.github.data.branches()


def test_a_symbolic_link_is_not_edited(workflow: Workflow):
    (workflow.workspace / "k8s/real").mkdir()
    workflow.kustomization.rename(workflow.workspace / "k8s/real/kustomization.yaml")
    workflow.kustomization.symlink_to("real/kustomization.yaml")
    with pytest.raises(NetpolActionError, match=r"kustomize: k8s/kustomization.yaml is a symbolic link"):
        workflow.run()
    assert workflow.kustomization.is_symlink()
    assert (workflow.workspace / "k8s/real/kustomization.yaml").read_bytes() == KUSTOMIZATION


def test_a_kustomization_that_the_branch_does_not_have_is_not_made(workflow: Workflow):
    data = workflow.github.data
    workflow.git("checkout", "--quiet", "-b", "other")
    data.point("main", data.commit({"k8s/app.yaml": APPLICATION}))
    ended = workflow.run(base="main")
    assert any(f"{PLACE} is no file there that could list the policies" in each for each in ended.failed)
    assert OURS not in data.branches()


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"policies_path": "policies.yaml"}, r"kustomize: \. does not lie in k8s"),
        ({"path": "k8s/app.yaml", "policies_path": "k8s/sub/p.yaml"}, "do not come out|come out of the kustomization"),
        ({"generate": "false", "publish": "none"}, "kustomize needs generate: true"),
    ],
)
def test_calls_that_cannot_be(workflow: Workflow, inputs: dict[str, str], sentence: str):
    with pytest.raises(NetpolActionError, match=sentence):
        workflow.run(**inputs)
    assert workflow.kustomization.read_bytes() == KUSTOMIZATION
