"""Two maps of the same workloads as one table: what each pair may open before, and after."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise

from netpol_action.model.addresses import AddressRange
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.connectivity import Connection, ConnectivityMap
from netpol_action.model.endpoints import Endpoint, IpBlock, sort_key
from netpol_action.render.table import json_list
from netpol_action.render.text import code, csv_field, plain

_Tagged = tuple[bool, Connection]
"""A row, and whether it is of the map after."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A pair of endpoints that may open something in one map at least."""

    source: Endpoint
    destination: Endpoint
    before: ConnectionSet
    after: ConnectionSet


def compared(before: ConnectivityMap, after: ConnectivityMap) -> Iterator[Compared]:
    """The rows of both maps, sorted and unique; IP blocks are cut where the maps differ, and nowhere else."""
    rows = heapq.merge(_tagged(before, later=False), _tagged(after, later=True), key=_source)
    outside: list[_Tagged] = []
    for _, group in groupby(rows, key=_source):
        found = list(group)
        if isinstance(found[0][1].source, IpBlock):
            outside += found
        else:
            yield from _from_one(found)
    yield from _from_outside(outside)


def txt_lines_of_two(before: ConnectivityMap, after: ConnectivityMap) -> Iterator[str]:
    """Lines `src => dst : before -> after`."""
    for row in compared(before, after):
        yield f"{plain(str(row.source))} => {plain(str(row.destination))} : {row.before} -> {row.after}"


def md_lines_of_two(before: ConnectivityMap, after: ConnectivityMap) -> Iterator[str]:
    """The lines of a Markdown table with a column for each map."""
    yield from ("| src | dst | before | after |", "| --- | --- | ------ | ----- |")
    for row in compared(before, after):
        yield f"| {code(str(row.source))} | {code(str(row.destination))} | {row.before} | {row.after} |"


def csv_lines_of_two(before: ConnectivityMap, after: ConnectivityMap) -> Iterator[str]:
    """The lines of a CSV file with the header `src,dst,before,after`."""
    yield "src,dst,before,after"
    for row in compared(before, after):
        yield ",".join(csv_field(str(value)) for value in (row.source, row.destination, row.before, row.after))


def json_lines_of_two(before: ConnectivityMap, after: ConnectivityMap) -> Iterator[str]:
    """The lines of a JSON list of `{"src", "dst", "before", "after"}`."""
    yield from json_list(
        json.dumps({"src": str(r.source), "dst": str(r.destination), "before": str(r.before), "after": str(r.after)})
        for r in compared(before, after)
    )


def _tagged(connectivity: ConnectivityMap, *, later: bool) -> Iterator[_Tagged]:
    return ((later, row) for row in connectivity.connections())


def _source(row: _Tagged) -> tuple[int, int, int, str]:
    return sort_key(row[1].source)


def _from_one(rows: Iterable[_Tagged]) -> Iterator[Compared]:
    """The rows of one source in both maps."""
    ends: dict[str, list[_Tagged]] = {}
    spans: list[tuple[AddressRange, bool, ConnectionSet]] = []
    source: Endpoint | None = None
    for later, row in sorted(rows, key=lambda row: sort_key(row[1].destination)):
        source = row.source
        if isinstance(row.destination, IpBlock):
            spans.append((row.destination.range, later, row.allowed))
        else:
            ends.setdefault(str(row.destination), []).append((later, row))
    for same in ends.values():
        sides = {later: row.allowed for later, row in same}
        row = same[0][1]
        yield Compared(row.source, row.destination, sides.get(False, NOTHING), sides.get(True, NOTHING))
    if source is not None:
        yield from (Compared(source, IpBlock(span), *sides) for span, sides in _cut(spans))


def _from_outside(rows: Iterable[_Tagged]) -> Iterator[Compared]:
    spans: dict[str, list[tuple[AddressRange, bool, ConnectionSet]]] = {}
    ends: dict[str, Endpoint] = {}
    for later, row in rows:
        if isinstance(row.source, IpBlock):
            ends.setdefault(str(row.destination), row.destination)
            spans.setdefault(str(row.destination), []).append((row.source.range, later, row.allowed))
    found = [Compared(IpBlock(span), ends[end], *sides) for end in spans for span, sides in _cut(spans[end])]
    yield from sorted(found, key=lambda row: (sort_key(row.source), sort_key(row.destination)))


def _cut(
    spans: list[tuple[AddressRange, bool, ConnectionSet]],
) -> Iterator[tuple[AddressRange, tuple[ConnectionSet, ConnectionSet]]]:
    """The addresses, cut where either map changes, with what each map allows; touching equal pieces are one."""
    joined: list[tuple[AddressRange, tuple[ConnectionSet, ConnectionSet]]] = []
    for family in sorted({span.family for span, _, _ in spans}):
        mine = [(span, later, allowed) for span, later, allowed in spans if span.family == family]
        starts = sorted({span.first for span, _, _ in mine} | {span.last + 1 for span, _, _ in mine})
        for first, after in pairwise(starts):
            piece = AddressRange(family, first, after - 1)
            sides = {later: allowed for span, later, allowed in mine if piece in span}
            both = (sides.get(False, NOTHING), sides.get(True, NOTHING))
            if not sides:
                continue
            if joined and joined[-1][1] == both and joined[-1][0].family == family and joined[-1][0].last + 1 == first:
                piece = AddressRange(family, joined.pop()[0].first, after - 1)
            joined.append((piece, both))
    yield from joined
