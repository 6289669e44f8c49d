"""Policies that cannot be understood: said as an error that names the field, and never read as an allowance."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml
from laws.forms import admin_policy, baseline_policy, cluster_policy, network_policy, workload
from laws.product import Product
from naive.objects import Object

from netpol_action.model.diagnostics import Severity

WEB = workload("Deployment", "shop/web", {"app": "web"}, "http::80")
API = workload("Deployment", "shop/api", {"app": "api"})

NETWORK_POLICIES = [
    ("{policyTypes: [Inwards]}", "spec.policyTypes"),
    ("{policyTypes: Ingress}", "spec.policyTypes"),
    ("{ingress: {}}", "spec.ingress"),
    ("{ingress: all}", "spec.ingress"),
    ("{ingress: [null]}", "spec.ingress[0]"),
    ("{ingress: [all]}", "spec.ingress[0]"),
    ("{ingress: [{form: []}]}", "spec.ingress[0]"),
    ("{ingress: [{from: all}]}", "spec.ingress[0].from"),
    ("{ingress: [{from: [{}]}]}", "spec.ingress[0].from[0]"),
    ("{ingress: [{from: [{planets: {}}]}]}", "spec.ingress[0].from[0]"),
    ("{ingress: [{from: [{podSelector: {}, planets: {}}]}]}", "spec.ingress[0].from[0]"),
    ("{ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 0.0.0.0/0}}]}]}", "spec.ingress[0].from[0].ipBlock"),
    ("{ingress: [{from: [{podSelector: {matchLabels: {app: 1}}}]}]}", "spec.ingress[0].from[0].podSelector"),
    ("{ingress: [{from: [{podSelector: {matchLabel: {app: a}}}]}]}", "spec.ingress[0].from[0].podSelector"),
    (
        "{ingress: [{from: [{podSelector: {matchExpressions: [{key: a, operator: Is, values: [a]}]}}]}]}",
        "spec.ingress[0].from[0].podSelector.matchExpressions[0].operator",
    ),
    (
        "{ingress: [{from: [{podSelector: {matchExpressions: [{key: a, operator: In}]}}]}]}",
        "spec.ingress[0].from[0].podSelector.matchExpressions[0].values",
    ),
    (
        "{ingress: [{from: [{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [a]}]}}]}]}",
        "spec.ingress[0].from[0].podSelector.matchExpressions[0].values",
    ),
    ("{ingress: [{from: [{ipBlock: {}}]}]}", "spec.ingress[0].from[0].ipBlock.cidr"),
    ("{ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/33}}]}]}", "spec.ingress[0].from[0].ipBlock.cidr"),
    (
        "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]}",
        "spec.ingress[0].from[0].ipBlock.except[0]",
    ),
    (
        "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}]}]}",
        "spec.ingress[0].from[0].ipBlock.except[0]",
    ),
    ("{ingress: [{ports: 80}]}", "spec.ingress[0].ports"),
    ("{ingress: [{ports: [80]}]}", "spec.ingress[0].ports[0]"),
    ("{ingress: [{ports: [{port: 0}]}]}", "spec.ingress[0].ports[0].port"),
    ("{ingress: [{ports: [{port: 65536}]}]}", "spec.ingress[0].ports[0].port"),
    ("{ingress: [{ports: [{port: true}]}]}", "spec.ingress[0].ports[0].port"),
    ("{ingress: [{ports: [{port: Http_Port}]}]}", "spec.ingress[0].ports[0].port"),
    ("{ingress: [{ports: [{port: [80]}]}]}", "spec.ingress[0].ports[0].port"),
    ("{ingress: [{ports: [{port: 80, endPort: 79}]}]}", "spec.ingress[0].ports[0].endPort"),
    ("{ingress: [{ports: [{port: http, endPort: 90}]}]}", "spec.ingress[0].ports[0].endPort"),
    ("{ingress: [{ports: [{endPort: 90}]}]}", "spec.ingress[0].ports[0].endPort"),
    ("{ingress: [{ports: [{protocol: ICMP}]}]}", "spec.ingress[0].ports[0].protocol"),
    ("{ingress: [{ports: [{protocol: tcp, port: 80}]}]}", "spec.ingress[0].ports[0].protocol"),
    ("{ingress: [{ports: [{port: 80, planet: x}]}]}", "spec.ingress[0].ports[0]"),
]

BROKEN_RULES = [
    ("{action: {a}, from: [{planets: {}}]}", "from[0]"),
    ("{action: {a}, from: [{}]}", "from[0]"),
    ("{action: {a}, from: []}", "from"),
    ("{action: {a}}", "from"),
    ("{action: {a}, from: [{networks: [10.0.0.0/8]}]}", "from[0]"),
    ("{action: {a}, from: [{namespaces: {}, pods: {podSelector: {}}}]}", "from[0]"),
    ("{action: {a}, from: [{pods: {namespaceSelector: {}, podSelector: {}, planets: {}}}]}", "from[0].pods"),
    ("{action: {a}, from: [{namespaces: {}}], planets: {}}", ""),
    ("{action: {a}, from: [{namespaces: {}}], ports: []}", "ports"),
    ("{action: {a}, from: [{namespaces: {}}], ports: [{}]}", "ports[0]"),
    ("{action: {a}, from: [{namespaces: {}}], ports: [{portNumber: {port: 80}, namedPort: http}]}", "ports[0]"),
    ("{action: {a}, from: [{namespaces: {}}], ports: [{portRange: {start: 80, end: 79}}]}", "ports[0].portRange.end"),
    ("{action: {a}, from: [{namespaces: {}}], ports: [{portRange: {start: 80, end: 80}}]}", "ports[0].portRange.end"),
    ("{action: {a}, from: [{namespaces: {}}], ports: [{portNumber: {}}]}", "ports[0].portNumber.port"),
    ("{action: {a}, from: [{namespaces: {}}], ports: [{portNumber: {port: 80, planet: x}}]}", "ports[0].portNumber"),
    ("{action: {a}, from: [{namespaces: {}}], ports: [{planet: http}]}", "ports[0]"),
]


def judged(policy: Object) -> tuple[str, list[str]]:
    """What the policy leaves open from api to web, and the errors."""
    product = Product([WEB, API, policy])
    pods = {workload.name: number for number, workload in enumerate(product.map.endpoints[:2])}  # type: ignore[union-attr]
    errors = [each.message for each in product.cluster.diagnostics if each.severity is Severity.ERROR]
    return str(product.allowed_between(pods["api"], pods["web"])), errors


@pytest.mark.parametrize(("spec", "field"), NETWORK_POLICIES)
def test_a_network_policy_allows_nothing_by_what_is_not_understood(spec: str, field: str):
    allowed, errors = judged(network_policy("shop", yaml.safe_load(spec)))
    assert allowed == "No Connections"
    assert [message for message in errors if message.startswith(field)]


@pytest.mark.parametrize(("rule", "field"), BROKEN_RULES)
@pytest.mark.parametrize("action", ["Allow", "Deny", "Pass"])
def test_an_admin_rule_that_is_not_understood_fails_closed(rule: str, field: str, action: str):
    broken = yaml.safe_load(rule.replace("{a}", action))
    behind = [{"action": "Deny", "from": [{"namespaces": {}}]}] if action == "Allow" else []
    allowed, errors = judged(admin_policy({"ingress": [broken, *behind]}))
    assert allowed == "No Connections"
    assert [message for message in errors if message.startswith(f"spec.ingress[0].{field}".rstrip("."))]


def test_an_unknown_action_denies():
    found, errors = judged(admin_policy({"ingress": [{"action": "Accept", "from": [{"namespaces": {}}]}]}))
    assert found == "No Connections"
    assert errors == ["spec.ingress[0].action must be one of Allow, Deny, Pass"]


@pytest.mark.parametrize(("priority", "sound"), [(0, True), (1000, True), (-1, False), (1001, False), ("1", False)])
def test_a_priority_lies_between_0_and_1000(priority: object, sound: bool):
    _, errors = judged(cluster_policy("Admin", {"ingress": [], "priority": priority}))
    assert (errors == []) is sound


@pytest.mark.parametrize(("tier", "sound"), [("Admin", True), ("Baseline", True), ("admin", False), (None, False)])
def test_a_tier_is_admin_or_baseline(tier: str, sound: bool):
    _, errors = judged(cluster_policy(tier, {"ingress": []}))
    assert (errors == []) is sound


def test_a_named_port_cannot_stand_beside_networks():
    rule = {"action": "Deny", "to": [{"networks": ["10.0.0.0/8"]}], "ports": [{"namedPort": "http"}]}
    _, errors = judged(admin_policy({"egress": [rule]}))
    assert [message for message in errors if message.startswith("spec.egress[0].ports")]


@pytest.mark.parametrize(
    ("made", "most"),
    [(admin_policy, 100), (lambda spec: cluster_policy("Admin", spec), 25)],
    ids=["v1alpha1", "v1alpha2"],
)
def test_there_are_only_so_many_rules_peers_and_networks(made: Callable[[Object], Object], most: int):
    rule = {"action": "Deny", "from": [{"namespaces": {}}]}
    for count, sound in ((most, True), (most + 1, False)):
        _, errors = judged(made({"ingress": [rule] * count}))
        assert (errors == []) is sound
        _, errors = judged(made({"ingress": [{"action": "Deny", "from": [{"namespaces": {}}] * count}]}))
        assert (errors == []) is sound
    for count, sound in ((25, True), (26, False)):
        networks = [f"10.{number}.0.0/16" for number in range(count)]
        _, errors = judged(made({"egress": [{"action": "Deny", "to": [{"networks": networks}]}]}))
        assert (errors == []) is sound


@pytest.mark.parametrize(
    ("spec", "field"),
    [({"ingress": {}}, "spec.ingress"), ({"egress": "all"}, "spec.egress"), ({"planets": []}, "spec")],
)
def test_what_is_no_list_of_rules_is_said(spec: Object, field: str):
    _, errors = judged(admin_policy(spec))
    assert [message for message in errors if message.startswith(field)]


def test_a_direction_that_is_no_list_is_denied():
    assert judged(admin_policy({"ingress": {"action": "Allow"}}))[0] == "No Connections"


def test_the_baseline_policy_has_the_name_default():
    policy = baseline_policy({"ingress": []})
    assert judged(policy)[1] == []
    policy["metadata"]["name"] = "other"
    assert judged(policy)[1] == ["metadata.name must be default in a BaselineAdminNetworkPolicy"]


@pytest.mark.parametrize(
    "entry",
    [
        {"tcp": {}},
        {"tcp": {"destinationPort": {"number": 80, "range": {"start": 1, "end": 2}}}},
        {"tcp": {"destinationPort": {"range": {"start": 80, "end": 80}}}},
        {"tcp": {"destinationPort": {"range": {"start": 80, "end": 81, "planet": 1}}}},
        {"tcp": {"destinationPort": {"number": 80}, "planet": 1}},
        {"tcp": {"destinationPort": {"number": 80}}, "udp": {"destinationPort": {"number": 80}}},
        {"icmp": {}},
        {},
    ],
)
def test_a_protocol_that_is_not_understood_fails_closed(entry: Object):
    allowed, errors = judged(
        cluster_policy("Admin", {"ingress": [{"action": "Deny", "from": [{"namespaces": {}}], "protocols": [entry]}]})
    )
    assert allowed == "No Connections"
    assert [message for message in errors if message.startswith("spec.ingress[0].protocols[0]")]


@pytest.mark.parametrize(
    ("name", "sound"),
    [("db.example.com", True), ("*.example.com", True), ("*", False), ("a.*.com", False), ("", False)],
)
def test_domain_names_are_names(name: str, sound: bool):
    _, errors = judged(admin_policy({"egress": [{"action": "Allow", "to": [{"domainNames": [name]}]}]}))
    assert (errors == []) is sound


@pytest.mark.parametrize("action", ["Deny", "Pass"])
def test_domain_names_can_only_be_allowed(action: str):
    _, errors = judged(admin_policy({"egress": [{"action": action, "to": [{"domainNames": ["example.com"]}]}]}))
    assert [message for message in errors if message.startswith("spec.egress[0].to[0].domainNames")]


@pytest.mark.parametrize("wrong", [{"tier": "admin"}, {"tier": None}, {"priority": -1}, {"planets": {}}])
def test_a_policy_that_is_not_understood_fails_closed_as_a_whole(wrong: Object):
    accept = {"ingress": [{"action": "Accept", "from": [{"namespaces": {}}]}], **wrong}
    closed = network_policy("shop", {})
    assert str(Product([WEB, API, cluster_policy("Admin", accept), closed]).allowed_between(0, 1)) == "No Connections"
    passes = {"ingress": [{"action": "Pass", "from": [{"namespaces": {}}]}], **wrong}
    assert judged(cluster_policy("Admin", passes))[0] == "No Connections"


@pytest.mark.parametrize(
    ("made", "pods", "complete"),
    [
        (admin_policy, {"namespaceSelector": {}, "podSelector": {}}, True),
        (admin_policy, {"podSelector": {}}, False),
        (admin_policy, {"namespaceSelector": {}}, False),
        (lambda spec: cluster_policy("Admin", spec), {"podSelector": {}}, True),
        (lambda spec: cluster_policy("Admin", spec), {"namespaceSelector": {}}, False),
    ],
)
def test_a_missing_selector_means_everything_and_is_said(
    made: Callable[[Object], Object], pods: Object, complete: bool
):
    product = Product([WEB, API, made({"ingress": [{"action": "Deny", "from": [{"pods": pods}]}]})])
    assert ("incomplete-selector" not in {each.rule for each in product.cluster.diagnostics}) is complete
    assert str(product.allowed_between(0, 1)) == "No Connections"
