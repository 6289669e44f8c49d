"""AdminNetworkPolicy, BaselineAdminNetworkPolicy, ClusterNetworkPolicy: the API's text, asked of both evaluators.

What the two APIs have in common is stated once, in the words of v1alpha2, and asked in both spellings.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest
from laws.facts import JUDGES, Fact, check
from laws.forms import admin_policy, baseline_policy, cluster_policy, network_policy, workload
from naive.objects import Object

ALL_PODS: Object = {"namespaces": {}}
DATA: Object = {"namespaces": {"matchLabels": {"team": "data"}}}
SHOP: Object = {"namespaces": {"matchLabels": {"team": "shop"}}}
UNKNOWN: Object = {"planets": {}}


def pods(app: str, **namespaces: str) -> Object:
    return {"pods": {"namespaceSelector": {"matchLabels": namespaces}, "podSelector": {"matchLabels": {"app": app}}}}


def networks(*cidrs: str) -> Object:
    return {"networks": list(cidrs)}


def number(protocol: str, port: int) -> Object:
    return {protocol: {"destinationPort": {"number": port}}}


def span(protocol: str, start: int, end: int) -> Object:
    return {protocol: {"destinationPort": {"range": {"start": start, "end": end}}}}


def named(name: str) -> Object:
    return {"destinationNamedPort": name}


def ingress(action: str, *peers: Object, protocols: list[Object] | None = None) -> Object:
    """A spec of one ingress rule; `merged` makes one of several."""
    return {"ingress": [{"action": action, "from": list(peers)} | ({"protocols": protocols} if protocols else {})]}


def egress(action: str, *peers: Object, protocols: list[Object] | None = None) -> Object:
    """A spec of one egress rule."""
    return {"egress": [{"action": action, "to": list(peers)} | ({"protocols": protocols} if protocols else {})]}


def merged(*specs: Object) -> Object:
    """A spec with the rules of several, in their order."""
    return {
        field: [rule for spec in specs for rule in spec.get(field, ())]
        for field in ("ingress", "egress")
        if any(field in spec for spec in specs)
    }


@dataclass(frozen=True)
class Made:
    """A policy that can be spelled in either API: tier and priority, or a NetworkPolicy of the namespace shop."""

    tier: str
    spec: Object
    priority: int = 10

    def v1alpha2(self, place: int) -> Object:
        if self.tier == "NetworkPolicy":
            return network_policy("shop", self.spec)
        return cluster_policy(self.tier, self.spec, f"p{place}", self.priority)

    def v1alpha1(self, place: int) -> Object:
        if self.tier == "NetworkPolicy":
            return network_policy("shop", self.spec)
        spec = _v1alpha1(self.spec)
        return baseline_policy(spec) if self.tier == "Baseline" else admin_policy(spec, f"p{place}", self.priority)


def _v1alpha1(spec: Object) -> Object:
    """The same rules in the older API's words."""
    return {key: [_rule(rule) for rule in value] if key != "subject" else value for key, value in spec.items()}


def _rule(rule: Object) -> Object:
    words: dict[str, Any] = {key: value for key, value in rule.items() if key != "protocols"}
    if words.get("action") == "Accept":
        words["action"] = "Allow"
    if "protocols" in rule:
        words["ports"] = [_port(entry) for entry in rule["protocols"]]
    return words


def _port(entry: Object) -> Object:
    ((key, value),) = entry.items()
    if key == "destinationNamedPort":
        return {"namedPort": value}
    port = value["destinationPort"]
    if "number" in port:
        return {"portNumber": {"protocol": key.upper(), "port": port["number"]}}
    return {"portRange": {"protocol": key.upper(), **port["range"]}}


def admin(spec: Object, priority: int = 10) -> Made:
    return Made("Admin", spec, priority)


def baseline(spec: Object, priority: int = 10) -> Made:
    return Made("Baseline", spec, priority)


def ordinary(spec: Object) -> Made:
    """A NetworkPolicy."""
    return Made("NetworkPolicy", spec)


@dataclass(frozen=True)
class Row:
    """A fact before it is spelled in an API."""

    row: str
    sentence: str
    policies: tuple[Made, ...]
    allowed: str = ""
    denied: str = ""

    def v1alpha1(self) -> Fact:
        policies = tuple(policy.v1alpha1(place) for place, policy in enumerate(self.policies))
        return Fact(f"AdminNetworkPolicy, {self.row}", self.sentence, policies, self.allowed, self.denied)

    def v1alpha2(self) -> Fact:
        policies = tuple(policy.v1alpha2(place) for place, policy in enumerate(self.policies))
        return Fact(f"ClusterNetworkPolicy, {self.row}", self.sentence, policies, self.allowed, self.denied)


DENY_ALL: Object = {"policyTypes": ["Ingress", "Egress"]}
PORT_80: Object = {"ingress": [{"ports": [{"port": 80}]}]}

BOTH = [
    Row(
        "actions",
        "Deny denies, even what a NetworkPolicy allows",
        (admin(ingress("Deny", ALL_PODS)), ordinary({"ingress": [{}]})),
        allowed="1.2.3.4 -> web TCP 80",
        denied="db -> web TCP 80; web -> db TCP 80",
    ),
    Row(
        "actions",
        "Accept allows what a NetworkPolicy denies, and settles one direction only",
        (admin(ingress("Accept", ALL_PODS)), ordinary(DENY_ALL)),
        allowed="db -> web TCP 80",
        denied="web -> db TCP 80; web -> api TCP 80; 1.2.3.4 -> web TCP 80",
    ),
    Row(
        "actions",
        "no implicit deny: what no rule matches falls through",
        (admin(egress("Accept", SHOP)),),
        allowed="web -> db TCP 80; web -> 1.2.3.4 TCP 80",
    ),
    Row(
        "priority",
        "lower wins, whatever the order of the objects",
        (admin(ingress("Accept", ALL_PODS), 20), admin(ingress("Deny", ALL_PODS), 3)),
        denied="db -> web TCP 80",
    ),
    Row(
        "priority",
        "equal ones in the order of names",
        (admin(ingress("Accept", ALL_PODS), 5), admin(ingress("Deny", ALL_PODS), 5)),
        allowed="db -> web TCP 80",
    ),
    Row(
        "priority",
        "rules decide in their order",
        (admin(merged(ingress("Deny", DATA), ingress("Accept", ALL_PODS), ingress("Deny", ALL_PODS))),),
        allowed="api -> web TCP 80",
        denied="db -> web TCP 80",
    ),
    Row(
        "Pass",
        "skips the rest of the tier; a NetworkPolicy that selects the pod then decides",
        (
            admin(merged(ingress("Pass", ALL_PODS), ingress("Accept", ALL_PODS)), 1),
            admin(ingress("Accept", ALL_PODS), 2),
            ordinary(PORT_80),
        ),
        allowed="db -> web TCP 80; web -> db TCP 81",
        denied="db -> web TCP 81",
    ),
    Row(
        "Pass",
        "without a NetworkPolicy in that direction the baseline decides",
        (
            admin(merged(egress("Pass", ALL_PODS), egress("Accept", ALL_PODS))),
            ordinary({"ingress": [{}]}),
            baseline(egress("Deny", ALL_PODS)),
        ),
        allowed="web -> 1.2.3.4 TCP 80",
        denied="web -> db TCP 80; db -> web TCP 80",
    ),
    Row(
        "Pass",
        "with nothing after it means allow",
        (admin(merged(ingress("Pass", ALL_PODS), ingress("Deny", ALL_PODS))),),
        allowed="db -> web TCP 80",
    ),
    Row(
        "Baseline",
        "decides only where no NetworkPolicy selects the pod in that direction",
        (
            baseline(ingress("Deny", ALL_PODS)),
            ordinary({"podSelector": {"matchLabels": {"app": "web"}}, **PORT_80}),
        ),
        allowed="db -> web TCP 80; 1.2.3.4 -> api TCP 80",
        denied="db -> web TCP 81; db -> api TCP 80",
    ),
    Row(
        "Baseline",
        "rules decide in their order, and an Accept allows",
        (baseline(merged(ingress("Accept", pods("db")), ingress("Deny", ALL_PODS))),),
        allowed="db -> web TCP 80",
        denied="api -> web TCP 80",
    ),
    Row(
        "subject",
        "by namespaces",
        (admin({"subject": DATA, **ingress("Deny", ALL_PODS)}),),
        allowed="db -> web TCP 80",
        denied="web -> db TCP 80",
    ),
    Row(
        "subject",
        "by pods in namespaces",
        (admin({"subject": pods("web", team="shop"), **ingress("Deny", ALL_PODS)}),),
        allowed="db -> api TCP 80",
        denied="db -> web TCP 80",
    ),
    Row(
        "subject",
        "host-network pods are excluded, as subjects and as peers",
        (admin(merged(egress("Deny", ALL_PODS), ingress("Deny", ALL_PODS))),),
        allowed="node -> 1.2.3.4 TCP 80; node -> node TCP 80; web -> node TCP 80; node -> web TCP 80",
        denied="db -> web TCP 80",
    ),
    Row(
        "peers",
        "pods and namespaces are never external addresses",
        (admin(merged(egress("Deny", ALL_PODS), ingress("Deny", ALL_PODS))),),
        allowed="web -> 1.2.3.4 TCP 80; 1.2.3.4 -> web TCP 80",
        denied="web -> db TCP 80",
    ),
    Row(
        "peers",
        "any of a rule's peers may match",
        (admin(ingress("Deny", pods("db"), pods("api"))),),
        allowed="web -> web TCP 80",
        denied="db -> web TCP 80; api -> web TCP 80",
    ),
    Row(
        "fail closed",
        "an Accept rule with a peer of no known kind matches no traffic, by its good peers neither",
        (admin(ingress("Accept", ALL_PODS, UNKNOWN)), ordinary({})),
        denied="db -> web TCP 80; 1.2.3.4 -> web TCP 80",
    ),
    Row(
        "fail closed",
        "a Deny rule with a peer of no known kind denies all",
        (admin(ingress("Deny", DATA, UNKNOWN, protocols=[number("tcp", 80)])),),
        allowed="web -> 1.2.3.4 TCP 80",
        denied="db -> web TCP 80; api -> web TCP 80; 1.2.3.4 -> web TCP 80; db -> web UDP 81",
    ),
    Row(
        "fail closed",
        "a Pass rule with a peer of no known kind denies all",
        (admin(egress("Pass", UNKNOWN)), ordinary({"policyTypes": ["Egress"], "egress": [{}]})),
        allowed="1.2.3.4 -> web TCP 80",
        denied="web -> db TCP 80; web -> 1.2.3.4 TCP 80",
    ),
    Row(
        "fail closed",
        "an empty peer is a peer of no known kind",
        (admin(ingress("Deny", {})),),
        allowed="web -> 1.2.3.4 TCP 80",
        denied="1.2.3.4 -> web TCP 80; db -> web TCP 80",
    ),
    Row(
        "fail closed",
        "networks are no peer of an ingress rule",
        (admin(ingress("Deny", networks("10.0.0.0/8"))),),
        allowed="web -> 1.2.3.4 TCP 80",
        denied="1.2.3.4 -> web TCP 80; db -> web TCP 80",
    ),
    Row(
        "fail closed",
        "what the rules before it decided stands",
        (admin(merged(ingress("Accept", DATA), ingress("Deny", UNKNOWN))),),
        allowed="db -> web TCP 80",
        denied="api -> web TCP 80",
    ),
    Row(
        "networks",
        "hold addresses outside the cluster",
        (admin(egress("Deny", networks("10.0.0.0/8", "2001:db8::/32"))),),
        allowed="web -> 9.255.255.255 TCP 80; web -> 11.0.0.0 TCP 80; web -> 2001:db9:: TCP 80; web -> db TCP 80",
        denied="web -> 10.0.0.0 TCP 80; web -> 10.255.255.255 TCP 80; web -> 2001:db8::1 TCP 80",
    ),
    Row(
        "networks",
        "a block of every address hits pods, host-network pods too",
        (admin(egress("Deny", networks("0.0.0.0/0"))),),
        allowed="node -> db TCP 80; 1.2.3.4 -> web TCP 80",
        denied="web -> db TCP 80; web -> node TCP 80; web -> 1.2.3.4 TCP 80",
    ),
    Row(
        "networks",
        "Accept of every address allows pods in spite of a NetworkPolicy",
        (admin(egress("Accept", networks("0.0.0.0/0"))), ordinary({"policyTypes": ["Egress"]})),
        allowed="web -> db TCP 80; web -> 1.2.3.4 TCP 80",
    ),
    Row(
        "networks",
        "any other block is assumed to lie outside the pod network",
        (admin(egress("Deny", networks("0.0.0.0/1", "128.0.0.0/1"))),),
        allowed="web -> db TCP 80",
        denied="web -> 1.2.3.4 TCP 80; web -> 200.2.3.4 TCP 80",
    ),
    Row(
        "nodes and domainNames",
        "nodes are neither pods nor addresses outside",
        (admin(egress("Deny", {"nodes": {}})),),
        allowed="web -> db TCP 80; web -> 1.2.3.4 TCP 80",
    ),
    Row(
        "nodes and domainNames",
        "an Accept for a name opens no address",
        (admin(egress("Accept", {"domainNames": ["*.example.com"]})), ordinary({"policyTypes": ["Egress"]})),
        denied="web -> 1.2.3.4 TCP 80; web -> db TCP 80",
    ),
    Row(
        "ports",
        "by number, of one protocol",
        (admin(ingress("Deny", ALL_PODS, protocols=[number("udp", 53)])),),
        allowed="db -> web TCP 53; db -> web UDP 52; db -> web UDP 54",
        denied="db -> web UDP 53",
    ),
    Row(
        "ports",
        "by range, with both ends",
        (admin(ingress("Deny", ALL_PODS, protocols=[span("sctp", 10, 20)])),),
        allowed="db -> web SCTP 9; db -> web SCTP 21; db -> web TCP 15",
        denied="db -> web SCTP 10; db -> web SCTP 20",
    ),
    Row(
        "ports",
        "by name, of whatever protocol the destination gives it",
        (admin(ingress("Deny", ALL_PODS, protocols=[named("dual"), named("http")])),),
        allowed="db -> api UDP 53; db -> api TCP 5353; db -> web TCP 8080",
        denied="db -> api TCP 53; db -> api UDP 5353; db -> web TCP 80; db -> api TCP 8080",
    ),
    Row(
        "ports",
        "by name, in an egress rule, on the destination",
        (admin(egress("Deny", ALL_PODS, protocols=[named("sql")])),),
        allowed="web -> api TCP 5432; web -> db TCP 80",
        denied="web -> db TCP 5432",
    ),
    Row(
        "ports",
        "none: every protocol and port",
        (admin(ingress("Deny", ALL_PODS)),),
        denied="db -> web TCP 1; db -> web UDP 65535; db -> web SCTP 7",
    ),
]

V1ALPHA2_ONLY = [
    Row(
        "Baseline",
        "there may be several, and priority counts within the tier",
        (baseline(ingress("Deny", ALL_PODS), 7), baseline(ingress("Accept", DATA), 6)),
        allowed="db -> web TCP 80",
        denied="api -> web TCP 80",
    ),
    Row(
        "Baseline",
        "Pass means the default, which is to allow",
        (baseline(ingress("Pass", DATA), 1), baseline(ingress("Deny", ALL_PODS), 2)),
        allowed="db -> web TCP 80",
        denied="api -> web TCP 80",
    ),
    Row(
        "tiers",
        "a lower number in Baseline does not come before Admin",
        (baseline(ingress("Deny", ALL_PODS), 0), admin(ingress("Accept", ALL_PODS), 1000)),
        allowed="db -> web TCP 80",
    ),
]

OTHERS = [
    Fact(
        "networks",
        "a block that holds the whole pod network hits pods, where that is known",
        (cluster_policy("Admin", egress("Deny", networks("10.0.0.0/8"))),),
        allowed="web -> node TCP 80",
        denied="web -> db TCP 80; web -> 10.0.0.1 TCP 80",
        pod_cidrs=("10.244.0.0/16",),
    ),
    Fact(
        "networks",
        "a block beside the pod network hits no pod",
        (cluster_policy("Admin", egress("Deny", networks("10.0.0.0/9"))),),
        allowed="web -> db TCP 80",
        pod_cidrs=("10.244.0.0/16",),
    ),
    Fact(
        "hostNetwork",
        "taken as ordinary pods, they are subjects and peers",
        (admin_policy(ingress("Deny", ALL_PODS)),),
        denied="web -> node TCP 80; node -> web TCP 80",
        host_network="ordinary",
    ),
    Fact(
        "AdminNetworkPolicy, ports",
        "the protocol is TCP by default",
        (
            admin_policy(
                {
                    "ingress": [
                        {"action": "Deny", "from": [ALL_PODS], "ports": [{"portNumber": {"port": 53}}]},
                        {"action": "Deny", "from": [ALL_PODS], "ports": [{"portRange": {"start": 60, "end": 61}}]},
                    ]
                }
            ),
        ),
        allowed="db -> web UDP 53; db -> web UDP 60",
        denied="db -> web TCP 53; db -> web TCP 60",
    ),
    Fact(
        "both APIs",
        "in one cluster are one tier, ordered by priority and then by name",
        (
            admin_policy(ingress("Allow", DATA), "b", 5),
            cluster_policy("Admin", ingress("Deny", ALL_PODS), "a", 5),
            admin_policy(ingress("Allow", pods("api")), "c", 4),
            workload("Deployment", "shop/extra", {"app": "extra"}),
        ),
        allowed="api -> web TCP 80; api -> extra TCP 80",
        denied="db -> web TCP 80; web -> extra TCP 80",
    ),
]

FACTS = [*(row.v1alpha1() for row in BOTH), *(row.v1alpha2() for row in [*BOTH, *V1ALPHA2_ONLY]), *OTHERS]


@pytest.mark.parametrize(("judge", "fact"), list(product(JUDGES, FACTS)), ids=str)
def test_admin_policies(judge: str, fact: Fact):
    check(fact, judge)
