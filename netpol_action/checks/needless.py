"""What is open for nothing, as findings: each names the rules that open it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product

from netpol_action.checks.excess import Excess
from netpol_action.checks.needs import Key, key_of
from netpol_action.checks.selection import Selection
from netpol_action.model.addresses import merge
from netpol_action.model.connections import EVERYTHING, NOTHING, PROTOCOLS, ConnectionSet, Protocol
from netpol_action.model.diagnostics import Severity
from netpol_action.model.endpoints import Endpoint, IpBlock, Unseen, Workload, sort_key
from netpol_action.model.findings import NOT_REQUIRED, UNPROTECTED_EGRESS, UNPROTECTED_INGRESS, Cause, Finding
from netpol_action.model.known_labels import named_namespace
from netpol_action.model.policies import Action, Direction, IpPeer, PodPeer, Policy, PortRange, Rule
from netpol_action.model.unseen import among

UNRESOLVED_ALLOWED = "unresolved-allowed"
_NAMED = 3
PortSpan = tuple[Protocol, int, int]
"""A protocol, the first port and the last."""

_UNPROTECTED = {Direction.INGRESS: UNPROTECTED_INGRESS, Direction.EGRESS: UNPROTECTED_EGRESS}


class Protection:
    """Which policies select which workloads in which direction."""

    def __init__(self, selection: Selection) -> None:
        self._selection = selection
        self._policies: dict[tuple[Direction, Key], list[Policy]] = defaultdict(list)
        self._ports: dict[tuple[int, ...], tuple[PortSpan, ...]] = {}
        for policy in selection.cluster.policies:
            for workload in selection.selected(policy):
                for direction in policy.directions:
                    self._policies[direction, key_of(workload)].append(policy)

    def protected(self) -> Mapping[Direction, frozenset[Key]]:
        """The workloads that some policy selects in each direction."""
        return {d: frozenset(key for of, key in self._policies if of is d) for d in Direction}

    def unprotected(self) -> Iterator[Finding]:
        """A finding for each namespace and direction with workloads that no policy selects."""
        protected = self.protected()
        for direction in Direction:
            bare: dict[str, dict[Key, Workload]] = defaultdict(dict)
            for workload in sorted(self._selection.cluster.workloads, key=sort_key):
                if not workload.host_network and key_of(workload) not in protected[direction]:
                    bare[workload.namespace].setdefault(key_of(workload), workload)
            for workloads in bare.values():
                yield _unprotected(direction, list(workloads.values()))

    def needless(self, found: Iterable[Excess]) -> Iterator[Finding]:
        """A finding for each excess."""
        for each in found:
            causes = tuple(self._opening(each))
            origin = causes[0].origin if causes else each.workload.origin
            ends = ((each.workload,), _spans(each.others))
            sources, destinations = ends if each.direction is Direction.EGRESS else ends[::-1]
            verb = "accepts" if each.direction is Direction.INGRESS else "may open"
            word = "from" if each.direction is Direction.INGRESS else "to"
            kind = (NOT_REQUIRED, Severity.WARNING)
            end = "and nothing requires it"
            if each.unresolved:
                kind = (UNRESOLVED_ALLOWED, Severity.NOTE)
                end = "which may be what an unresolved dependency of it needs"
            message = f"{each.workload} {verb} {_what(each.connections)} {word} {self._others(each)}, {end}"
            yield Finding(*kind, message, origin, sources, destinations, each.connections, causes)

    def _opening(self, each: Excess) -> Iterator[Cause]:
        """The rules that let a part of it through."""
        wanted = _port_spans(each.connections)
        for policy in self._policies[each.direction, key_of(each.workload)]:
            number = 0
            for rule in policy.rules:
                number += rule.direction is each.direction
                opens = rule.direction is each.direction and rule.action is Action.ALLOW
                if opens and self._covers(rule, each, wanted) and self._fits(policy, rule, each):
                    name = f"{policy} {each.direction.value.lower()} rule {number}"
                    yield Cause(name, "", rule.origin)

    def _covers(self, rule: Rule, each: Excess, wanted: Sequence[PortSpan]) -> bool:
        """Whether a rule has some of the ports. Each excess asks every rule: sets would take most of the time."""
        destinations = [each.workload] if each.direction is Direction.INGRESS else []
        key = id(rule), *map(id, destinations)
        spans = self._ports.get(key)
        if spans is None:
            spans = self._ports[key] = _port_spans(_ports(rule, destinations))
        return any(p == q and a <= d and c <= b for p, a, b in spans for q, c, d in wanted)

    def _fits(self, policy: Policy, rule: Rule, each: Excess) -> bool:
        if rule.peers is None:
            return True
        others = {key_of(other) for other in each.others if isinstance(other, Workload)}
        for peer in rule.peers:
            if isinstance(peer, PodPeer) and (
                self._describes(peer, policy.namespace, each.others)
                or any(key_of(workload) in others for workload in self._selection.picked(peer, policy.namespace))
            ):
                return True
            if isinstance(peer, IpPeer) and any(
                isinstance(other, IpBlock) and other.range.overlaps(peer.block) for other in each.others
            ):
                return True
        return False

    def _describes(self, peer: PodPeer, namespace: str, others: Iterable[Endpoint]) -> bool:
        """Whether some of the others are pods that are not in the input and match."""
        home = named_namespace(namespace) if peer.namespaces is None else peer.namespaces
        meant = Unseen(home, peer.pods)
        return any(isinstance(each, Unseen) and among(each, meant, self._selection.labels) for each in others)

    def _others(self, each: Excess) -> str:
        """The other ends; workloads that are among the pods of a description go without saying."""
        if each.everywhere:
            return "everywhere" if each.direction is Direction.INGRESS else "every address outside the cluster"
        described = [other for other in each.others if isinstance(other, Unseen)]
        workloads = [other for other in each.others if isinstance(other, Workload)]
        if described and workloads:
            peers = [PodPeer(other.namespaces, other.pods) for other in described]
            said = {key_of(workload) for peer in peers for workload in self._selection.picked(peer, "")}
            workloads = [workload for workload in workloads if key_of(workload) not in said]
        blocks = _spans(other for other in each.others if isinstance(other, IpBlock))
        return _listed([str(end) for end in (*described, *workloads, *blocks)])


def _unprotected(direction: Direction, workloads: Sequence[Workload]) -> Finding:
    first, word = workloads[0], direction.value.lower()
    names = _listed([str(workload) for workload in workloads])
    does = "accepts" if direction is Direction.INGRESS else "may open"
    where = "from everywhere" if direction is Direction.INGRESS else "to everywhere"
    plural = len(workloads) > 1
    message = (
        f"{names} {does if not plural else does.removesuffix('s')} everything {where}: no policy protects "
        f"{'their' if plural else 'its'} {word}"
    )
    ends: tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]] = ((), tuple(workloads))
    sources, destinations = ends if direction is Direction.INGRESS else ends[::-1]
    return Finding(_UNPROTECTED[direction], Severity.WARNING, message, first.origin, sources, destinations, EVERYTHING)


def _port_spans(connections: ConnectionSet) -> tuple[PortSpan, ...]:
    return tuple((protocol, first, last) for protocol, ports in connections.ports for first, last in ports.ranges)


def _ports(rule: Rule, destinations: Sequence[Workload]) -> ConnectionSet:
    """The ports of a rule, by name as far as the destinations are known, else any port."""
    if rule.ports is None:
        return EVERYTHING
    result = NOTHING
    for clause in rule.ports:
        protocols = PROTOCOLS if clause.protocol is None else (clause.protocol,)
        if isinstance(clause, PortRange):
            for protocol in protocols:
                result |= ConnectionSet.single(protocol, clause.first, clause.last)
        elif not destinations:
            result = EVERYTHING
        else:
            for workload, protocol in product(destinations, protocols):
                number = workload.port_named(clause.name, protocol)
                result |= NOTHING if number is None else ConnectionSet.single(protocol, number)
    return result


def _spans(endpoints: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    """The same with touching address blocks as one."""
    listed = list(endpoints)
    blocks = merge(endpoint.range for endpoint in listed if isinstance(endpoint, IpBlock))
    return (*(endpoint for endpoint in listed if not isinstance(endpoint, IpBlock)), *map(IpBlock, blocks))


def _what(connections: ConnectionSet) -> str:
    return "everything" if connections == EVERYTHING else str(connections)


def _listed(names: Sequence[str]) -> str:
    shown = list(names[:_NAMED])
    if len(names) > _NAMED:
        shown.append(f"{len(names) - _NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
