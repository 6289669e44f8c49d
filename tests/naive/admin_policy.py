"""AdminNetworkPolicy and BaselineAdminNetworkPolicy (v1alpha1) and ClusterNetworkPolicy (v1alpha2).

The three differ in how they spell ports and actions. What they mean by subjects, peers and rules is the same text.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from naive.objects import (
    ADMIN_NETWORK_POLICY,
    BASELINE_ADMIN_NETWORK_POLICY,
    CLUSTER_NETWORK_POLICY,
    Address,
    Object,
    Pod,
    kubernetes_type,
    name_of,
)
from naive.traffic import Direction, Network, Traffic, holds, holds_all, named_port_is

Tier = Literal["Admin", "Baseline"]
Verdict = Literal["Allow", "Deny", "Pass"]

EGRESS_PEERS = {"namespaces", "pods", "nodes", "networks", "domainNames"}
BASELINE_EGRESS_PEERS = EGRESS_PEERS - {"domainNames"}  # those of BaselineAdminNetworkPolicy


def tier_of(policy: Object) -> Tier | None:
    """The tier that the policy belongs to, None if it is not of these kinds."""
    match kubernetes_type(policy):
        case t if t == ADMIN_NETWORK_POLICY:
            return "Admin"
        case t if t == BASELINE_ADMIN_NETWORK_POLICY:
            return "Baseline"
        case t if t == CLUSTER_NETWORK_POLICY:
            return "Baseline" if policy["spec"]["tier"] == "Baseline" else "Admin"
    return None


def in_order(policies: Iterable[Object], tier: Tier) -> list[Object]:
    """The tier's policies in the order in which they decide: lower priority first, equal ones by name.

    The baseline policy of v1alpha1 has no priority; there is at most one.
    """
    return sorted(
        (policy for policy in policies if tier_of(policy) == tier),
        key=lambda policy: (policy["spec"].get("priority", 0), name_of(policy), policy["kind"]),
    )


def verdict(policy: Object, direction: Direction, traffic: Traffic, network: Network) -> Verdict | None:
    """What the first rule that matches says; None if the subject is another or no rule matches: no implicit deny."""
    pod = traffic.destination if direction == "Ingress" else traffic.source
    if not _in_subject(policy["spec"]["subject"], pod, network):
        return None
    egress_peers = BASELINE_EGRESS_PEERS if kubernetes_type(policy) == BASELINE_ADMIN_NETWORK_POLICY else EGRESS_PEERS
    for rule in policy["spec"].get(direction.lower()) or []:
        decision = _rule_verdict(rule, direction, egress_peers, traffic, network)
        if decision is not None:
            return decision
    return None


def _in_subject(subject: Object, pod: Pod | Address, network: Network) -> bool:
    """Exactly one of `namespaces` and `pods`. Host-network pods are not included."""
    if subject.get("namespaces") is not None:
        return network.pod_is_in(pod, subject["namespaces"], None)
    return network.pod_is_in(pod, subject["pods"].get("namespaceSelector") or {}, subject["pods"].get("podSelector"))


def _rule_verdict(
    rule: Object, direction: Direction, egress_peers: set[str], traffic: Traffic, network: Network
) -> Verdict | None:
    action: Verdict = "Allow" if rule["action"] == "Accept" else rule["action"]
    if direction == "Ingress":
        peers, other, known = rule["from"], traffic.source, {"namespaces", "pods"}
    else:
        peers, other, known = rule["to"], traffic.destination, egress_peers
    if any(not known & peer.keys() for peer in peers):
        # A peer of a kind that we do not know: the rule fails closed as a whole. An Allow rule matches no traffic, a
        # Deny or Pass rule denies all.
        return None if action == "Allow" else "Deny"
    if any(_peer_matches(peer, other, traffic.family, network) for peer in peers) and _ports_match(rule, traffic):
        return action
    return None


def _peer_matches(peer: Object, end: Pod | Address, family: int, network: Network) -> bool:
    if peer.get("namespaces") is not None:
        return network.pod_is_in(end, peer["namespaces"], None)
    if peer.get("pods") is not None:
        return network.pod_is_in(end, peer["pods"].get("namespaceSelector") or {}, peer["pods"].get("podSelector"))
    if peer.get("networks") is not None:
        return any(_network_matches(cidr, end, family, network) for cidr in peer["networks"])
    # `nodes` are the addresses of nodes, `domainNames` those that the names resolve to. Neither stands in a manifest,
    # and a pod or an address outside the cluster is not taken for one.
    return False


def _network_matches(cidr: str, end: Pod | Address, family: int, network: Network) -> bool:
    """An address by its value. A pod by its address too, where the block holds every address that it may have."""
    return holds_all(cidr, network.homes(end, family)) if isinstance(end, Pod) else holds(cidr, end)


def _ports_match(rule: Object, traffic: Traffic) -> bool:
    """`ports` in v1alpha1, `protocols` in v1alpha2. Missing: every protocol and port."""
    if rule.get("ports") is not None:
        return any(_v1alpha1_port_matches(entry, traffic) for entry in rule["ports"])
    if rule.get("protocols") is not None:
        return any(_v1alpha2_protocol_matches(entry, traffic) for entry in rule["protocols"])
    return True


def _v1alpha1_port_matches(entry: Object, traffic: Traffic) -> bool:
    """Exactly one of `portNumber`, `portRange`, `namedPort`; the protocol is TCP by default, a name's is the pod's."""
    if entry.get("namedPort") is not None:
        return named_port_is(traffic.destination, entry["namedPort"], traffic.protocol, traffic.port)
    if entry.get("portNumber") is not None:
        number = entry["portNumber"]
        return traffic.protocol == (number.get("protocol") or "TCP") and traffic.port == number["port"]
    ports = entry["portRange"]
    return traffic.protocol == (ports.get("protocol") or "TCP") and ports["start"] <= traffic.port <= ports["end"]


def _v1alpha2_protocol_matches(entry: Object, traffic: Traffic) -> bool:
    """Exactly one of `tcp`, `udp`, `sctp`, `destinationNamedPort`."""
    if entry.get("destinationNamedPort") is not None:
        return named_port_is(traffic.destination, entry["destinationNamedPort"], traffic.protocol, traffic.port)
    match = entry.get(traffic.protocol.lower())
    if match is None:
        return False
    ports = match["destinationPort"]
    if ports.get("number") is not None:
        return bool(traffic.port == ports["number"])
    return bool(ports["range"]["start"] <= traffic.port <= ports["range"]["end"])
