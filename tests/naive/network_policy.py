"""NetworkPolicy of networking.k8s.io/v1, in the order in which the API's documentation describes its fields."""

from __future__ import annotations

from naive.objects import Address, Object, Pod, namespace_of
from naive.traffic import Direction, Network, Traffic, holds, holds_all, holds_some, named_port_is, selects

PEER_FIELDS = {"podSelector", "namespaceSelector", "ipBlock"}


def isolates(policy: Object, pod: Pod, direction: Direction) -> bool:
    """Whether the policy selects the pod in this direction."""
    spec = policy["spec"]
    return (
        namespace_of(policy) == pod.namespace
        and selects(spec.get("podSelector") or {}, pod.labels)
        and direction in policy_types(spec)
    )


def policy_types(spec: Object) -> list[str]:
    """`policyTypes`; if missing or empty, Ingress, and Egress too only if there is at least one egress rule."""
    if spec.get("policyTypes"):
        return list(spec["policyTypes"])
    return ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


def allows(policy: Object, direction: Direction, traffic: Traffic, network: Network) -> bool:
    """Whether one rule of the policy allows the traffic, seen from the pod at its ingress or egress end.

    Rules add up. No rules allow nothing.
    """
    spec, own = policy["spec"], namespace_of(policy)
    if direction == "Ingress":
        rules, peers, end = spec.get("ingress"), "from", traffic.source
    else:
        rules, peers, end = spec.get("egress"), "to", traffic.destination
    return any(
        _peers_match(rule.get(peers), end, own, traffic.family, network) and _ports_match(rule.get("ports"), traffic)
        for rule in rules or []
    )


def _peers_match(peers: list[Object] | None, end: Pod | Address, own: str, family: int, network: Network) -> bool:
    """Missing or empty peers match any end, external addresses included; otherwise one of them must match."""
    return not peers or any(_peer_matches(peer, end, own, family, network) for peer in peers)


def _peer_matches(peer: Object, end: Pod | Address, own: str, family: int, network: Network) -> bool:
    """`ipBlock` alone, or selectors alone; any other peer is invalid or from a later API, and matches nothing."""
    if peer.keys() - PEER_FIELDS:
        return False
    block, namespaces, pods = peer.get("ipBlock"), peer.get("namespaceSelector"), peer.get("podSelector")
    if block is not None:
        return namespaces is None and pods is None and _ip_block_matches(block, end, family, network)
    if namespaces is None and pods is None:
        return False
    return network.pod_is_in(end, namespaces, pods, own)


def _ip_block_matches(block: Object, end: Pod | Address, family: int, network: Network) -> bool:
    """In the CIDR and in none of its exceptions.

    An ipBlock matches pods only where it is known where they have their addresses, except for host-network pods,
    which have their node's address as anything outside the pod network has its own.
    """
    cidr, exceptions = block["cidr"], block.get("except") or []
    if not isinstance(end, Pod):
        return holds(cidr, end) and not any(holds(cut, end) for cut in exceptions)
    if not network.exempt(end) and not network.pod_cidrs:
        return False
    homes = network.homes(end, family)
    return holds_all(cidr, homes) and not any(holds_some(cut, homes) for cut in exceptions)


def _ports_match(ports: list[Object] | None, traffic: Traffic) -> bool:
    """Missing or empty ports match every protocol and port; otherwise one of them must match."""
    return not ports or any(_port_matches(port, traffic) for port in ports)


def _port_matches(entry: Object, traffic: Traffic) -> bool:
    """The protocol is TCP by default. Without a port: all of the protocol's. A name is the destination pod's."""
    if (entry.get("protocol") or "TCP") != traffic.protocol:
        return False
    port = entry.get("port")
    if port is None:
        return True
    if isinstance(port, str):
        return named_port_is(traffic.destination, port, traffic.protocol, traffic.port)
    last = entry.get("endPort")
    return port <= traffic.port <= (port if last is None else last)
