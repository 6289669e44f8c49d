"""`map --exposure`: which parts of it can be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from netpol_action.cli import DONE, UNUSABLE, main

PODS = """\
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec: {containers: [{name: main}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, labels: {app: db}}
spec: {containers: [{name: main}]}
"""


def test_roxctls_two_flags_go_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "pods.yaml").write_text(PODS)
    call = ["map", str(tmp_path), "--exposure", "--focus-workload", "web", "--direction", "ingress", "--port", "TCP-80"]
    assert main(call) == DONE
    assert capsys.readouterr().out.splitlines() == [
        "Ingress beyond the input:",
        "  {entire-cluster} => default/web[Pod] : TCP 80",
        "  0.0.0.0-255.255.255.255 => default/web[Pod] : TCP 80",
        "No policy selects, for ingress:",
        "  default/web[Pod]",
    ]


def test_a_peer_of_the_input_is_no_part_of_the_answer(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "pods.yaml").write_text(PODS)
    assert main(["map", str(tmp_path), "--exposure", "--focus-peer", "db"]) == UNUSABLE
    assert "leave --focus-peer out" in capsys.readouterr().err
