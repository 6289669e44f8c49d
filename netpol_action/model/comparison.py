"""Two maps held against each other, set by set: what each pair of endpoints may open before, and after.

Endpoints that are in the same blocks of both maps form a class, and each class is looked at once, so that the cost
follows the blocks and the differences, not the pairs that are the same on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from netpol_action.model.alignment import Aligned, aligned
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import Endpoint
from netpol_action.model.rows import Rectangle, address_blocks, rows

Sides = tuple[ConnectionSet, ConnectionSet]
"""What is allowed before, and after."""

_Blocks = Sequence[Rectangle[ConnectionSet]]


@dataclass(frozen=True, slots=True)
class Compared:
    """A pair of endpoints that may open something in one map at least."""

    source: Endpoint
    destination: Endpoint
    before: ConnectionSet
    after: ConnectionSet


def compared(before: ConnectivityMap, after: ConnectivityMap) -> Iterator[Compared]:
    """The rows of both maps, sorted and unique; IP blocks are cut where the maps differ, and nowhere else."""
    both = aligned(before, after)
    blocks = [*_from_inside(both, both.before, both.after), *_from_outside(both, both.before, both.after)]
    for source, destination, sides in rows(both.endpoints, blocks):
        yield Compared(source, destination, *sides)


def changed_from_inside(both: Aligned) -> Iterator[Rectangle[Sides]]:
    """The pairs whose sides differ and whose source is no address block.

    A source has any two sides in one of the rectangles at most.
    """
    return (found for found in _from_inside(both, *_without_equals(both)) if found[2][0] != found[2][1])


def changed_from_outside(both: Aligned) -> Iterator[Rectangle[Sides]]:
    """The pairs whose sides differ and whose source is an address block.

    A destination has any two sides in one of the rectangles at most.
    """
    return (found for found in _from_outside(both, *_without_equals(both)) if found[2][0] != found[2][1])


def _from_inside(both: Aligned, before: _Blocks, after: _Blocks) -> Iterator[Rectangle[Sides]]:
    outside = address_blocks(both.endpoints)
    inner = [[(s & ~outside, d, allowed) for s, d, allowed in blocks if s & ~outside] for blocks in (before, after)]
    return _by_class(*inner)


def _from_outside(both: Aligned, before: _Blocks, after: _Blocks) -> Iterator[Rectangle[Sides]]:
    outside = address_blocks(both.endpoints)
    turned = [[(d, s & outside, allowed) for s, d, allowed in blocks if s & outside] for blocks in (before, after)]
    return ((sources, members, sides) for members, sources, sides in _by_class(*turned))


def _without_equals(both: Aligned) -> tuple[_Blocks, _Blocks]:
    """Both sides without most of what is in both: the rest of the comparison is then about the differences."""
    before, after = both.before, both.after
    for turn in range(2):
        before, after = _cancelled(before, after, turn), _cancelled(after, before, turn)
    return before, after


def _cancelled(blocks: _Blocks, other: _Blocks, turn: int) -> tuple[Rectangle[ConnectionSet], ...]:
    """The blocks less what a block of the other side with the same connections and the same one end has."""
    theirs = _by_end(other, turn)
    result = []
    for (allowed, same), rest in _by_end(blocks, turn).items():
        left = rest & ~theirs.get((allowed, same), 0)
        if left:
            result.append((left, same, allowed) if turn else (same, left, allowed))
    return tuple(result)


def _by_end(blocks: _Blocks, turn: int) -> dict[tuple[ConnectionSet, int], int]:
    found: dict[tuple[ConnectionSet, int], int] = {}
    for sources, destinations, allowed in blocks:
        same, rest = (destinations, sources) if turn else (sources, destinations)
        found[allowed, same] = found.get((allowed, same), 0) | rest
    return found


def _by_class(before: _Blocks, after: _Blocks) -> Iterator[Rectangle[Sides]]:
    """Every pair that is in a block, with what it has in both; a class of sources has any two sides once."""
    numbers = {members: number for number, members in enumerate(dict.fromkeys(b[0] for b in chain(before, after)))}
    sides = [_by_members(blocks, numbers) for blocks in (before, after)]
    signatures: dict[int, list[int]] = {}
    for members, number in numbers.items():
        for i in elements(members):
            signatures.setdefault(i, []).append(number)
    classes: dict[tuple[int, ...], list[int]] = {}
    for i, signature in sorted(signatures.items()):
        classes.setdefault(tuple(signature), []).append(i)
    for same, alike in classes.items():
        ends = [_by_connections(found[number] for number in same) for found in sides]
        members = bits_of(alike)
        for others, both in _met(*ends):
            yield members, others, both


_Ends = dict[ConnectionSet, int]


def _by_members(blocks: _Blocks, numbers: dict[int, int]) -> list[list[tuple[ConnectionSet, int]]]:
    found: list[list[tuple[ConnectionSet, int]]] = [[] for _ in numbers]
    for members, others, allowed in blocks:
        found[numbers[members]].append((allowed, others))
    return found


def _by_connections(found: Iterable[list[tuple[ConnectionSet, int]]]) -> _Ends:
    ends: _Ends = {}
    for allowed, others in chain.from_iterable(found):
        ends[allowed] = ends.get(allowed, 0) | others
    return ends


def _met(before: _Ends, after: _Ends) -> Iterator[tuple[int, Sides]]:
    """The other ends of one class by what it has with them on both sides."""
    later = 0
    for others in after.values():
        later |= others
    earlier = 0
    for allowed, others in before.items():
        earlier |= others
        if others & ~later:
            yield others & ~later, (allowed, NOTHING)
        rest = others & later
        for new, reached in after.items() if rest else ():
            if rest & reached:
                yield rest & reached, (allowed, new)
                rest &= ~reached
    for new, reached in after.items():
        if reached & ~earlier:
            yield reached & ~earlier, (NOTHING, new)
