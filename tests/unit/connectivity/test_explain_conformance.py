"""Over all conformance cases: the explanation and the map say the same, and the rule that is named is what decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from netpol_action.connectivity import EvaluationOptions, evaluate
from netpol_action.connectivity.engine import Engine
from netpol_action.connectivity.explain import explained
from netpol_action.manifests.decode import decode
from netpol_action.manifests.reader import read
from netpol_action.model.bits import elements
from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import EVERYTHING, NOTHING, ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.documents import SourceText
from netpol_action.model.endpoints import Endpoint, IngressController, IpBlock, Workload
from netpol_action.model.explanation import RuleRef, Side, Verdict

CASES = Path(__file__).parents[3] / ".." / "shared" / "conformance" / "connectivity"
NAMES = sorted(case.name for case in CASES.iterdir()) if CASES.is_dir() else []
OPTIONS = EvaluationOptions(ip_family="ipv4", host_network="ordinary")

pytestmark = pytest.mark.skipif(not NAMES, reason="../shared/conformance is not there")


def loaded(name: str) -> Cluster:
    files = sorted(
        path for path in (CASES / name / "manifests").rglob("*") if path.suffix in {".yaml", ".yml", ".json"}
    )
    documents, _ = read([SourceText(path.name, path.read_bytes()) for path in files])
    return decode(documents)


def questions(engine: Engine) -> Iterator[tuple[Endpoint, Endpoint]]:
    """Every pair of ends that the map may have a row for; a workload with itself too, since replicas are others."""
    universe = engine.universe
    outside = [endpoint for endpoint in universe.endpoints if isinstance(endpoint, IpBlock)]
    for one in universe.workloads:
        yield from ((one, other) for other in (*universe.workloads, *outside))
        yield from ((other, one) for other in (IngressController(), *outside))


class Table:
    """What a map allows, by the endpoints before variants were put together."""

    def __init__(self, connectivity: ConnectivityMap) -> None:
        self._endpoints = connectivity.endpoints
        self._pairs = {
            (s, d): block.allowed
            for block in connectivity.blocks
            for s in elements(block.sources)
            for d in elements(block.destinations)
        }

    def allowed(self, source: Endpoint, destination: Endpoint) -> ConnectionSet:
        return self._pairs.get((self._find(source), self._find(destination)), NOTHING)

    def _find(self, wanted: Endpoint) -> int:
        return next(i for i, endpoint in enumerate(self._endpoints) if stands_for(endpoint, wanted))


def stands_for(endpoint: Endpoint, wanted: Endpoint) -> bool:
    if not isinstance(endpoint, Workload) or not isinstance(wanted, Workload):
        return endpoint == wanted
    same = (endpoint.namespace, endpoint.name, endpoint.kind) == (wanted.namespace, wanted.name, wanted.kind)
    return same and (not endpoint.variant or wanted.variant in endpoint.variant.split(" or "))


@pytest.mark.parametrize("name", NAMES)
def test_the_verdicts_are_the_maps(name: str):
    cluster = loaded(name)
    engine = Engine(cluster, OPTIONS)
    table = Table(evaluate(cluster, OPTIONS).map)
    for source, destination in questions(engine):
        asked = allowed = NOTHING
        for verdict in explained(engine, str(source), str(destination), EVERYTHING):
            assert not verdict.connections & asked, "a connection has two verdicts"
            asked |= verdict.connections
            allowed |= verdict.connections if verdict.allowed else NOTHING
            assert all(reasons_are_given(verdict))
        assert asked == EVERYTHING
        assert allowed == table.allowed(source, destination), f"{source} => {destination}"


def reasons_are_given(verdict: Verdict) -> Iterator[bool]:
    """Each rule of a policy that isolates has a reason; each step a sentence."""
    for side in verdict.sides:
        for step in side.steps:
            yield bool(step.reason)
            for isolation in step.isolated_by:
                rules = [rule for rule in isolation.policy.rules if rule.direction is side.direction]
                yield len(rules) == len(isolation.unfit) and all(unfit.reasons for unfit in isolation.unfit)


@pytest.mark.parametrize("name", NAMES)
def test_without_the_rule_that_is_named_the_verdict_changes_or_another_rule_is_named(name: str):
    cluster = loaded(name)
    engine = Engine(cluster, OPTIONS)
    without: dict[tuple[int, int], Engine] = {}
    for source, destination in questions(engine):
        for before in explained(engine, str(source), str(destination), EVERYTHING):
            for number, side in enumerate(before.sides):
                if not side.steps[-1].rules:
                    continue
                named = side.steps[-1].rules[0]
                key = (id(named.policy), id(named.rule))
                if key not in without:
                    without[key] = Engine(removed(cluster, named), OPTIONS)
                for after in explained(without[key], str(source), str(destination), before.connections):
                    hands_over(side, after.sides[number])


def hands_over(before: Side, after: Side) -> None:
    """The rule that decided is gone: the next one that it named decides, or another, or the verdict changes."""
    named, now = before.steps[-1].rules, after.steps[-1].rules
    assert all(rule.rule is not named[0].rule for rule in now)
    if len(named) > 1:
        assert now[0].rule is named[1].rule
    elif before.allowed == after.allowed:
        default = after.steps[-1].tier is None
        assert now or default or after.steps[-1].isolated_by


def removed(cluster: Cluster, named: RuleRef) -> Cluster:
    """The cluster without one rule; its policy still isolates."""
    assert any(policy is named.policy for policy in cluster.policies)
    left = tuple(rule for rule in named.policy.rules if rule is not named.rule)
    changed = replace(named.policy, rules=left)
    return replace(
        cluster, policies=tuple(changed if policy is named.policy else policy for policy in cluster.policies)
    )
