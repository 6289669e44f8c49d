"""A part of a map: only the connections of some endpoints, with some others, in one direction, on some ports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from netpol_action.connectivity.ends import find_end
from netpol_action.connectivity.restriction import restricted
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import Block, ConnectivityMap
from netpol_action.model.endpoints import Endpoint
from netpol_action.model.policies import Direction


@dataclass(frozen=True, slots=True)
class Focus:
    """What to keep. `ends` and `peers` are texts as `ends.find_end` reads them; empty means every endpoint.

    `direction` is seen from `ends`: INGRESS keeps what may reach them. `ports` None keeps every connection; otherwise
    rows have only the part of them that is among `ports`.
    """

    ends: tuple[str, ...] = ()
    peers: tuple[str, ...] = ()
    direction: Direction | None = None
    ports: ConnectionSet | None = None


def focused(connectivity: ConnectivityMap, focus: Focus) -> ConnectivityMap:
    """The map cut down to the focus, its endpoints to those that are left or were asked for.

    An address names the blocks of the map that hold any of it. Raises UsageError for unknown or ambiguous names.
    """
    if focus == Focus():
        return connectivity
    everyone = (1 << len(connectivity.endpoints)) - 1
    ends = _found(focus.ends, connectivity.endpoints)
    peers = _found(focus.peers, connectivity.endpoints)
    blocks = [
        Block(sources, destinations, allowed)
        for block in connectivity.blocks
        for allowed in (block.allowed if focus.ports is None else block.allowed & focus.ports,)
        if allowed
        for sources, destinations in _kept(block, ends or everyone, peers or everyone, focus.direction)
        if sources and destinations
    ]
    kept = ends
    for block in blocks:
        kept |= block.sources | block.destinations
    return restricted(connectivity.endpoints, blocks, kept)


def _found(texts: Iterable[str], endpoints: Sequence[Endpoint]) -> int:
    result = 0
    for text in texts:
        result |= find_end(text, endpoints).bits
    return result


def _kept(block: Block, ends: int, peers: int, direction: Direction | None) -> Iterator[tuple[int, int]]:
    """The pairs of a block that the focus keeps, each once: from an end to a peer, or from a peer to an end."""
    sources, destinations = block.sources, block.destinations
    if direction is not Direction.INGRESS:
        yield sources & ends, destinations & peers
    if direction is Direction.INGRESS:
        yield sources & peers, destinations & ends
    elif direction is None:
        yield sources & peers & ~ends, destinations & ends
        yield sources & peers & ends, destinations & ends & ~peers
