"""Generated policies allow every demand and nothing more, judged by the second evaluator."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import assume, given
from laws.applications import Application, applications
from laws.generated import OUTSIDE, demanded, generate
from laws.questions import pairs, ports
from naive.evaluator import Evaluator
from naive.objects import Object

from netpol_action.config import read_config
from netpol_action.model.config import Config
from netpol_action.model.documents import SourceText

PROTOCOLS = ("TCP", "UDP", "SCTP")
SHARED = Path(__file__).parents[3] / "shared"
SYNTHESIS = sorted((SHARED / "conformance" / "synthesis").glob("*/manifests"))
GOLDEN = sorted((Path(__file__).parents[1] / "cases").glob("*/input"))


def differences(objects: list[Object], config: Config | None = None) -> list[str]:
    """Where what the generated policies allow is not what the demands say."""
    generated = generate(objects, config)
    second = Evaluator([*objects, *generated.policies])
    numbers = ports([*objects, *generated.policies])
    return [
        f"{source} -> {destination} {protocol} {port}: {'allowed' if allowed else 'denied'}"
        for source, destination in pairs(objects, OUTSIDE)
        for protocol in PROTOCOLS
        for port in numbers
        if (allowed := second.allows(source, destination, protocol, port))
        != demanded(generated.requirements, source, destination, protocol, port)
    ]


@given(applications())
def test_demands_are_allowed_and_nothing_more(application: Application):
    assume("same-labels" not in generate(application.objects).notices)
    assert differences(application.objects) == []


@given(applications())
def test_what_an_application_was_made_to_require_is_allowed(application: Application):
    generated = generate(application.objects)
    second = Evaluator([*application.objects, *generated.policies])
    by_name = {(pod.namespace, pod.name): pod for pod in second.pods}
    denied = [
        required
        for required in application.required
        if not second.allows(by_name[required.source], by_name[required.destination], required.protocol, required.port)
    ]
    assert denied == []


@pytest.mark.parametrize("case", GOLDEN, ids=lambda path: path.parent.name)
def test_golden_cases_allow_their_demands_and_nothing_more(case: Path):
    without_policies = [item for item in read(case) if not item["kind"].endswith("NetworkPolicy")]
    assert differences(without_policies, _config(case)) == []


def _config(case: Path) -> Config:
    path = case / "netpol.yaml"
    return read_config(SourceText(path.name, path.read_bytes()))[0] if path.exists() else Config()


@pytest.mark.skipif(not SYNTHESIS, reason="needs ../shared/conformance beside the repository")
@pytest.mark.parametrize("manifests", SYNTHESIS, ids=lambda path: path.parent.name)
def test_what_the_peer_allows_between_workloads_is_allowed(manifests: Path):
    objects = read(manifests)
    ours = Evaluator([*objects, *generate(objects).policies])
    theirs = Evaluator([*objects, *_peer_policies(manifests.parent)])
    asked = ports([*objects, *_peer_policies(manifests.parent)])
    names = {(pod.namespace, pod.name, pod.kind): pod for pod in ours.pods}
    missing = [
        f"{source} -> {destination} {protocol} {port}"
        for source in theirs.pods
        for destination in theirs.pods
        for protocol in PROTOCOLS
        for port in asked
        if source is not destination
        and theirs.allows(source, destination, protocol, port)
        and not ours.allows(
            names[source.namespace, source.name, source.kind],
            names[destination.namespace, destination.name, destination.kind],
            protocol,
            port,
        )
    ]
    assert missing == []


@pytest.mark.skipif(not SYNTHESIS, reason="needs ../shared/conformance beside the repository")
@pytest.mark.parametrize("manifests", SYNTHESIS, ids=lambda path: path.parent.name)
def test_nothing_more_than_the_demands_of_a_real_application_is_allowed(manifests: Path):
    assert differences(read(manifests)) == []


def read(directory: Path) -> list[Object]:
    """The objects of a directory of manifests, as plain PyYAML has them."""
    files = sorted(path for path in directory.rglob("*") if path.suffix in (".yaml", ".yml", ".json"))
    found = [item for path in files for item in yaml.safe_load_all(path.read_text()) if "kind" in (item or {})]
    return [each for item in found for each in (item["items"] if item.get("kind") == "List" else [item])]


def _peer_policies(case: Path) -> list[Object]:
    (path,) = case.glob("peer-policies.*")
    loaded = list(yaml.safe_load_all(path.read_text()))
    flat = [each for item in loaded if item for each in (item if isinstance(item, list) else [item])]
    return [each for item in flat for each in item.get("items", [item])]
