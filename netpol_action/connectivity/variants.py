"""Pods of one owner whose labels differ: one endpoint again where no policy tells them apart."""

from __future__ import annotations

from dataclasses import replace

from netpol_action.connectivity.restriction import restricted
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import Endpoint, Workload


def merge_variants(whole: ConnectivityMap) -> ConnectivityMap:
    """The map in which variants of one workload with the same connections are one endpoint.

    What all of them have lost their difference over is shown without a variant; where some differ, the ones that are
    alike are named together.
    """
    families: dict[tuple[str, str, str], list[int]] = {}
    for i, endpoint in enumerate(whole.endpoints):
        if isinstance(endpoint, Workload) and endpoint.variant:
            families.setdefault((endpoint.namespace, endpoint.name, endpoint.kind), []).append(i)
    if not families:
        return whole
    endpoints: list[Endpoint] = list(whole.endpoints)
    kept = (1 << len(endpoints)) - 1
    profiles = _profiles(whole, bits_of(i for members in families.values() for i in members))
    for members in families.values():
        alike: dict[tuple[int, int], list[int]] = {}
        for i in members:
            alike.setdefault(profiles[i], []).append(i)
        for group in alike.values():
            names = " or ".join(_variant(whole.endpoints[i]) for i in group)
            endpoints[group[0]] = _renamed(whole.endpoints[group[0]], "" if len(alike) == 1 else names)
            kept &= ~bits_of(group[1:])
    return restricted(endpoints, whole.blocks, kept)


def _profiles(whole: ConnectivityMap, members: int) -> dict[int, tuple[int, int]]:
    """For each of these endpoints: in which blocks it is as source, and in which as destination, as bits."""
    found = {i: ([], []) for i in elements(members)}  # type: dict[int, tuple[list[int], list[int]]]
    for number, block in enumerate(whole.blocks):
        for i in elements(block.sources & members):
            found[i][0].append(number)
        for i in elements(block.destinations & members):
            found[i][1].append(number)
    return {i: (bits_of(sources), bits_of(destinations)) for i, (sources, destinations) in found.items()}


def _variant(endpoint: Endpoint) -> str:
    return endpoint.variant if isinstance(endpoint, Workload) else ""


def _renamed(endpoint: Endpoint, variant: str) -> Endpoint:
    return replace(endpoint, variant=variant) if isinstance(endpoint, Workload) else endpoint
