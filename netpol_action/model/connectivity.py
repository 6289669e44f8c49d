"""A connectivity map: which endpoint may open which connections to which, as disjoint blocks of endpoint pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from netpol_action.model.addresses import AddressRange, merge
from netpol_action.model.bits import bits_of, elements
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
        """The rows, sorted and unique, made as they are asked for; IP blocks that behave alike are merged.

        The cost follows the rows: a set of IP blocks is turned into its spans of addresses once for all who share it.
        """
        outside = bits_of(i for i, endpoint in enumerate(self.endpoints) if isinstance(endpoint, IpBlock))
        spans = {bits & outside: self._spans(bits & outside) for block in self.blocks for bits in _sides(block)}
        inside = {b.destinations: tuple(elements(b.destinations & ~outside)) for b in self.blocks}
        mine: list[list[Block]] = [[] for _ in self.endpoints]
        for block in self.blocks:
            for source in elements(block.sources & ~outside):
                mine[source].append(block)
        for source, blocks in enumerate(mine):
            pairs = [(d, block.allowed) for block in blocks for d in inside[block.destinations] if d != source]
            pairs.sort(key=_first)
            for d, allowed in pairs:
                yield Connection(self.endpoints[source], self.endpoints[d], allowed)
            reached = [(span, block.allowed) for block in blocks for span in spans[block.destinations & outside]]
            for span, allowed in _joined(reached):
                yield Connection(self.endpoints[source], IpBlock(span), allowed)
        yield from self._rows_from_outside(spans, inside, outside)

    def _rows_from_outside(
        self, spans: Mapping[int, Sequence[AddressRange]], inside: Mapping[int, Sequence[int]], outside: int
    ) -> Iterator[Connection]:
        admitted: dict[int, list[tuple[AddressRange, ConnectionSet]]] = {}
        for block in self.blocks:
            if block.sources & outside:
                sources = [(span, block.allowed) for span in spans[block.sources & outside]]
                for destination in inside[block.destinations]:
                    admitted.setdefault(destination, []).extend(sources)
        rows = [(span, d, allowed) for d, sources in admitted.items() for span, allowed in _joined(sources)]
        for span, d, allowed in sorted(rows, key=lambda row: row[:2]):
            yield Connection(IpBlock(span), self.endpoints[d], allowed)

    def _spans(self, bits: int) -> tuple[AddressRange, ...]:
        """The addresses of a set of IP blocks in as few ranges as possible."""
        blocks = (self.endpoints[i] for i in elements(bits))
        return merge(endpoint.range for endpoint in blocks if isinstance(endpoint, IpBlock))


def _sides(block: Block) -> tuple[int, int]:
    return (block.sources, block.destinations)


def _first(pair: tuple[int, ConnectionSet]) -> int:
    return pair[0]


def _range(pair: tuple[AddressRange, ConnectionSet]) -> AddressRange:
    return pair[0]


def _joined(spans: list[tuple[AddressRange, ConnectionSet]]) -> list[tuple[AddressRange, ConnectionSet]]:
    """The same in ascending order, touching ranges of equal connections as one; the ranges are disjoint."""
    result: list[tuple[AddressRange, ConnectionSet]] = []
    for span, allowed in sorted(spans, key=_range):
        if result:
            last, same = result[-1]
            if same == allowed and last.family == span.family and last.last + 1 == span.first:
                result[-1] = (AddressRange(span.family, last.first, span.last), allowed)
                continue
        result.append((span, allowed))
    return result
