"""The whole action on a pull request: a real repository, the real client, and a server in GitHub's place."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from github_server import Fault, State, github
from jsonschema import Draft202012Validator
from results_server import TOKEN, Memory, serving

from netpol_action.action import Ended, run
from netpol_action.errors import NetpolActionError, UsageError

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
WEB = "shop/web[Deployment]"
EVERYWHERE = "0.0.0.0-255.255.255.255"


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=directory, capture_output=True, text=True, check=True).stdout.strip()


def commit(directory: Path, text: str) -> str:
    (directory / "k8s").mkdir(exist_ok=True)
    (directory / "k8s/app.yaml").write_text(text)
    git(directory, "add", ".")
    git(directory, "commit", "--quiet", "--allow-empty", "--message", "change")
    return git(directory, "rev-parse", "HEAD")


class Workflow:
    """A workspace as a pull request leaves it, and the action run in it."""

    def __init__(self, directory: Path, state: State, url: str) -> None:
        self.state, self.url, self.results_url = state, url, ""
        self.workspace, self.runner = directory / "workspace", directory / "runner"
        for each in (self.workspace, self.runner):
            each.mkdir()
        git(self.workspace, "init", "--quiet", "--initial-branch", "main")
        self.base = commit(self.workspace, OPEN)
        self.number = 0

    def change(self, text: str) -> None:
        """A pull request with one commit, its merge checked out."""
        git(self.workspace, "checkout", "--quiet", "-B", "topic", self.base)
        head = commit(self.workspace, text)
        git(self.workspace, "checkout", "--quiet", "--detach", self.base)
        git(self.workspace, "merge", "--quiet", "--no-ff", "--message", "merge", head)
        sides = {"base": {"ref": "main", "sha": self.base}, "head": {"ref": "topic", "sha": head}}
        (self.runner / "event.json").write_text(json.dumps({"pull_request": {"number": 7, **sides}}))

    def run(self, event: str = "pull_request", token: str = "bot-token", **inputs: str) -> Ended:
        self.number += 1
        self.commands = io.StringIO()
        for name in ("output", "summary"):
            (self.runner / name).write_text("")
        environment = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_OUTPUT": str(self.runner / "output"),
            "GITHUB_STEP_SUMMARY": str(self.runner / "summary"),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(self.runner / "event.json"),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_API_URL": self.url,
            "GITHUB_WORKFLOW": "CI",
            "GITHUB_JOB": "map",
            "GITHUB_RUN_ID": str(self.number),
            "GITHUB_RUN_ATTEMPT": "1",
            "INPUT_PATH": "k8s",
            "INPUT_TOKEN": token,
            "INPUT_FORMATS": "md",
            "INPUT_ARTIFACTS": "false",
            "GITHUB_SERVER_URL": "https://github.com",
            "ACTIONS_RESULTS_URL": self.results_url,
            "ACTIONS_RUNTIME_TOKEN": TOKEN,
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        }
        return run(environment, lambda: b"", self.commands, dry_run=False)

    @property
    def outputs(self) -> dict[str, str]:
        parts = (self.runner / "output").read_text().split("\n")
        return {parts[i].partition("<<")[0]: parts[i + 1] for i in range(0, len(parts) - 1, 3)}

    @property
    def summary(self) -> str:
        return (self.runner / "summary").read_text()

    def everything(self) -> str:
        """All that a run leaves where people or programs can read it."""
        files = [path.read_bytes().decode("utf-8", "replace") for path in self.workspace.glob("netpol-action-output/*")]
        return "\n".join((self.commands.getvalue(), self.summary, str(self.outputs), *self.state.bodies(), *files))


@pytest.fixture
def workflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workflow]:
    with github() as (state, url):
        made = Workflow(tmp_path, state, url)
        monkeypatch.chdir(made.workspace)
        yield made


def test_a_change_is_told_in_a_comment_the_summary_files_and_outputs(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    log = workflow.run().log
    assert f"commented on pull request 7: {workflow.outputs['comment-url']}" in log
    (body,) = workflow.state.bodies()
    assert body.startswith(
        "<!-- netpol-action comment: CI/map: k8s --><!-- run 1.1 -->\n### ✅ This change closes 2 conn"
    )
    assert "```mermaid" in body
    assert workflow.summary.startswith("### ✅ This change closes 2 connections.")
    found = workflow.outputs
    assert found["comment-url"].endswith("#issuecomment-100")
    names = ("connections-added", "connections-removed", "risk", "changed")
    assert [found[name] for name in names] == ["0", "2", "closed", "true"]
    written = {path.name for path in (workflow.workspace / "netpol-action-output").iterdir()}
    assert {"diff.md", "diff.json", "diff.svg"} <= written


def test_the_report_and_the_sarif_file_have_the_change_too(workflow: Workflow):
    workflow.base = commit(workflow.workspace, OPEN + CLOSED)
    workflow.change(OPEN)
    workflow.run()
    report = json.loads((workflow.workspace / workflow.outputs["report"]).read_text())
    described = json.loads((Path(__file__).parents[3] / "docs/report.schema.json").read_text())
    Draft202012Validator(described).validate(report)
    diff = report["diff"]
    assert (diff["comparedWith"], diff["risk"]) == (f"{workflow.base}:./k8s", "opened-internet")
    assert diff["kinds"] == {"added": 4, "removed": 0, "changed": 0}
    assert [(row["src"], row["dst"]) for row in diff["rows"]] == [
        (WEB, "{entire-cluster}"),
        (WEB, EVERYWHERE),
        ("{entire-cluster}", WEB),
        (EVERYWHERE, WEB),
    ]
    cause = diff["rows"][0]["causes"][0]
    assert cause["what"] == "NetworkPolicy shop/deny removed"
    assert cause["origin"]["path"] == f"{workflow.base}:k8s/app.yaml"
    found, other = json.loads((workflow.workspace / workflow.outputs["sarif-file"]).read_text())["runs"][0]["results"]
    assert (found["ruleId"], other["ruleId"]) == ("opened-internet", "opened-between-namespaces")
    place = found["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("k8s/app.yaml", 1)


def test_a_change_that_takes_the_name_servers_away_is_said_and_fails(workflow: Workflow):
    needy = OPEN.replace("image: web,", 'image: web, env: [{name: PAY, value: "https://pay.example.com/v1"}],')
    names = "{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}], ports: [DNS]}, "
    policy = CLOSED.replace("podSelector: {}", "podSelector: {}, egress: [NAMES{ports: [{port: 443}]}]")
    dns = "{port: 53, protocol: UDP}, {port: 53}"
    workflow.base = commit(workflow.workspace, needy + policy.replace("NAMES", names.replace("DNS", dns)))
    workflow.change(needy + policy.replace("NAMES", ""))
    assert workflow.run(fail_on="closed-required").failed
    assert workflow.outputs["risk"] == "closed-required"
    (body,) = workflow.state.bodies()
    assert "This change breaks the application by closing 1 connection that it needs" in body
    assert "`{all pods in namespace kube-system}`" in body


def test_without_a_comparison_the_report_says_nothing_of_a_change(workflow: Workflow):
    workflow.change(OPEN)
    workflow.run(event="push")
    assert json.loads((workflow.workspace / workflow.outputs["report"]).read_text())["diff"] is None


def test_the_comment_follows_the_change_and_is_hidden_when_nothing_is_left_of_it(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    workflow.run()
    workflow.change(f"# only a comment\n{OPEN}")
    assert f"hid the comment on pull request 7: {workflow.outputs['comment-url']}" in workflow.run().log
    (body,) = workflow.state.bodies()
    assert "No connection changes" in body
    assert workflow.state.minimised == {"IC_100"}
    assert workflow.outputs["changed"] == "false"


def test_no_change_gets_no_comment_unless_asked_for(workflow: Workflow):
    workflow.change(f"# only a comment\n{OPEN}")
    assert "pull request 7 has no comment, and needs none" in workflow.run().log
    assert workflow.state.bodies() == []
    assert workflow.outputs["comment-url"] == ""
    workflow.run(comment="always")
    assert len(workflow.state.bodies()) == 1


def test_never_means_never(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    workflow.run(comment="never")
    assert workflow.state.requests == []


@pytest.mark.parametrize("token", ["read-token", ""])
def test_a_token_that_may_only_read_leaves_the_summary_and_says_so(workflow: Workflow, token: str):
    workflow.change(OPEN + CLOSED)
    ended = workflow.run(token=token)
    assert ended.failed == ()
    assert workflow.state.bodies() == []
    assert "The pull request gets no comment" in workflow.summary
    assert "pull-requests: write" in workflow.commands.getvalue()
    assert "This change closes 2 connections" in workflow.summary
    assert workflow.outputs["comment-url"] == ""


def test_a_gate_on_a_risk_fails_the_run_after_all_is_written(workflow: Workflow):
    workflow.base = commit(workflow.workspace, OPEN + CLOSED)
    workflow.change(OPEN)
    ended = workflow.run(fail_on="opened-internet")
    assert ended.failed == ("the change opens 2 connections to or from outside the cluster (opened-internet)",)
    assert "Failed: the change opens 2 connections to or from outside the cluster" in workflow.state.bodies()[0]
    assert workflow.outputs["risk"] == "opened-internet"


def test_generated_policies_are_what_the_change_is_judged_by(workflow: Workflow):
    workflow.change(f"# only a comment\n{OPEN}")
    workflow.run(generate="true")
    assert workflow.outputs["connections-removed"] == "2"


def test_a_dry_run_writes_nothing_anywhere(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    ended = workflow.run(dry_run="true")
    assert workflow.state.requests == []
    assert not (workflow.workspace / "netpol-action-output").exists()
    assert workflow.outputs == {}
    assert "would comment on pull request 7: ### ✅ This change closes 2 connections." in ended.log


def test_a_path_that_the_base_does_not_have_yet_is_new_in_all_its_rows(workflow: Workflow):
    workflow.change(OPEN)
    (workflow.workspace / "new").mkdir()
    (workflow.workspace / "new/app.yaml").write_text(OPEN)
    workflow.run(path="new")
    assert workflow.outputs["connections-added"] == "4"


def test_another_version_or_path_can_be_named(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    (workflow.workspace / "before.yaml").write_text(OPEN)
    for before in ("main", "main:k8s", "HEAD^", "before.yaml"):
        workflow.run("push", before=before)
        assert workflow.outputs["connections-removed"] == "2", before


def forged(workflow: Workflow, name: str) -> None:
    """A pull request that takes the policies away, with what there is without them under the name given."""
    workflow.base = commit(workflow.workspace, OPEN + CLOSED)
    name = name.replace("SHA", workflow.base)
    git(workflow.workspace, "checkout", "--quiet", "-B", "topic", workflow.base)
    there = workflow.workspace / name
    there.mkdir(parents=True)
    (there / "app.yaml").write_text(OPEN)
    workflow.change(OPEN)
    assert (workflow.workspace / name).is_dir()


@pytest.mark.parametrize(
    ("name", "before"), [("SHA:./k8s", ""), ("main:k8s", "main:k8s"), ("main:./k8s", "main"), ("SHA/k8s", "")]
)
def test_a_change_cannot_put_a_path_in_the_place_of_its_base(workflow: Workflow, name: str, before: str):
    forged(workflow, name)
    assert workflow.run(before=before, fail_on="opened-internet").failed
    assert workflow.outputs["changed"] == "true"


def test_what_is_a_path_and_a_version_is_neither_by_guess(workflow: Workflow):
    forged(workflow, "main")
    with pytest.raises(
        UsageError, match=r"main is there as a path, and names a version too: write \./main for the path"
    ):
        workflow.run(before="main", fail_on="opened-internet")
    workflow.run(before="./main")
    assert workflow.outputs["changed"] == "false"


@pytest.mark.parametrize("before", ["main:k8z", "main:./k8z", "HEAD^:k8s/absent.yaml"])
def test_a_mistyped_path_in_another_version_is_no_empty_version(workflow: Workflow, before: str):
    workflow.change(OPEN + CLOSED)
    with pytest.raises(NetpolActionError, match=r"there is nothing to compare with: .*k8[zs]"):
        workflow.run("push", before=before, fail_on="closed")


def test_a_version_that_is_read_is_compared_with_the_base_too(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    workflow.run(path="HEAD:k8s")
    found = [workflow.outputs[name] for name in ("connections-added", "connections-removed")]
    assert found == ["0", "2"]
    workflow.run("push", path="HEAD:k8s", before="main")
    assert [workflow.outputs[name] for name in ("connections-added", "connections-removed")] == found


def test_a_push_compares_nothing_and_says_so_where_a_gate_asks(workflow: Workflow):
    workflow.run("push")
    assert [workflow.outputs[name] for name in ("connections-added", "risk", "changed")] == ["", "", ""]
    workflow.run("push", fail_on="opened-internet")
    assert "this run compares nothing" in workflow.commands.getvalue()


def test_a_merge_queue_is_held_up_by_a_gate_as_the_pull_request_was(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    group = {"base_sha": workflow.base, "head_sha": git(workflow.workspace, "rev-parse", "HEAD"), "base_ref": "main"}
    (workflow.runner / "event.json").write_text(json.dumps({"action": "checks_requested", "merge_group": group}))
    ended = workflow.run("merge_group", fail_on="closed")
    assert ended.failed == ("the change closes 2 connections (closed)",)
    assert workflow.outputs["connections-removed"] == "2"
    assert workflow.summary.startswith("### ✅ This change closes 2 connections.")
    assert workflow.state.bodies() == [], "its pull requests have had their comments"


def test_a_merge_group_that_is_not_named_is_a_warning_unless_a_gate_needs_it(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    assert workflow.run("merge_group").failed == ()
    assert "this change is not compared" in workflow.commands.getvalue()
    with pytest.raises(UsageError, match="nothing to compare with"):
        workflow.run("merge_group", fail_on="closed")


def test_a_base_that_cannot_be_found_is_a_warning_unless_a_gate_needs_it(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    event = json.loads((workflow.runner / "event.json").read_text())
    event["pull_request"]["base"]["sha"] = event["pull_request"]["head"]["sha"] = "0" * 40
    (workflow.runner / "event.json").write_text(json.dumps(event))
    workflow.run()
    assert "this change is not compared" in workflow.commands.getvalue()
    assert workflow.state.bodies() == []
    with pytest.raises(UsageError, match="fetch-depth: 0"):
        workflow.run(fail_on="opened-internet")
    with pytest.raises(UsageError, match="names no version"):
        workflow.run(before="no-such-branch")


@pytest.mark.parametrize("content", [None, "{", "{}"])
def test_an_event_that_names_no_pull_request_is_a_warning_unless_a_gate_needs_the_base(
    workflow: Workflow, content: str | None
):
    workflow.change(OPEN + CLOSED)
    event = workflow.runner / "event.json"
    event.unlink()
    if content is not None:
        event.write_text(content)
    assert workflow.run().failed == ()
    assert (
        "this change is not compared: the file of GITHUB_EVENT_PATH names no pull request"
        in workflow.commands.getvalue()
    )
    with pytest.raises(UsageError, match="nothing to compare with"):
        workflow.run(fail_on="opened-internet")
    workflow.run(fail_on="opened-internet", before="main")
    assert workflow.outputs["connections-removed"] == "2"


@pytest.mark.parametrize("paths", [("k8s", "other"), ("other", "k8s")])
def test_two_steps_of_a_job_leave_each_others_comments_alone(workflow: Workflow, paths: tuple[str, ...]):
    (workflow.workspace / "other").mkdir()
    (workflow.workspace / "other/app.yaml").write_text(OPEN.replace("shop", "bank"))
    workflow.base = commit(workflow.workspace, OPEN + CLOSED)
    workflow.change(OPEN)
    for path in paths:
        workflow.run(path=path)
    (body,) = workflow.state.bodies()
    assert "This change opens 2 connections" in body
    assert workflow.state.minimised == set()


def test_the_base_rules_how_the_change_is_looked_at(workflow: Workflow):
    (workflow.workspace / "netpol.yaml").write_text("version: 1\npodCIDRs: [10.0.0.0/8]\n")
    workflow.base = commit(workflow.workspace, OPEN)
    (workflow.workspace / "netpol.yaml").write_text("version: 1\npodCIDRs: [0.0.0.0/0]\n")
    workflow.change(OPEN + CLOSED)
    for inputs in ({}, {"config": "netpol.yaml"}):
        workflow.run(**inputs)
        assert "Look at this first:" in workflow.state.bodies()[0]


BROKEN = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: broken, namespace: shop}
spec: {podSelector: [], policyTypes: 7}
"""


def test_a_partial_result_without_a_change_neither_says_so_nor_hides_the_comment(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    workflow.run()
    workflow.change(OPEN + BROKEN)
    assert workflow.run(fail_on="none").failed == ()
    (body,) = workflow.state.bodies()
    assert "The result is partial" in body
    assert workflow.state.minimised == set()
    assert workflow.outputs["changed"] == ""


def test_errors_of_the_base_do_not_fail_the_change_that_repairs_them(workflow: Workflow):
    workflow.base = commit(workflow.workspace, OPEN + BROKEN)
    workflow.change(OPEN)
    assert workflow.run(fail_on="partial,closed-required").failed == ()
    (body,) = workflow.state.bodies()
    assert body.partition("\n")[2].startswith("### ⚠️")
    assert "the version before could not be read whole" in body
    assert workflow.outputs["changed"] == ""
    assert f"{workflow.base}%3Ak8s/app.yaml" in workflow.commands.getvalue()
    workflow.change(f"{OPEN}{BROKEN}# the same\n")
    assert workflow.run(fail_on="partial").failed


def test_a_comment_about_an_earlier_version_gives_way_where_this_one_cannot_be_compared(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    workflow.run()
    event = json.loads((workflow.runner / "event.json").read_text())
    event["pull_request"]["base"]["sha"] = event["pull_request"]["head"]["sha"] = "0" * 40
    (workflow.runner / "event.json").write_text(json.dumps(event))
    workflow.run()
    (body,) = workflow.state.bodies()
    assert "What this version changes is not known" in body
    assert "this change is not compared" in body
    assert "closes" not in body


DEPENDENCIES = "version: 1\ndependencies:\n- {from: internet, to: shop/web, ports: [80]}\n"


@pytest.mark.parametrize("gate", ["closed-required", "blocked-required"])
def test_taking_a_dependency_out_does_not_hide_that_the_change_closes_it(workflow: Workflow, gate: str):
    (workflow.workspace / "netpol.yaml").write_text(DEPENDENCIES)
    workflow.base = commit(workflow.workspace, OPEN)
    (workflow.workspace / "netpol.yaml").write_text("version: 1\n")
    workflow.change(OPEN + CLOSED)
    (sentence,) = workflow.run(fail_on=gate).failed
    assert "1 of them required by the netpol.yaml of the base, which this change alters" in sentence
    (body,) = workflow.state.bodies()
    assert "required only by the version before: 0.0.0.0-255.255.255.255 to shop/web" in body
    (workflow.workspace / "netpol.yaml").unlink()
    workflow.change(OPEN + CLOSED)
    assert workflow.run(fail_on=gate).failed, "no netpol.yaml at all hides it no better"


def test_taking_a_dependency_out_that_stays_open_fails_nothing(workflow: Workflow):
    (workflow.workspace / "netpol.yaml").write_text(DEPENDENCIES)
    workflow.base = commit(workflow.workspace, OPEN)
    (workflow.workspace / "netpol.yaml").write_text("version: 1\n")
    workflow.change(f"{OPEN}# only a comment\n")
    assert workflow.run(fail_on="closed-required,blocked-required").failed == ()


def test_a_dependency_that_the_change_adds_counts_at_once(workflow: Workflow):
    (workflow.workspace / "netpol.yaml").write_text(DEPENDENCIES)
    workflow.change(OPEN + CLOSED)
    (sentence,) = workflow.run(fail_on="closed-required").failed
    assert sentence == "the change breaks the application by closing 1 connection that it needs (closed-required)"


def test_comment_and_outputs_link_what_was_uploaded(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    with serving() as (results, workflow.results_url):
        workflow.run(artifacts="true", formats="svg")
        workflow.run(artifacts="true", formats="svg")
    found = workflow.outputs
    assert list(results.finished()) == [f"netpol-action-map{ending}" for ending in ("", ".svg", "-2", "-2.svg")]
    assert found["artifact-url"] == "https://github.com/o/r/actions/runs/2/artifacts/903"
    assert found["picture-url"] == "https://github.com/o/r/actions/runs/2/artifacts/904"
    drawn = (workflow.workspace / "netpol-action-output/diff.svg").read_bytes()
    assert results.finished()["netpol-action-map-2.svg"] == drawn
    (body,) = workflow.state.bodies()
    first = "https://github.com/o/r/actions/runs/1/artifacts/"
    assert f"\n\n[Picture](<{first}902>) · [All files](<{first}901>)" in body
    assert len(workflow.state.writes()) == 1
    assert f"::add-mask::{Memory.SIGNATURE}\n" in workflow.commands.getvalue()


def test_a_run_that_may_upload_nothing_says_where_the_files_are(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    ended = workflow.run(artifacts="true")
    assert ended.failed == ()
    told = "No artifact is uploaded: the runner gives this step no access to a service of artifacts."
    assert f"::warning title=no-artifact::{told} All files are in netpol-action-output" in workflow.commands.getvalue()
    assert "All files are in netpol-action-output" in workflow.summary
    assert (workflow.outputs["artifact-url"], workflow.outputs["picture-url"]) == ("", "")
    assert "[All files]" not in workflow.state.bodies()[0]


def test_a_picture_that_is_not_taken_is_a_note(workflow: Workflow):
    workflow.change(OPEN + CLOSED)
    with serving() as (results, workflow.results_url):
        results.knows_types = False
        workflow.run(artifacts="true", formats="svg")
    assert workflow.outputs["artifact-url"].endswith("/901")
    assert workflow.outputs["picture-url"] == ""
    assert "::notice title=picture-in-artifact::" in workflow.commands.getvalue()
    assert "[Picture]" not in workflow.state.bodies()[0]


def test_the_token_is_shown_nowhere_whatever_fails(workflow: Workflow, caplog: pytest.LogCaptureFixture):
    workflow.change(OPEN + CLOSED)
    caplog.set_level("DEBUG")
    for fault in (Fault("GET", ".*", 422, "no"), Fault("GET", ".*", 404, "no"), Fault("POST", ".*", 401, "no")):
        workflow.state.faults = [fault]
        ended = workflow.run(token="read-token")
        assert "read-token" not in workflow.everything() + "".join(ended.log) + caplog.text


POLICIES = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: shop, labels: {app.kubernetes.io/managed-by: netpol-action}}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""


def test_committed_policies_are_read_although_they_lie_beside_the_path(workflow: Workflow):
    (workflow.workspace / "network-policies.yaml").write_text(POLICIES)
    workflow.base = commit(workflow.workspace, OPEN)
    workflow.change(f"# only a comment\n{OPEN}")
    workflow.run()
    assert (workflow.outputs["changed"], workflow.outputs["connections-removed"]) == ("false", "0")
    assert "No connections are allowed" in workflow.summary
    assert "network-policies.yaml, which the input does not lead to, is read too" in workflow.summary


def test_policies_in_a_kustomization_that_does_not_list_them_are_read_too(workflow: Workflow):
    overlay = workflow.workspace / "k8s"
    overlay.mkdir(exist_ok=True)
    (overlay / "kustomization.yaml").write_text("resources: [app.yaml]\n")
    (overlay / "network-policies.yaml").write_text(POLICIES)
    workflow.base = commit(workflow.workspace, OPEN)
    (overlay / "network-policies.yaml").unlink()
    workflow.change(OPEN)
    workflow.run(**{"policies-path": "k8s/network-policies.yaml"})
    assert workflow.outputs["connections-added"] == "4"


def test_a_change_of_the_committed_policies_is_what_it_opens_and_closes(workflow: Workflow):
    (workflow.workspace / "network-policies.yaml").write_text(POLICIES)
    workflow.base = commit(workflow.workspace, OPEN)
    (workflow.workspace / "network-policies.yaml").unlink()
    workflow.change(OPEN)
    workflow.run()
    assert workflow.outputs["connections-added"] == "4"
    for before in ("main", "HEAD^", "main:k8s"):
        workflow.run("push", before=before)
        assert workflow.outputs["connections-added"] == "4", before


def test_another_path_is_compared_under_the_same_committed_policies(workflow: Workflow):
    (workflow.workspace / "network-policies.yaml").write_text(POLICIES)
    workflow.change(OPEN)
    (workflow.workspace / "before.yaml").write_text(OPEN)
    workflow.run("push", before="before.yaml")
    assert workflow.outputs["changed"] == "false"


@pytest.mark.parametrize(
    "other", [CLOSED, "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\n"]
)
def test_a_document_that_somebody_adds_to_the_committed_policies_does_not_hide_them(workflow: Workflow, other: str):
    (workflow.workspace / "network-policies.yaml").write_text(f"{POLICIES}{other}")
    workflow.base = commit(workflow.workspace, OPEN)
    (workflow.workspace / "network-policies.yaml").unlink()
    workflow.change(OPEN)
    ended = workflow.run(fail_on="opened-internet")
    assert workflow.outputs["connections-added"] == "4"
    assert len(ended.failed) == 1


def test_a_file_of_that_name_that_somebody_else_wrote_is_left_out(workflow: Workflow):
    (workflow.workspace / "network-policies.yaml").write_text(POLICIES.replace("netpol-action", "me"))
    workflow.change(OPEN)
    workflow.run("push")
    assert "No connections are allowed" not in workflow.summary


def test_several_paths_are_compared_with_the_same_paths_of_the_base(workflow: Workflow):
    (workflow.workspace / "more").mkdir()
    (workflow.workspace / "more/policies.yaml").write_text(CLOSED)
    workflow.base = commit(workflow.workspace, OPEN)
    (workflow.workspace / "more/policies.yaml").write_text("")
    workflow.change(OPEN)
    workflow.run(path="k8s,more")
    assert workflow.outputs["connections-added"] == "4"
    workflow.run("push", path="HEAD:k8s, HEAD:more", before="main")
    assert workflow.outputs["connections-added"] == "4"
    with pytest.raises(UsageError, match="with other paths of the same version only"):
        workflow.run("push", path="HEAD:k8s, more")
