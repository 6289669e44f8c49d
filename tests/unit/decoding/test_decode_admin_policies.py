from __future__ import annotations

import pytest
from manifest_text import cluster, findings, one_policy

from netpol_action.model.addresses import AddressRange
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.labels import SELECT_ALL, Selector
from netpol_action.model.policies import (
    Action,
    Direction,
    DomainPeer,
    IpPeer,
    NamedPort,
    NodePeer,
    Peer,
    PodPeer,
    Policy,
    PolicyTier,
    PortClause,
    PortRange,
)

EVERYONE = PodPeer(SELECT_ALL, SELECT_ALL)
PEER = "{namespaces: {}}"
WEB = Selector.labels({"app": "web"})


def admin(rules: str, head: str = "priority: 7, subject: {namespaces: {}}") -> tuple[Policy, tuple[Diagnostic, ...]]:
    return one_policy("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", f"{{{head}, {rules}}}")


def baseline(rules: str, name: str = "default") -> tuple[Policy, tuple[Diagnostic, ...]]:
    spec = f"{{subject: {{namespaces: {{}}}}, {rules}}}"
    return one_policy("policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy", spec, name=name)


def new(
    rules: str, head: str = "tier: Admin, priority: 7, subject: {namespaces: {}}"
) -> tuple[Policy, tuple[Diagnostic, ...]]:
    return one_policy("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", f"{{{head}, {rules}}}")


def messages(problems: tuple[Diagnostic, ...]) -> list[str]:
    return [problem.message for problem in problems]


def test_tiers_and_priorities():
    assert (admin("ingress: []")[0].tier, admin("ingress: []")[0].priority) == (PolicyTier.ADMIN, 7)
    assert (baseline("ingress: []")[0].tier, baseline("ingress: []")[0].priority) == (PolicyTier.BASELINE, 0)
    for tier in PolicyTier.ADMIN, PolicyTier.BASELINE:
        policy, problems = new(
            "ingress: []", f"tier: {tier.name.title()}, priority: 1000, subject: {{namespaces: {{}}}}"
        )
        assert (policy.tier, policy.priority, problems) == (tier, 1000, ())


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("{namespaces: {matchLabels: {app: web}}}", PodPeer(WEB, SELECT_ALL)),
        ("{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}", PodPeer(SELECT_ALL, WEB)),
    ],
)
def test_subjects(subject: str, expected: PodPeer):
    assert admin("ingress: []", f"priority: 1, subject: {subject}")[0].subject == expected


@pytest.mark.parametrize("subject", ["{}", "{nodes: {}}", "{namespaces: {}, pods: {podSelector: {}}}", "[]", "null"])
def test_a_subject_that_cannot_be_read_is_an_error(subject: str):
    found = cluster(f"""
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {{name: p}}
spec: {{priority: 1, subject: {subject}}}
""")

    assert found.policies == ()
    assert [(each.severity, each.rule) for each in found.diagnostics] == [("error", "broken-policy")]
    assert found.diagnostics[0].message.startswith("spec.subject")


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        (PEER, (EVERYONE,)),
        ("{nodes: {matchLabels: {app: web}}}", (NodePeer(WEB),)),
        (
            "{networks: [10.0.0.0/8, '::/0']}",
            (IpPeer(AddressRange.parse("10.0.0.0/8")), IpPeer(AddressRange.whole(6))),
        ),
        ("{domainNames: ['*.example.com', a.b.]}", (DomainPeer(("*.example.com", "a.b.")),)),
    ],
)
def test_egress_peers(peer: str, expected: tuple[Peer, ...]):
    for read, allow in ((admin, "Allow"), (new, "Accept")):
        policy, problems = read(f"egress: [{{action: {allow}, to: [{peer}]}}]")
        assert policy.rules[0].peers == expected
        assert policy.directions == {Direction.EGRESS}
        assert problems == ()


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ("{portNumber: {port: 80}}", PortRange("TCP", 80, 80)),
        ("{portNumber: {port: 53, protocol: UDP}}", PortRange("UDP", 53, 53)),
        ("{portRange: {start: 1, end: 9, protocol: SCTP}}", PortRange("SCTP", 1, 9)),
        ("{namedPort: http}", NamedPort("http")),
    ],
)
def test_ports_of_v1alpha1(port: str, expected: PortClause):
    policy, problems = admin(f"ingress: [{{action: Deny, from: [{PEER}], ports: [{port}]}}]")

    assert policy.rules[0].ports == (expected,)
    assert problems == ()


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ("{tcp: {destinationPort: {number: 80}}}", PortRange("TCP", 80, 80)),
        ("{udp: {destinationPort: {range: {start: 1, end: 9}}}}", PortRange("UDP", 1, 9)),
        ("{sctp: {destinationPort: {number: 1}}}", PortRange("SCTP", 1, 1)),
        ("{destinationNamedPort: http}", NamedPort("http")),
    ],
)
def test_protocols_of_v1alpha2(port: str, expected: PortClause):
    policy, problems = new(f"ingress: [{{action: Deny, from: [{PEER}], protocols: [{port}]}}]")

    assert policy.rules[0].ports == (expected,)
    assert problems == ()


def test_no_ports_are_every_port():
    assert admin(f"ingress: [{{action: Pass, from: [{PEER}]}}]")[0].rules[0].ports is None
    assert new(f"ingress: [{{action: Pass, from: [{PEER}]}}]")[0].rules[0].ports is None


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ("from: [{}]", "from[0] must have exactly one of namespaces, pods"),
        ("from: [{serviceAccounts: {}}]", "from[0].serviceAccounts is not a known field of a peer"),
        (f"from: [{PEER}, {{networks: [10.0.0.0/8]}}]", "from[1].networks is not a known field of a peer"),
        ("from: []", "from must have 1 to 100 items"),
        ("ports: []", "ports must have 1 to 100 items"),
        ("from: 1", "from must be a list"),
        (f"from: [{PEER}], ports: []", "ports must have 1 to 100 items"),
        (f"from: [{PEER}], ports: [{{}}]", "ports[0] must have exactly one of namedPort, portNumber, portRange"),
        (
            f"from: [{PEER}], ports: [{{namedPort: a, portNumber: {{port: 1}}}}]",
            "ports[0] must have exactly one of namedPort, portNumber, portRange",
        ),
        (f"from: [{PEER}], ports: [{{portRange: {{start: 9, end: 9}}}}]", "ports[0].portRange.end must be above start"),
        (f"from: [{PEER}], ports: [{{portNumber: {{}}}}]", "ports[0].portNumber.port is missing"),
        (f"from: [{PEER}], port: 80", "port is not a known field of a rule"),
    ],
)
@pytest.mark.parametrize("action", ["Allow", "Deny", "Pass"])
def test_a_rule_that_is_not_understood_fails_closed_as_a_whole(parts: str, message: str, action: str):
    policy, (problem,) = admin(f"ingress: [{{action: {action}, {parts}}}]")

    (rule,) = policy.rules
    if action == "Allow":
        assert (rule.action, rule.peers) == (Action.ALLOW, ()), "it matches nothing"
    else:
        assert (rule.action, rule.peers, rule.ports) == (Action.DENY, None, None), "it denies everything"
    assert problem.severity == "error"
    assert problem.message == f"spec.ingress[0].{message}"


@pytest.mark.parametrize(
    ("protocol", "message"),
    [
        ("{tcp: {}}", "tcp.destinationPort is missing"),
        ("{tcp: {destinationPort: {}}}", "tcp.destinationPort must have exactly one of number, range"),
        ("{icmp: {}}", "icmp is not a known field of a protocol"),
        ("{udp: {destinationPort: {range: {start: 2, end: 2}}}}", "udp.destinationPort.range.end must be above start"),
        ("{udp: {sourcePort: 1}}", "udp.sourcePort is not a known field of a port"),
    ],
)
def test_a_protocol_that_is_not_understood_fails_closed(protocol: str, message: str):
    policy, (problem,) = new(f"ingress: [{{action: Accept, from: [{PEER}], protocols: [{protocol}]}}]")

    assert policy.rules[0].peers == ()
    assert problem.message == f"spec.ingress[0].protocols[0].{message}"


def test_an_action_that_is_not_known_denies_everything():
    for policy, _ in (
        admin(f"ingress: [{{action: Accept, from: [{PEER}]}}]"),
        new(f"ingress: [{{action: Allow, from: [{PEER}]}}]"),
        baseline(f"ingress: [{{action: Pass, from: [{PEER}]}}]"),
    ):
        assert (policy.rules[0].action, policy.rules[0].peers) == (Action.DENY, None)


@pytest.mark.parametrize("action", ["Deny", "Pass"])
def test_domain_names_can_only_be_allowed(action: str):
    policy, problems = admin(f"egress: [{{action: {action}, to: [{{domainNames: [a.example]}}]}}]")

    assert (policy.rules[0].action, policy.rules[0].peers) == (Action.DENY, None)
    assert messages(problems) == ["spec.egress[0].to[0].domainNames can only be allowed"]


def test_the_baseline_policy_knows_no_domain_names():
    policy, problems = baseline("egress: [{action: Allow, to: [{domainNames: [a.example]}]}]")

    assert policy.rules[0].peers == ()
    assert messages(problems) == ["spec.egress[0].to[0].domainNames is not a known field of a peer"]


@pytest.mark.parametrize("peer", ["{networks: [10.0.0.0/8]}", "{nodes: {}}", "{domainNames: [a.example]}"])
def test_a_named_port_beside_a_peer_without_names_is_an_error(peer: str):
    _, problems = admin(f"egress: [{{action: Allow, to: [{peer}], ports: [{{namedPort: http}}]}}]")

    assert [problem.severity for problem in problems] == ["error"]
    assert problems[0].message.startswith("spec.egress[0].ports cannot name a port beside")


def test_a_direction_that_cannot_be_read_is_denied():
    policy, problems = admin("ingress: {}")

    assert [(rule.direction, rule.action, rule.peers) for rule in policy.rules] == [
        (Direction.INGRESS, Action.DENY, None)
    ]
    assert messages(problems) == ["spec.ingress must be a list"]


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("priority: 1001", "spec.priority must be between 0 and 1000"),
        ("priority: -1", "spec.priority must be between 0 and 1000"),
        ("priority: high", "spec.priority must be a whole number, not a string"),
        ("name: x", "spec.name is not a known field of AdminNetworkPolicy"),
    ],
)
def test_a_policy_with_an_unknown_place_in_the_order_fails_closed(head: str, message: str):
    rules = f"ingress: [{{action: Allow, from: [{PEER}]}}, {{action: Pass, from: [{PEER}]}}]"
    policy, problems = admin(rules, f"{head}, subject: {{namespaces: {{}}}}")

    assert [(rule.action, rule.peers) for rule in policy.rules] == [(Action.ALLOW, ()), (Action.DENY, None)]
    assert messages(problems) == [message]


def test_a_missing_tier_fails_closed():
    policy, problems = new(f"ingress: [{{action: Accept, from: [{PEER}]}}]", "priority: 1, subject: {namespaces: {}}")

    assert policy.rules[0].peers == ()
    assert messages(problems) == ["spec.tier must be Admin or Baseline"]


def test_a_missing_namespace_selector_is_every_namespace():
    peer = "{pods: {podSelector: {matchLabels: {app: web}}}}"

    for read, warned in ((admin, 1), (new, 0)):
        policy, problems = read(f"ingress: [{{action: Deny, from: [{peer}]}}]")
        assert policy.rules[0].peers == (PodPeer(SELECT_ALL, WEB),)
        assert [problem.rule for problem in problems] == ["incomplete-selector"] * warned


def test_the_baseline_policy_must_be_called_default():
    assert messages(baseline("ingress: []", "other")[1]) == [
        "metadata.name must be default in a BaselineAdminNetworkPolicy"
    ]


def test_equal_priorities_are_said_once_for_each_further_policy():
    text = """
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {{name: {name}}}
spec: {{priority: {priority}, subject: {{namespaces: {{}}}}}}
"""
    found = cluster(*(text.format(name=name, priority=number) for name, number in (("c", 1), ("a", 1), ("b", 2))))

    (finding,) = findings(found)
    assert finding.startswith(
        "warning equal-priority: AdminNetworkPolicy c has priority 1, as has AdminNetworkPolicy a: "
    )


def test_at_most_so_many_rules():
    rules = ", ".join([f"{{action: Deny, from: [{PEER}]}}"] * 26)

    assert messages(new(f"ingress: [{rules}]")[1]) == ["spec.ingress must have at most 25 rules"]
    assert messages(admin(f"ingress: [{rules}]")[1]) == []
