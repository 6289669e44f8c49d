"""Two maps over one list of endpoints, so that their blocks can be compared bit by bit.

Workloads are the same if namespace, name, kind and variant are; addresses are cut wherever either map cuts them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from netpol_action.model.addresses import AddressRange, Family
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import Endpoint, IpBlock, Workload, sort_key
from netpol_action.model.rows import Rectangle

_EITHER = " or "
"""What stands between the names of variants that a map shows as one endpoint."""


@dataclass(frozen=True, slots=True, eq=False)
class Aligned:
    """The blocks of two maps as bitsets over the same endpoints; `came` and `gone` are the workloads of one map only.

    The objects in `endpoints` are those of the map after, where it has them.
    """

    endpoints: tuple[Endpoint, ...]
    before: tuple[Rectangle[ConnectionSet], ...]
    after: tuple[Rectangle[ConnectionSet], ...]
    came: int
    gone: int


def aligned(before: ConnectivityMap, after: ConnectivityMap) -> Aligned:
    """The two maps over all endpoints that either has."""
    both = (*before.endpoints, *after.endpoints)
    names = _variants(both)
    known: dict[_Key, Endpoint] = {}
    for endpoint in both:
        if not isinstance(endpoint, IpBlock):
            known.update((_key(part), part) for part in _parts(endpoint, names))
    known.update((_key(cell), cell) for cell in _address_cells(both))
    order = sorted(known)
    endpoints = tuple(known[key] for key in order)
    place = {key: i for i, key in enumerate(order)}
    cells = [(end.range, place[_key(end)]) for end in endpoints if isinstance(end, IpBlock)]
    sides = [_moves(map_, names, place, cells) for map_ in (before, after)]
    workloads = bits_of(i for i, end in enumerate(endpoints) if isinstance(end, Workload))
    there = [_union(where) & workloads for where in sides]
    return Aligned(
        endpoints,
        tuple(_moved(before, sides[0])),
        tuple(_moved(after, sides[1])),
        came=there[1] & ~there[0],
        gone=there[0] & ~there[1],
    )


_Owner = tuple[str, str, str]
_Names = dict[_Owner, list[str]]
_Key = tuple[tuple[int, int, int, str], str, str]
"""What identifies an endpoint, in the order of endpoints; names apart, so that no `/` in one makes two the same."""


def _key(endpoint: Endpoint) -> _Key:
    if isinstance(endpoint, Workload):
        return (sort_key(endpoint), endpoint.namespace, endpoint.name)
    return (sort_key(endpoint), "", "")


def _owner(workload: Workload) -> _Owner:
    return (workload.namespace, workload.name, workload.kind)


def _variants(endpoints: Iterable[Endpoint]) -> _Names:
    """For each workload of which either map has variants, their names, one by one."""
    found: dict[_Owner, set[str]] = {}
    for endpoint in endpoints:
        if isinstance(endpoint, Workload) and endpoint.variant:
            found.setdefault(_owner(endpoint), set()).update(endpoint.variant.split(_EITHER))
    return {owner: sorted(names) for owner, names in found.items()}


def _parts(endpoint: Endpoint, names: _Names) -> list[Endpoint]:
    """What an endpoint other than an address block stands for: of a workload without a variant, all that there are."""
    if not isinstance(endpoint, Workload) or _owner(endpoint) not in names:
        return [endpoint]
    meant = endpoint.variant.split(_EITHER) if endpoint.variant else names[_owner(endpoint)]
    return [replace(endpoint, variant=name) for name in meant]


def _address_cells(endpoints: Iterable[Endpoint]) -> Iterable[IpBlock]:
    ranges = {endpoint.range for endpoint in endpoints if isinstance(endpoint, IpBlock)}
    cuts: dict[Family, set[int]] = {}
    for span in ranges:
        cuts.setdefault(span.family, set()).update((span.first, span.last + 1))
    for family, starts in cuts.items():
        held = sorted(span for span in ranges if span.family == family)
        position, end = 0, -1
        for first, stop in pairwise(sorted(starts)):
            while position < len(held) and held[position].first <= first:
                end = max(end, held[position].last)
                position += 1
            if stop - 1 <= end:
                yield IpBlock(AddressRange(family, first, stop - 1))


def _moves(
    map_: ConnectivityMap, names: _Names, place: dict[_Key, int], cells: Sequence[tuple[AddressRange, int]]
) -> list[list[int]]:
    """For each endpoint of a map the positions of what it is made of."""
    starts = {(span.family, span.first): number for number, (span, _) in enumerate(cells)}
    result: list[list[int]] = []
    for endpoint in map_.endpoints:
        if isinstance(endpoint, IpBlock):
            number = starts[endpoint.range.family, endpoint.range.first]
            result.append([])
            while number < len(cells) and cells[number][0] in endpoint.range:
                result[-1].append(cells[number][1])
                number += 1
        else:
            result.append([place[_key(part)] for part in _parts(endpoint, names)])
    return result


def _moved(map_: ConnectivityMap, where: list[list[int]]) -> Iterable[Rectangle[ConnectionSet]]:
    move = _mover(where)
    return ((move(block.sources), move(block.destinations), block.allowed) for block in map_.blocks)


def _mover(where: list[list[int]]) -> Callable[[int], int]:
    if all(positions == [i] for i, positions in enumerate(where)):
        return lambda bits: bits
    known: dict[int, int] = {}

    def move(bits: int) -> int:
        if bits not in known:
            known[bits] = bits_of(position for i in elements(bits) for position in where[i])
        return known[bits]

    return move


def _union(where: list[list[int]]) -> int:
    return bits_of(position for positions in where for position in positions)
