"""Which netpol.yaml is the program's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from netpol_action.sources.gather import SourceOptions, gather

POLICY = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {}\n"


@pytest.mark.parametrize(
    ("text", "is_config"),
    [
        ("version: 1\n", True),
        ("# kind: of comment\nversion: 1\ndependencies:\n- from: web\n  note: 'kind: x'\n", True),
        ("", True),
        (POLICY, False),
        (f"---\n# a comment\n{POLICY}", False),
        ("kind: NetworkPolicy\napiVersion: networking.k8s.io/v1\n", False),
        ('"apiVersion": v1\n', False),
    ],
)
def test_a_policy_in_a_file_of_that_name_is_a_manifest(tmp_path: Path, text: str, is_config: bool):
    (tmp_path / "app.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: app}\n")
    (tmp_path / "netpol.yaml").write_text(text)
    found = gather([str(tmp_path)], SourceOptions(), lambda: b"")
    assert (found.config_path == str(tmp_path / "netpol.yaml")) is is_config
    assert (str(tmp_path / "netpol.yaml") in [source.path for source in found.texts]) is not is_config
