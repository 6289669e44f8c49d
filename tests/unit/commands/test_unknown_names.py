"""A name that is not known may be that of an object that could not be used: the error says both."""

from __future__ import annotations

from pathlib import Path

import pytest

from netpol_action.cli import UNUSABLE, main

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: [{name: main}]}\n"
BROKEN = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: db}
spec: {template: {metadata: {labels: 1}, spec: {containers: [{name: main}]}}}
"""


@pytest.mark.parametrize(
    "question",
    [
        ["explain", "--from", "web", "--to", "db"],
        ["reach", "--from", "db"],
        ["map", "--focus", "db"],
        ["map", "--exposure", "--focus", "db"],
    ],
    ids=["explain", "reach", "map", "exposure"],
)
def test_the_error_names_what_could_not_be_used(
    question: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "all.yaml").write_text(f"{POD}---\n{BROKEN}")
    command, *rest = question
    assert main([command, str(tmp_path), *rest]) == UNUSABLE
    first, *others = capsys.readouterr().err.splitlines()
    assert first.startswith("error: no workload of the input is called db")
    assert len(others) == 1
    assert "all.yaml" in others[0]
    assert "labels" in others[0]
