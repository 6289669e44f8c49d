"""What policies leave open though nothing requires it, per workload and direction.

A connection into a workload counts there; one to the outside, or to pods that are not in the input, counts where it
starts. Only directions in which some policy selects the workload are looked at: the others are open as a whole, which
is a finding of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

from netpol_action.checks.needs import Key, Needs, key_of
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import Endpoint, Workload
from netpol_action.model.policies import Direction


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


def excess(allowed: ConnectivityMap, needs: Needs, protected: Mapping[Direction, frozenset[Key]]) -> Iterator[Excess]:
    """All of it, in the order of the map's endpoints; equal connections of one workload are together."""
    for direction, open_ends in (
        (Direction.INGRESS, _into(allowed)),
        (Direction.EGRESS, _out_of(allowed, needs.outside | needs.unseen)),
    ):
        for number in sorted(open_ends):
            workload = allowed.endpoints[number]
            if isinstance(workload, Workload) and key_of(workload) in protected[direction]:
                yield from _of(workload, direction, open_ends[number], needs)


def _of(
    workload: Workload, direction: Direction, open_ends: Iterable[tuple[int, ConnectionSet]], needs: Needs
) -> Iterator[Excess]:
    found: dict[ConnectionSet, int] = {}
    everywhere, required = needs.of(workload, direction)
    own = needs.numbers[key_of(workload)]
    for bits, connections in open_ends:
        left = bits & (needs.every | needs.unseen) & ~own
        for number, wanted in required.items():
            if left >> number & 1:
                left ^= 1 << number
                needless = connections - wanted - everywhere
                found[needless] = found.get(needless, 0) | (1 << number)
        needless = connections - everywhere
        found[needless] = found.get(needless, 0) | left
    every = (needs.every if direction is Direction.INGRESS else needs.outside) & ~own
    every_pod = next((needless for needless, bits in found.items() if bits & needs.every_pod), NOTHING)
    for needless, bits in _told(found, every_pod, needs).items():
        if needless and bits:
            others = tuple(needs.endpoints[i] for i in elements(bits))
            widest = bits & ~needs.unseen == every
            doubtful = NOTHING if widest else needless & needs.unresolved[key_of(workload), direction]
            if doubtful:
                yield Excess(workload, direction, others, doubtful, unresolved=True)
            if needless - doubtful:
                pods = direction is Direction.EGRESS or not needs.every_pod or needless <= every_pod
                yield Excess(workload, direction, others, needless - doubtful, bits == every and pods)


def _told(found: Mapping[ConnectionSet, int], every_pod: ConnectionSet, needs: Needs) -> Mapping[ConnectionSet, int]:
    """The same less what pods that are not in the input have as others do that they are among.

    What every pod of the cluster has goes without saying where all addresses have it too.
    """
    told = {needless: bits & ~needs.unseen for needless, bits in found.items()}
    left = every_pod - _of_all_addresses(found, needs)
    told[left] = told.get(left, 0) | needs.every_pod
    rest = [(needless - every_pod, bits & needs.unseen & ~needs.every_pod) for needless, bits in found.items()]
    beyond = [(needless, bits) for needless, bits in rest if needless and bits]
    for needless, bits in beyond:
        for i in elements(bits):
            left = needless - _of_wider(i, beyond, needs)
            told[left] = told.get(left, 0) | (1 << i)
    return told


def _of_all_addresses(found: Mapping[ConnectionSet, int], needs: Needs) -> ConnectionSet:
    """What all addresses outside the cluster have."""
    having = {needless: bits & needs.outside for needless, bits in found.items() if bits & needs.outside}
    if not having or sum(having.values()) != needs.outside:
        return NOTHING
    return reduce(ConnectionSet.__and__, having)


def _of_wider(number: int, beyond: Iterable[tuple[ConnectionSet, int]], needs: Needs) -> ConnectionSet:
    """What those have that pods which are not in the input, by their number, are among."""
    result = NOTHING
    wider = needs.wider(number) & ~needs.every_pod
    for needless, bits in beyond if wider else ():
        if bits & wider:
            result |= needless
    return result


def _into(allowed: ConnectivityMap) -> dict[int, list[tuple[int, ConnectionSet]]]:
    """For each workload by its number: who may open what to it."""
    workloads = bits_of(i for i, endpoint in enumerate(allowed.endpoints) if isinstance(endpoint, Workload))
    found: dict[int, list[tuple[int, ConnectionSet]]] = defaultdict(list)
    for block in allowed.blocks:
        for number in elements(block.destinations & workloads):
            found[number].append((block.sources, block.allowed))
    return found


def _out_of(allowed: ConnectivityMap, others: int) -> dict[int, list[tuple[int, ConnectionSet]]]:
    """For each endpoint by its number, but for these others: what it may open to them."""
    found: dict[int, list[tuple[int, ConnectionSet]]] = defaultdict(list)
    for block in allowed.blocks:
        if block.destinations & others:
            for number in elements(block.sources & ~others):
                found[number].append((block.destinations & others, block.allowed))
    return found
