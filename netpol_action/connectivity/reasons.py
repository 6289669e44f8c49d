"""Why a rule of a NetworkPolicy does not match a connection, as sentences. That it does not, `trace` has found out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netpol_action.connectivity.universe import Universe, named_ports
from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.endpoints import Endpoint, IngressController, IpBlock, Workload
from netpol_action.model.labels import Labels, Requirement, Selector
from netpol_action.model.policies import (
    DomainPeer,
    IpPeer,
    NamedPort,
    NodePeer,
    Peer,
    PodPeer,
    Policy,
    PortRange,
    Rule,
)

_MOST_NAMED = 5
"""Address blocks that a sentence names one by one."""

_MOST_PEERS = 20
"""Peers of one rule that have a sentence each."""


class Reasons:
    """Words for one other end (several only if all are IP blocks) and one set of connections."""

    def __init__(self, cluster: Cluster, universe: Universe, ends: Sequence[Endpoint]) -> None:
        self._cluster = cluster
        self._universe = universe
        self._ends = ends
        self._name = ", ".join(map(str, ends)) if len(ends) <= _MOST_NAMED else "any of these addresses"

    def of_peers(self, policy: Policy, rule: Rule) -> Iterator[str]:
        """A sentence for each peer of a rule that does not match the end."""
        if not rule.peers:
            yield "none of its peers could be read, so it matches nobody"
        peers = rule.peers or ()
        for peer in peers[:_MOST_PEERS]:
            yield self._of_peer(policy, peer)
        if len(peers) > _MOST_PEERS:
            yield f"nor does any of its {len(peers) - _MOST_PEERS:,} further peers match"

    def of_ports(self, rule: Rule, connections: ConnectionSet, destination: Endpoint) -> str:
        """The sentence on a rule whose ports do not match, seen at the destination."""
        clauses = rule.ports or ()
        if not clauses:
            return "none of its ports could be read, so it matches no port"
        numbers = [_range(clause) for clause in clauses if isinstance(clause, PortRange)]
        names = [_name_on(clause, destination) for clause in clauses if isinstance(clause, NamedPort)]
        return f"its ports are {', '.join([*numbers, *names])}, not {connections}"

    def _of_peer(self, policy: Policy, peer: Peer) -> str:
        match peer:
            case PodPeer():
                return self._of_pods(policy, peer)
            case IpPeer():
                return self._of_block(peer)
            case NodePeer():
                return f"it matches nodes, and {self._name} is none"
            case DomainPeer():
                return f"it matches the hosts {', '.join(peer.names)} by name"

    def _of_pods(self, policy: Policy, peer: PodPeer) -> str:
        end = self._ends[0]
        wanted = _pods(policy, peer)
        if isinstance(end, IpBlock):
            return f"it selects {wanted}, and selectors match no address outside the cluster"
        if not isinstance(end, Workload):
            return f"it selects {wanted}, and the labels of {end} are not known"
        if self._universe.is_exempt(end):
            return f"it selects {wanted}, and selectors match no host-network pod such as {end}"
        if peer.namespaces is None and end.namespace != policy.namespace:
            return f"it selects {wanted}, and {end} is in namespace {end.namespace}"
        space = self._cluster.namespaces[end.namespace]
        if peer.namespaces is not None and not peer.namespaces.matches(space.labels):
            return f"it selects {wanted}, and namespace {space.name} {_unmet(peer.namespaces, space.labels)}"
        return f"it selects {wanted}, and {end} {_unmet(peer.pods, end.labels)}"

    def _of_block(self, peer: IpPeer) -> str:
        excepts = ", ".join(cidr for block in peer.excepts for cidr in block.cidrs())
        block = "/".join(peer.block.cidrs()) + (f" except {excepts}" if excepts else "")
        if all(isinstance(end, IpBlock) for end in self._ends):
            return f"its ipBlock {block} does not hold {self._name}"
        if isinstance(self._ends[0], IngressController):
            return f"its ipBlock {block} matches addresses, and the ingress controller is taken to be a pod"
        return f"its ipBlock {block} matches addresses outside the cluster, and {self._name} is a pod"


def _pods(policy: Policy, peer: PodPeer) -> str:
    pods = "all pods" if not peer.pods.requirements else f"pods with {peer.pods}"
    if peer.namespaces is None:
        return f"{pods} in namespace {policy.namespace}"
    return f"{pods} in {'all namespaces' if not peer.namespaces.requirements else f'namespaces with {peer.namespaces}'}"


def _unmet(selector: Selector, labels: Labels) -> str:
    return " and ".join(_lack(r, labels) for r in selector.requirements if not r.matches(labels))


def _lack(requirement: Requirement, labels: Labels) -> str:
    value = labels.get(requirement.key)
    return f"has no label {requirement.key}" if value is None else f"has {requirement.key}={value}"


def _range(clause: PortRange) -> str:
    ports = str(clause.first) if clause.first == clause.last else f"{clause.first}-{clause.last}"
    return f"{clause.protocol or 'any protocol'} {ports}"


def _name_on(clause: NamedPort, destination: Endpoint) -> str:
    shown = f"{clause.protocol} {clause.name}" if clause.protocol else clause.name
    if not isinstance(destination, Workload):
        return f"{shown} (a port's name, which addresses do not have)"
    numbers = [
        f"{protocol} {number}"
        for name, protocol, number in named_ports(destination)
        if name == clause.name and clause.protocol in (None, protocol)
    ]
    if numbers:
        return f"{shown} ({', '.join(numbers)} on {destination})"
    return f"{shown} (no port of {destination} has this name)"
