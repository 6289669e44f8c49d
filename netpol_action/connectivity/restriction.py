"""A map of fewer endpoints: the bits move together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connectivity import Block, ConnectivityMap
from netpol_action.model.endpoints import Endpoint


def restricted(endpoints: Sequence[Endpoint], blocks: Iterable[Block], kept: int) -> ConnectivityMap:
    """The map of some of the endpoints; those not in `kept` leave the blocks too."""
    positions = list(elements(kept))
    place = {old: new for new, old in enumerate(positions)}
    known: dict[int, int] = {}

    def moved(bits: int) -> int:
        if bits not in known:
            known[bits] = bits_of(place[i] for i in elements(bits & kept))
        return known[bits]

    remaining = (Block(moved(b.sources), moved(b.destinations), b.allowed) for b in blocks)
    return ConnectivityMap(
        tuple(endpoints[i] for i in positions), tuple(b for b in remaining if b.sources and b.destinations)
    )
