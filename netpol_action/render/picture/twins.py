"""Endpoints that a map treats alike: swapping two of them changes nothing."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap

_Side = dict[int, int]
"""For each connection set, by a number, since a set takes long to hash: the endpoints at the other end, as a bitset."""


def twins(connectivity: ConnectivityMap, sets: Iterable[int]) -> list[int]:
    """Each of the disjoint sets, split into groups of endpoints that swap freely; bitsets, in order of first member.

    Two endpoints are alike if they have the same connections with all others, and with each other the same in both
    directions: either none (then their rows are equal), or the same connection set (then their rows are equal once
    each is counted as connected to itself by that set). No endpoint has twins of both sorts.
    """
    sources, destinations = _sides(connectivity)
    result: list[int] = []
    for members in sets:
        alike: dict[Hashable, list[int]] = {}
        keys = {i: _keys(i, destinations[i], sources[i]) for i in elements(members)}
        for i, mine in keys.items():
            for key in mine:
                alike.setdefault(key, []).append(i)
        groups = {i: max((alike[key] for key in mine), key=len) for i, mine in keys.items()}
        result.extend(bits_of(group) for i, group in groups.items() if group[0] == i)
    return sorted(result, key=lambda group: group & -group)


def _sides(connectivity: ConnectivityMap) -> tuple[list[_Side], list[_Side]]:
    """For each endpoint, who reaches it and whom it reaches."""
    sources: list[_Side] = [{} for _ in connectivity.endpoints]
    destinations: list[_Side] = [{} for _ in connectivity.endpoints]
    numbers: dict[ConnectionSet, int] = {}
    for block in connectivity.blocks:
        allowed = numbers.setdefault(block.allowed, len(numbers))
        for i in elements(block.sources):
            destinations[i][allowed] = destinations[i].get(allowed, 0) | block.destinations
        for i in elements(block.destinations):
            sources[i][allowed] = sources[i].get(allowed, 0) | block.sources
    return sources, destinations


def _keys(i: int, reaches: _Side, reached: _Side) -> list[Hashable]:
    """What the twins of endpoint `i` have in common with it: without connections to each other, and with."""
    keys: list[Hashable] = [(None, _row(reaches, i, None), _row(reached, i, None))]
    keys += [(both, _row(reaches, i, both), _row(reached, i, both)) for both in reaches if both in reached]
    return keys


def _row(side: _Side, i: int, itself: int | None) -> Hashable:
    """A side with `i` itself among the ends of `itself`, and of no other set."""
    ends = {allowed: bits | 1 << i if allowed == itself else bits & ~(1 << i) for allowed, bits in side.items()}
    return frozenset((allowed, bits) for allowed, bits in ends.items() if bits)
