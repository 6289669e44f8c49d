"""Where a source's egress and a destination's ingress meet: the blocks of the map.

Endpoints with an equal reach form a class. A pair of classes is looked at only if one of the two reaches few others and
names the other, or if both reach many; so the cost follows the input and the answer, not the square of the endpoints.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netpol_action.connectivity.fold import Reach
from netpol_action.model.bits import bits_of, elements

FEW = 64
"""Up to this many other ends, a reach is walked end by end; above, set by set. Any value gives the same blocks."""


@dataclass(frozen=True, slots=True)
class ReachClass:
    """The endpoints that share a reach."""

    members: int
    reach: Reach
    few: bool


def classes(reaches: Mapping[Reach, int]) -> list[ReachClass]:
    """The classes of a direction, from each reach to its members."""
    return [
        ReachClass(members, reach, few=sum(bits.bit_count() for _, bits in reach) <= FEW)
        for reach, members in reaches.items()
    ]


def meet(sources: Sequence[ReachClass], destinations: Sequence[ReachClass]) -> dict[tuple[int, int], int]:
    """For each port mask and set of sources, the destinations that they may reach by exactly these ports.

    No pair of endpoints is in two of the blocks. `sources` are classes of egress reaches, `destinations` of ingress
    reaches, and the members of each cover every endpoint that may be a source or a destination once.
    """
    lists: dict[tuple[int, int], list[int]] = {}
    sets: dict[tuple[int, int], int] = {}
    class_of = {i: number for number, target in enumerate(destinations) for i in elements(target.members)}
    wide = [target for target in destinations if not target.few]
    named = _named_by_few(sources, destinations)
    for number, source in enumerate(sources):
        if source.few:
            _walk(source, destinations, class_of, lists)
            continue
        for target in wide:
            _cross(source, target, sets)
        for target_number in named.get(number, ()):
            _cross(source, destinations[target_number], sets)
    for key, found in lists.items():
        sets[key] = sets.get(key, 0) | bits_of(found)
    return sets


def _named_by_few(sources: Sequence[ReachClass], destinations: Sequence[ReachClass]) -> dict[int, list[int]]:
    """For each wide source class, the destination classes that admit few and name one of its members."""
    wide_class_of = {i: n for n, source in enumerate(sources) if not source.few for i in elements(source.members)}
    wide = bits_of(wide_class_of)
    named: dict[int, list[int]] = {}
    for number, target in enumerate(destinations):
        if target.few:
            for source in {wide_class_of[i] for _, bits in target.reach for i in elements(bits & wide)}:
                named.setdefault(source, []).append(number)
    return named


def _walk(
    source: ReachClass,
    destinations: Sequence[ReachClass],
    class_of: Mapping[int, int],
    lists: dict[tuple[int, int], list[int]],
) -> None:
    everyone: dict[int, list[int]] = {}  # by mask, for all members at once: hashing a large bitset is slow
    for mask, bits in source.reach:
        for i in elements(bits):
            number = class_of.get(i)
            if number is None:
                continue
            for ports, admitted in destinations[number].reach:
                both = mask & ports
                members = source.members & admitted if both else 0
                if members == source.members:
                    everyone.setdefault(both, []).append(i)
                elif members:
                    lists.setdefault((both, members), []).append(i)
    for both, found in everyone.items():
        lists[both, source.members] = found


def _cross(source: ReachClass, target: ReachClass, sets: dict[tuple[int, int], int]) -> None:
    for mask, bits in source.reach:
        reached = target.members & bits
        if not reached:
            continue
        for ports, admitted in target.reach:
            both = mask & ports
            if both:
                members = source.members & admitted
                if members:
                    sets[both, members] = sets.get((both, members), 0) | reached
