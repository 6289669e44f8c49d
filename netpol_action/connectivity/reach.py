"""How far someone gets who starts at an endpoint and takes over every workload that can be reached.

A search by breadth over the blocks of the map: a block is used once, when the first of its sources is reached, so the
work follows the map and not its rows. The way leads through workloads alone: what lies outside the cluster is reached,
and nothing more is opened from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netpol_action.connectivity.ends import INTERNET, find_end
from netpol_action.model.addresses import AddressRange
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.connectivity import Block, ConnectivityMap
from netpol_action.model.endpoints import Endpoint, IngressController, IpBlock, Unseen, Workload
from netpol_action.model.routes import Reached, Routes


def reachable(connectivity: ConnectivityMap, start: str) -> Routes:
    """What can be reached from `start` in the map, which must be a whole one (not focused, not grouped).

    `start` is a text as `ends.find_end` reads it. What the ingress controller publishes counts as reached from the
    internet itself. Raises UsageError where the start is unknown or ambiguous.
    """
    endpoints = connectivity.endpoints
    starts = find_end(start, endpoints).bits
    if start.strip().lower() == INTERNET:
        publishers = (IngressController, Unseen)
        starts |= bits_of(i for i, endpoint in enumerate(endpoints) if isinstance(endpoint, publishers))
    carriers = bits_of(i for i, endpoint in enumerate(endpoints) if isinstance(endpoint, Workload))
    found = [_Found(i, 0, -1, NOTHING) for i in elements(starts)]
    for level in _levels(connectivity.blocks, starts, carriers):
        found += level
    joined = list(_joined(found, endpoints))
    place = {each.number: position for position, (each, _) in enumerate(joined)}
    return Routes(
        tuple(Reached(endpoint, each.hops, place.get(each.via, -1), each.connections) for each, endpoint in joined)
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """An endpoint by its number; `via` is the number of the one before it, -1 for a start."""

    number: int
    hops: int
    via: int
    connections: ConnectionSet


def _levels(blocks: Sequence[Block], starts: int, carriers: int) -> Iterator[list[_Found]]:
    """What is found at each distance, in ascending order of its numbers."""
    by_source = _by_source(blocks)
    seen, frontier, hops, used = starts, starts, 0, set[int]()
    while frontier:
        hops += 1
        level: list[_Found] = []
        for source in elements(frontier):
            for number in by_source.get(source, ()):
                if number in used:
                    continue
                used.add(number)
                new = blocks[number].destinations & ~seen
                seen |= new
                level += (_Found(i, hops, source, blocks[number].allowed) for i in elements(new))
        yield sorted(level, key=_number)
        frontier = bits_of(each.number for each in level) & carriers


def _joined(found: Sequence[_Found], endpoints: Sequence[Endpoint]) -> Iterator[tuple[_Found, Endpoint]]:
    """What is found with its endpoint; touching address blocks that are reached in the same way are one."""
    waiting: tuple[_Found, IpBlock] | None = None
    for each in found:
        endpoint = endpoints[each.number]
        if waiting is not None:
            before, block = waiting
            if isinstance(endpoint, IpBlock) and each.hops and _goes_on(before, block, each, endpoint):
                waiting = before, IpBlock(AddressRange(block.range.family, block.range.first, endpoint.range.last))
                continue
            yield waiting
        waiting = (each, endpoint) if isinstance(endpoint, IpBlock) else None
        if waiting is None:
            yield each, endpoint
    if waiting is not None:
        yield waiting


def _goes_on(before: _Found, block: IpBlock, each: _Found, endpoint: IpBlock) -> bool:
    alike = (before.hops, before.via, before.connections) == (each.hops, each.via, each.connections)
    return alike and block.range.family == endpoint.range.family and block.range.last + 1 == endpoint.range.first


def _by_source(blocks: Sequence[Block]) -> dict[int, list[int]]:
    """For each endpoint the numbers of the blocks in which it is a source."""
    result: dict[int, list[int]] = {}
    for number, block in enumerate(blocks):
        for source in elements(block.sources):
            result.setdefault(source, []).append(number)
    return result


def _number(found: _Found) -> int:
    return found.number
