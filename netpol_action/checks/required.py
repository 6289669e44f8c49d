"""Required connections held against allowed ones: the demands that policies block."""

from __future__ import annotations

from collections.abc import Sequence

from netpol_action.model.addresses import AddressRange
from netpol_action.model.connections import EVERYTHING, ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Demand
from netpol_action.model.diagnostics import Diagnostic, error
from netpol_action.model.endpoints import Endpoint, IpBlock, Workload
from netpol_action.origin import UNKNOWN


def blocked_demands(demands: Sequence[Demand], allowed: ConnectivityMap) -> tuple[Diagnostic, ...]:
    """An error for each demand that the map does not hold in full.

    Only demands between workloads and addresses are judged: a map has no endpoint for a host by name, or for pods that
    are not in the input, so of those it cannot tell.
    """
    places = _places(allowed)
    found: list[Diagnostic] = []
    for demand in demands:
        sources, destinations = _find(demand.source, places), _find(demand.destination, places)
        if not sources or not destinations:
            continue
        missing = demand.connections - _common(allowed, sources, destinations)
        if missing:
            found.append(_blocked(demand, missing))
    return tuple(dict.fromkeys(found))


_Places = tuple[dict[tuple[str, str, str], int], list[tuple[AddressRange, int]]]


def _places(allowed: ConnectivityMap) -> _Places:
    """The bits of each workload, all its variants together, and of each address block."""
    workloads: dict[tuple[str, str, str], int] = {}
    blocks: list[tuple[AddressRange, int]] = []
    for i, endpoint in enumerate(allowed.endpoints):
        if isinstance(endpoint, Workload):
            key = (endpoint.namespace, endpoint.name, endpoint.kind)
            workloads[key] = workloads.get(key, 0) | (1 << i)
        elif isinstance(endpoint, IpBlock):
            blocks.append((endpoint.range, 1 << i))
    return workloads, blocks


def _find(endpoint: Endpoint, places: _Places) -> int:
    workloads, blocks = places
    if isinstance(endpoint, Workload):
        return workloads.get((endpoint.namespace, endpoint.name, endpoint.kind), 0)
    if isinstance(endpoint, IpBlock):
        return sum(bit for block, bit in blocks if block in endpoint.range)
    return 0


def _common(allowed: ConnectivityMap, sources: int, destinations: int) -> ConnectionSet:
    """What every one of the sources may open to every one of the destinations."""
    result = EVERYTHING
    for source in _single(sources):
        reached = 0
        for block in allowed.blocks:
            if block.sources & source and block.destinations & destinations:
                result &= block.allowed
                reached |= block.destinations & destinations
        if reached != destinations:
            return ConnectionSet()
    return result


def _single(bits: int) -> list[int]:
    return [1 << i for i in range(bits.bit_length()) if bits >> i & 1]


def _blocked(demand: Demand, missing: ConnectionSet) -> Diagnostic:
    evidence = demand.evidence[0] if demand.evidence else None
    reason = f" ({evidence})" if evidence else ""
    return error(
        "blocked-required",
        f"{demand.source} needs {demand.destination} on {missing}{reason}, but the policies block it",
        evidence.origin if evidence else UNKNOWN,
    )
