"""Where a source's egress and a destination's ingress meet: the blocks of the map.

Endpoints with an equal reach form a class. A pair of classes is looked at only if one of the two reaches few others and
names the other, or if both reach many; so the cost follows the input and the answer, not the square of the endpoints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from netpol_action.connectivity.fold import Reach
from netpol_action.model.bits import bits_of, elements

FEW = 64
"""Up to this many other ends, a reach is walked end by end; above, set by set. Any value gives the same blocks."""

Meeting = tuple[int, int, int]
"""A port mask, sources, and the destinations that they may reach by exactly these ports."""


@dataclass(frozen=True, slots=True)
class ReachClass:
    """The endpoints that share a reach."""

    members: int
    reach: Reach
    few: bool


def classes(reaches: Iterable[tuple[Reach, int]]) -> list[ReachClass]:
    """The classes of a direction, from each reach and its members."""
    return [
        ReachClass(members, reach, few=sum(bits.bit_count() for _, bits in reach) <= FEW) for reach, members in reaches
    ]


def meet(sources: Sequence[ReachClass], destinations: Sequence[ReachClass]) -> Iterator[Meeting]:
    """The meetings of egress and ingress; no pair of endpoints is in two of them.

    `sources` are classes of egress reaches, `destinations` of ingress reaches, and the members of each cover every
    endpoint that may be a source or a destination once.
    """
    admitting = {i: target.reach for target in destinations for i in elements(target.members)}
    wide = [target for target in destinations if not target.few]
    named = _named_by_few(sources, destinations)
    for number, source in enumerate(sources):
        if source.few:
            yield from _walk(source, admitting)
        else:
            yield from _cross(source, (*wide, *(destinations[target] for target in named.get(number, ()))))


def _named_by_few(sources: Sequence[ReachClass], destinations: Sequence[ReachClass]) -> dict[int, list[int]]:
    """For each wide source class, the destination classes that admit few and name one of its members."""
    wide_class_of = {i: n for n, source in enumerate(sources) if not source.few for i in elements(source.members)}
    wide = bits_of(wide_class_of)
    if not wide:
        return {}
    named: dict[int, list[int]] = {}
    for number, target in enumerate(destinations):
        if target.few:
            for source in {wide_class_of[i] for _, bits in target.reach for i in elements(bits & wide)}:
                named.setdefault(source, []).append(number)
    return named


def _walk(source: ReachClass, admitting: Mapping[int, Reach]) -> Iterator[Meeting]:
    everyone: dict[int, list[int]] = {}  # by mask, for all members at once: hashing a large bitset is slow
    some: dict[tuple[int, int], list[int]] = {}
    for mask, bits in source.reach:
        for i in elements(bits):
            for ports, admitted in admitting.get(i, ()):
                both = mask & ports
                members = source.members & admitted if both else 0
                if members == source.members:
                    everyone.setdefault(both, []).append(i)
                elif members:
                    some.setdefault((both, members), []).append(i)
    yield from ((both, source.members, bits_of(found)) for both, found in everyone.items())
    yield from ((both, members, bits_of(found)) for (both, members), found in some.items())


def _cross(source: ReachClass, targets: Iterable[ReachClass]) -> Iterator[Meeting]:
    found: dict[tuple[int, int], int] = {}
    for target in targets:
        for mask, bits in source.reach:
            reached = target.members & bits
            if not reached:
                continue
            for ports, admitted in target.reach:
                both = mask & ports
                members = source.members & admitted if both else 0
                if members:
                    found[both, members] = found.get((both, members), 0) | reached
    yield from ((both, members, reached) for (both, members), reached in found.items())
