"""Endpoints that no policy tells apart, and one row for each pair of such groups.

Two endpoints are alike if they may open the same connections to everyone and everyone may open the same to them. The
work follows the blocks of the map and their distinct sets, never pairs of endpoints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netpol_action.model.addresses import merge
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import Endpoint, IpBlock
from netpol_action.model.groups import Group, GroupedMap, Profile


def grouped(connectivity: ConnectivityMap) -> GroupedMap:
    """The map by groups of endpoints that it treats alike."""
    count = len(connectivity.endpoints)
    towards = _profiles(count, [(b.sources, b.destinations, b.allowed) for b in connectivity.blocks])
    inward = _profiles(count, [(b.destinations, b.sources, b.allowed) for b in connectivity.blocks])
    alike: dict[tuple[int, int, type[Endpoint]], list[int]] = {}
    numbers: dict[Profile, int] = {}
    for i, endpoint in enumerate(connectivity.endpoints):
        key = tuple(numbers.setdefault(profile, len(numbers)) for profile in (towards[i], inward[i]))
        alike.setdefault((key[0], key[1], type(endpoint)), []).append(i)
    members = list(alike.values())
    groups = tuple(Group(_shown(connectivity.endpoints, positions)) for positions in members)
    return GroupedMap(groups, tuple(_towards_groups(members, towards)))


def _profiles(count: int, rectangles: Iterable[tuple[int, int, ConnectionSet]]) -> list[Profile]:
    """The profile of every endpoint on the first side of some rectangles; one object for endpoints in the same ones."""
    sides: dict[int, list[tuple[ConnectionSet, int]]] = {}
    for mine, others, allowed in rectangles:
        sides.setdefault(mine, []).append((allowed, others))
    having: list[list[int]] = [[] for _ in range(count)]
    parts = list(sides.values())
    for number, mine in enumerate(sides):
        for i in elements(mine):
            having[i].append(number)
    known: dict[tuple[int, ...], Profile] = {}
    result: list[Profile] = []
    for found in map(tuple, having):
        if found not in known:
            known[found] = _united(parts, found)
        result.append(known[found])
    return result


def _united(parts: Sequence[Sequence[tuple[ConnectionSet, int]]], found: Iterable[int]) -> Profile:
    united: dict[ConnectionSet, int] = {}
    for number in found:
        for allowed, others in parts[number]:
            united[allowed] = united.get(allowed, 0) | others
    return tuple(sorted(united.items(), key=lambda item: str(item[0])))


def _towards_groups(members: Sequence[Sequence[int]], towards: Sequence[Profile]) -> Iterator[Profile]:
    """For each group the profile of its members, with groups for endpoints; one object for those with equal ones."""
    first_of = {positions[0]: number for number, positions in enumerate(members)}
    firsts = bits_of(first_of)
    known: dict[int, Profile] = {}
    for positions in members:
        profile = towards[positions[0]]
        if id(profile) not in known:
            known[id(profile)] = tuple(
                (allowed, bits_of(first_of[i] for i in elements(others & firsts))) for allowed, others in profile
            )
        yield known[id(profile)]


def _shown(endpoints: Sequence[Endpoint], positions: Iterable[int]) -> tuple[Endpoint, ...]:
    members = [endpoints[i] for i in positions]
    blocks = merge(member.range for member in members if isinstance(member, IpBlock))
    return (*(member for member in members if not isinstance(member, IpBlock)), *map(IpBlock, blocks))
