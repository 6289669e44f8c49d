"""The policies that differ between two versions, and whether one of them bears on a connection.

This asks only whether a policy that changed speaks of both ends and of the ports that were opened or closed; it does
not evaluate anew. So what it names had a part in the change, though other policies may have had one too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from netpol_action.model.cluster import Cluster, Namespace
from netpol_action.model.connections import PROTOCOLS, ConnectionSet
from netpol_action.model.endpoints import DomainName, Endpoint, IngressController, IpBlock, Node, Unseen, Workload
from netpol_action.model.known_labels import implies, named_namespace, only_namespace
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
from netpol_action.origin import UNKNOWN

_Key = tuple[str, str, str]
Namespaces = Mapping[str, Namespace]


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One policy in both versions; None where it is not in one. The two differ in more than their place in a file."""

    before: Policy | None
    after: Policy | None

    def __str__(self) -> str:
        word = "changed" if self.before and self.after else "added" if self.after else "removed"
        return f"{self.after or self.before} {word}"


def policy_changes(before: Cluster, after: Cluster) -> Iterator[PolicyChange]:
    """The policies that were added, removed or changed, by kind, namespace and name."""
    earlier, later = ({_key(policy): policy for policy in cluster.policies} for cluster in (before, after))
    for key in sorted(earlier.keys() | later.keys()):
        change = PolicyChange(earlier.get(key), later.get(key))
        if not (change.before and change.after and _bare(change.before) == _bare(change.after)):
            yield change


def new_rules(policy: Policy, other: Policy | None, direction: Direction) -> Iterator[Rule]:
    """The rules of a version, of one direction, that the other version has not."""
    theirs = [_placeless(rule) for rule in (other.rules if other else ()) if rule.direction is direction]
    mine = (rule for rule in policy.rules if rule.direction is direction)
    return (rule for number, rule in enumerate(mine) if not _still_there(policy, number, _placeless(rule), theirs))


def isolates(policy: Policy | None, direction: Direction) -> bool:
    """Whether the mere presence of the policy denies what no rule allows."""
    return policy is not None and policy.tier is PolicyTier.NAMESPACE and direction in policy.directions


def admits(peers: Sequence[Peer] | None, policy: Policy, end: Endpoint, namespaces: Namespaces) -> bool:
    """Whether one of the peers of a policy's rule is or holds the endpoint."""
    return peers is None or any(_speaks_of(peer, policy, end, namespaces) for peer in peers)


def covers(ports: Sequence[PortClause] | None, opened: ConnectionSet, closed: ConnectionSet) -> bool:
    """Whether one of the ports of a rule is among those that were opened or closed."""
    if ports is None:
        return True
    for clause in ports:
        if isinstance(clause, NamedPort):
            return True
        protocols = PROTOCOLS if clause.protocol is None else (clause.protocol,)
        meant = [ConnectionSet.single(protocol, clause.first, clause.last) for protocol in protocols]
        if any(opened & each or closed & each for each in meant):
            return True
    return False


def _still_there(policy: Policy, number: int, rule: Rule, theirs: Sequence[Rule]) -> bool:
    """Whether the other version has the same rule; where rules decide in their order, in the same place."""
    if policy.tier is PolicyTier.NAMESPACE:
        return rule in theirs
    return number < len(theirs) and theirs[number] == rule


def _key(policy: Policy) -> _Key:
    return (policy.kind, policy.namespace, policy.name)


def _bare(policy: Policy) -> Policy:
    return replace(policy, declared_namespace="", rules=tuple(map(_placeless, policy.rules)))


def _placeless(rule: Rule) -> Rule:
    return replace(rule, origin=UNKNOWN)


def _speaks_of(peer: Peer, policy: Policy, end: Endpoint, namespaces: Namespaces) -> bool:
    match peer:
        case PodPeer():
            if isinstance(end, Unseen):
                return _means(peer, policy, end, namespaces)
            return isinstance(end, IngressController) or (
                isinstance(end, Workload) and _is_one(peer, policy, end, namespaces)
            )
        case IpPeer():
            if isinstance(end, IpBlock):
                return peer.block.overlaps(end.range)
            return policy.tier is not PolicyTier.NAMESPACE and isinstance(end, Workload | Unseen)
        case NodePeer():
            return isinstance(end, Node)
        case DomainPeer():
            return isinstance(end, DomainName)


def _is_one(peer: PodPeer, policy: Policy, workload: Workload, namespaces: Namespaces) -> bool:
    if peer.namespaces is None:
        return workload.namespace == policy.namespace and peer.pods.matches(workload.labels)
    known = namespaces.get(workload.namespace)
    labels = {**(known.labels if known else {}), NAMESPACE_NAME_LABEL: workload.namespace}
    return peer.namespaces.matches(labels) and peer.pods.matches(workload.labels)


def _means(peer: PodPeer, policy: Policy, unseen: Unseen, namespaces: Namespaces) -> bool:
    """Whether all pods of a description are among those that a clause selects."""
    wanted = named_namespace(policy.namespace) if peer.namespaces is None else peer.namespaces
    name = only_namespace(unseen.namespaces)
    if name in namespaces:
        there = wanted.matches({**namespaces[name].labels, NAMESPACE_NAME_LABEL: name})
    else:
        there = implies(unseen.namespaces, wanted)
    return there and implies(unseen.pods, peer.pods)
