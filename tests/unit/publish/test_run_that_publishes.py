"""The whole action with `publish`: a real checkout, the real client, and a server in GitHub's place."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from github_server import Fault
from published import OURS, World, world

from netpol_action.action import Ended, run
from netpol_action.errors import InputError, UsageError
from netpol_action.publish import landing
from netpol_action.publish.connection import Connection
from netpol_action.publish.repeating import MOST_WAIT_IN_ALL

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
POLICIES = "deploy/policies.yaml"


class Workflow:
    """A workspace with a clone of the server's repository, and the action run in it."""

    def __init__(self, directory: Path, github: World) -> None:
        self.github, self.runner, self.workspace = github, directory / "runner", directory / "workspace"
        self.runner.mkdir()
        github.data.point("main", github.data.commit({"k8s/app.yaml": APPLICATION}))
        subprocess.run(["git", "clone", "--quiet", github.data.directory, self.workspace], check=True)
        self.number = 0

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.workspace, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def change(self, content: bytes) -> None:
        """A commit to the application on main, checked out."""
        self.github.somebody_pushes("main", {"k8s/app.yaml": content})
        self.git("pull", "--quiet")

    def run(self, environment: dict[str, str] | None = None, **inputs: str) -> Ended:
        self.number += 1
        self.commands = io.StringIO()
        for name in ("output", "summary"):
            (self.runner / name).write_text("")
        given = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(self.runner / "output"),
            "GITHUB_STEP_SUMMARY": str(self.runner / "summary"),
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
            "INPUT_POLICIES-PATH": POLICIES,
            "INPUT_FORMATS": "md",
            "INPUT_ARTIFACTS": "false",
            "INPUT_TOKEN": "bot-token",
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
            **(environment or {}),
        }
        return run(given, lambda: b"", self.commands, dry_run=False)

    @property
    def outputs(self) -> dict[str, str]:
        parts = (self.runner / "output").read_text().split("\n")
        return {parts[i].partition("<<")[0]: parts[i + 1] for i in range(0, len(parts) - 1, 3)}

    @property
    def summary(self) -> str:
        return (self.runner / "summary").read_text()


@pytest.fixture
def workflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workflow]:
    monkeypatch.setitem(Connection.__init__.__kwdefaults__, "between_writes", 0.0)
    monkeypatch.setitem(Connection.__init__.__kwdefaults__, "sleep", lambda _seconds: None)
    with world(tmp_path) as github:
        made = Workflow(tmp_path, github)
        monkeypatch.chdir(made.workspace)
        yield made


def test_policies_are_committed_to_the_branch_that_is_checked_out(workflow: Workflow):
    ended = workflow.run(publish="commit")
    assert ended.failed == ()
    tip = workflow.github.data.branches()["main"]
    assert f"committed {POLICIES} to main of o/r as {tip[:7]}" in ended.log
    assert b"kind: NetworkPolicy" in workflow.github.data.content("main", POLICIES)
    assert (workflow.outputs["commit-sha"], workflow.outputs["commit-verified"]) == (tip, "true")
    workflow.git("checkout", "--quiet", ".")
    workflow.git("clean", "--quiet", "--force", "-d")
    workflow.git("pull", "--quiet")
    assert "nothing to commit to main of o/r" in workflow.run(publish="commit").log
    assert workflow.outputs["commit-sha"] == ""
    assert workflow.github.data.branches()["main"] == tip


def test_policies_are_proposed_updated_and_the_proposal_closed(workflow: Workflow):
    ended = workflow.run(publish="pull-request", **{"pull-request-body": "For review."})
    assert ended.failed == ()
    assert "created pull request 7 of o/r: https://github.com/o/r/pull/7" in ended.log
    found = workflow.outputs
    assert found["pull-request-number"] == "7"
    assert found["pull-request-operation"] == "created"
    assert found["commit-sha"] == workflow.github.data.branches()[OURS]
    (made,) = workflow.github.pulls.open()
    assert made["body"].startswith("<!-- netpol-action pull request --><!-- run 1.1 -->\nFor review.\n\n")
    assert "[Pull request 7](https://github.com/o/r/pull/7) has the policies." in workflow.summary
    workflow.change(APPLICATION.replace(b"containerPort: 80", b"containerPort: 8080"))
    workflow.run(publish="pull-request")
    assert workflow.outputs["pull-request-operation"] == "updated"
    workflow.github.data.point("main", workflow.github.data.branches()[OURS])
    workflow.git("checkout", "--quiet", ".")
    workflow.git("clean", "--quiet", "--force", "-d")
    workflow.git("pull", "--quiet")
    workflow.run(publish="pull-request", **{"pull-request-delete-branch": "true"})
    assert workflow.outputs["pull-request-operation"] == "closed"
    assert workflow.outputs["commit-sha"] == ""
    assert set(workflow.github.data.branches()) == {"main"}


def test_a_second_run_with_the_same_result_writes_nothing(workflow: Workflow):
    workflow.run(publish="pull-request")
    workflow.github.state.requests.clear()
    workflow.run(publish="pull-request")
    assert workflow.outputs["pull-request-operation"] == "none"
    assert workflow.outputs["pull-request-number"] == "7"
    assert workflow.github.state.writes() == []


def test_a_run_whose_gate_fails_publishes_nothing(workflow: Workflow):
    (workflow.workspace / "k8s/broken.yaml").write_text("kind: [")
    ended = workflow.run(publish="commit")
    assert len(ended.failed) == 1
    assert workflow.github.state.requests == []
    assert "The policies are not published, because a gate failed" in workflow.summary


def test_on_a_fork_nothing_is_tried(workflow: Workflow):
    repositories = {"base": {"ref": "main", "repo": {"full_name": "o/r"}}, "head": {"repo": {"full_name": "m/r"}}}
    event = workflow.runner / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, **repositories}}))
    on = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": str(event), "GITHUB_REF": "refs/pull/7/merge"}
    ended = workflow.run(on, publish="pull-request", comment="never")
    assert ended.failed == ()
    assert workflow.github.state.requests == []
    assert "a pull request from a fork, whose token may only read" in workflow.summary
    assert (workflow.workspace / POLICIES).exists()


@pytest.mark.parametrize("publish", ["commit", "pull-request"])
@pytest.mark.parametrize("repository", [{"full_name": "mallory/r", "owner": {"login": "mallory"}}, None])
def test_what_a_fork_proposes_is_not_published_by_the_run_that_follows(
    workflow: Workflow, publish: str, repository: dict[str, object] | None
):
    data = workflow.github.data
    proposed = data.commit({"k8s/app.yaml": APPLICATION.replace(b"80", b"6666")}, data.branches()["main"])
    data.point("proposed", proposed)
    workflow.git("fetch", "--quiet", "origin", "proposed")
    run = {"event": "pull_request", "head_sha": proposed, "head_branch": "topic", "head_repository": repository}
    event = workflow.runner / "event.json"
    event.write_text(json.dumps({"workflow_run": run}))
    on = {"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_EVENT_PATH": str(event)}
    before = data.branches()
    ended = workflow.run(on, publish=publish, path=f"{proposed}:k8s", comment="never")
    assert ended.failed == ()
    assert data.branches() == before
    assert workflow.github.state.writes() == []
    assert "not published: this run follows one for a pull request from a fork" in workflow.summary


def test_a_run_that_follows_one_of_the_repository_itself_publishes(workflow: Workflow):
    event = workflow.runner / "event.json"
    repository = {"full_name": "O/R", "owner": {"login": "o"}}
    event.write_text(json.dumps({"workflow_run": {"event": "push", "head_repository": repository}}))
    workflow.run({"GITHUB_EVENT_NAME": "workflow_run", "GITHUB_EVENT_PATH": str(event)}, publish="commit")
    assert workflow.outputs["commit-sha"] == workflow.github.data.branches()["main"]


NEW = APPLICATION.replace(b"name: web", b"name: api").replace(b"app: web", b"app: api")


@pytest.mark.parametrize("publish", ["commit", "pull-request"])
@pytest.mark.parametrize("path", ["k8s", "."])
@pytest.mark.parametrize("changed", ["k8s/api.yaml", "netpol.yaml"])
def test_policies_that_never_saw_what_came_to_the_branch_meanwhile_are_not_published(
    workflow: Workflow, publish: str, path: str, changed: str
):
    workflow.github.somebody_pushes("main", {changed: NEW})
    before = workflow.github.data.branches()
    (sentence,) = workflow.run(publish=publish, path=path).failed
    assert f"the branch main moved while this ran, and {changed}, which the policies are made from, changed" in sentence
    assert workflow.github.data.branches() == before


@pytest.mark.parametrize("publish", ["commit", "pull-request"])
@pytest.mark.parametrize("path", ["k8s", "."])
def test_what_else_comes_to_the_branch_meanwhile_is_no_reason_to_wait(workflow: Workflow, publish: str, path: str):
    workflow.github.somebody_pushes("main", {"k8s/notes.md": b"x\n", "src/main.go": b"package main\n"})
    assert workflow.run(publish=publish, path=path).failed == ()
    assert workflow.outputs["commit-sha"]


OTHERS = [".github/workflows/ci.yml", "package.json", ".hidden/app.yaml", "mkdocs.yml", "k8s/.hidden.yaml"]


@pytest.mark.parametrize("changed", OTHERS)
def test_files_that_no_search_takes_for_manifests_are_no_reason_to_wait(workflow: Workflow, changed: str):
    hidden = "/." in f"/{changed}"
    workflow.github.somebody_pushes("main", {changed: NEW if hidden else b'{"a": 1}\n'})
    assert workflow.run(publish="commit", path=".").failed == ()


@pytest.mark.parametrize("new", [NEW, b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 4\n"])
def test_a_file_that_becomes_a_manifest_is_a_reason_to_wait(workflow: Workflow, new: bytes):
    workflow.github.somebody_pushes("main", {"notes.json": b"{}"})
    workflow.git("pull", "--quiet")
    workflow.github.somebody_pushes("main", {"notes.json": new})
    (sentence,) = workflow.run(publish="commit", path=".").failed
    assert "notes.json, which the policies are made from" in sentence


def test_beyond_a_number_of_files_none_is_read(workflow: Workflow):
    workflow.github.somebody_pushes("main", {f"texts/{number:02}.json": b"{}" for number in range(51)})
    (sentence,) = workflow.run(publish="commit", path=".").failed
    assert "texts/50.json, which the policies are made from" in sentence


def needs_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    if not (shutil.which("kustomize") and shutil.which("helm")):
        if os.environ.get("CI") == "true":
            pytest.fail("CI has to have kustomize and helm")
        pytest.skip("needs kustomize and helm: run .ci/install-tools")


LEADING = {
    "base/app.yaml": APPLICATION,
    "base/kustomization.yaml": b"resources: [app.yaml]\n",
    "overlay/kustomization.yaml": b"resources: [../base]\nconfigMapGenerator:\n- {name: c, envs: [.c.env]}\n",
    "overlay/.c.env": b"A=1\n",
    "chart/Chart.yaml": b"apiVersion: v2\nname: chart\nversion: 1.0.0\n",
    "chart/templates/app.yaml": APPLICATION,
    "chart/files/hosts.txt": b"a\n",
    "values/prod.yaml": b"a: b\n",
}


@pytest.mark.parametrize("publish", ["commit", "pull-request"])
@pytest.mark.parametrize(
    ("path", "changed"),
    [
        ("overlay", "base/app.yaml"),
        ("overlay", "base/kustomization.yaml"),
        ("overlay", "overlay/.c.env"),
        ("chart", "chart/files/hosts.txt"),
        ("chart", "chart/templates/_new.tpl"),
        ("chart", "values/prod.yaml"),
        ("linked", "base/app.yaml"),
        ("linked", "linked/base"),
        ("alias", "alias"),
        ("alias", "k8s/app.yaml"),
    ],
)
def test_what_the_input_leads_to_is_a_reason_to_wait(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch, publish: str, path: str, changed: str
):
    needs_tools(monkeypatch)
    workflow.github.somebody_pushes("main", LEADING)
    workflow.git("pull", "--quiet")
    for link, target in (("linked/base", "../base"), ("alias", "k8s")):
        (workflow.workspace / link).parent.mkdir(exist_ok=True)
        (workflow.workspace / link).symlink_to(target)
    workflow.git("add", "--all")
    workflow.git("-c", "user.name=Ada", "-c", "user.email=a@b.c", "commit", "--quiet", "--message", "x")
    workflow.git("push", "--quiet", "origin", "HEAD:main")
    workflow.github.somebody_pushes("main", {changed: NEW + b"# theirs\n"})
    values = {"helm-values": "values/prod.yaml"} if path == "chart" else {}
    (sentence,) = workflow.run(publish=publish, path=path, **values).failed
    assert f"{changed}, which the policies are made from, changed" in sentence


def test_what_a_kustomization_does_not_use_is_no_reason_to_wait(workflow: Workflow, monkeypatch: pytest.MonkeyPatch):
    needs_tools(monkeypatch)
    workflow.github.somebody_pushes("main", LEADING)
    workflow.git("pull", "--quiet")
    workflow.github.somebody_pushes("main", {"base/unused.yaml": NEW, "k8s/app.yaml": NEW, "overlay/c.env": b"A=2\n"})
    assert workflow.run(publish="commit", path="overlay").failed == ()


def test_a_branch_that_is_removed_while_the_run_is_at_work_is_not_made_again(workflow: Workflow):
    workflow.github.data.point("topic", workflow.github.data.branches()["main"])
    workflow.git("fetch", "--quiet", "origin")
    workflow.git("checkout", "--quiet", "topic")
    workflow.github.data.delete_ref("topic")
    ended = workflow.run({"GITHUB_REF": "refs/heads/topic", "GITHUB_REF_NAME": "topic"}, publish="commit")
    assert ended.failed == ()
    assert "the branch topic has been removed while this ran" in workflow.commands.getvalue()
    assert set(workflow.github.data.branches()) == {"main"}


def test_a_branch_that_an_earlier_step_began_is_made(workflow: Workflow):
    workflow.git("checkout", "--quiet", "-b", "topic")
    workflow.run(publish="commit")
    assert workflow.outputs["commit-sha"] == workflow.github.data.branches()["topic"]


def test_where_git_cannot_be_used_the_run_fails_with_all_its_outputs(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
):
    def unusable(*_arguments: object, **_options: object) -> None:
        raise InputError("git cannot read the repository")

    monkeypatch.setattr(landing, "git_repository", unusable)
    ended = workflow.run({"GITHUB_API_URL": "", "GITHUB_REPOSITORY": ""}, publish="commit", artifacts="true")
    (failure,) = ended.failed
    assert failure.startswith("The policies are not committed: git cannot read the repository")
    assert {name: workflow.outputs[name] for name in ("commit-sha", "artifact-url")} == {
        "commit-sha": "",
        "artifact-url": "",
    }


@pytest.mark.parametrize("publish", ["commit", "pull-request"])
def test_policies_of_another_repository_do_not_go_to_that_of_the_run(workflow: Workflow, publish: str):
    workflow.git("remote", "set-url", "origin", "git@no-such-host.invalid:org/gitops.git")
    ended = workflow.run({"GITHUB_SHA": "e" * 40}, publish=publish)
    assert len(ended.failed) == 1
    assert workflow.github.state.writes() == []


@pytest.mark.parametrize("publish", ["commit", "pull-request"])
def test_a_run_by_dependabot_that_may_only_read_says_so_and_does_not_fail(workflow: Workflow, publish: str):
    dependabot = {"GITHUB_ACTOR": "dependabot[bot]"}
    ended = workflow.run(dependabot, publish=publish, token="read-token")
    assert ended.failed == ()
    assert "contents: write" in workflow.summary
    assert "::warning title=not-published::" in workflow.commands.getvalue()
    assert workflow.run(dependabot, publish=publish).failed == ()
    assert workflow.outputs["commit-sha"]


@pytest.mark.parametrize(
    ("token", "sentence"), [("bot-token", "the branch is protected"), ("expired", "GitHub does not accept the token")]
)
def test_whatever_else_is_forbidden_fails_a_run_by_dependabot_too(workflow: Workflow, token: str, sentence: str):
    workflow.git("remote", "set-url", "origin", "https://github.com/o/r")
    workflow.github.data.protected.add("main")
    (failure,) = workflow.run({"GITHUB_ACTOR": "dependabot[bot]"}, publish="commit", token=token).failed
    assert sentence in failure


def test_a_token_that_may_only_read_fails_the_run_and_names_the_permissions(workflow: Workflow):
    workflow.git("remote", "set-url", "origin", "https://github.com/o/r")
    ended = workflow.run(publish="pull-request", token="read-token")
    assert "`contents: write` and `pull-requests: write`" in ended.failed[0]
    assert workflow.outputs["pull-request-operation"] == ""
    ended = workflow.run(publish="commit", token="read-token")
    assert "The job needs the permission `contents: write`" in ended.failed[0]
    assert (workflow.workspace / POLICIES).exists()
    assert "read-token" not in workflow.commands.getvalue() + workflow.summary + "".join(ended.log)


def test_where_actions_may_make_no_pull_requests_the_setting_and_the_way_by_hand_are_named(workflow: Workflow):
    workflow.github.pulls.permitted = False
    (sentence,) = workflow.run(publish="pull-request").failed
    assert "Allow GitHub Actions to create and approve pull requests" in sentence
    way = (
        f"https://github.com/o/r/compare/main...{OURS}?expand=1&body=%3C%21--%20netpol-action%20pull%20request%20--%3E"
    )
    assert sentence.endswith(way)
    assert workflow.outputs["commit-sha"] == workflow.github.data.branches()[OURS]
    assert f"[Open it by hand](<{way}>)" in workflow.summary


def test_without_an_api_it_is_git_that_commits(workflow: Workflow):
    assert workflow.run({"GITHUB_API_URL": "", "GITHUB_REPOSITORY": ""}, publish="commit").failed == ()
    assert workflow.github.state.requests == []
    assert b"kind: NetworkPolicy" in workflow.github.data.content("main", POLICIES)
    assert "Netpol-Action-Run: 1.1" in workflow.github.data.git("log", "-1", "--format=%B", "main")


def test_what_changed_on_the_branch_meanwhile_fails_the_run_after_all_else_is_done(workflow: Workflow):
    workflow.github.somebody_pushes("main", {POLICIES: b"theirs\n"})
    (sentence,) = workflow.run(publish="commit").failed
    assert sentence == (
        f"The policies are not committed: the branch main moved while this ran, and {POLICIES} changed there: run again"
    )
    assert workflow.outputs["report"] == "netpol-action-output/report.json"
    assert workflow.outputs["commit-sha"] == ""
    assert f"::error title=not-published::{sentence}" in workflow.commands.getvalue()


def test_a_branch_that_is_unknown_is_asked_for(workflow: Workflow):
    workflow.git("checkout", "--quiet", "--detach")
    ada = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    workflow.git(*ada, "commit", "--quiet", "--allow-empty", "--message", "x")
    with pytest.raises(UsageError, match="base: no branch is checked out"):
        workflow.run({"GITHUB_REF": "refs/tags/v1"}, publish="pull-request")


def test_a_dry_run_publishes_nothing_and_says_what_it_would(workflow: Workflow):
    ended = workflow.run(publish="pull-request", **{"dry-run": "true"})
    assert workflow.github.state.requests == []
    line = f"would open or update a pull request with {POLICIES} from {OURS} into main of o/r: Update network policies"
    assert line in ended.log


def test_the_token_is_shown_nowhere_whatever_fails(workflow: Workflow, caplog: pytest.LogCaptureFixture):
    caplog.set_level("DEBUG")
    for method in ("GET", "POST"):
        workflow.github.state.faults = [Fault(method, ".*", 422, "no", times=99)]
        ended = workflow.run(publish="pull-request")
        shown = workflow.commands.getvalue() + workflow.summary + "".join((*ended.log, *ended.failed))
        assert "bot-token" not in shown + caplog.text
        assert "GitHub answered 422: no" in shown


def test_a_server_that_never_answers_does_not_have_the_run_wait_forever(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
):
    """What the run found is written before it waits: a job may be cancelled meanwhile."""
    waits: list[float] = []
    seen: list[tuple[str, str]] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        seen.append((workflow.outputs.get("report", ""), workflow.summary))

    monkeypatch.setitem(Connection.__init__.__kwdefaults__, "sleep", sleep)
    monkeypatch.setenv("GITHUB_API_URL", workflow.github.url)
    slow = Fault("GET", "/repos/o/r/pulls/7", 429, "slow down", {"Retry-After": "110"}, times=999)
    workflow.github.state.faults = [slow]
    ended = workflow.run(
        publish="pull-request",
        **{"pull-request-labels": "a", "pull-request-assignees": "b", "pull-request-reviewers": "c"},
    )
    assert ended.failed == ()
    assert 0 < sum(waits) <= MOST_WAIT_IN_ALL
    assert "this run has waited long enough" in workflow.commands.getvalue()
    report, summary = seen[0]
    assert report == workflow.outputs["report"]
    assert summary
    assert len(workflow.outputs) == (workflow.runner / "output").read_text().count("<<")


def test_no_annotation_of_a_run_is_beyond_what_github_shows(workflow: Workflow):
    """Fifteen warnings of the input, and an artifact and a commit that cannot be had."""
    for number in range(15):
        (workflow.workspace / f"k8s/{number}.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n" * 2)
    workflow.run({"GITHUB_ACTOR": "dependabot[bot]"}, publish="commit", token="read-token", artifacts="true")
    lines = workflow.commands.getvalue().splitlines()
    for level in ("error", "warning", "notice"):
        assert sum(line.startswith(f"::{level}") for line in lines) <= 10
