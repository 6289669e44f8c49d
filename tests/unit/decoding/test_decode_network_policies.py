from __future__ import annotations

import pytest
from manifest_text import cluster, findings, network_policy

from netpol_action.model.addresses import AddressRange
from netpol_action.model.labels import SELECT_ALL, Requirement, Selector
from netpol_action.model.policies import Direction, IpPeer, NamedPort, Peer, PodPeer, PortClause, PortRange

INGRESS, EGRESS = Direction.INGRESS, Direction.EGRESS
WEB = Selector.labels({"app": "web"})
FIELD = "is not a known field of"


@pytest.mark.parametrize(
    ("spec", "directions"),
    [
        ("{}", {INGRESS}),
        ("null", {INGRESS}),
        ("{egress: []}", {INGRESS}),
        ("{egress: [{}]}", {INGRESS, EGRESS}),
        ("{policyTypes: [], egress: [{}]}", {INGRESS, EGRESS}),
        ("{policyTypes: null}", {INGRESS}),
        ("{policyTypes: [Egress]}", {EGRESS}),
        ("{policyTypes: [Ingress], egress: [{}]}", {INGRESS}),
        ("{policyTypes: [Egress, Ingress]}", {INGRESS, EGRESS}),
    ],
)
def test_policy_types(spec: str, directions: set[Direction]):
    policy, problems = network_policy(spec)

    assert policy.directions == directions
    assert problems == ()


@pytest.mark.parametrize("spec", ["{}", "{podSelector: null}", "{podSelector: {}}", "{podSelector: {matchLabels: {}}}"])
def test_a_missing_pod_selector_selects_every_pod_of_the_namespace(spec: str):
    assert network_policy(spec)[0].subject == PodPeer(None, SELECT_ALL)


@pytest.mark.parametrize(
    ("rule", "peers"),
    [
        ("{}", None),
        ("{from: null}", None),
        ("{from: []}", None),
        ("{from: [{podSelector: {}}]}", (PodPeer(None, SELECT_ALL),)),
        ("{from: [{podSelector: {matchLabels: {app: web}}}]}", (PodPeer(None, WEB),)),
        ("{from: [{namespaceSelector: {}}]}", (PodPeer(SELECT_ALL, SELECT_ALL),)),
        ("{from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}]}", (PodPeer(SELECT_ALL, WEB),)),
        ("{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}", (IpPeer(AddressRange.parse("10.0.0.0/8")),)),
        (
            "{from: [{ipBlock: {cidr: '::/0', except: ['2001:db8::/32']}}]}",
            (IpPeer(AddressRange.whole(6), (AddressRange.parse("2001:db8::/32"),)),),
        ),
    ],
)
def test_peers(rule: str, peers: tuple[Peer, ...] | None):
    policy, problems = network_policy(f"{{ingress: [{rule}]}}")

    assert policy.rules[0].peers == peers
    assert problems == ()


@pytest.mark.parametrize(
    ("ports", "clauses"),
    [
        ("null", None),
        ("[]", None),
        ("[{}]", (PortRange("TCP"),)),
        ("[{protocol: UDP}]", (PortRange("UDP"),)),
        ("[{port: 80}]", (PortRange("TCP", 80, 80),)),
        ("[{port: 80.0}]", (PortRange("TCP", 80, 80),)),
        ("[{port: 80, endPort: 90, protocol: SCTP}]", (PortRange("SCTP", 80, 90),)),
        ("[{port: 80, endPort: 80}]", (PortRange("TCP", 80, 80),)),
        ("[{port: http}, {port: 1}]", (NamedPort("http", "TCP"), PortRange("TCP", 1, 1))),
    ],
)
def test_ports(ports: str, clauses: tuple[PortClause, ...] | None):
    policy, problems = network_policy(f"{{ingress: [{{ports: {ports}}}]}}")

    assert policy.rules[0].ports == clauses
    assert problems == ()


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("{matchExpressions: [{key: a, operator: Exists}]}", Requirement("a", "Exists")),
        ("{matchExpressions: [{key: a, operator: DoesNotExist, values: []}]}", Requirement("a", "DoesNotExist")),
        ("{matchExpressions: [{key: a, operator: In, values: [y, x, y]}]}", Requirement("a", "In", ("x", "y"))),
        ("{matchExpressions: [{key: x.io/a, operator: NotIn, values: ['']}]}", Requirement("x.io/a", "NotIn", ("",))),
    ],
)
def test_match_expressions(selector: str, expected: Requirement):
    assert network_policy(f"{{podSelector: {selector}}}")[0].subject.pods == Selector.of(expected)


def test_equal_selectors_are_equal_however_they_are_written():
    first = network_policy("{podSelector: {matchLabels: {b: c, a: b}}}")[0]
    second = network_policy(
        "{podSelector: {matchLabels: {a: b}, matchExpressions: [{key: b, operator: In, values: [c]}]}}"
    )

    assert first.subject == second[0].subject


@pytest.mark.parametrize(
    ("peer", "message"),
    [
        ("{}", "spec.ingress[0].from[0] must have a podSelector, a namespaceSelector or an ipBlock"),
        ("{podSelector: null}", "spec.ingress[0].from[0] must have a podSelector, a namespaceSelector or an ipBlock"),
        ("[]", "spec.ingress[0].from[0] must be a mapping"),
        ("{service: a}", f"spec.ingress[0].from[0].service {FIELD} a NetworkPolicy's peer"),
        (
            "{podSelector: {}, service: a}",
            f"spec.ingress[0].from[0].service {FIELD} a NetworkPolicy's peer",
        ),
        (
            "{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}",
            "spec.ingress[0].from[0].ipBlock cannot stand beside a selector in one peer",
        ),
        (
            "{podSelector: {app: web}}",
            f"spec.ingress[0].from[0].podSelector.app {FIELD} a label selector",
        ),
        ("{podSelector: []}", "spec.ingress[0].from[0].podSelector must be a mapping"),
        (
            "{podSelector: {matchLabels: {tier: true}}}",
            "spec.ingress[0].from[0].podSelector.matchLabels.tier must be a string, not a boolean",
        ),
        (
            "{podSelector: {matchLabels: {tier: [x]}}}",
            "spec.ingress[0].from[0].podSelector.matchLabels.tier must be a string",
        ),
        (
            "{podSelector: {matchExpressions: [{key: a, operator: In}]}}",
            "spec.ingress[0].from[0].podSelector.matchExpressions[0].values must not be empty with the operator In",
        ),
        (
            "{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}",
            "spec.ingress[0].from[0].podSelector.matchExpressions[0].values must be empty with the operator Exists",
        ),
        (
            "{podSelector: {matchExpressions: [{key: a, operator: Gt, values: ['1']}]}}",
            (
                "spec.ingress[0].from[0].podSelector.matchExpressions[0].operator "
                "must be one of In, NotIn, Exists, DoesNotExist"
            ),
        ),
        (
            "{ipBlock: {cidr: 10.0.0.1}}",
            "spec.ingress[0].from[0].ipBlock.cidr must be a CIDR like 10.0.0.0/8 or 2001:db8::/32",
        ),
        ("{ipBlock: {}}", "spec.ingress[0].from[0].ipBlock.cidr must be a CIDR like 10.0.0.0/8 or 2001:db8::/32"),
        (
            "{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}",
            "spec.ingress[0].from[0].ipBlock.except[0] must lie within cidr, and be smaller",
        ),
        (
            "{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16, 11.0.0.0/16]}}",
            "spec.ingress[0].from[0].ipBlock.except[1] must lie within cidr, and be smaller",
        ),
        (
            "{ipBlock: {cidr: 10.0.0.0/8, but: []}}",
            f"spec.ingress[0].from[0].ipBlock.but {FIELD} an ipBlock",
        ),
    ],
)
def test_a_peer_that_is_not_understood_matches_nothing(peer: str, message: str):
    policy, (problem,) = network_policy(f"{{ingress: [{{from: [{peer}, {{podSelector: {{}}}}]}}]}}")

    assert policy.rules[0].peers == (PodPeer(None, SELECT_ALL),), "the other peer stands"
    assert (problem.severity, problem.rule, problem.message) == ("error", "broken-policy", message)


def test_a_rule_whose_peers_are_all_broken_allows_nobody_rather_than_everybody():
    assert network_policy("{ingress: [{from: [{}]}]}")[0].rules[0].peers == ()


@pytest.mark.parametrize(
    ("port", "message"),
    [
        ("{port: 0}", "port must be between 1 and 65535"),
        ("{port: 65536}", "port must be between 1 and 65535"),
        ("{port: true}", "port must be a whole number, not a boolean"),
        ("{port: '80'}", "port must be a port's number, or its name: at most 15 of a-z, 0-9 and '-', one letter"),
        ("{port: [80]}", "port must be a number or a string"),
        ("{protocol: ICMP}", "protocol must be one of SCTP, TCP, UDP"),
        ("{protocol: tcp, port: 80}", "protocol must be one of SCTP, TCP, UDP"),
        ("{endPort: 80}", "endPort needs a port"),
        ("{port: http, endPort: 80}", "endPort needs a port that is a number"),
        ("{port: 80, endPort: 79}", "endPort must not be below port"),
        ("{port: 80, endport: 90}", f"endport {FIELD} a NetworkPolicy's port"),
    ],
)
def test_a_port_that_is_not_understood_matches_nothing(port: str, message: str):
    policy, (problem,) = network_policy(f"{{ingress: [{{ports: [{port}]}}]}}")

    assert policy.rules[0].ports == ()
    assert problem.message == f"spec.ingress[0].ports[0].{message}"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{ingress: {}}", "spec.ingress must be a list"),
        ("{ingress: [null]}", "spec.ingress[0] must be a mapping"),
        ("{ingress: [{form: []}]}", f"spec.ingress[0].form {FIELD} a rule of ingress"),
        ("{ingress: [{to: []}]}", f"spec.ingress[0].to {FIELD} a rule of ingress"),
        ("{ingress: [{from: {}}]}", "spec.ingress[0].from must be a list"),
        ("{ingress: [{ports: 80}]}", "spec.ingress[0].ports must be a list"),
        ("{policyTypes: [Ingres]}", "spec.policyTypes must be a list of Ingress and Egress"),
        ("{policyTypes: Ingress}", "spec.policyTypes must be a list of Ingress and Egress"),
        ("{policyTypes: [[Ingress]]}", "spec.policyTypes must be a list of Ingress and Egress"),
        ("{podselector: {}}", f"spec.podselector {FIELD} NetworkPolicy"),
    ],
)
def test_a_policy_that_is_not_understood_in_part_isolates_all_the_same(spec: str, message: str):
    policy, (problem,) = network_policy(spec)

    assert INGRESS in policy.directions
    assert all(rule.peers == () for rule in policy.rules), "what is not understood allows nothing"
    assert problem.message == message


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("[]", "spec must be a mapping"),
        ("{podSelector: {app: web}}", f"spec.podSelector.app {FIELD} a label selector"),
        ("{podSelector: {matchLabels: {app: 'a b'}}}", "spec.podSelector.matchLabels.app must be a label's value"),
        ("{podSelector: {matchLabels: {'a b': a}}}", "spec.podSelector.matchLabels.a b must be a label's key"),
    ],
)
def test_a_policy_of_which_nobody_knows_whom_it_selects_is_an_error(spec: str, message: str):
    found = cluster(f"{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: p}}, spec: {spec}}}")

    assert found.policies == ()
    assert len(found.diagnostics) == 1
    assert findings(found)[0].startswith(f"error broken-policy: {message}")


def test_every_problem_is_said_at_its_place():
    policy, problems = network_policy("{ingress: [{from: [{}], ports: [{port: 0}]}], egress: [{to: [{x: y}]}, {}]}")

    assert [problem.origin.field for problem in problems] == [
        ("spec", "ingress", 0, "from", 0),
        ("spec", "ingress", 0, "ports", 0, "port"),
        ("spec", "egress", 0, "to", 0, "x"),
    ]
    assert [rule.origin.field for rule in policy.rules] == [
        ("spec", "ingress", 0),
        ("spec", "egress", 0),
        ("spec", "egress", 1),
    ]


def test_labels_of_the_policy_itself_never_cost_the_policy():
    found = cluster(
        "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p, labels: {a: b, n: 1}}, spec: {}}"
    )

    assert found.policies[0].labels == {"a": "b"}


@pytest.mark.parametrize(
    ("api_version", "kind", "severity"),
    [
        ("cilium.io/v2", "CiliumNetworkPolicy", "error"),
        ("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "error"),
        ("projectcalico.org/v3", "NetworkPolicy", "error"),
        ("crd.projectcalico.org/v1", "GlobalNetworkPolicy", "error"),
        ("policy.networking.k8s.io/v1alpha3", "ClusterNetworkPolicy", "error"),
        ("k8s.ovn.org/v1", "UserDefinedNetwork", "error"),
        ("security.istio.io/v1", "AuthorizationPolicy", "warning"),
        ("k8s.cni.cncf.io/v1beta1", "MultiNetworkPolicy", "note"),
        ("projectcalico.org/v3", "StagedNetworkPolicy", "note"),
    ],
)
def test_policies_of_other_kinds_are_never_passed_over(api_version: str, kind: str, severity: str):
    found = cluster(f"{{apiVersion: {api_version}, kind: {kind}, metadata: {{name: p}}, spec: {{}}}}")

    assert found.policies == ()
    assert [(each.severity, each.rule) for each in found.diagnostics] == [(severity, "unsupported-policy")]
