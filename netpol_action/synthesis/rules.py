"""Demands of one workload in one direction as rules: a peer list, the ports that they share, and the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from netpol_action.model.addresses import AddressRange
from netpol_action.model.config import CidrRef, DnsServer, PodsRef
from netpol_action.model.connections import EVERYTHING, ConnectionSet
from netpol_action.model.demands import Demand
from netpol_action.model.endpoints import Endpoint, IpBlock, Unseen, Workload
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, SELECT_ALL, Selector
from netpol_action.model.policies import Direction, IpPeer, NamedPort, Peer, PodPeer, PortRange, Rule
from netpol_action.synthesis.selectors import Handles

EVERY_POD = PodPeer(SELECT_ALL, SELECT_ALL)
_DNS_REASONS = ("DNS: names are resolved here",)


@dataclass(frozen=True, slots=True)
class ExplainedRule:
    """A rule and the comment lines that say why it is there."""

    rule: Rule
    reasons: tuple[str, ...]


def rules(
    direction: Direction, workload: Workload, demands: Iterable[Demand], handles: Handles
) -> tuple[ExplainedRule, ...]:
    """The rules that allow exactly these demands of `workload`: one for all peers that need the same ports.

    A peer that no policy can name, as a host or a host-network pod, becomes a rule without peers. Demands whose other
    end has no labels are left out.
    """
    ports: dict[Peer | None, ConnectionSet] = {}
    reasons: dict[Peer | None, dict[str, None]] = {}
    for demand in demands:
        other = demand.destination if direction is Direction.EGRESS else demand.source
        for peer in _peers(other, workload, handles):
            ports[peer] = ports[peer] | demand.connections if peer in ports else demand.connections
            reasons.setdefault(peer, {}).update(dict.fromkeys(_reasons(direction, demand, other)))
    _absorb(ports, reasons)
    groups: dict[tuple[bool, ConnectionSet], list[Peer]] = {}
    for peer, connections in ports.items():
        groups.setdefault((peer is None, connections), []).extend(() if peer is None else (peer,))
    explained = []
    for (anywhere, connections), peers in groups.items():
        ordered = sorted(peers, key=_peer_order)
        sources: list[Peer | None] = [*ordered] if ordered else [None]
        why = sorted({line for peer in sources for line in reasons[peer]})
        rule = Rule(direction, peers=None if anywhere else tuple(ordered), ports=_ports(connections))
        explained.append(ExplainedRule(rule, tuple(why)))
    return tuple(sorted(explained, key=_rule_order))


def _absorb(ports: dict[Peer | None, ConnectionSet], reasons: dict[Peer | None, dict[str, None]]) -> None:
    """Leaves out the pods that every pod of the cluster is allowed as much as; reasons of their own are kept."""
    if EVERY_POD not in ports:
        return
    said = {line.partition(": ")[2] for line in reasons[EVERY_POD]}
    for peer in [peer for peer in ports if isinstance(peer, PodPeer) and peer != EVERY_POD]:
        if ports[peer] <= ports[EVERY_POD]:
            del ports[peer]
            own = (line for line in reasons[peer] if line.partition(": ")[2] not in said)
            reasons[EVERY_POD].update(dict.fromkeys(own))


def name_resolution(workload: Workload, servers: Iterable[DnsServer]) -> Iterator[Demand]:
    """The demands of a workload that has to resolve names, but for ports by name; `dns_rules` says why."""
    for each in servers:
        if each.port_name:
            continue
        if isinstance(each.server, CidrRef):
            ends: list[Endpoint] = [IpBlock(block) for block in each.server.ranges]
        else:
            ends = [Unseen(each.server.namespaces, each.server.pods)]
        yield from (Demand(workload, end, each.connections, ()) for end in ends)


def dns_rules(workload: Workload, demands: Iterable[Demand], handles: Handles) -> tuple[ExplainedRule, ...]:
    """The rules for demands of `name_resolution`."""
    found = rules(Direction.EGRESS, workload, demands, handles)
    return tuple(replace(each, reasons=_DNS_REASONS) for each in found)


def named_dns_rules(workload: Workload, servers: Iterable[DnsServer]) -> Iterator[ExplainedRule]:
    """The rules for servers whose port has a name: each of their pods says what it means, and no demand can."""
    for each in servers:
        if each.port_name and isinstance(each.server, PodsRef):
            peer = _pod_peer(each.server.namespaces, each.server.pods, workload.namespace)
            ports = (NamedPort(each.port_name, "TCP"), NamedPort(each.port_name, "UDP"))
            yield ExplainedRule(Rule(Direction.EGRESS, peers=(peer,), ports=ports), _DNS_REASONS)


def _peers(endpoint: Endpoint, workload: Workload, handles: Handles) -> tuple[Peer | None, ...]:
    """The peers that admit an endpoint: None stands for a rule without peers; nothing where none can."""
    match endpoint:
        case Workload(host_network=True):
            return (None,)
        case Workload():
            selector = handles.of(endpoint).selector
            if selector is None:
                return ()
            own = endpoint.namespace == workload.namespace
            namespaces = None if own else Selector.labels({NAMESPACE_NAME_LABEL: endpoint.namespace})
            return (PodPeer(namespaces, selector),)
        case Unseen():
            return (_pod_peer(endpoint.namespaces, endpoint.pods, workload.namespace),)
        case IpBlock():
            return tuple(_blocks((endpoint.range,)))
        case _:
            return (None,)


def _pod_peer(namespaces: Selector, pods: Selector, own: str) -> PodPeer:
    same = namespaces == Selector.labels({NAMESPACE_NAME_LABEL: own})
    return PodPeer(None if same else namespaces, pods)


def _blocks(ranges: Iterable[AddressRange]) -> Iterable[IpPeer]:
    return (IpPeer(AddressRange.parse(cidr)) for block in ranges for cidr in block.cidrs())


def _ports(connections: ConnectionSet) -> tuple[PortRange, ...] | None:
    if connections == EVERYTHING:
        return None
    return tuple(
        PortRange(protocol, first, last) for protocol, ports in connections.ports for first, last in ports.ranges
    )


def _reasons(direction: Direction, demand: Demand, other: Endpoint) -> list[str]:
    name = f"{other.kind} {other.name}" if isinstance(other, Workload) else str(other)
    word = "to" if direction is Direction.EGRESS else "from"
    return [f"{word} {name}: {evidence}" for evidence in demand.evidence]


def _rule_order(explained: ExplainedRule) -> tuple[object, ...]:
    """The rule for anyone first, then by peers, of which no two rules of a workload share any."""
    peers = explained.rule.peers
    return (peers is not None, [_peer_order(peer) for peer in peers or ()])


def _peer_order(peer: Peer) -> tuple[object, ...]:
    """Addresses, then pods of the own namespace, then pods of others."""
    match peer:
        case IpPeer():
            return (0, peer.block, peer.excepts)
        case PodPeer(None, pods):
            return (1, pods)
        case PodPeer(namespaces, pods):
            return (2, namespaces, pods)
        case _:
            raise ValueError(f"a NetworkPolicy has no peer like {peer}")
