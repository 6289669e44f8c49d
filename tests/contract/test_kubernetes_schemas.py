"""Generated policies are valid for the oldest and the newest Kubernetes version whose schemas PyPI has."""

from __future__ import annotations

from pathlib import Path

import kubernetes_validate
import pytest
import yaml
from hypothesis import given, settings
from kubernetes_validate.utils import all_versions
from laws.applications import Application, applications
from laws.generated import generate
from naive.objects import Object

from netpol_action.model.config import STRICTNESS, Config

SHARED = Path(__file__).parents[3] / "shared"
INPUTS = sorted([
    *(Path(__file__).parents[1] / "cases").glob("*/input"),
    *(SHARED / "conformance" / "synthesis").glob("*/manifests"),
])  # fmt: skip
VERSIONS = (all_versions()[0], all_versions()[-1])


def read(directory: Path) -> list[Object]:
    files = sorted(path for path in directory.rglob("*") if path.suffix in (".yaml", ".yml", ".json"))
    found = [item for path in files for item in yaml.safe_load_all(path.read_text()) if "kind" in (item or {})]
    return [each for item in found for each in (item["items"] if item.get("kind") == "List" else [item])]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("directory", INPUTS, ids=lambda path: path.parent.name)
def test_policies_of_applications_are_valid(directory: Path, version: str):
    for strictness in STRICTNESS:
        for policy in generate(read(directory), Config(strictness=strictness)).policies:
            kubernetes_validate.validate(policy, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=10)
@given(application=applications())
def test_policies_of_random_applications_are_valid(version: str, application: Application):
    for policy in generate(application.objects).policies:
        kubernetes_validate.validate(policy, version, strict=True)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_schemas_find_what_is_wrong(version: str):
    wrong = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "spec": {"ingress": {"from": []}}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, version, strict=True)
