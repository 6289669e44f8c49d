"""A connectivity map: which endpoint may open which connections to which, as disjoint blocks of endpoint pairs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netpol_action.model.addresses import AddressRange
from netpol_action.model.bits import elements
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.endpoints import Endpoint, IpBlock


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
        destinations = {block.destinations: tuple(elements(block.destinations)) for block in self.blocks}
        mine: list[list[Block]] = [[] for _ in self.endpoints]
        for block in self.blocks:
            for source in elements(block.sources):
                mine[source].append(block)
        outside: list[tuple[int, int, ConnectionSet]] = []
        for source, endpoint in enumerate(self.endpoints):
            pairs = [
                (d, block.allowed) for block in mine[source] for d in destinations[block.destinations] if d != source
            ]
            if isinstance(endpoint, IpBlock):
                outside.extend((d, source, allowed) for d, allowed in pairs)
                continue
            pairs.sort(key=_first)
            yield from self._rows_from(endpoint, pairs)
        yield from self._rows_from_outside(outside)

    def _rows_from(self, source: Endpoint, pairs: list[tuple[int, ConnectionSet]]) -> Iterator[Connection]:
        spans: list[tuple[AddressRange, ConnectionSet]] = []
        for d, allowed in pairs:
            destination = self.endpoints[d]
            if isinstance(destination, IpBlock):
                spans.append((destination.range, allowed))
            else:
                yield Connection(source, destination, allowed)
        for span, allowed in _joined(spans):
            yield Connection(source, IpBlock(span), allowed)

    def _rows_from_outside(self, triples: list[tuple[int, int, ConnectionSet]]) -> Iterator[Connection]:
        spans: dict[int, list[tuple[AddressRange, ConnectionSet]]] = {}
        for destination, source, allowed in triples:
            block = self.endpoints[source]
            if isinstance(block, IpBlock):
                spans.setdefault(destination, []).append((block.range, allowed))
        rows = [(span, d, allowed) for d, blocks in spans.items() for span, allowed in _joined(blocks)]
        for span, d, allowed in sorted(rows, key=lambda row: row[:2]):
            yield Connection(IpBlock(span), self.endpoints[d], allowed)


def _first(pair: tuple[int, ConnectionSet]) -> int:
    return pair[0]


def _joined(spans: list[tuple[AddressRange, ConnectionSet]]) -> list[tuple[AddressRange, ConnectionSet]]:
    """Touching ranges of equal connections as one; the input is in ascending order."""
    result: list[tuple[AddressRange, ConnectionSet]] = []
    for span, allowed in spans:
        if result:
            last, same = result[-1]
            if same == allowed and last.family == span.family and last.last + 1 == span.first:
                result[-1] = (AddressRange(span.family, last.first, span.last), allowed)
                continue
        result.append((span, allowed))
    return result
