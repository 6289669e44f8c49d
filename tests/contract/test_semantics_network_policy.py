"""NetworkPolicy, networking.k8s.io/v1: what implementers get wrong, row by row, asked of both evaluators."""

from __future__ import annotations

from itertools import product

import pytest
import yaml
from laws.facts import JUDGES, Fact, check
from laws.forms import namespace, network_policy, pod, workload
from naive.objects import Object

OUTSIDE = "1.2.3.4"


def policy(space: str, spec: str, name: str = "policy") -> Object:
    """A NetworkPolicy whose spec is given as YAML."""
    return network_policy(space, yaml.safe_load(spec), name)


def fact(row: str, sentence: str, *specs: str, allowed: str = "", denied: str = "", space: str = "shop") -> Fact:
    """A fact about policies of one namespace, given by their specs as YAML."""
    policies = tuple(policy(space, spec, f"policy-{number}") for number, spec in enumerate(specs))
    return Fact(row, sentence, policies, allowed, denied)


FACTS = [
    fact("none", "without policies everything is allowed", allowed="web -> db TCP 1; 1.2.3.4 -> web UDP 65535"),
    fact(
        "policyTypes",
        "missing and without egress rules: ingress alone is isolated",
        "{}",
        allowed="web -> db TCP 80; web -> 1.2.3.4 TCP 80",
        denied="db -> web TCP 80; 1.2.3.4 -> web TCP 80; api -> web UDP 53",
    ),
    fact(
        "policyTypes",
        "an empty list is as good as none",
        "{policyTypes: []}",
        allowed="web -> db TCP 80",
        denied="db -> web TCP 80",
    ),
    fact(
        "policyTypes",
        "`egress: []` alone does not isolate egress",
        "{egress: []}",
        allowed="web -> db TCP 80",
        denied="db -> web TCP 80",
    ),
    fact(
        "policyTypes",
        "one egress rule makes it an egress policy too",
        "{egress: [{ports: [{port: 5432}]}]}",
        allowed="web -> db TCP 5432",
        denied="web -> db TCP 80; db -> web TCP 80",
    ),
    fact(
        "policyTypes",
        "Egress without rules denies all egress and no ingress",
        "{policyTypes: [Egress]}",
        allowed="db -> web TCP 80; 1.2.3.4 -> web TCP 80",
        denied="web -> db TCP 80; web -> api TCP 80; web -> 1.2.3.4 TCP 80",
    ),
    fact(
        "policyTypes",
        "rules of a direction that is not listed are inert",
        "{policyTypes: [Ingress], egress: [{to: [{podSelector: {}}]}]}",
        allowed="web -> db TCP 80",
        denied="db -> web TCP 80",
    ),
    fact(
        "policyTypes",
        "ingress rules under Egress alone isolate nothing and allow nothing",
        "{policyTypes: [Egress], ingress: [{from: [{podSelector: {}}]}]}",
        allowed="db -> web TCP 80",
        denied="web -> db TCP 80",
    ),
    fact(
        "policyTypes",
        "null is missing",
        "{policyTypes: null, egress: null}",
        allowed="web -> db TCP 80",
        denied="db -> web TCP 80",
    ),
    fact(
        "spec.podSelector",
        "missing selects every pod of the namespace",
        "{}",
        denied="db -> web TCP 1; db -> api TCP 1",
    ),
    fact("spec.podSelector", "selects no pod of another namespace", "{}", allowed="web -> db TCP 80"),
    fact(
        "spec.podSelector",
        "selects by labels and expressions, all of which must hold",
        "{podSelector: {matchLabels: {app: web}, matchExpressions: [{key: tier, operator: NotIn, values: [front]}]}}",
        allowed="db -> web TCP 80; db -> api TCP 80",
    ),
    fact(
        "spec.podSelector",
        "NotIn holds where the key is absent",
        "{podSelector: {matchExpressions: [{key: tier, operator: NotIn, values: [front]}]}}",
        allowed="db -> web TCP 80",
        denied="db -> api TCP 80",
    ),
    fact(
        "spec.podSelector",
        "Exists and DoesNotExist look at the key alone",
        "{podSelector: {matchExpressions: [{key: tier, operator: DoesNotExist}, {key: app, operator: Exists}]}}",
        allowed="db -> web TCP 80",
        denied="db -> api TCP 80",
    ),
    fact(
        "from and to",
        "`ingress: []` denies everything",
        "{ingress: []}",
        denied="db -> web TCP 80; 1.2.3.4 -> web TCP 80",
    ),
    fact(
        "from and to",
        "`ingress: [{}]` allows everything",
        "{ingress: [{}]}",
        allowed="db -> web SCTP 9; 1.2.3.4 -> web TCP 80",
    ),
    fact(
        "from and to",
        "`from: []` allows any source, external addresses included",
        "{ingress: [{from: [], ports: [{port: 80}]}]}",
        allowed="db -> web TCP 80; 1.2.3.4 -> web TCP 80",
        denied="db -> web TCP 81; 1.2.3.4 -> web UDP 80",
    ),
    fact(
        "from and to",
        "a missing `to` allows any destination, external addresses included",
        "{policyTypes: [Egress], egress: [{ports: [{port: 443}]}]}",
        allowed="web -> 1.2.3.4 TCP 443; web -> db TCP 443",
        denied="web -> 1.2.3.4 TCP 80",
    ),
    fact(
        "a peer {}",
        "is invalid and matches nothing, while the peer beside it stands",
        "{ingress: [{from: [{}, {podSelector: {matchLabels: {app: api}}}]}]}",
        allowed="api -> web TCP 80",
        denied="db -> web TCP 80; 1.2.3.4 -> web TCP 80",
    ),
    fact(
        "a peer {}",
        "ipBlock together with a selector is invalid and matches nothing",
        "{ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 0.0.0.0/0}}]}]}",
        denied="api -> web TCP 80; 1.2.3.4 -> web TCP 80",
    ),
    fact(
        "peer selectors",
        "without namespaceSelector: the policy's own namespace",
        "{ingress: [{from: [{podSelector: {}}]}]}",
        allowed="api -> web TCP 80",
        denied="db -> web TCP 80; 1.2.3.4 -> web TCP 80",
    ),
    fact(
        "peer selectors",
        "`namespaceSelector: {}` is all namespaces, and no external address",
        "{ingress: [{from: [{namespaceSelector: {}}]}]}",
        allowed="api -> web TCP 80; db -> web TCP 80",
        denied="1.2.3.4 -> web TCP 80",
    ),
    fact(
        "peer selectors",
        "without podSelector: all pods of those namespaces",
        "{ingress: [{from: [{namespaceSelector: {matchLabels: {team: data}}}]}]}",
        allowed="db -> web TCP 80",
        denied="api -> web TCP 80",
    ),
    fact(
        "peer selectors",
        "both selectors of one peer must match; two peers add up",
        "{podSelector: {matchLabels: {app: web}}, ingress: [{from:"
        " [{namespaceSelector: {matchLabels: {team: data}}, podSelector: {matchLabels: {app: api}}}]}]}",
        "{podSelector: {matchLabels: {app: api}}, ingress: [{from:"
        " [{namespaceSelector: {matchLabels: {team: data}}}, {podSelector: {matchLabels: {app: web}}}]}]}",
        allowed="db -> api TCP 80; web -> api TCP 80",
        denied="db -> web TCP 80; api -> web TCP 80",
    ),
    fact(
        "ports",
        "missing or empty: every protocol and port",
        "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}], ports: []}]}",
        allowed="api -> web TCP 1; api -> web UDP 65535; api -> web SCTP 9",
        denied="db -> web TCP 1",
    ),
    fact(
        "ports",
        "`[{}]`: every TCP port",
        "{ingress: [{ports: [{}]}]}",
        allowed="db -> web TCP 1; db -> web TCP 65535",
        denied="db -> web UDP 1; db -> web SCTP 1",
    ),
    fact(
        "ports",
        "an entry without port: every port of its protocol",
        "{ingress: [{ports: [{protocol: UDP}]}]}",
        allowed="db -> web UDP 1; db -> web UDP 65535",
        denied="db -> web TCP 1",
    ),
    fact(
        "ports",
        "the protocol is TCP by default",
        "{ingress: [{ports: [{port: 53}]}]}",
        allowed="db -> web TCP 53",
        denied="db -> web UDP 53; db -> web TCP 54; db -> web TCP 52",
    ),
    fact(
        "ports",
        "SCTP is a protocol like the others",
        "{ingress: [{ports: [{protocol: SCTP, port: 7000}]}]}",
        allowed="db -> web SCTP 7000",
        denied="db -> web TCP 7000",
    ),
    fact(
        "named port",
        "one name can be different numbers on different pods",
        "{ingress: [{ports: [{port: http}]}]}",
        allowed="db -> web TCP 80; db -> api TCP 8080",
        denied="db -> web TCP 8080; db -> api TCP 80",
    ),
    fact(
        "named port",
        "is resolved on the destination of an egress rule, too",
        "{policyTypes: [Egress], egress: [{ports: [{port: http}]}]}",
        allowed="web -> api TCP 8080; api -> web TCP 80",
        denied="web -> api TCP 80; web -> db TCP 80; web -> 1.2.3.4 TCP 80",
    ),
    fact(
        "named port",
        "is resolved by name and protocol",
        "{ingress: [{ports: [{port: dual, protocol: UDP}]}]}",
        allowed="db -> api UDP 5353",
        denied="db -> api TCP 53; db -> api UDP 53",
    ),
    fact(
        "named port",
        "without a match, the entry allows nothing and the rest of the rule stands",
        "{ingress: [{ports: [{port: no-such-name}, {port: 9000}]}]}",
        allowed="db -> web TCP 9000; db -> api TCP 9000",
        denied="db -> web TCP 80",
    ),
    fact(
        "endPort",
        "makes a range with both ends",
        "{ingress: [{ports: [{port: 100, endPort: 200}]}]}",
        allowed="db -> web TCP 100; db -> web TCP 150; db -> web TCP 200",
        denied="db -> web TCP 99; db -> web TCP 201; db -> web UDP 150",
    ),
    fact(
        "endPort",
        "may equal the port",
        "{ingress: [{ports: [{port: 100, endPort: 100}]}]}",
        allowed="db -> web TCP 100",
        denied="db -> web TCP 99; db -> web TCP 101",
    ),
    fact(
        "ipBlock",
        "holds the addresses of its CIDR less those of its exceptions",
        "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}]}",
        allowed="10.0.0.0 -> web TCP 1; 10.0.255.255 -> web TCP 1; 10.2.0.0 -> web TCP 1; 10.255.255.255 -> web TCP 1",
        denied="9.255.255.255 -> web TCP 1; 10.1.0.0 -> web TCP 1; 10.1.255.255 -> web TCP 1; 11.0.0.0 -> web TCP 1",
    ),
    fact(
        "ipBlock",
        "an exception of one block takes nothing from another",
        "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}, {ipBlock: {cidr: 10.1.2.0/24}}]}]}",
        allowed="10.1.2.3 -> web TCP 80",
        denied="10.1.3.3 -> web TCP 80",
    ),
    fact(
        "ipBlock",
        "of IPv6 holds no address of IPv4",
        "{ingress: [{from: [{ipBlock: {cidr: '::/0'}}]}]}",
        allowed="2001:db8::1 -> web TCP 80",
        denied="1.2.3.4 -> web TCP 80; 0.0.0.1 -> web TCP 80",
    ),
    fact(
        "ipBlock",
        "of IPv6 with an exception",
        "{policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: '2001:db8::/32', except: ['2001:db8:1::/48']}}]}]}",
        allowed="web -> 2001:db8::1 TCP 80; web -> 2001:db8:2:: TCP 80",
        denied="web -> 2001:db8:1::1 TCP 80; web -> 2001:db9:: TCP 80; web -> 32.1.13.184 TCP 80",
    ),
    fact(
        "the test",
        "the source's egress and the destination's ingress must both allow",
        "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{ports: [{port: 80}, {port: 81}]}]}",
        "{podSelector: {matchLabels: {app: api}}, ingress: [{ports: [{port: 81}, {port: 82}]}]}",
        allowed="web -> api TCP 81; db -> api TCP 82",
        denied="web -> api TCP 80; web -> api TCP 82",
    ),
    fact(
        "the test",
        "policies add up",
        "{ingress: [{ports: [{port: 80}]}]}",
        "{podSelector: {matchLabels: {app: web}}, ingress: [{ports: [{port: 81}]}]}",
        allowed="db -> web TCP 80; db -> web TCP 81; db -> api TCP 80",
        denied="db -> api TCP 81",
    ),
    fact(
        "the test",
        "a pod is isolated only in a direction in which a policy selects it",
        "{podSelector: {matchLabels: {app: web}}}",
        allowed="web -> api TCP 80; db -> api TCP 80",
        denied="api -> web TCP 80",
    ),
    fact("self", "replicas of one workload need a rule", "{}", denied="web -> web TCP 80"),
    fact(
        "self",
        "replicas of one workload may have a rule",
        "{ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}",
        allowed="web -> web TCP 80",
    ),
    fact(
        "hostNetwork",
        "policies do not apply to host-network pods",
        "{policyTypes: [Ingress, Egress]}",
        space="data",
        allowed="web -> node TCP 80; node -> web TCP 80; 1.2.3.4 -> node TCP 80",
        denied="web -> db TCP 80",
    ),
    fact(
        "hostNetwork",
        "no selector matches host-network pods, a rule without peers does",
        "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{namespaceSelector: {}}]}, {ports: [{port: 80}]}]}",
        allowed="node -> web TCP 80; db -> web TCP 81",
        denied="node -> web TCP 81",
    ),
    fact(
        "hostNetwork",
        "a host-network pod has its node's address, which an ipBlock of every address holds",
        "{ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}",
        allowed="node -> web TCP 80",
        denied="db -> web TCP 80",
    ),
    fact(
        "hostNetwork",
        "a host-network pod has its node's address, which a smaller ipBlock is assumed not to hold",
        "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]}",
        denied="node -> web TCP 80",
    ),
    Fact(
        "hostNetwork",
        "taken as ordinary pods, policies apply to them and selectors match them",
        (policy("data", "{ingress: [{from: [{namespaceSelector: {matchLabels: {team: data}}}]}]}"),),
        allowed="node -> db TCP 80; db -> node TCP 80",
        denied="web -> node TCP 80; web -> db TCP 80",
        host_network="ordinary",
    ),
    fact(
        "CNI-defined",
        "an ipBlock does not match pods",
        "{ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}",
        allowed="1.2.3.4 -> web TCP 80",
        denied="db -> web TCP 80; api -> web TCP 80",
    ),
    Fact(
        "CNI-defined",
        "an ipBlock matches pods if it holds the whole pod network and that is known",
        (policy("shop", "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}"),),
        allowed="db -> web TCP 80; 10.2.3.4 -> web TCP 80",
        denied="1.2.3.4 -> web TCP 80",
        pod_cidrs=("10.244.0.0/16",),
    ),
    Fact(
        "CNI-defined",
        "an exception within the pod network makes it uncertain: no match",
        (policy("shop", "{ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.244.1.0/24]}}]}]}"),),
        denied="db -> web TCP 80",
        pod_cidrs=("10.244.0.0/16",),
    ),
    Fact(
        "namespaces",
        "have the label of their name, with or without a manifest",
        (
            workload("Deployment", "unlisted/lone", {"app": "lone"}),
            policy(
                "shop",
                "{ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: unlisted}}}]}]}",
            ),
        ),
        allowed="lone -> web TCP 80",
        denied="db -> web TCP 80",
    ),
    Fact(
        "namespaces",
        "a manifest cannot change the label of the name",
        (
            {
                "apiVersion": "v1",
                "kind": "Namespace",
                "metadata": {"name": "spoof", "labels": {"kubernetes.io/metadata.name": "shop"}},
            },
            workload("Deployment", "spoof/liar", {"app": "liar"}),
            policy(
                "data",
                "{ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}]}",
            ),
        ),
        allowed="web -> db TCP 80",
        denied="liar -> db TCP 80",
    ),
    Fact(
        "namespaces",
        "`default` is where objects without a namespace live",
        (
            {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": "policy"},
                "spec": {},
            },
            workload("Deployment", "default/there", {"app": "there"}),
        ),
        allowed="there -> web TCP 80",
        denied="web -> there TCP 80",
    ),
    Fact(
        "duplicates",
        "of one object, the last counts",
        (policy("shop", "{}", "twice"), policy("shop", "{ingress: [{ports: [{port: 80}]}]}", "twice")),
        allowed="db -> web TCP 80",
        denied="db -> web TCP 81",
    ),
    Fact(
        "duplicates",
        "objects of one name in two namespaces are two",
        (policy("shop", "{}", "twice"), policy("data", "{}", "twice")),
        denied="db -> web TCP 80; web -> db TCP 80",
    ),
    Fact(
        "duplicates",
        "also of a namespace and its labels",
        (
            namespace("data", team="other"),
            policy("shop", "{ingress: [{from: [{namespaceSelector: {matchLabels: {team: data}}}]}]}"),
        ),
        denied="db -> web TCP 80",
    ),
    Fact(
        "named port",
        "a sidecar, an init container that always restarts, has ports; other init containers have none that count",
        (
            pod(
                "shop/meshed",
                {"app": "meshed"},
                initContainers=[
                    {"name": "proxy", "restartPolicy": "Always", "ports": [{"name": "admin", "containerPort": 15000}]},
                    {"name": "setup", "ports": [{"name": "early", "containerPort": 15001}]},
                ],
            ),
            policy("shop", "{ingress: [{ports: [{port: admin}, {port: early}]}]}"),
        ),
        allowed="db -> meshed TCP 15000",
        denied="db -> meshed TCP 15001",
    ),
    Fact(
        "named port",
        "given twice in one pod, the first counts",
        (
            workload("Deployment", "shop/twice", {"app": "twice"}, "api::1000", "api::2000"),
            policy("shop", "{ingress: [{ports: [{port: api}]}]}"),
        ),
        allowed="db -> twice TCP 1000",
        denied="db -> twice TCP 2000",
    ),
    fact("finished pods", "are no pods to speak of", allowed="web -> db TCP 1"),
]


@pytest.mark.parametrize(("judge", "fact"), list(product(JUDGES, FACTS)), ids=str)
def test_network_policy(judge: str, fact: Fact):
    check(fact, judge)
