"""What the NetworkPolicies of the input allow already: it holds beside generated ones, since policies add up.

Only what certainly is allowed counts. Of pods in the input the labels are known; of those that are not, and of
namespaces without a manifest, only what the selectors that describe them imply.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import EVERYTHING, NOTHING, PROTOCOLS, ConnectionSet
from netpol_action.model.demands import Demand
from netpol_action.model.endpoints import Endpoint, IpBlock, Unseen, Workload
from netpol_action.model.generated import MANAGED_BY, MANAGED_BY_LABEL
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, SELECT_ALL, Requirement, Selector
from netpol_action.model.policies import (
    Direction,
    IpPeer,
    NamedPort,
    Peer,
    PodPeer,
    Policy,
    PolicyTier,
    PortClause,
    Rule,
)
from netpol_action.origin import UNKNOWN


@dataclass(frozen=True, slots=True)
class Unmet:
    """What is left of demands; `meeting` names the policies that allow the rest.

    `isolated` says whether any policy isolates the workload.
    """

    demands: tuple[Demand, ...]
    meeting: frozenset[str]
    isolated: bool


class Existing:
    """The NetworkPolicies of a cluster, less those of this program, by the workloads that they select."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._by_namespace: dict[str, list[Policy]] = defaultdict(list)
        self._by_label: dict[tuple[str, str, str], list[Policy]] = defaultdict(list)
        for policy in cluster.policies:
            ours = policy.labels.get(MANAGED_BY_LABEL) == MANAGED_BY
            if policy.tier is not PolicyTier.NAMESPACE or ours or policy.subject.namespaces is not None:
                continue
            pinned = _pinned(policy.subject.pods)
            if pinned:
                self._by_label[policy.namespace, pinned.key, pinned.values[0]].append(policy)
            else:
                self._by_namespace[policy.namespace].append(policy)

    def unmet(self, workload: Workload, direction: Direction, demands: Iterable[Demand]) -> Unmet:
        """What of the workload's demands in a direction is still to be allowed."""
        policies = self._selecting(workload, direction)
        left: list[Demand] = []
        meeting: set[str] = set()
        for demand in demands:
            other = demand.destination if direction is Direction.EGRESS else demand.source
            connections = demand.connections
            for policy in policies:
                allowed = connections & self._allowed(policy, direction, workload, other)
                if allowed:
                    meeting.add(policy.name)
                    connections -= allowed
            if connections:
                left.append(demand if connections == demand.connections else replace(demand, connections=connections))
        return Unmet(tuple(left), frozenset(meeting), isolated=bool(policies))

    def closed(self, namespace: str, directions: Iterable[Direction]) -> bool:
        """Whether policies isolate every pod of a namespace in these directions."""
        of_all = [policy for policy in self._by_namespace.get(namespace, ()) if policy.subject.pods == SELECT_ALL]
        return all(any(direction in policy.directions for policy in of_all) for direction in directions)

    def _selecting(self, workload: Workload, direction: Direction) -> list[Policy]:
        """The policies that isolate a workload in a direction."""
        pools = [self._by_namespace.get(workload.namespace, ())]
        pools += [self._by_label.get((workload.namespace, *label), ()) for label in workload.labels.items()]
        return [
            policy
            for pool in pools
            for policy in pool
            if direction in policy.directions and policy.subject.pods.matches(workload.labels)
        ]

    def _allowed(self, policy: Policy, direction: Direction, workload: Workload, other: Endpoint) -> ConnectionSet:
        """What a policy that selects the workload allows it to have with the other end."""
        destination = workload if direction is Direction.INGRESS else other
        found = NOTHING
        for rule in policy.rules:
            if rule.direction is direction and self._admits(rule, policy.namespace, other):
                found |= _connections(rule, destination)
        return found

    def _admits(self, rule: Rule, namespace: str, other: Endpoint) -> bool:
        return rule.peers is None or any(self._covers(peer, namespace, other) for peer in rule.peers)

    def _covers(self, peer: Peer, namespace: str, other: Endpoint) -> bool:
        match peer, other:
            case PodPeer(), Workload(host_network=False):
                return peer.pods.matches(other.labels) and self._in(peer, namespace, _named(other.namespace))
            case PodPeer(), Unseen():
                implied = all(_implies(other.pods, each) for each in peer.pods.requirements)
                return implied and self._in(peer, namespace, other.namespaces)
            case IpPeer(), IpBlock():
                excepted = any(other.range.overlaps(each) for each in peer.excepts)
                return other.range in peer.block and not excepted
            case _:
                return False

    def _in(self, peer: PodPeer, own: str, namespaces: Selector) -> bool:
        """Whether a peer admits pods from all the namespaces that a selector may mean."""
        wanted = _named(own) if peer.namespaces is None else peer.namespaces
        pinned = next((each for each in namespaces.requirements if each.key == NAMESPACE_NAME_LABEL), None)
        known = self._cluster.namespaces.get(pinned.values[0]) if pinned and _is_one(pinned) else None
        if known is not None and known.origin != UNKNOWN:
            return wanted.matches(known.labels)
        return all(_implies(namespaces, each) for each in wanted.requirements)


def _connections(rule: Rule, destination: Endpoint) -> ConnectionSet:
    """The connections of a rule; a named port is looked up on the destination, in vain where that is no workload."""
    if rule.ports is None:
        return EVERYTHING
    found = NOTHING
    for clause in rule.ports:
        found |= _clause(clause, destination)
    return found


def _clause(clause: PortClause, destination: Endpoint) -> ConnectionSet:
    found = NOTHING
    for protocol in PROTOCOLS if clause.protocol is None else (clause.protocol,):
        if not isinstance(clause, NamedPort):
            found |= ConnectionSet.single(protocol, clause.first, clause.last)
        elif isinstance(destination, Workload):
            number = destination.port_named(clause.name, protocol)
            found |= NOTHING if number is None else ConnectionSet.single(protocol, number)
    return found


def _implies(selector: Selector, wanted: Requirement) -> bool:
    """Whether everything that meets the selector meets the requirement too."""
    return any(_entails(each, wanted) for each in selector.requirements if each.key == wanted.key)


def _entails(known: Requirement, wanted: Requirement) -> bool:
    values, others = set(known.values), set(wanted.values)
    match known.operator, wanted.operator:
        case "In", "In":
            return values <= others
        case "In", "NotIn":
            return not values & others
        case "NotIn", "NotIn":
            return others <= values
        case ("In" | "Exists", "Exists") | ("DoesNotExist", "DoesNotExist" | "NotIn"):
            return True
        case _:
            return False


def _named(namespace: str) -> Selector:
    return Selector.labels({NAMESPACE_NAME_LABEL: namespace})


def _is_one(requirement: Requirement) -> bool:
    return requirement.operator == "In" and len(requirement.values) == 1


def _pinned(selector: Selector) -> Requirement | None:
    """A label that everything selected has, to find the policy by."""
    return next((each for each in selector.requirements if _is_one(each)), None)
