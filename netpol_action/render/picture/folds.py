"""Pairs that a picture counts instead of drawing them, in a line or a note for all of a namespace, or of the cluster.

The first policies of an application close nearly every pair of its workloads. Drawn one by one, what is closed hides
what is left; so it is said how many pairs have lost all connections, and what else changed is drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import Block, ConnectivityMap
from netpol_action.model.endpoints import Workload
from netpol_action.render.picture.cover import End, Layout, Stroke, cover
from netpol_action.render.picture.parts import Part
from netpol_action.render.picture.ties import Tie, Ties

MOST_BY_NAMESPACE = 8
"""Lines that count, namespace by namespace; more, and they count for all namespaces at once."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Pairs of workloads that may open `allowed`: disjoint rectangles, each of sources and destinations (bitsets).

    Ties of `allowed` with nodes outside of namespaces are counted too.
    """

    allowed: ConnectionSet
    rectangles: tuple[tuple[int, int], ...]

    @property
    def members(self) -> int:
        """The workloads of all pairs."""
        result = 0
        for sources, destinations in self.rectangles:
            result |= sources | destinations
        return result

    def pairs(self, tails: int, heads: int) -> int:
        """How many pairs lead from one set of workloads to another."""
        return sum(_pairs(sources & tails, destinations & heads) for sources, destinations in self.rectangles)


def fold(connectivity: ConnectivityMap, allowed: ConnectionSet) -> tuple[ConnectivityMap, Fold]:
    """The map without the pairs of workloads that may open just `allowed`, and these pairs."""
    workloads = bits_of(i for i, end in enumerate(connectivity.endpoints) if isinstance(end, Workload))
    blocks: list[Block] = []
    rectangles: list[tuple[int, int]] = []
    for block in connectivity.blocks:
        inner = block.sources & workloads, block.destinations & workloads
        if block.allowed != allowed or not all(inner):
            blocks.append(block)
            continue
        rectangles.append(inner)
        rest = ((inner[0], block.destinations & ~workloads), (block.sources & ~workloads, block.destinations))
        blocks += [Block(sources, destinations, allowed) for sources, destinations in rest if sources and destinations]
    return ConnectivityMap(connectivity.endpoints, tuple(blocks)), Fold(allowed, tuple(rectangles))


def folded_strokes(folded: Fold, parts: Sequence[Part], ties: Ties, layout: Layout) -> list[Stroke]:
    """Strokes that say what the ties say, and count what is folded: by namespace, unless that takes many lines."""
    counted = {ends: tie for ends, tie in ties.items() if tie.allowed == folded.allowed}
    kept = {ends: tie for ends, tie in ties.items() if ends not in counted}
    inner = bits_of(i for i, part in enumerate(parts) if part.namespace)
    counts = list(_counts(folded, parts, counted, replace(layout, whole=0).ends(inner)))
    if sum(not stroke.is_note for stroke in counts) > MOST_BY_NAMESPACE:
        counts = list(_counts(folded, parts, counted, layout.ends(inner)))
    return [*cover(kept, layout), *counts]


def _counts(folded: Fold, parts: Sequence[Part], counted: Ties, ends: Sequence[End]) -> Iterator[Stroke]:
    """For each pair of ends the stroke that counts, and those between each end and what is outside."""
    members = {end: sum(parts[i].members for i in elements(end.span)) for end in ends}
    for one, other in combinations_with_replacement(ends, 2):
        there = folded.pairs(members[one], members[other])
        back = folded.pairs(members[other], members[one]) if one != other else 0
        if there or back:
            tail, head = (one, other) if there else (other, one)
            both = bool(there and back)
            possible = _pairs(members[one], members[other]) * (2 if both else 1)
            every = there + back == possible
            yield Stroke(tail, head, Tie(folded.allowed, every), both, 0 if every else there + back)
    outer = sorted({i for pair in counted for i in pair if not parts[i].namespace})
    for end in ends:
        for node in outer:
            yield from _outside(end, members[end].bit_count(), node, counted, parts)


def _outside(end: End, size: int, node: int, counted: Ties, parts: Sequence[Part]) -> Iterator[Stroke]:
    """The strokes between an end of so many workloads and a node outside: one where both directions say the same."""
    leaving = {i: counted[i, node] for i in elements(end.span) if (i, node) in counted}
    arriving = {i: counted[node, i] for i in elements(end.span) if (node, i) in counted}
    outer = End(1 << node)
    alike = leaving == arriving
    if leaving:
        inner, tie, count = _joined(end, size, leaving, parts)
        yield Stroke(inner, outer, tie, alike, count)
    if arriving and not alike:
        inner, tie, count = _joined(end, size, arriving, parts)
        yield Stroke(outer, inner, tie, count=count)


def _joined(end: End, size: int, found: dict[int, Tie], parts: Sequence[Part]) -> tuple[End, Tie, int]:
    """Some nodes of an end as one: the node itself where it is alone, else the end and the number of workloads."""
    first = next(iter(found.values()))
    if len(found) == 1:
        return End(1 << next(iter(found))), first, 0
    number = sum(parts[i].size for i in found)
    every = number == size and all(tie.every for tie in found.values())
    return end, Tie(first.allowed, every), 0 if every else number


def _pairs(sources: int, destinations: int) -> int:
    """The pairs of a rectangle, less those of an endpoint with itself."""
    return sources.bit_count() * destinations.bit_count() - (sources & destinations).bit_count()
