"""A map's endpoints in parts: each becomes one node of the picture. The detail goes from exact to a few namespaces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import Endpoint, IpBlock, Workload
from netpol_action.render.picture.twins import twins

MOST_EXACT = 1500
"""Workloads up to which alike ones are looked for, which takes all their pairs; more never fit a picture anyway."""

MOST_BLOCKS = 300
"""IP blocks up to which alike ones are told apart from others."""

MOST_OTHERS = 20
"""Pods that are not in the input up to which each kind of them is a part by itself; so with hosts and with nodes."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some endpoints of a map (a bitset), all of one namespace, or all outside of namespaces (`namespace` empty).

    `heading` says what is common to them where that is not their names.
    """

    members: int
    namespace: str = ""
    heading: str = ""
    outside: bool = False
    collapsed: bool = False

    @property
    def size(self) -> int:
        """The number of endpoints."""
        return self.members.bit_count()


def exact(connectivity: ConnectivityMap) -> Iterator[list[Part]]:
    """Parts whose endpoints behave alike, so that a line between two parts holds for every pair; none if too many."""
    spaces = by_namespace(connectivity)
    if sum(members.bit_count() for members in spaces.values()) <= MOST_EXACT:
        groups = twins(connectivity, spaces.values())
        yield [Part(group, name) for name, members in spaces.items() for group in groups if group & members]


def by_role(connectivity: ConnectivityMap) -> list[Part]:
    """Up to five parts a namespace, by how its workloads take part in its traffic."""
    sides = _Sides(connectivity, by_namespace(connectivity))
    return [
        Part(members, name, heading, collapsed=True)
        for name, everyone in sides.spaces.items()
        for heading, members in sides.roles(everyone)
        if members
    ]


def by_gate(connectivity: ConnectivityMap) -> list[Part]:
    """Up to two parts a namespace: the workloads that are reached from elsewhere, and the others."""
    sides = _Sides(connectivity, by_namespace(connectivity))
    return [
        Part(members, name, heading, collapsed=True)
        for name, everyone in sides.spaces.items()
        for heading, members in sides.gates(everyone)
        if members
    ]


def whole_namespaces(connectivity: ConnectivityMap) -> list[Part]:
    """One part a namespace."""
    return [Part(members, name, collapsed=True) for name, members in by_namespace(connectivity).items()]


def busiest_namespaces(connectivity: ConnectivityMap, counts: Iterable[int]) -> Iterator[list[Part]]:
    """For each count, one part for each of that many namespaces, and one for all others.

    The busiest are those that most endpoints of other namespaces reach.
    """
    spaces = by_namespace(connectivity)
    callers = dict.fromkeys(spaces, 0)
    for block in connectivity.blocks:
        for name, members in spaces.items():
            if block.destinations & members:
                callers[name] |= block.sources & ~members
    order = sorted(spaces, key=lambda name: (-callers[name].bit_count(), -spaces[name].bit_count(), name))
    for count in counts:
        parts = [Part(spaces[name], name, collapsed=True) for name in sorted(order[:count])]
        if order[count:]:
            others = _union(spaces[name] for name in order[count:])
            parts.append(Part(others, f"{len(order) - count} more namespaces", collapsed=True))
        yield parts


def outside(connectivity: ConnectivityMap) -> list[Part]:
    """IP blocks that the map treats alike, as disjoint parts, and each other endpoint without a namespace by itself.

    Of pods that are not in the input, hosts or nodes, more than a picture can show are one part.
    """
    blocks = bits_of(i for i, endpoint in enumerate(connectivity.endpoints) if isinstance(endpoint, IpBlock))
    kinds: dict[type[Endpoint], list[int]] = {}
    for i, endpoint in enumerate(connectivity.endpoints):
        if not isinstance(endpoint, IpBlock | Workload):
            kinds.setdefault(type(endpoint), []).append(i)
    others: list[Part] = []
    for members in kinds.values():
        if len(members) > MOST_OTHERS:
            others.append(Part(bits_of(members), collapsed=True))
        else:
            others += [Part(1 << i) for i in members]
    if blocks.bit_count() > MOST_BLOCKS:
        return [*others, Part(blocks, outside=True)]
    return [*others, *(Part(group, outside=True) for group in _same_blocks(connectivity, blocks))]


def by_namespace(connectivity: ConnectivityMap) -> dict[str, int]:
    """The workloads of each namespace, as bitsets, in order of name."""
    found: dict[str, list[int]] = {}
    for i, endpoint in enumerate(connectivity.endpoints):
        if isinstance(endpoint, Workload):
            found.setdefault(endpoint.namespace, []).append(i)
    return {name: bits_of(found[name]) for name in sorted(found)}


class _Sides:
    """Which workloads have traffic within their namespace, and which are reached from elsewhere; bitsets."""

    def __init__(self, connectivity: ConnectivityMap, spaces: dict[str, int]) -> None:
        self.spaces = spaces
        self.reached = self.calls_inside = self.reached_inside = 0
        for block in connectivity.blocks:
            for members in spaces.values():
                sources, destinations = block.sources & members, block.destinations & members
                if destinations and block.sources & ~members:
                    self.reached |= destinations
                if sources and destinations and (sources | destinations).bit_count() > 1:
                    self.calls_inside |= sources
                    self.reached_inside |= destinations

    def gates(self, members: int) -> tuple[tuple[str, int], ...]:
        return (
            ("reached from elsewhere", members & self.reached),
            ("not reached from elsewhere", members & ~self.reached),
        )

    def roles(self, members: int) -> tuple[tuple[str, int], ...]:
        inside = members & ~self.reached
        return (
            ("reached from elsewhere", members & self.reached),
            ("between others", inside & self.calls_inside & self.reached_inside),
            ("only reached from inside", inside & self.reached_inside & ~self.calls_inside),
            ("only calling", inside & self.calls_inside & ~self.reached_inside),
            ("nothing inside", inside & ~self.calls_inside & ~self.reached_inside),
        )


def _same_blocks(connectivity: ConnectivityMap, members: int) -> list[int]:
    """The members, grouped by the blocks of the map that they are in."""
    memberships: dict[int, list[tuple[int, bool]]] = {i: [] for i in elements(members)}
    for number, block in enumerate(connectivity.blocks):
        for i in elements(block.sources & members):
            memberships[i].append((number, True))
        for i in elements(block.destinations & members):
            memberships[i].append((number, False))
    groups: dict[tuple[tuple[int, bool], ...], list[int]] = {}
    for i, membership in memberships.items():
        if membership:
            groups.setdefault(tuple(membership), []).append(i)
    return [bits_of(group) for group in groups.values()]


def _union(bitsets: Iterable[int]) -> int:
    result = 0
    for bits in bitsets:
        result |= bits
    return result
