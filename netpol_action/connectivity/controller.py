"""Edges from the ingress controller to the workloads behind an Ingress, Route or Gateway API route.

A controller that is a workload of the input, or that has addresses outside the cluster, has its edges in the map as
anyone has: by policies alone. The edges here are those of the placeholder and of configured pods that are not in the
input: they send what is exposed and nothing else, and their own policies are unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from netpol_action.connectivity.fold import Reach
from netpol_action.connectivity.ingress_controllers import IngressControllers
from netpol_action.connectivity.ports import PortSpace, PortSpan
from netpol_action.connectivity.universe import Universe
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.cluster import Cluster, Exposure, Service
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import Block
from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.model.endpoints import IpBlock, Workload
from netpol_action.model.policies import Policy


@dataclass(frozen=True, slots=True)
class ControllerEdges:
    """The blocks whose source is an ingress controller, and a warning for each exposure that policies block."""

    blocks: tuple[Block, ...]
    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Decisions:
    """What the evaluation has found for workload i: its reaches, and the policies that select it for ingress."""

    ingress: Sequence[Reach]
    egress: Sequence[Reach]
    selecting: Sequence[Sequence[Policy]]


class Senders:
    """Which endpoints of a universe send the traffic of an exposure."""

    def __init__(self, controllers: IngressControllers, universe: Universe) -> None:
        self._controllers = controllers
        self._universe = universe
        number = {id(workload): i for i, workload in enumerate(universe.workloads)}
        self._workloads = {id(w): 1 << number[id(w)] for w in (*controllers.workloads, *controllers.routers)}
        first = len(universe.workloads)
        self._unseen = bits_of(first + universe.unseen.index(unseen) for unseen in controllers.unseen)
        self._addresses = bits_of(
            i
            for i, endpoint in enumerate(universe.endpoints)
            if isinstance(endpoint, IpBlock) and any(endpoint.range in block for block in controllers.ranges)
        )

    @property
    def apart(self) -> int:
        """The endpoints that send what is exposed and nothing else: the placeholder, and pods not in the input."""
        return self._universe.controller | self._unseen

    def of(self, kind: str) -> int:
        """The endpoints that send the traffic of an exposure of this kind; the placeholder where none is known."""
        known = self._unseen | self._addresses
        for workload in self._controllers.serving(kind):
            known |= self._workloads[id(workload)]
        return known or self._universe.controller


def exposed_spans(cluster: Cluster, universe: Universe) -> set[PortSpan]:
    """Every range of ports that some exposure leads to, for the cut of the port space."""
    return {span for _, _, wanted in _targets(cluster, universe) for span in _spans(wanted)}


def published(cluster: Cluster, universe: Universe, ports: PortSpace, senders: Senders) -> dict[tuple[int, int], int]:
    """For each sender that is `apart` and each workload, by their numbers: the exposed ports, whatever policies say."""
    masks: dict[tuple[int, int], int] = {}
    for exposure, i, wanted in _targets(cluster, universe):
        for sender in elements(senders.of(exposure.kind) & senders.apart):
            masks[sender, i] = masks.get((sender, i), 0) | ports.mask(wanted)
    return masks


def controller_edges(
    cluster: Cluster, universe: Universe, ports: PortSpace, senders: Senders, decisions: Decisions
) -> ControllerEdges:
    """What controllers may reach: for each exposure the ports behind the Service, as far as policies admit it."""
    open_ports: dict[tuple[int, int], int] = {}
    diagnostics: list[Diagnostic] = []
    for exposure, i, wanted in _targets(cluster, universe):
        mask, admitted = ports.mask(wanted), 0
        for sender in elements(senders.of(exposure.kind)):
            let_in = mask & _admitted(decisions.ingress[i], sender)
            if senders.apart >> sender & 1:
                open_ports[sender, i] = open_ports.get((sender, i), 0) | let_in
            elif 1 << sender & universe.every_workload:
                let_in &= _admitted(decisions.egress[sender], i)
            admitted |= let_in
        missing = wanted - ports.connections(admitted)
        if missing:
            diagnostics.append(_blocked(exposure, universe.workloads[i], missing, decisions.selecting[i]))
    destinations: dict[tuple[int, int], int] = {}
    for (sender, i), mask in open_ports.items():
        if mask:
            destinations[sender, mask] = destinations.get((sender, mask), 0) | (1 << i)
    blocks = (Block(1 << sender, bits, ports.connections(mask)) for (sender, mask), bits in destinations.items())
    return ControllerEdges(tuple(blocks), tuple(dict.fromkeys(diagnostics)))


def _targets(cluster: Cluster, universe: Universe) -> Iterator[tuple[Exposure, int, ConnectionSet]]:
    services = _services(cluster)
    for exposure in cluster.exposures:
        service = services.get((exposure.service_namespace, exposure.service))
        if service is None or service.selector is None or not service.selector.requirements:
            continue
        for i in elements(universe.labelled(service.selector, service.namespace)):
            yield exposure, i, service.endpoint_connections(universe.workloads[i], exposure.port)


def _services(cluster: Cluster) -> dict[tuple[str, str], Service]:
    return {(service.namespace, service.name): service for service in cluster.services}


def _spans(connections: ConnectionSet) -> Iterator[PortSpan]:
    for protocol, port_set in connections.ports:
        for first, last in port_set.ranges:
            yield protocol, first, last


def _admitted(reach: Reach, number: int) -> int:
    return next((mask for mask, bits in reach if bits >> number & 1), 0)


def _blocked(exposure: Exposure, workload: Workload, ports: ConnectionSet, policies: Sequence[Policy]) -> Diagnostic:
    names = ", ".join(map(str, policies))
    return warning(
        "blocked-exposure",
        f"{exposure.kind} {exposure.namespace}/{exposure.name} exposes {workload} on {ports}, "
        f"but policies do not let the ingress controller through{': ' if names else ''}{names}",
        exposure.origin,
    )
