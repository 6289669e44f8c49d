"""Texts of somebody's choice, brought in wherever one can be, do nothing wherever they come out.

The payloads, the ways in and the judges of what comes out stand in modules beside this one.
"""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

import pytest
from carriers import CARRIERS, files, manifest, netpol_yaml
from hostile_calls import call, judged, judged_with
from hostile_runs import JUDGES, Workspace, git
from injection_fuzz import round_of
from judges_of_markup import markdown, policies
from judges_of_text import log_without_commands, terminal
from payloads import PAYLOADS, QUICK
from recording_server import Recorded, recording

from netpol_action import action
from netpol_action.inputs import OUTPUTS
from netpol_action.publish.effects import Effect, UploadArtifacts, UpsertPullRequest

pytestmark = pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")

NEVER_SHOWN = {
    "admin-policy",
    "annotation",
    "api-version",
    "container",
    "endpoints",
    "label-key",
    "monitor",
    "namespace-label",
}
NEVER_SHOWN |= {"aliases", "operator", "port-name", "route"}
"""The ways in whose texts no answer repeats, unless something else is wrong with them."""

payloads = pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in PAYLOADS]
)


@payloads
def test_nothing_that_the_action_leaves_acts(name: str, tmp_path: Path):
    workspace = Workspace(tmp_path)
    workspace.fill(files(PAYLOADS[name]), PAYLOADS[name])
    with recording() as server:
        left = workspace.run(server)
    assert left.code == 1, left.sinks["stderr"]
    assert "a defect of netpol-action" not in left.sinks["stderr"]
    assert set(left.outputs) == set(OUTPUTS)
    assert left.outputs["risk"] in ("", "opened-between-namespaces", "opened-within-namespace", "opened-internet")
    assert set(left.sinks) == set(JUDGES)
    inside = ("workspace/netpol-action-output/", "workspace/network-policies.yaml")
    assert [each for each in left.files if not each.startswith(inside)] == []
    assert left.judged() == []


@payloads
def test_nothing_that_the_commands_print_or_write_acts(name: str, tmp_path: Path):
    workspace = Workspace(tmp_path)
    workspace.fill(files(PAYLOADS[name]), PAYLOADS[name])
    assert list(judged(workspace.directory)) == []
    assert list(judged_with(workspace.directory, PAYLOADS[name])) == []
    assert not list(tmp_path.rglob("qzx-pwned")), "something was run"


@payloads
def test_a_pull_request_and_its_commit_hold_nothing_that_acts(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    workspace = Workspace(tmp_path)
    workspace.fill(files(PAYLOADS[name]))
    git(workspace.directory, "remote", "add", "origin", "https://github.com/o/r")
    wanted: list[Effect] = []
    monkeypatch.setattr(action, "perform_all", lambda effects, *_: wanted.extend(effects) or ())
    monkeypatch.chdir(workspace.directory)
    push = {"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": "", "GITHUB_REF": "refs/heads/main"}
    push |= {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REF_NAME": "main", "INPUT_PUBLISH": "pull-request"}
    push |= {"INPUT_FAIL_ON": "none"}  # else a partial result is not published
    action.run(workspace.environment(Recorded(), **push), lambda: b"", io.StringIO(), dry_run=False)
    (made,) = [effect for effect in wanted if isinstance(effect, UpsertPullRequest)]
    assert list(markdown(made.body)) == []
    assert (made.title, made.branch) == ("Update network policies", "netpol-action/policies")
    assert made.change.message.splitlines()[0] == "Update network policies"
    assert list(terminal(made.change.message)) == []
    (uploaded,) = [effect for effect in wanted if isinstance(effect, UploadArtifacts)]
    assert {file.path.rpartition("/")[2] for file in uploaded.files} <= set(JUDGES) | {"connectivity.svg"}
    assert uploaded.name == "netpol-action-map"


def test_what_is_brought_in_comes_out(tmp_path: Path):
    """Else the other tests would look at nothing: harmless texts arrive by each way in, and at each way out."""
    marks = {name: f"qz{number}qz" for number, name in enumerate(CARRIERS)}
    workspace = Workspace(tmp_path)
    workspace.fill({path: content for name in CARRIERS for path, content in CARRIERS[name](marks[name]).items()})
    with recording() as server:
        sinks = workspace.run(server).sinks
    assert {name for name, mark in marks.items() if not any(mark in found for found in sinks.values())} == NEVER_SHOWN
    assert {sink for sink, found in sinks.items() if not re.search(r"qz\d+qz", found)} == set()


@pytest.mark.parametrize("seed", range(5))
def test_random_texts_in_random_places(seed: int):
    assert list(round_of(seed)) == []


@pytest.mark.slow
def test_a_netpol_yaml_of_hostile_texts_is_answered_with_sentences(tmp_path: Path):
    for number, payload in enumerate(PAYLOADS.values()):
        directory = tmp_path / str(number)
        directory.mkdir()
        (directory / "app.yaml").write_bytes(manifest("name", "web"))
        (directory / "netpol.yaml").write_bytes(netpol_yaml(payload))
        for workflow, judge in ((False, terminal), (True, log_without_commands)):
            code, out, err = call(directory, "generate", ".", workflow=workflow)
            assert code in (1, 2)
            assert "a defect of netpol-action" not in err
            assert [*judge(err), *policies(out)] == []
