"""Edges from the ingress controller to the workloads behind an Ingress, Route or Gateway API route."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netpol_action.connectivity.fold import Reach
from netpol_action.connectivity.ports import PortSpace, PortSpan
from netpol_action.connectivity.universe import Universe
from netpol_action.model.bits import elements
from netpol_action.model.cluster import Cluster, Exposure, Service
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import Block
from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.model.endpoints import Workload
from netpol_action.model.policies import Policy


@dataclass(frozen=True, slots=True)
class ControllerEdges:
    """The blocks whose source is the ingress controller, and a warning for each exposure that policies block."""

    blocks: tuple[Block, ...]
    diagnostics: tuple[Diagnostic, ...]


def exposed_spans(cluster: Cluster) -> set[PortSpan]:
    """Every range of ports that some exposure leads to, for the cut of the port space."""
    services = _services(cluster)
    spans: set[PortSpan] = set()
    for exposure in cluster.exposures:
        service = services.get((exposure.service_namespace, exposure.service))
        if service is not None:
            for workload in cluster.workloads:
                if service.selects(workload):
                    spans.update(_spans(service.pod_connections(workload, exposure.port)))
    return spans


def published(cluster: Cluster, universe: Universe, ports: PortSpace) -> dict[int, int]:
    """For each workload that something exposes (by its number): the ports, whatever policies say of them."""
    masks: dict[int, int] = {}
    for _, i, _, wanted in _targets(cluster, universe):
        masks[i] = masks.get(i, 0) | ports.mask(wanted)
    return masks


def controller_edges(
    cluster: Cluster,
    universe: Universe,
    ports: PortSpace,
    ingress: Sequence[Reach],
    selecting: Sequence[Sequence[Policy]],
) -> ControllerEdges:
    """What the controller may reach: for each exposure the ports behind the Service, as far as policies admit it.

    `ingress` and `selecting` are, for workload i of the universe, its ingress reach and the policies that select it.
    """
    open_ports: dict[int, int] = {}
    diagnostics: list[Diagnostic] = []
    for exposure, i, workload, wanted in _targets(cluster, universe):
        mask = ports.mask(wanted)
        admitted = mask & _admitted(ingress[i], universe.controller)
        open_ports[i] = open_ports.get(i, 0) | admitted
        missing = wanted - ports.connections(admitted)
        if missing:
            diagnostics.append(_blocked(exposure, workload, missing, selecting[i]))
    destinations: dict[int, int] = {}
    for i, mask in open_ports.items():
        if mask:
            destinations[mask] = destinations.get(mask, 0) | (1 << i)
    blocks = (Block(universe.controller, bits, ports.connections(mask)) for mask, bits in destinations.items())
    return ControllerEdges(tuple(blocks), tuple(dict.fromkeys(diagnostics)))


def _targets(cluster: Cluster, universe: Universe) -> Iterator[tuple[Exposure, int, Workload, ConnectionSet]]:
    services = _services(cluster)
    for exposure in cluster.exposures:
        service = services.get((exposure.service_namespace, exposure.service))
        if service is None or service.selector is None or not service.selector.requirements:
            continue
        for i in elements(universe.labelled(service.selector, service.namespace)):
            workload = universe.workloads[i]
            yield exposure, i, workload, service.pod_connections(workload, exposure.port)


def _services(cluster: Cluster) -> dict[tuple[str, str], Service]:
    return {(service.namespace, service.name): service for service in cluster.services}


def _spans(connections: ConnectionSet) -> Iterator[PortSpan]:
    for protocol, port_set in connections.ports:
        for first, last in port_set.ranges:
            yield protocol, first, last


def _admitted(reach: Reach, end: int) -> int:
    return next((mask for mask, bits in reach if bits & end), 0)


def _blocked(exposure: Exposure, workload: Workload, ports: ConnectionSet, policies: Sequence[Policy]) -> Diagnostic:
    names = ", ".join(map(str, policies))
    return warning(
        "blocked-exposure",
        f"{exposure.kind} {exposure.namespace}/{exposure.name} exposes {workload} on {ports}, "
        f"but the policies that select it do not admit the ingress controller there: {names}",
        exposure.origin,
    )
