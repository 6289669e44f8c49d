"""How many rows of which kind and risk a difference has, counted block by block and not row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from netpol_action.model.bits import bits_of
from netpol_action.model.diff import ConnectivityDiff, Kind, Risk, is_outside, risks
from netpol_action.model.endpoints import Endpoint, Workload
from netpol_action.model.rows import address_blocks, address_spans


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers of rows: by kind, by the gravest risk of each, and by every risk of each; all in order of gravity."""

    kinds: Mapping[Kind, int]
    gravest: Mapping[Risk, int]
    risks: Mapping[Risk, int]

    @property
    def rows(self) -> int:
        """The number of all rows."""
        return sum(self.kinds.values())


def tally(diff: ConnectivityDiff) -> Tally:
    """The numbers of the rows of a difference; what there is none of is left out."""
    kinds: Counter[Kind] = Counter()
    gravest: Counter[Risk] = Counter()
    each: Counter[Risk] = Counter()
    count = _Count(diff.endpoints)
    for sources, destinations, change in diff.blocks:
        for where, number in count.by_reach(sources, destinations):
            kinds[change.kind] += number
            found = risks(change, where)
            gravest[found[0]] += number
            for risk in found:
                each[risk] += number
    return Tally(
        {kind: kinds[kind] for kind in Kind if kinds[kind]},
        {risk: gravest[risk] for risk in Risk if gravest[risk]},
        {risk: each[risk] for risk in Risk if each[risk]},
    )


class _Count:
    """Counts the rows of rectangles over these endpoints."""

    def __init__(self, endpoints: tuple[Endpoint, ...]) -> None:
        self._endpoints = endpoints
        self._addresses = address_blocks(endpoints)
        self._outside = bits_of(i for i, endpoint in enumerate(endpoints) if is_outside(endpoint))
        spaces: dict[str, list[int]] = {}
        for i, endpoint in enumerate(endpoints):
            if isinstance(endpoint, Workload):
                spaces.setdefault(endpoint.namespace, []).append(i)
        self._spaces = [bits_of(members) for members in spaces.values()]

    def by_reach(self, sources: int, destinations: int) -> Iterator[tuple[Risk, int]]:
        """The number of rows by the risk that a new connection between their ends would be."""
        inner = _pairs(sources & ~self._outside, destinations & ~self._outside)
        within = sum(_pairs(sources & space, destinations & space) for space in self._spaces) if inner else 0
        yield Risk.OPENED_WITHIN_NAMESPACE, within
        yield Risk.OPENED_BETWEEN_NAMESPACES, inner - within
        named, reached = sources & ~self._addresses, destinations & ~self._addresses
        leaving = named.bit_count() * len(address_spans(self._endpoints, destinations & self._addresses))
        entering = reached.bit_count() * len(address_spans(self._endpoints, sources & self._addresses))
        yield Risk.OPENED_INTERNET, _pairs(named, reached) - inner + leaving + entering


def _pairs(sources: int, destinations: int) -> int:
    """The pairs of two different endpoints."""
    return sources.bit_count() * destinations.bit_count() - (sources & destinations).bit_count()
