"""The connections between parts of a map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.render.picture.parts import Part


@dataclass(frozen=True, slots=True)
class Tie:
    """What one part may open to another; `every` if each pair of their endpoints may open exactly that."""

    allowed: ConnectionSet
    every: bool


Ties = dict[tuple[int, int], Tie]
"""Ties by the positions of source and destination in a list of parts."""


def tie(connectivity: ConnectivityMap, parts: Sequence[Part]) -> Ties:
    """The ties between disjoint parts; pairs of an endpoint with itself do not count."""
    found: dict[tuple[int, int], list[tuple[ConnectionSet, int]]] = {}
    for block in connectivity.blocks:
        heads = [(q, hit) for q, part in enumerate(parts) if (hit := block.destinations & part.members)]
        for p, part in enumerate(parts):
            tails = block.sources & part.members
            for q, hit in heads if tails else ():
                pairs = tails.bit_count() * hit.bit_count() - (tails & hit).bit_count()
                if pairs:
                    found.setdefault((p, q), []).append((block.allowed, pairs))
    return {ends: _tie(parts[ends[0]], parts[ends[1]], found[ends]) for ends in sorted(found)}


def _tie(tail: Part, head: Part, found: list[tuple[ConnectionSet, int]]) -> Tie:
    kinds = {allowed for allowed, _ in found}
    possible = tail.size * head.size - (tail.members & head.members).bit_count()
    if len(kinds) == 1 and sum(pairs for _, pairs in found) == possible:
        return Tie(found[0][0], every=True)
    union = NOTHING
    for allowed in kinds:
        union |= allowed
    return Tie(union, every=False)


def gather_addresses(parts: Sequence[Part], ties: Ties, most: int) -> tuple[list[Part], Ties]:
    """The same with IP blocks joined as they are used: what one part has the same tie with becomes one part.

    So a rule that allows the internet less one block has one line, to one node. The new parts may overlap. Where there
    would be more than `most` of them, all are one.
    """
    inner = [part for part in parts if not part.outside]
    place = {part.members: number for number, part in enumerate(inner)}
    joined: dict[tuple[int, bool, Tie], int] = {}
    result: Ties = {}
    for (p, q), found in ties.items():
        if not parts[p].outside and not parts[q].outside:
            result[place[parts[p].members], place[parts[q].members]] = found
            continue
        leaving = parts[q].outside
        end, blocks = (p, q) if leaving else (q, p)
        key = (place[parts[end].members], leaving, found)
        joined[key] = joined.get(key, 0) | parts[blocks].members
    if len(set(joined.values())) > most:
        return _lumped(inner, parts, result, joined)
    spans = sorted(set(joined.values()), key=lambda members: (-members.bit_count(), members))
    for (end, leaving, found), members in joined.items():
        position = len(inner) + spans.index(members)
        result[(end, position) if leaving else (position, end)] = found
    return [*inner, *(Part(members, outside=True) for members in spans)], result


def _lumped(
    inner: list[Part], parts: Sequence[Part], ties: Ties, joined: dict[tuple[int, bool, Tie], int]
) -> tuple[list[Part], Ties]:
    everything = 0
    for part in parts:
        everything |= part.members if part.outside else 0
    union: dict[tuple[int, int], Tie] = {}
    for (end, leaving, found), members in joined.items():
        ends = (end, len(inner)) if leaving else (len(inner), end)
        whole = found.every and members == everything
        known = union.get(ends)
        union[ends] = Tie(found.allowed | known.allowed, every=False) if known else Tie(found.allowed, every=whole)
    return [*inner, Part(everything, outside=True, collapsed=True)], {**ties, **union}
