"""Pods of one owner whose labels differ: one endpoint again where no policy tells them apart."""

from __future__ import annotations

from dataclasses import replace

from netpol_action.connectivity.restriction import restricted
from netpol_action.model.bits import bits_of
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
    for members in families.values():
        alike: dict[tuple[bool, ...], list[int]] = {}
        for i in members:
            alike.setdefault(_profile(whole, i), []).append(i)
        for group in alike.values():
            names = " or ".join(_variant(whole.endpoints[i]) for i in group)
            endpoints[group[0]] = _renamed(whole.endpoints[group[0]], "" if len(alike) == 1 else names)
            kept &= ~bits_of(group[1:])
    return restricted(endpoints, whole.blocks, kept)


def _profile(whole: ConnectivityMap, i: int) -> tuple[bool, ...]:
    """In which blocks the endpoint is, as source and as destination."""
    return tuple(bool(side >> i & 1) for block in whole.blocks for side in (block.sources, block.destinations))


def _variant(endpoint: Endpoint) -> str:
    return endpoint.variant if isinstance(endpoint, Workload) else ""


def _renamed(endpoint: Endpoint, variant: str) -> Endpoint:
    return replace(endpoint, variant=variant) if isinstance(endpoint, Workload) else endpoint
