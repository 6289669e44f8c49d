"""Which policies that differ bear on one row of a difference: rule by rule and peer by peer, anew for each row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import PROTOCOLS, ConnectionSet
from netpol_action.model.diff import DiffRow
from netpol_action.model.endpoints import DomainName, Endpoint, IngressController, IpBlock, Node, Workload
from netpol_action.model.labels import NAMESPACE_NAME_LABEL
from netpol_action.model.policies import (
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
    Rule,
)
from netpol_action.origin import UNKNOWN, Origin

Bearing = tuple[str, Origin]


def bearing(before: Cluster, after: Cluster, row: DiffRow) -> list[Bearing]:
    """The policies that bear on the row, each with the place of the part that does; from the source's on."""
    found = [
        *_of_one_end(before, after, row, row.source, row.destination, Direction.EGRESS),
        *_of_one_end(before, after, row, row.destination, row.source, Direction.INGRESS),
    ]
    return list(dict.fromkeys(found))


def _of_one_end(  # noqa: PLR0913, PLR0917  # a row, seen from one end
    before: Cluster, after: Cluster, row: DiffRow, own: Endpoint, other: Endpoint, direction: Direction
) -> Iterator[Bearing]:
    earlier, later = ({(p.kind, p.namespace, p.name): p for p in cluster.policies} for cluster in (before, after))
    for key in sorted(earlier.keys() | later.keys()):
        one, two = earlier.get(key), later.get(key)
        if one and two and _bare(one) == _bare(two):
            continue
        word = "changed" if one and two else "added" if two else "removed"
        place = _place(before, after, _selecting(before, one, own), _selecting(after, two, own), row, other, direction)
        if place:
            yield f"{two or one} {word}", place


def _place(  # noqa: PLR0913, PLR0917  # a row, seen from one end in both versions
    before: Cluster,
    after: Cluster,
    earlier: Policy | None,
    later: Policy | None,
    row: DiffRow,
    other: Endpoint,
    direction: Direction,
) -> Origin | None:
    touched = row.change.opened | row.change.closed
    for cluster, mine, theirs in ((after, later, earlier), (before, earlier, later)):
        for number, rule in enumerate(_rules(mine, direction)):
            known = [replace(each, origin=UNKNOWN) for each in _rules(theirs, direction)]
            bare = replace(rule, origin=UNKNOWN)
            in_place = known[number : number + 1] if mine and mine.tier is not PolicyTier.NAMESPACE else known
            ends = _variants(cluster, other) or [other]
            speaks = mine and any(_admits(cluster, mine, rule, end) for end in ends)
            if speaks and bare not in in_place and _covers(rule.ports, touched):
                return rule.origin
    if later and _isolates(later, direction) and not _isolates(earlier, direction) and row.change.closed:
        return later.origin
    if earlier and _isolates(earlier, direction) and not _isolates(later, direction) and row.change.opened:
        return earlier.origin
    return None


def _bare(policy: Policy) -> Policy:
    return replace(policy, declared_namespace="", rules=tuple(replace(r, origin=UNKNOWN) for r in policy.rules))


def _rules(policy: Policy | None, direction: Direction) -> list[Rule]:
    return [rule for rule in (policy.rules if policy else ()) if rule.direction is direction]


def _isolates(policy: Policy | None, direction: Direction) -> bool:
    return policy is not None and policy.tier is PolicyTier.NAMESPACE and direction in policy.directions


def _variants(cluster: Cluster, end: Endpoint) -> list[Workload]:
    def name(each: Workload) -> tuple[str, str, str]:
        return (each.namespace, each.name, each.kind)

    return [each for each in cluster.workloads if name(each) == name(end)] if isinstance(end, Workload) else []


def _selecting(cluster: Cluster, policy: Policy | None, end: Endpoint) -> Policy | None:
    chosen = policy and any(_is_one(cluster, policy.subject, policy, each) for each in _variants(cluster, end))
    return policy if chosen else None


def _is_one(cluster: Cluster, peer: PodPeer, policy: Policy, workload: Workload) -> bool:
    if peer.namespaces is None:
        return workload.namespace == policy.namespace and peer.pods.matches(workload.labels)
    known = cluster.namespaces.get(workload.namespace)
    labels = {**(known.labels if known else {}), NAMESPACE_NAME_LABEL: workload.namespace}
    return peer.namespaces.matches(labels) and peer.pods.matches(workload.labels)


def _admits(cluster: Cluster, policy: Policy, rule: Rule, end: Endpoint) -> bool:
    return rule.peers is None or any(_speaks_of(cluster, policy, peer, end) for peer in rule.peers)


def _speaks_of(cluster: Cluster, policy: Policy, peer: Peer, end: Endpoint) -> bool:
    if isinstance(peer, PodPeer):
        pod = isinstance(end, Workload) and _is_one(cluster, peer, policy, end)
        return pod or isinstance(end, IngressController)
    if isinstance(peer, IpPeer):
        if isinstance(end, IpBlock):
            return peer.block.overlaps(end.range)
        return policy.tier is not PolicyTier.NAMESPACE and isinstance(end, Workload)
    wanted = {NodePeer: Node, DomainPeer: DomainName}[type(peer)]
    return isinstance(end, wanted)


def _covers(ports: tuple[PortClause, ...] | None, touched: ConnectionSet) -> bool:
    return ports is None or any(
        isinstance(clause, NamedPort)
        or any(
            touched & ConnectionSet.single(protocol, clause.first, clause.last)
            for protocol in (PROTOCOLS if clause.protocol is None else (clause.protocol,))
        )
        for clause in ports
    )
