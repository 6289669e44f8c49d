"""Texts of somebody's choice, brought in wherever one can be, do nothing wherever they come out.

The payloads, the ways in and the judges of what comes out stand in modules beside this one.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from carriers import files
from hostile_calls import judged, judged_with
from hostile_runs import JUDGES, Workspace
from payloads import PAYLOADS, QUICK
from recording_server import recording

from netpol_action.inputs import OUTPUTS

pytestmark = pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")

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
    assert not list(tmp_path.rglob("*pwned*")), "something was run"
