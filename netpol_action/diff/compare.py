"""The difference of two maps, with the required connections that it closes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netpol_action.diff.repeated import without_repetition
from netpol_action.diff.required import Needs, needs
from netpol_action.model.alignment import aligned
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.comparison import Sides, changed_from_inside, changed_from_outside
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Demand
from netpol_action.model.diff import Change, ConnectivityDiff, Explain
from netpol_action.model.endpoints import Unseen
from netpol_action.model.rows import Rectangle


def diff(
    before: ConnectivityMap,
    after: ConnectivityMap,
    demands: Sequence[Demand] = (),
    explain: Explain = lambda _: (),
    beyond: Sequence[Unseen] = (),
) -> ConnectivityDiff:
    """What the map after has and the one before has not, and the other way round.

    `demands` are those of the application after the change. `explain` finds what may have caused a row. `beyond` are
    the pods that are not in the input which are endpoints of both maps.
    """
    both = aligned(before, after)
    required = needs(demands, both.endpoints)
    inside = _judged(changed_from_inside(both), required.by_source)
    turned = ((d, s, sides) for s, d, sides in changed_from_outside(both))
    outside = ((s, d, change) for d, s, change in _judged(turned, required.by_destination))
    blocks = tuple(without_repetition(both.endpoints, (*inside, *outside)))
    unseen = set(beyond)
    told = bits_of(i for i, end in enumerate(both.endpoints) if isinstance(end, Unseen) and end in unseen)
    return ConnectivityDiff(both.endpoints, blocks, both.came, both.gone, explain, told)


def _judged(found: Iterator[Rectangle[Sides]], required: Needs) -> Iterator[Rectangle[Change]]:
    """Changes, those pairs apart whose closed connections are required.

    `required` has for a member of a rectangle's first side what it needs to have with which members of the other.
    """
    needy = bits_of(required)
    for members, others, (before, after) in found:
        closed = before - after
        rest = members
        for i in elements(members & needy) if closed else ():
            broken = _broken(required[i], others, closed)
            if broken:
                rest ^= 1 << i
                whole = others
                for connections, ends in broken.items():
                    yield 1 << i, ends, Change(before, after, connections)
                    whole &= ~ends
                if whole:
                    yield 1 << i, whole, Change(before, after)
        if rest:
            yield rest, others, Change(before, after)


def _broken(
    required: Sequence[tuple[int, ConnectionSet]], others: int, closed: ConnectionSet
) -> dict[ConnectionSet, int]:
    """The other ends by what is required of them and closed."""
    each: dict[int, ConnectionSet] = {}
    for ends, connections in required:
        lost = connections & closed
        for end in elements(ends & others) if lost else ():
            each[end] = each[end] | lost if end in each else lost
    found: dict[ConnectionSet, list[int]] = {}
    for end, lost in each.items():
        found.setdefault(lost, []).append(end)
    return {lost: bits_of(ends) for lost, ends in found.items()}
