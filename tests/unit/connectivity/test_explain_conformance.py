"""Over all conformance cases: the explanation and the map say the same, and the rule that is named is what decides."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from asked_pairs import hold_against, questions

from netpol_action.connectivity import EvaluationOptions, evaluate
from netpol_action.connectivity.engine import Engine
from netpol_action.connectivity.explain import explained
from netpol_action.manifests.decode import decode
from netpol_action.manifests.reader import read
from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import EVERYTHING
from netpol_action.model.documents import SourceText
from netpol_action.model.explanation import RuleRef, Side

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


@pytest.mark.parametrize("name", NAMES)
def test_the_verdicts_are_the_maps(name: str):
    cluster = loaded(name)
    hold_against(Engine(cluster, OPTIONS), evaluate(cluster, OPTIONS).map)


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
