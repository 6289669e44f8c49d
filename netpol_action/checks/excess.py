"""What policies leave open though nothing requires it, per workload and direction.

A connection into a workload counts there; one to the outside counts where it starts. Only directions in which some
policy selects the workload are looked at: the others are open as a whole, which is a finding of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from netpol_action.model.bits import bits_of, elements
from netpol_action.model.config import CidrRef
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Requirements
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
from netpol_action.model.labels import Labels
from netpol_action.model.policies import Direction

Key = tuple[str, str, str]
"""A workload by namespace, name and kind: all of its variants."""


@dataclass(frozen=True, slots=True)
class Excess:
    """Connections between one workload and others that nothing requires.

    `everywhere`: with every other endpoint. `unresolved`: nobody knows yet what the workload connects with on these
    ports, so that they may be required all the same.
    """

    workload: Workload
    direction: Direction
    others: tuple[Endpoint, ...]
    connections: ConnectionSet
    everywhere: bool = False
    unresolved: bool = False


def key_of(workload: Workload) -> Key:
    """The workload whatever its variant."""
    return workload.namespace, workload.name, workload.kind


def excess(
    allowed: ConnectivityMap,
    requirements: Requirements,
    namespaces: Mapping[str, Labels],
    protected: Mapping[Direction, frozenset[Key]],
) -> Iterator[Excess]:
    """All of it, in the order of the map's endpoints; equal connections of one workload are together."""
    needs = _Needs(allowed, requirements, namespaces)
    for direction, open_ends in ((Direction.INGRESS, _into(allowed)), (Direction.EGRESS, _outside(allowed))):
        for number in sorted(open_ends):
            workload = allowed.endpoints[number]
            if isinstance(workload, Workload) and key_of(workload) in protected[direction]:
                yield from _of(workload, direction, open_ends[number], needs)


def _of(
    workload: Workload, direction: Direction, open_ends: Iterable[tuple[int, ConnectionSet]], needs: _Needs
) -> Iterator[Excess]:
    found: dict[ConnectionSet, int] = {}
    everywhere, required = needs.of(workload, direction)
    own = needs.numbers[key_of(workload)]
    for bits, connections in open_ends:
        left = bits & ~own & ~needs.special
        for number, wanted in required.items():
            if left >> number & 1:
                left ^= 1 << number
                needless = connections - wanted - everywhere
                found[needless] = found.get(needless, 0) | (1 << number)
        needless = connections - everywhere
        found[needless] = found.get(needless, 0) | left
    every = (needs.every if direction is Direction.INGRESS else needs.outside) & ~own
    for needless, bits in found.items():
        if needless and bits:
            others = tuple(needs.endpoints[i] for i in elements(bits))
            doubtful = NOTHING if bits == every else needless & needs.unresolved[key_of(workload), direction]
            if doubtful:
                yield Excess(workload, direction, others, doubtful, unresolved=True)
            if needless - doubtful:
                yield Excess(workload, direction, others, needless - doubtful, bits == every)


def _into(allowed: ConnectivityMap) -> dict[int, list[tuple[int, ConnectionSet]]]:
    """For each workload by its number: who may open what to it."""
    workloads = bits_of(i for i, endpoint in enumerate(allowed.endpoints) if isinstance(endpoint, Workload))
    found: dict[int, list[tuple[int, ConnectionSet]]] = defaultdict(list)
    for block in allowed.blocks:
        for number in elements(block.destinations & workloads):
            found[number].append((block.sources, block.allowed))
    return found


def _outside(allowed: ConnectivityMap) -> dict[int, list[tuple[int, ConnectionSet]]]:
    """For each workload by its number: what it may open to addresses outside."""
    outside = bits_of(i for i, endpoint in enumerate(allowed.endpoints) if isinstance(endpoint, IpBlock))
    found: dict[int, list[tuple[int, ConnectionSet]]] = defaultdict(list)
    for block in allowed.blocks:
        if block.destinations & outside:
            for number in elements(block.sources & ~outside):
                found[number].append((block.destinations & outside, block.allowed))
    return found


class _Needs:
    """The demands by workload and direction, over the endpoints of a map."""

    def __init__(self, allowed: ConnectivityMap, requirements: Requirements, namespaces: Mapping[str, Labels]) -> None:
        self.endpoints = allowed.endpoints
        self.numbers: dict[Key, int] = defaultdict(int)
        self._namespaces = namespaces
        self._blocks = [(i, e) for i, e in enumerate(allowed.endpoints) if isinstance(e, IpBlock)]
        for i, endpoint in enumerate(allowed.endpoints):
            if isinstance(endpoint, Workload):
                self.numbers[key_of(endpoint)] |= 1 << i
        self.outside = bits_of(i for i, _ in self._blocks)
        workloads = sum(self.numbers.values())
        self.every = workloads | self.outside
        self.special = ((1 << len(allowed.endpoints)) - 1) & ~self.every
        self._ends: dict[tuple[Key, Direction], list[tuple[Endpoint, ConnectionSet]]] = defaultdict(list)
        self._known: dict[Endpoint, int] = {}
        for demand in requirements.demands:
            if isinstance(demand.destination, Workload):
                key = key_of(demand.destination), Direction.INGRESS
                self._ends[key].append((demand.source, demand.connections))
            if isinstance(demand.source, Workload):
                key = key_of(demand.source), Direction.EGRESS
                self._ends[key].append((demand.destination, demand.connections))
        self.unresolved: dict[tuple[Key, Direction], ConnectionSet] = defaultdict(ConnectionSet)
        for row in requirements.unresolved:
            of = key_of(row.workload), Direction.EGRESS if row.outbound else Direction.INGRESS
            self.unresolved[of] |= row.connections
        self._dns = [
            (IpBlock(block), each.connections)
            for each in requirements.dns
            if isinstance(each.server, CidrRef)
            for block in each.server.ranges
        ]

    def of(self, workload: Workload, direction: Direction) -> tuple[ConnectionSet, Mapping[int, ConnectionSet]]:
        """What is required of everyone, since no policy could name the other end, and of single endpoints."""
        everywhere = NOTHING
        single: dict[int, ConnectionSet] = {}
        more = self._dns if direction is Direction.EGRESS else []
        for end, connections in (*self._ends.get((key_of(workload), direction), ()), *more):
            if _is_unnamed(end):
                everywhere |= connections
            for number in elements(self._find(end)):
                single[number] = single.get(number, NOTHING) | connections
        return everywhere, single

    def _find(self, end: Endpoint) -> int:
        if end not in self._known:
            self._known[end] = self._found(end)
        return self._known[end]

    def _found(self, end: Endpoint) -> int:
        match end:
            case Workload():
                return self.numbers[key_of(end)]
            case IpBlock(range=addresses):
                return bits_of(i for i, block in self._blocks if block.range.overlaps(addresses))
            case Unseen():
                return bits_of(
                    i
                    for i, other in enumerate(self.endpoints)
                    if isinstance(other, Workload)
                    and end.pods.matches(other.labels)
                    and end.namespaces.matches(self._namespaces.get(other.namespace, {}))
                )
            case _:
                return 0


def _is_unnamed(end: Endpoint) -> bool:
    """Whether no NetworkPolicy can name the end, so that what it needs has to be open to everyone."""
    return isinstance(end, Anywhere | DomainName | IngressController | Node) or (
        isinstance(end, Workload) and end.host_network
    )
