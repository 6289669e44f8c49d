"""What the application needs, as sets over the endpoints of a difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from netpol_action.model.addresses import AddressRange
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand
from netpol_action.model.endpoints import Anywhere, Endpoint, IpBlock, Workload

Needs = Mapping[int, Sequence[tuple[int, ConnectionSet]]]
"""For an endpoint (by its number) other ends, as bitsets, and what it needs to have with each of them."""


@dataclass(frozen=True, slots=True)
class Required:
    """The demands, seen from their sources and from their destinations."""

    by_source: Needs
    by_destination: Needs


def needs(demands: Sequence[Demand], endpoints: Sequence[Endpoint]) -> Required:
    """The demands between endpoints of the list.

    A demand for addresses is one for each block that has some of them, since all of a block behave alike; one of
    anywhere, as a load balancer has it, is one of all addresses outside. Of an end that the list does not have, nothing
    is said.
    """
    find = _Finder(endpoints)
    by_source: dict[int, list[tuple[int, ConnectionSet]]] = {}
    by_destination: dict[int, list[tuple[int, ConnectionSet]]] = {}
    for demand in demands:
        sources, destinations = find(demand.source), find(demand.destination)
        if sources and destinations:
            for source in elements(sources):
                by_source.setdefault(source, []).append((destinations, demand.connections))
            for destination in elements(destinations):
                by_destination.setdefault(destination, []).append((sources, demand.connections))
    return Required(by_source, by_destination)


class _Finder:
    """Finds the endpoints that an end of a demand means."""

    def __init__(self, endpoints: Sequence[Endpoint]) -> None:
        workloads: dict[tuple[str, str, str], list[int]] = {}
        self._blocks: list[tuple[AddressRange, int]] = []
        self._others: dict[Endpoint, int] = {}
        for i, endpoint in enumerate(endpoints):
            if isinstance(endpoint, Workload):
                workloads.setdefault((endpoint.namespace, endpoint.name, endpoint.kind), []).append(i)
            elif isinstance(endpoint, IpBlock):
                self._blocks.append((endpoint.range, 1 << i))
            else:
                self._others[endpoint] = 1 << i
        self._workloads = {owner: bits_of(members) for owner, members in workloads.items()}

    def __call__(self, end: Endpoint) -> int:
        if isinstance(end, Workload):
            return self._workloads.get((end.namespace, end.name, end.kind), 0)
        if isinstance(end, IpBlock):
            return sum(bit for block, bit in self._blocks if block.overlaps(end.range))
        if isinstance(end, Anywhere):
            return sum(bit for _, bit in self._blocks)
        return self._others.get(end, 0)
