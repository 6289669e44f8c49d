"""What NetworkPolicies of the input allow already, and what of it is certain enough not to be repeated."""

from __future__ import annotations

from dataclasses import replace

import pytest
from handmade import admin, allow, block, cluster, pods, rule, selector, workload

from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Cluster, Namespace
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand, Requirements
from netpol_action.model.endpoints import Anywhere, DomainName, Endpoint, IpBlock, Unseen, Workload
from netpol_action.model.generated import MANAGED_BY, MANAGED_BY_LABEL, GeneratedPolicy
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Selector
from netpol_action.model.policies import Direction, Policy
from netpol_action.origin import Origin
from netpol_action.synthesis import SynthesisOptions, synthesise

WEB = workload("shop/web app=web", selector=selector("app=web"))
DB = workload("shop/db app=db pg:TCP:5432", selector=selector("app=db"))
ELSEWHERE = workload("other/job app=job", selector=selector("app=job"))
HOST = workload("shop/agent app=agent", selector=selector("app=agent"), host_network=True)
EVERYONE = (WEB, DB, ELSEWHERE, HOST)
TCP_5432 = ConnectionSet.parse("TCP 5432")


def left(
    policy: Policy, source: Endpoint, destination: Endpoint, namespaces: dict[str, str] | None = None
) -> tuple[list[str], list[str]]:
    """The ports of the ingress and of the egress rules that are still written for a demand on TCP 5432."""
    found = generated(cluster(*EVERYONE, policies=[policy], namespaces=namespaces), source, destination)
    both = {direction: [] for direction in Direction}  # type: dict[Direction, list[str]]
    for each in found:
        for written in each.policy.rules:
            both[written.direction] += [str(clause) for clause in written.ports or ()]
    return both[Direction.INGRESS], both[Direction.EGRESS]


def generated(made: Cluster, source: Endpoint, destination: Endpoint) -> tuple[GeneratedPolicy, ...]:
    demand = Demand(source, destination, TCP_5432, ())
    return synthesise(Requirements((demand,)), made, SynthesisOptions("none"))[0]


NOT_REPEATED: dict[str, tuple[Policy, Endpoint]] = {
    "by label": (allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", pods("app=web"))]), WEB),
    "by any rule of it": (
        allow("shop/theirs", "app=db", ingress=[rule("TCP 80"), rule("TCP 5432", pods("app=x"), pods("app=web"))]),
        WEB,
    ),
    "by more than is needed": (allow("shop/theirs", "*", ingress=[rule("TCP 1-65535", pods())]), WEB),
    "on every port": (allow("shop/theirs", "app=db", ingress=[rule(None, pods("app=web"))]), WEB),
    "by port name": (allow("shop/theirs", "app=db", ingress=[rule("pg", pods("app=web"))]), WEB),
    "without peers": (allow("shop/theirs", "app=db", ingress=[rule("TCP 5432")]), WEB),
    "without peers, for anyone": (allow("shop/theirs", "app=db", ingress=[rule("TCP 5432")]), Anywhere()),
    "without peers, for a host-network pod": (allow("shop/theirs", "app=db", ingress=[rule("TCP 5432")]), HOST),
    "by the namespace's name": (
        allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", pods("*", f"{NAMESPACE_NAME_LABEL}=other"))]),
        ELSEWHERE,
    ),
    "of every namespace": (allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", pods("*", "*"))]), ELSEWHERE),
    "by addresses": (
        allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", block("10.0.0.0/8", "10.9.0.0/16"))]),
        IpBlock(AddressRange.parse("10.1.0.0/16")),
    ),
    "of pods that are not in the input": (
        allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", pods("app", "team in a,b"))]),
        Unseen(selector("team=a"), selector("app=x;tier=y")),
    ),
    "of pods of the own namespace that are not in the input": (
        allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", pods("app=x"))]),
        Unseen(selector(f"{NAMESPACE_NAME_LABEL}=shop"), selector("app=x")),
    ),
}


@pytest.mark.parametrize(("policy", "source"), NOT_REPEATED.values(), ids=NOT_REPEATED)
def test_what_is_allowed_already_is_not_repeated(policy: Policy, source: Endpoint):
    assert left(policy, source, DB)[0] == []


REPEATED: dict[str, tuple[Policy, Endpoint]] = {
    "of another workload": (allow("shop/theirs", "app=web", ingress=[rule("TCP 5432", pods("app=web"))]), WEB),
    "in another namespace": (allow("other/theirs", "*", ingress=[rule("TCP 5432", pods("*", "*"))]), WEB),
    "in the other direction": (allow("shop/theirs", "app=db", egress=[rule("TCP 5432", pods("app=web"))]), WEB),
    "inert, since the direction is not listed": (
        replace(
            allow("shop/theirs", "app=db", ingress=[rule("TCP 5432")]), directions=frozenset({Direction.EGRESS})
        ),
        WEB,
    ),
    "for another peer": (allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", pods("app=x"))]), WEB),
    "on another port": (allow("shop/theirs", "app=db", ingress=[rule("TCP 5433,UDP 5432", pods("app=web"))]), WEB),
    "on a port name that the pod has not": (allow("shop/theirs", "app=db", ingress=[rule("http")]), WEB),
    "of the own namespace only": (allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", pods())]), ELSEWHERE),
    "pods, and a host-network pod is none": (
        allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", pods("*", "*"))]),
        HOST,
    ),
    "addresses less an exception that it meets": (
        allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", block("10.0.0.0/8", "10.1.2.0/24"))]),
        IpBlock(AddressRange.parse("10.1.0.0/16")),
    ),
    "addresses, for a host of which no address is known": (
        allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", block("0.0.0.0/0"))]),
        DomainName("db.example.com"),
    ),
    "by labels that pods outside the input may lack": (
        allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", pods("tier=y", "*"))]),
        Unseen(Selector(), selector("app=x")),
    ),
    "but not in a namespace whose labels nobody knows": (
        allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", pods("*", "!restricted"))]),
        ELSEWHERE,
    ),
    "by an admin policy": (admin("theirs", ingress=[rule("TCP 5432", pods("*", "*"))]), WEB),
    "by a policy of ours": (
        replace(
            allow("shop/ours", "app=db", ingress=[rule("TCP 5432")]), labels={MANAGED_BY_LABEL: MANAGED_BY}
        ),
        WEB,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("policy", "source"), REPEATED.values(), ids=REPEATED)
def test_what_is_not_certainly_allowed_is_written(policy: Policy, source: Endpoint):
    assert len(left(policy, source, DB)[0]) == 1


def test_of_two_ports_of_one_name_only_the_first_is_allowed_already():
    twice = workload("shop/db app=db pg:TCP:1 pg:TCP:5432", selector=selector("app=db"))
    named = allow("shop/theirs", "app=db", ingress=[rule("pg", pods("app=web"))])
    written = generated(cluster(WEB, twice, policies=[named]), WEB, twice)
    rules = [each for made in written for each in made.policy.rules if each.direction is Direction.INGRESS]
    assert [str(clause) for each in rules for clause in each.ports or ()] == [
        "PortRange(protocol='TCP', first=5432, last=5432)"
    ]


def test_egress_is_left_out_by_the_port_names_of_the_destination():
    named = allow("shop/theirs", "app=web", egress=[rule("pg", pods("app=db"))])
    assert left(named, WEB, DB) == (["PortRange(protocol='TCP', first=5432, last=5432)"], [])


def test_the_labels_of_a_declared_namespace_are_known():
    policy = allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", pods("*", "!restricted"))])
    made = cluster(*EVERYONE, policies=[policy])
    declared = Namespace("other", {NAMESPACE_NAME_LABEL: "other"}, origin=Origin("other.yaml", 1, 1))
    made = replace(made, namespaces={**made.namespaces, "other": declared})
    (db,) = [each for each in generated(made, ELSEWHERE, DB) if each.workload is DB]
    assert db.policy.rules == ()


def test_only_the_rest_of_the_ports_is_written_and_the_comment_says_who_allows_the_others():
    policy = allow("shop/theirs", "app=db", ingress=[rule("TCP 1-5000", pods("app=web"))])
    demand = Demand(WEB, DB, ConnectionSet.parse("TCP 4000-6000"), ())
    policies, _ = synthesise(Requirements((demand,)), cluster(*EVERYONE, policies=[policy]), SynthesisOptions("none"))
    (db,) = [each for each in policies if each.workload is DB]
    assert [str(clause) for written in db.policy.rules for clause in written.ports or ()] == [
        "PortRange(protocol='TCP', first=5001, last=6000)"
    ]
    assert db.about[1] == "Not repeated here: what NetworkPolicy theirs allows."


def test_a_policy_that_would_say_nothing_new_is_not_written():
    both = allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", pods("app=web"))], egress=[])
    written = generated(cluster(*EVERYONE, policies=[both]), WEB, DB)
    assert {each.workload for each in written} == {WEB, ELSEWHERE}


CLOSED = {
    "both ways": (allow("shop/theirs", ingress=[], egress=[]), False),
    "one way": (allow("shop/theirs", ingress=[]), True),
    "some pods": (allow("shop/theirs", "app", ingress=[], egress=[]), True),
}


@pytest.mark.parametrize(("policy", "written"), CLOSED.values(), ids=CLOSED)
def test_a_namespace_that_is_closed_already_gets_no_default_deny(policy: Policy, written: bool):
    made = cluster(WEB, policies=[policy])
    policies, _ = synthesise(Requirements(), made, SynthesisOptions())
    assert ("default-deny" in {each.policy.name for each in policies}) is written


def test_the_same_name_in_another_namespace_is_another_workload():
    twin: Workload = replace(DB, namespace="other")
    policy = allow("shop/theirs", "app=db", ingress=[rule("TCP 5432", pods("*", "*"))], egress=[])
    made = cluster(WEB, DB, twin, policies=[policy])
    demands = tuple(Demand(WEB, each, TCP_5432, ()) for each in (DB, twin))
    policies, _ = synthesise(Requirements(demands), made, SynthesisOptions("none"))
    assert {each.workload: len(each.policy.rules) for each in policies if each.workload is not WEB} == {twin: 1}
