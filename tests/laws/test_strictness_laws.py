"""The law of exactness for every level of strictness, and for namespaces that are treated apart."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from laws.applications import NAMESPACES, Application, applications
from laws.clusters import network_policies
from laws.generated import OUTSIDE, demanded, generate
from laws.questions import pairs, ports
from naive.evaluator import Evaluator
from naive.objects import Object

from netpol_action.model.config import STRICTNESS, Config, NamespaceRules, Strictness
from netpol_action.model.connections import PROTOCOLS
from netpol_action.model.demands import Demand


def differences(objects: list[Object], config: Config) -> list[str]:
    """Where what the generated policies allow is not what the demands say."""
    generated = generate(objects, config)
    assume("same-labels" not in generated.notices)
    second = Evaluator([*objects, *generated.policies])
    return [
        f"{source} -> {destination} {protocol} {port}: {'allowed' if allowed else 'denied'}"
        for source, destination in pairs(objects, OUTSIDE)
        for protocol in PROTOCOLS
        for port in ports([*objects, *generated.policies])
        if (allowed := second.allows(source, destination, protocol, port))
        != demanded(generated.requirements, source, destination, protocol, port, config)
    ]


@pytest.mark.parametrize("strictness", STRICTNESS)
@given(application=applications())
def test_every_level_allows_its_demands_and_nothing_more(strictness: Strictness, application: Application):
    assert differences(application.objects, Config(strictness=strictness)) == []


@given(applications(), st.sampled_from(NAMESPACES))
def test_excluded_namespaces_stay_open_and_are_still_named_as_peers(application: Application, excluded: str):
    assert differences(application.objects, Config(namespaces=NamespaceRules(excluded=(excluded,)))) == []


@given(applications())
def test_strict_policies_have_no_rule_without_a_peer(application: Application):
    written = generate(application.objects, Config(strictness="strict")).policies
    rules = [rule for policy in written for way in ("ingress", "egress") for rule in policy["spec"].get(way, ())]
    assert all(rule.get("from") or rule.get("to") for rule in rules)


@given(applications())
def test_strict_policies_allow_no_more_than_standard_ones_and_list_the_rest(application: Application):
    strict, standard = (generate(application.objects, Config(strictness=level)) for level in ("strict", "standard"))
    left_out = set(map(shown, standard.requirements.demands)) - set(map(shown, strict.requirements.demands))
    rows = [each for each in strict.requirements.unresolved if each.key.startswith("no-peer/")]
    assert {(str(row.workload), str(row.connections)) for row in rows} == {each[1:] for each in left_out}


def shown(demand: Demand) -> tuple[str, str, str]:
    return str(demand.source), str(demand.destination), str(demand.connections)


@given(applications(), st.lists(st.integers(), max_size=2).flatmap(lambda many: st.tuples(
    *(network_policies(f"theirs-{number}") for number, _ in enumerate(many))
)))  # fmt: skip
def test_leaving_out_what_existing_policies_allow_changes_nothing(
    application: Application, existing: tuple[Object, ...]
):
    """Beside the existing policies, those that repeat nothing allow the same as those that repeat everything."""
    once = generate([*application.objects, *existing])
    whole = generate(application.objects)
    objects = [*application.objects, *existing]
    shorter, longer = Evaluator([*objects, *once.policies]), Evaluator([*objects, *whole.policies])
    for source, destination in pairs(application.objects, OUTSIDE):
        for protocol in PROTOCOLS:
            for port in ports([*objects, *whole.policies]):
                question = (source, destination, protocol, port)
                assert shorter.allows(*question) == longer.allows(*question), f"{source} -> {destination} {port}"
