"""Two address families: a pair of pods is open if it is over one of them, in both directions of policy."""

from __future__ import annotations

from typing import Literal

import pytest
from handmade import admin, allow, block, cluster, deny, pods, rows, rule, workload

from netpol_action.connectivity import EvaluationOptions, evaluate
from netpol_action.model.addresses import AddressRange
from netpol_action.model.policies import Policy

IpFamily = Literal["auto", "ipv4", "ipv6", "dual"]
V4, V6 = block("0.0.0.0/0"), block("::/0")


def web_to_db(policies: list[Policy], family: IpFamily, *pod_cidrs: str) -> list[str]:
    """What shop/web may open to shop/db."""
    options = EvaluationOptions(family, pod_cidrs=tuple(map(AddressRange.parse, pod_cidrs)))
    found = rows(evaluate(cluster("shop/web app=web", "shop/db app=db", policies=policies), options).map)
    return [row.partition(" : ")[2] for row in found if row.startswith("shop/web") and "=> shop/db" in row]


@pytest.mark.parametrize(
    ("policies", "by_family"),
    [
        pytest.param(
            [admin("a", egress=[deny(None, V4)])],
            {"ipv4": [], "ipv6": ["All Connections"], "dual": ["All Connections"], "auto": []},
            id="denied over IPv4 alone",
        ),
        pytest.param(
            [admin("a", egress=[deny(None, V4, V6)])],
            {"ipv4": [], "ipv6": [], "dual": [], "auto": []},
            id="denied over both",
        ),
        pytest.param(
            [admin("a", egress=[deny("TCP 80", V4), deny("TCP 80,443", V6)])],
            {"dual": ["SCTP 1-65535,TCP 1-79,81-65535,UDP 1-65535"]},
            id="port by port: 80 over neither, 443 over IPv4",
        ),
        pytest.param(
            [admin("a", egress=[deny(None, V4)]), admin("b", priority=1, ingress=[deny(None, pods("*", "*"))])],
            {"dual": []},
            id="the other direction counts over every family",
        ),
        pytest.param(
            [admin("a", egress=[rule("TCP 80", V4), deny(None, V4, V6)]), allow("shop/db", "app=db", ingress=[])],
            {"dual": []},
            id="open out over IPv4, closed on the way in",
        ),
    ],
)
def test_pods_are_open_over_some_family(policies: list[Policy], by_family: dict[IpFamily, list[str]]):
    assert {family: web_to_db(policies, family) for family in by_family} == by_family


def test_pod_cidrs_of_one_family_say_nothing_of_the_other():
    policies = [allow("shop/web", "app=web", egress=[rule("TCP 80", block("10.0.0.0/8"))])]
    assert web_to_db(policies, "dual", "10.1.0.0/16", "fd00::/64") == ["TCP 80"]
    assert web_to_db(policies, "dual", "11.1.0.0/16", "fd00::/64") == []
    assert web_to_db(policies, "dual") == []


def test_egress_and_ingress_must_be_open_over_the_same_family():
    cidrs = ("10.0.0.0/8", "fd00::/8")
    out_4 = allow("shop/web", "app=web", egress=[rule(None, V4)])
    in_6 = allow("shop/db", "app=db", ingress=[rule(None, V6)])
    in_4 = allow("shop/db", "app=db", ingress=[rule(None, V4)])
    assert web_to_db([out_4, in_6], "dual", *cidrs) == []
    assert web_to_db([out_4, in_4], "dual", *cidrs) == ["All Connections"]


def test_external_blocks_keep_their_rows():
    world = cluster("shop/web app=web", policies=[admin("a", egress=[deny(None, V4)])])
    found = rows(evaluate(world, EvaluationOptions("dual")).map)
    assert [row for row in found if row.startswith("shop/web")] == [
        f"shop/web[Deployment] => {AddressRange.whole(6)} : All Connections"
    ]


@pytest.mark.parametrize(
    ("policies", "family", "cidrs", "notes"),
    [
        pytest.param([admin("a", egress=[deny(None, V4)])], "dual", (), ["one-family"], id="one family denied"),
        pytest.param([admin("a", egress=[deny(None, V4)])], "ipv4", (), [], id="only one in use"),
        pytest.param([admin("a", egress=[deny(None, V4, V6)])], "dual", (), [], id="both denied"),
        pytest.param([admin("a", egress=[rule(None, V4)])], "dual", (), [], id="an allow opens no gap"),
        pytest.param(
            [admin("a", egress=[deny(None, block("10.0.0.0/8"))])], "ipv4", (), ["networks-outside"], id="where?"
        ),
        pytest.param([admin("a", egress=[deny(None, block("10.0.0.0/8"))])], "ipv4", ("10.1.0.0/16",), [], id="there"),
        pytest.param(
            [admin("a", egress=[deny(None, block("10.0.0.0/8"))])],
            "ipv4",
            ("10.0.0.0/7",),
            ["networks-outside"],
            id="a part of the pod network",
        ),
        pytest.param(
            [admin("a", egress=[deny(None, block("10.0.0.0/8"))])], "ipv4", ("12.0.0.0/8",), [], id="elsewhere"
        ),
        pytest.param([allow("shop/p", egress=[rule(None, block("10.0.0.0/8"))])], "ipv4", (), [], id="no admin policy"),
    ],
)
def test_what_is_taken_for_granted_is_noted(
    policies: list[Policy], family: IpFamily, cidrs: tuple[str, ...], notes: list[str]
):
    world = cluster("shop/web", policies=policies)
    options = EvaluationOptions(family, pod_cidrs=tuple(map(AddressRange.parse, cidrs)))
    assert [diagnostic.rule for diagnostic in evaluate(world, options).diagnostics] == notes


def test_host_network_pods_are_noted_where_there_are_policies():
    pod = workload("shop/web", host_network=True)
    assert [d.rule for d in evaluate(cluster(pod, policies=[allow("shop/p", ingress=[])])).diagnostics] == [
        "host-network"
    ]
    assert evaluate(cluster(pod)).diagnostics == ()
