"""Why a connection is allowed or denied: the rule that is named, and the reasons of those that do not match."""

from __future__ import annotations

from dataclasses import replace

import pytest
from handmade import admin, allow, block, cluster, deny, hand_on, pods, rule, selector, workload

from netpol_action.connectivity import EvaluationOptions
from netpol_action.connectivity.explain import explain
from netpol_action.errors import UsageError
from netpol_action.model.cluster import Cluster, Exposure, Service, ServicePort
from netpol_action.model.connections import EVERYTHING, ConnectionSet
from netpol_action.model.explanation import Explanation
from netpol_action.model.labels import Selector
from netpol_action.model.policies import Direction, DomainPeer, NodePeer, PolicyTier
from netpol_action.origin import Origin

WEB, DB = "shop/web app=web", "shop/db app=db pg:TCP:5432"
TO_DB = allow("shop/db", "app=db", ingress=[rule("TCP 5432", pods("app=web"))])


def asked(
    world: Cluster, source: str = "shop/web", destination: str = "shop/db", ports: str = "TCP 5432"
) -> Explanation:
    return explain(world, EvaluationOptions(), source, destination, ConnectionSet.parse(ports))


def said(explanation: Explanation, direction: Direction = Direction.INGRESS) -> list[str]:
    """Every step of the one verdict's side: who says what."""
    (verdict,) = explanation.verdicts
    side = verdict.sides[0 if direction is Direction.EGRESS else 1]
    return [
        f"{step.tier.name if step.tier else 'DEFAULT'} {step.outcome}: {', '.join(map(str, step.rules))}".rstrip(": ")
        for step in side.steps
    ]


def unfit(explanation: Explanation, direction: Direction = Direction.INGRESS) -> dict[str, list[tuple[str, ...]]]:
    """The policies that isolate in the one verdict, and why each of their rules does not match."""
    (verdict,) = explanation.verdicts
    step = verdict.sides[0 if direction is Direction.EGRESS else 1].steps[-1]
    return {str(each.policy): [rule.reasons for rule in each.unfit] for each in step.isolated_by}


SILENT = ["ADMIN silent", "NAMESPACE silent", "BASELINE silent", "DEFAULT allow"]


@pytest.mark.parametrize(
    ("policies", "allowed", "steps"),
    [
        pytest.param([], True, SILENT, id="no policy: the default"),
        pytest.param(
            [TO_DB],
            True,
            ["ADMIN silent", "NAMESPACE allow: NetworkPolicy shop/db ingress rule 1"],
            id="a NetworkPolicy allows",
        ),
        pytest.param(
            [TO_DB, allow("shop/all", ingress=[rule()])],
            True,
            [
                "ADMIN silent",
                "NAMESPACE allow: NetworkPolicy shop/all ingress rule 1, NetworkPolicy shop/db ingress rule 1",
            ],
            id="several allow: all are named",
        ),
        pytest.param(
            [TO_DB, admin("wall", ingress=[deny()])],
            False,
            ["ADMIN deny: AdminNetworkPolicy wall ingress rule 1"],
            id="an admin policy denies before the NetworkPolicies are asked",
        ),
        pytest.param(
            [admin("door", ingress=[hand_on(None, pods(namespaces="*"))]), TO_DB],
            True,
            [
                "ADMIN pass: AdminNetworkPolicy door ingress rule 1",
                "NAMESPACE allow: NetworkPolicy shop/db ingress rule 1",
            ],
            id="pass hands over to the NetworkPolicies",
        ),
        pytest.param(
            [admin("default", ingress=[deny(name="nobody")], tier=PolicyTier.BASELINE)],
            False,
            [
                "ADMIN silent",
                "NAMESPACE silent",
                "BASELINE deny: BaselineAdminNetworkPolicy default ingress rule 1 (nobody)",
            ],
            id="the baseline denies where no NetworkPolicy isolates",
        ),
        pytest.param(
            [admin("default", ingress=[deny()], tier=PolicyTier.BASELINE), TO_DB],
            True,
            ["ADMIN silent", "NAMESPACE allow: NetworkPolicy shop/db ingress rule 1"],
            id="the baseline is not asked where one does",
        ),
        pytest.param(
            [admin("default", ingress=[hand_on(), deny()], tier=PolicyTier.BASELINE)],
            True,
            [
                "ADMIN silent",
                "NAMESPACE silent",
                "BASELINE pass: BaselineAdminNetworkPolicy default ingress rule 1",
                "DEFAULT allow",
            ],
            id="a baseline pass means the default",
        ),
        pytest.param(
            [
                admin("b", priority=1, ingress=[deny()]),
                admin("a", priority=2, ingress=[rule()]),
            ],
            False,
            ["ADMIN deny: AdminNetworkPolicy b ingress rule 1"],
            id="the lower priority number decides",
        ),
    ],
)
def test_the_rule_that_decides_is_named(policies: list, allowed: bool, steps: list[str]):
    explanation = asked(cluster(WEB, DB, policies=policies))
    assert [verdict.allowed for verdict in explanation.verdicts] == [allowed]
    assert said(explanation) == steps
    assert said(explanation, Direction.EGRESS) == SILENT


@pytest.mark.parametrize(
    ("ports", "peers", "reasons"),
    [
        pytest.param(
            None,
            [pods("x")],
            ("it selects pods with x in namespace shop, and shop/web[Deployment] has no label x",),
            id="no such label",
        ),
        pytest.param(
            None,
            [pods("!app", "*")],
            ("it selects pods with !app in all namespaces, and shop/web[Deployment] has app=web",),
            id="a label that must not be there",
        ),
        pytest.param(
            None,
            [pods("*", "team=a")],
            ("it selects all pods in namespaces with team=a, and namespace shop has no label team",),
            id="another namespace",
        ),
        pytest.param(
            None,
            [block("0.0.0.0/0"), pods("app=x")],
            (
                "its ipBlock 0.0.0.0/0 matches addresses outside the cluster, and shop/web[Deployment] is a pod",
                "it selects pods with app=x in namespace shop, and shop/web[Deployment] has app=web",
            ),
            id="every peer has its reason",
        ),
        pytest.param("TCP 80,UDP 53", [pods()], ("its ports are TCP 80, UDP 53, not TCP 5432",), id="other ports"),
        pytest.param(
            "http",
            [pods()],
            ("its ports are http (no port of shop/db[Deployment] has this name), not TCP 5432",),
            id="a port name that the pod does not have",
        ),
        pytest.param(
            "metrics",
            [pods()],
            ("its ports are metrics (TCP 9090 on shop/db[Deployment]), not TCP 5432",),
            id="a port name that is another port",
        ),
        pytest.param(
            "TCP 80",
            [pods("app=x")],
            (
                "it selects pods with app=x in namespace shop, and shop/web[Deployment] has app=web",
                "its ports are TCP 80, not TCP 5432",
            ),
            id="neither peer nor port",
        ),
    ],
)  # fmt: skip
def test_a_rule_that_does_not_match_says_why(ports: str | None, peers: list, reasons: tuple[str, ...]):
    policies = [allow("shop/p", "app=db", ingress=[rule(ports, *peers)])]
    world = cluster(WEB, DB + " metrics:TCP:9090", policies=policies)
    assert unfit(asked(world)) == {"NetworkPolicy shop/p": [reasons]}


def test_the_namespace_of_the_policy_is_named_where_it_is_another():
    world = cluster("front/web app=web", DB, policies=[TO_DB])
    (reasons,) = unfit(asked(world, "front/web"))["NetworkPolicy shop/db"]
    assert reasons == (
        "it selects pods with app=web in namespace shop, and front/web[Deployment] is in namespace front",
    )


def test_every_policy_that_isolates_is_listed_with_or_without_rules():
    world = cluster(WEB, DB, policies=[allow("shop/none", ingress=[]), TO_DB, allow("shop/other", "app=x", ingress=[])])
    found = unfit(asked(world, ports="TCP 80"))
    assert list(found) == ["NetworkPolicy shop/db", "NetworkPolicy shop/none"]
    assert found["NetworkPolicy shop/none"] == []


def test_egress_is_explained_by_the_named_ports_of_the_destination():
    world = cluster(WEB, DB, policies=[allow("shop/web", "app=web", egress=[rule("pg", pods("app=db"))])])
    assert said(asked(world), Direction.EGRESS)[-1] == "NAMESPACE allow: NetworkPolicy shop/web egress rule 1"
    assert unfit(asked(world, ports="TCP 80"), Direction.EGRESS) == {
        "NetworkPolicy shop/web": [("its ports are pg (TCP 5432 on shop/db[Deployment]), not TCP 80",)]
    }


def test_without_a_port_there_is_a_verdict_for_each_block_of_ports():
    world = cluster(WEB, DB, policies=[TO_DB])
    explanation = explain(world, EvaluationOptions(), "web", "db")
    assert [(str(verdict.connections), verdict.allowed) for verdict in explanation.verdicts] == [
        ("TCP 5432", True),
        ("SCTP 1-65535,TCP 1-5431,5433-65535,UDP 1-65535", False),
    ]


def test_addresses_with_the_same_answer_are_put_together():
    world = cluster(WEB, policies=[allow("shop/p", egress=[rule(None, block("10.0.0.0/8", "10.1.0.0/16"))])])
    explanation = explain(world, EvaluationOptions(), "web", "internet", ConnectionSet.parse("80"))
    shown = {verdict.allowed: ", ".join(map(str, verdict.destinations)) for verdict in explanation.verdicts}
    assert shown == {
        True: "10.0.0.0-10.0.255.255, 10.2.0.0-10.255.255.255",
        False: "0.0.0.0-9.255.255.255, 10.1.0.0-10.1.255.255, 11.0.0.0-255.255.255.255",
    }


@pytest.mark.parametrize(
    ("address", "shown", "allowed"),
    [
        ("10.2.3.4", ["10.2.3.4-10.2.3.4"], [True]),
        ("10.1.0.0/17", ["10.1.0.0-10.1.127.255"], [False]),
        ("9.255.255.0-10.0.0.9", ["9.255.255.0-9.255.255.255", "10.0.0.0-10.0.0.9"], [False, True]),
    ],
)
def test_only_the_addresses_that_were_asked_for_are_shown(address: str, shown: list[str], allowed: list[bool]):
    world = cluster(WEB, policies=[allow("shop/p", egress=[rule(None, block("10.0.0.0/8", "10.1.0.0/16"))])])
    verdicts = explain(world, EvaluationOptions(), "web", address, EVERYTHING).verdicts
    found = {str(verdict.destinations[0]): verdict.allowed for verdict in verdicts}
    assert found == dict(zip(shown, allowed, strict=True))


def test_an_ipv6_address_brings_its_family_into_play():
    verdicts = asked(cluster(WEB), destination="2001:db8::1").verdicts
    assert [(str(v.destinations[0]), v.allowed) for v in verdicts] == [("2001:db8::1-2001:db8::1", True)]


def test_pods_that_differ_by_family_are_explained_for_each():
    world = cluster(WEB, DB, policies=[admin("no-v4", egress=[deny(None, block("0.0.0.0/0"))])])
    verdicts = explain(world, EvaluationOptions(ip_family="dual"), "web", "db", ConnectionSet.parse("80")).verdicts
    assert {(v.family, v.allowed) for v in verdicts} == {(4, False), (6, True)}


def test_the_controller_reaches_what_is_published_as_far_as_policies_allow():
    service = Service("shop", "db", Selector.labels({"app": "db"}), (ServicePort(5432),))
    world = cluster(WEB, DB, policies=[TO_DB], services=(service,))
    world = replace(world, exposures=(Exposure("Ingress", "shop", "db", "shop", "db"),))
    explanation = explain(world, EvaluationOptions(), "{ingress-controller}", "db", ConnectionSet.parse("5432,80"))
    by_port = {str(verdict.connections): [side.allowed for side in verdict.sides] for verdict in explanation.verdicts}
    assert by_port == {"TCP 5432": [True, False], "TCP 80": [False, False]}


@pytest.mark.parametrize(("name", "denied"), [("{nodes role=infra}", True), ("{host a.example.com}", False)])
def test_nodes_and_hosts_can_be_asked_for_by_their_text(name: str, denied: bool):
    peers = NodePeer(selector("role=infra")), DomainPeer(("a.example.com",))
    world = cluster(WEB, policies=[admin("a", egress=[deny(None, peers[0]), rule(None, peers[1])])])
    (verdict,) = asked(world, destination=name).verdicts
    assert (str(verdict.destinations[0]), not verdict.allowed) == (name, denied)
    with pytest.raises(UsageError, match="as a destination only"):
        asked(world, source=name, destination="web")


def test_host_network_pods_are_explained_by_their_exemption():
    world = cluster(workload("shop/db app=db", host_network=True), WEB, policies=[TO_DB])
    (verdict,) = asked(world).verdicts
    assert "host-network" in verdict.sides[1].steps[-1].reason


def test_variants_of_one_workload_have_verdicts_of_their_own():
    one, two = workload("shop/web app=web", variant="a"), workload("shop/web app=api", variant="b")
    verdicts = asked(cluster(one, two, DB, policies=[TO_DB])).verdicts
    assert [(str(v.sources[0]), v.allowed) for v in verdicts] == [
        ("shop/web[Deployment]{a}", True),
        ("shop/web[Deployment]{b}", False),
    ]


def test_lines_are_found_for_every_rule_and_policy():
    world = cluster(WEB, DB, policies=[TO_DB])
    there, not_there = (
        asked(world, ports=port).refined(lambda _: Origin("found.yaml", line=9)) for port in ("5432", "80")
    )
    assert {rule.origin.line for v in there.verdicts for s in v.sides for step in s.steps for rule in step.rules} == {9}
    isolations = [i for v in not_there.verdicts for s in v.sides for step in s.steps for i in step.isolated_by]
    assert {(i.origin.line, i.unfit[0].rule.origin.line) for i in isolations} == {(9, 9)}


@pytest.mark.parametrize(
    ("source", "destination", "sentence"),
    [
        ("shop/wep", "shop/db", "did you mean shop/web"),
        ("nothing-like-it", "db", "no workload of the input is called nothing-like-it"),
        ("same", "db", "same may be any of back/same[Deployment], shop/same[Deployment] and shop/same[Job]"),
        ("shop/same", "db", "shop/same may be any of"),
        ("internet", "10.0.0.0/8", "neither internet nor 10.0.0.0/8 is a workload"),
        ("shop/web", "{ingress-controller}", "only opens connections"),
        ("", "db", "no workload"),
    ],
)
def test_ends_that_cannot_be_used_are_said(source: str, destination: str, sentence: str):
    world = cluster(WEB, DB, "shop/same", "shop/same[Job]", "back/same")
    with pytest.raises(UsageError, match=sentence.replace("[", r"\[")):
        asked(world, source, destination)


def test_a_workload_and_itself_are_two_replicas():
    world = cluster(WEB, DB, policies=[allow("shop/web", "app=web", ingress=[])])
    explanation = asked(world, "web", "web")
    assert [verdict.allowed for verdict in explanation.verdicts] == [False]
    assert [diagnostic.rule for diagnostic in explanation.diagnostics] == ["replicas"]
    assert asked(world).diagnostics == ()


def test_a_kind_makes_a_name_unique():
    world = cluster("shop/same", "shop/same[Job]", DB)
    (verdict,) = asked(world, "shop/same[job]").verdicts
    assert str(verdict.sources[0]) == "shop/same[Job]"


def test_what_is_denied_alike_is_one_verdict_with_what_is_true_of_all_of_it():
    policy = allow("shop/db", "app=db", ingress=[rule("TCP 5432", pods("app=job")), rule("UDP 53", pods("app=web"))])
    world = cluster(WEB, DB, policies=[policy])
    denied = asked(world, ports="TCP 1-65535")
    assert unfit(denied) == {
        "NetworkPolicy shop/db": [
            ("it selects pods with app=job in namespace shop, and shop/web[Deployment] has app=web",),
            ("its ports are UDP 53, not TCP 1-65535",),
        ]
    }


def test_many_address_blocks_have_a_verdict_for_each_rule_and_few_for_what_is_denied():
    rules = [rule(f"TCP {443 + i % 3}", block(f"10.{i}.0.0/24")) for i in range(60)]
    world = cluster(WEB, policies=[allow("shop/out", egress=rules)])
    verdicts = asked(world, destination="internet", ports="TCP 1-65535").verdicts
    assert sum(verdict.allowed for verdict in verdicts) == len(rules)
    denied = [verdict for verdict in verdicts if not verdict.allowed]
    assert len(denied) == 4  # by the ports that are left of each block, and all ports of what no rule names
    reasons = [unfit.reasons for verdict in denied for unfit in verdict.sides[0].steps[-1].isolated_by[0].unfit]
    assert all(reasons)
    assert max(len(reason) for each in reasons for reason in each) < 100


def test_a_rule_of_many_peers_is_not_spelled_out():
    peers = [block(f"10.{i}.0.0/24") for i in range(100)]
    world = cluster(WEB, policies=[allow("shop/out", egress=[rule("TCP 443", *peers)])])
    ((reasons,),) = unfit(asked(world, destination="11.0.0.1", ports="TCP 443"), Direction.EGRESS).values()
    assert (len(reasons), reasons[-1]) == (21, "nor does any of its 80 further peers match")
