"""Blocks of endpoint pairs as rows: sorted, unique, touching ranges of addresses with the same value as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from netpol_action.model.addresses import AddressRange, merge
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.endpoints import Endpoint, IpBlock

Value = TypeVar("Value")

_KEPT = 256
"""Sets of destinations that are kept spelled out, for the sources that share them: all of them could fill memory."""

Rectangle = tuple[int, int, Value]
"""Sources and destinations, as bitsets over a list of endpoints, and what holds for each pair of them."""


def rows(
    endpoints: Sequence[Endpoint], blocks: Sequence[Rectangle[Value]]
) -> Iterator[tuple[Endpoint, Endpoint, Value]]:
    """The pairs of the blocks, which are disjoint, one by one, made as they are asked for.

    Endpoints are in the order of `endpoints.sort_key`, and so are the rows. Pairs of an endpoint with itself are left
    out, and so are pairs of address blocks. The cost follows the rows: a set of address blocks is turned into its spans
    once for all who share it.
    """
    outside = address_blocks(endpoints)
    spans = {bits: address_spans(endpoints, bits) for s, d, _ in blocks for bits in (s & outside, d & outside)}
    inside = lru_cache(_KEPT)(lambda bits: tuple(elements(bits & ~outside)))
    mine: list[list[Rectangle[Value]]] = [[] for _ in endpoints]
    for block in blocks:
        for source in elements(block[0] & ~outside):
            mine[source].append(block)
    for source, found in enumerate(mine):
        pairs = [(d, value) for _, ends, value in found for d in inside(ends) if d != source]
        pairs.sort(key=_first)
        for d, value in pairs:
            yield endpoints[source], endpoints[d], value
        reached = [(span, value) for _, ends, value in found for span in spans[ends & outside]]
        for span, value in _joined(reached):
            yield endpoints[source], IpBlock(span), value
    yield from _from_outside(endpoints, blocks, spans, outside)


def address_blocks(endpoints: Sequence[Endpoint]) -> int:
    """The bits of the address blocks among the endpoints."""
    return bits_of(i for i, endpoint in enumerate(endpoints) if isinstance(endpoint, IpBlock))


def address_spans(endpoints: Sequence[Endpoint], bits: int) -> tuple[AddressRange, ...]:
    """The addresses of a set of address blocks in as few ranges as possible."""
    found = (endpoints[i] for i in elements(bits))
    return merge(endpoint.range for endpoint in found if isinstance(endpoint, IpBlock))


def _from_outside(
    endpoints: Sequence[Endpoint],
    blocks: Sequence[Rectangle[Value]],
    spans: Mapping[int, Sequence[AddressRange]],
    outside: int,
) -> Iterator[tuple[Endpoint, Endpoint, Value]]:
    admitted: dict[int, list[tuple[AddressRange, Value]]] = {}
    for sources, destinations, value in blocks:
        if sources & outside:
            found = [(span, value) for span in spans[sources & outside]]
            for destination in elements(destinations & ~outside):
                admitted.setdefault(destination, []).extend(found)
    result = [(span, d, value) for d, found in admitted.items() for span, value in _joined(found)]
    for span, d, value in sorted(result, key=lambda row: row[:2]):
        yield IpBlock(span), endpoints[d], value


def _first(pair: tuple[int, Value]) -> int:
    return pair[0]


def _range(pair: tuple[AddressRange, Value]) -> AddressRange:
    return pair[0]


def _joined(spans: list[tuple[AddressRange, Value]]) -> list[tuple[AddressRange, Value]]:
    """The same in ascending order, touching ranges of equal value as one; the ranges are disjoint."""
    result: list[tuple[AddressRange, Value]] = []
    for span, value in sorted(spans, key=_range):
        if result:
            last, same = result[-1]
            if same == value and last.family == span.family and last.last + 1 == span.first:
                result[-1] = (AddressRange(span.family, last.first, span.last), value)
                continue
        result.append((span, value))
    return result
