"""A connectivity map: which endpoint may open which connections to which, as disjoint blocks of endpoint pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netpol_action.model.connections import ConnectionSet
from netpol_action.model.endpoints import Endpoint
from netpol_action.model.rows import rows


@dataclass(frozen=True, slots=True)
class Connection:
    """One row: what `source` may open to `destination`; never empty."""

    source: Endpoint
    destination: Endpoint
    allowed: ConnectionSet


@dataclass(frozen=True, slots=True)
class Block:
    """Every source in `sources` may open `allowed` to every destination in `destinations` (bitsets over endpoints)."""

    sources: int
    destinations: int
    allowed: ConnectionSet


@dataclass(frozen=True, slots=True, eq=False)
class ConnectivityMap:
    """Bit i of a block is `endpoints[i]`. No pair of endpoints is in two blocks; a pair in none has no connection.

    Endpoints are in the order of `endpoints.sort_key`, so that ascending bits are the order of the output. Pairs of
    an endpoint with itself may be in a block; they are not rows.
    """

    endpoints: tuple[Endpoint, ...] = ()
    blocks: tuple[Block, ...] = ()

    def connections(self) -> Iterator[Connection]:
        """The rows, sorted and unique, made as they are asked for; IP blocks that behave alike are merged."""
        blocks = [(block.sources, block.destinations, block.allowed) for block in self.blocks]
        return (Connection(*row) for row in rows(self.endpoints, blocks))
