"""Demands held against the policies: which of them are blocked, and by what.

The other end of a demand is often not in the input: pods that only a selector describes, a host of which nobody knows
the address, whoever comes through a load balancer. Such an end is judged twice, by what is certain of it and by all
that it may be. A demand is blocked where nothing that the other end may be gets through.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from netpol_action.connectivity.beyond import described, possible, shared
from netpol_action.connectivity.engine import Engine, EvaluationOptions
from netpol_action.connectivity.fold import Reach
from netpol_action.connectivity.trace import Tracer
from netpol_action.connectivity.wording import Wording
from netpol_action.model.addresses import AddressRange
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand
from netpol_action.model.endpoints import (
    Anywhere,
    DomainName,
    Endpoint,
    IngressController,
    IpBlock,
    Node,
    Unseen,
    Workload,
)
from netpol_action.model.explanation import Side
from netpol_action.model.judgements import Judgement
from netpol_action.model.known_labels import only_namespace
from netpol_action.model.policies import Action, Direction, PolicyTier


def judge(cluster: Cluster, options: EvaluationOptions, demands: Sequence[Demand]) -> tuple[Judgement, ...]:
    """A judgement for each demand, in their order. Addresses of a family that is not in use count as open."""
    judge = _Judge(cluster, options, demands)
    return tuple(map(judge.judgement, demands))


@dataclass(frozen=True, slots=True)
class _End:
    """An end as endpoints of the universe: all of `certain` must be open; one of `possible` is enough to doubt."""

    certain: int
    possible: int


class _Judge:
    def __init__(self, cluster: Cluster, options: EvaluationOptions, demands: Sequence[Demand]) -> None:
        self._engine = Engine(cluster, options, set(_unseen(cluster, demands)))
        universe = self._engine.universe
        self._numbers = {id(workload): i for i, workload in enumerate(universe.workloads)}
        first = len(universe.workloads)
        self._unseen = {endpoint: 1 << (first + i) for i, endpoint in enumerate(universe.unseen)}
        self._every_unseen = universe.every_pod & ~universe.every_workload
        # The ingress controller is not one more pod of an application: where the input has workloads, it has all.
        homes = {workload.namespace for workload in universe.workloads}
        self._elsewhere = sum(
            bit for unseen, bit in self._unseen.items() if only_namespace(unseen.namespaces) not in homes
        )
        self._ends: dict[Endpoint, _End] = {}

    def judgement(self, demand: Demand) -> Judgement:
        source, destination = self._end(demand.source), self._end(demand.destination)
        sides = [
            (direction, own, other)
            for direction, own, other in (
                (Direction.EGRESS, demand.source, destination),
                (Direction.INGRESS, demand.destination, source),
            )
            if isinstance(own, Workload)
        ]
        certain = open_ = self._engine.ports.everything
        for direction, own, other in sides:
            certain &= self._all(direction, own, other.certain)
            open_ &= self._any(direction, own, other)
        connections = self._engine.ports.connections
        blocked = demand.connections - connections(open_ | certain)
        undecided = demand.connections - blocked - connections(certain)
        why = (self._why(*side, blocked) for side in sides) if blocked else ()
        return Judgement(demand, blocked, undecided, tuple(side for side in why if side is not None))

    def _end(self, endpoint: Endpoint) -> _End:
        if endpoint not in self._ends:
            self._ends[endpoint] = self._found(endpoint)
        return self._ends[endpoint]

    def _found(self, endpoint: Endpoint) -> _End:
        universe = self._engine.universe
        match endpoint:
            case Workload():
                bit = 1 << self._numbers[id(endpoint)]
                return _End(bit, bit)
            case IpBlock(range=addresses):
                held = self._holding(addresses)
                # Who needs the internet can mostly do without some of it, such as a cloud's metadata service.
                return _End(held, held if addresses == AddressRange.whole(addresses.family) else 0)
            case Unseen():
                inner = sum(bit for other, bit in self._unseen.items() if _is_within(other, endpoint))
                return _End(inner, inner)
            case DomainName():
                return _End(universe.outside, universe.outside | universe.symbols)
            case IngressController():
                return _End(universe.controller, universe.controller | universe.outside | self._elsewhere)
            case Node() | Anywhere():
                return _End(universe.outside, universe.outside | universe.symbols)

    def _holding(self, addresses: AddressRange) -> int:
        endpoints = self._engine.universe.endpoints
        return bits_of(i for i, e in enumerate(endpoints) if isinstance(e, IpBlock) and e.range.overlaps(addresses))

    def _reach(self, direction: Direction, own: Workload) -> Reach:
        reaches = self._engine.egress if direction is Direction.EGRESS else self._engine.ingress
        return reaches.of[self._numbers[id(own)]]

    def _all(self, direction: Direction, own: Workload, ends: int) -> int:
        """The ports that are open for every one of the ends."""
        mask, left = self._engine.ports.everything, ends
        for ports, bits in self._reach(direction, own):
            if bits & ends:
                mask &= ports
                left &= ~bits
        return 0 if left else mask

    def _any(self, direction: Direction, own: Workload, end: _End) -> int:
        """The ports that are open for something that the end may be."""
        if not end.possible:
            return self._all(direction, own, end.certain)
        mask = 0
        for ports, bits in self._reach(direction, own):
            if bits & end.possible:
                mask |= ports
        return mask | self._named(direction, own, end.possible & self._every_unseen)

    def _named(self, direction: Direction, own: Workload, ends: int) -> int:
        """The ports that a name may mean on pods that are not in the input: any."""
        if direction is Direction.INGRESS or not ends:
            return 0
        mask = 0
        engine = self._engine
        for number in engine.selecting[direction][self._numbers[id(own)]]:
            for rule in engine.compilers[direction].rules(number):
                if rule.names and rule.rule.action is Action.ALLOW and any(ends & bits for _, bits in rule.peers):
                    for clause in rule.names:
                        whole = ConnectionSet.whole(clause.protocol) if clause.protocol else None
                        mask |= engine.ports.everything if whole is None else engine.ports.mask(whole)
        return mask

    def _why(self, direction: Direction, own: Workload, other: _End, blocked: ConnectionSet) -> Side | None:
        """How one direction denies what is blocked, None where it does not: for its first ports and other end."""
        engine, number = self._engine, self._numbers[id(own)]
        denied = engine.ports.everything & ~self._any(direction, own, other)
        ports = next((1 << i for i in elements(denied) if engine.ports.connections(1 << i) & blocked), 0)
        if not ports:
            return None
        ends = other.certain
        reached = sum(bits for mask, bits in self._reach(direction, own) if mask & ports)
        end = (ends & ~reached) or ends
        end &= -end
        tracer = Tracer(engine, direction, number)
        shown = (engine.universe.endpoints[end.bit_length() - 1],)
        ends_shown = ((own,), shown) if direction is Direction.EGRESS else (shown, (own,))
        wording = Wording(engine, ends_shown, blocked)
        return wording.side(direction, tracer.trace(ports, end), tracer.misfits(ports, end))


def _unseen(cluster: Cluster, demands: Iterable[Demand]) -> Iterator[Unseen]:
    """The ends that are not in the input, and within each the pods that rules speak of."""
    ends = {end for demand in demands for end in (demand.source, demand.destination)}
    wanted = {end for end in ends if isinstance(end, Unseen)}
    yield from wanted
    if any(isinstance(end, IngressController) for end in ends):
        wanted.add(Unseen())
    admin = described(policy for policy in cluster.policies if policy.tier is PolicyTier.ADMIN)
    rules = described(cluster.policies)
    # An admin policy may hand some pods on to the others: what is open then takes pods that both speak of.
    rules |= {shared(one, other) for one in admin for other in rules}
    for end in wanted:
        for rule in rules:
            both = shared(end, rule)
            if possible(both, cluster):
                yield both


def _is_within(inner: Unseen, outer: Unseen) -> bool:
    """Whether the inner selectors are the outer ones, perhaps with further requirements."""
    return set(outer.namespaces.requirements) <= set(inner.namespaces.requirements) and set(
        outer.pods.requirements
    ) <= set(inner.pods.requirements)
