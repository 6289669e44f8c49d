"""Replicas that talk to each other: StatefulSets behind the headless Service that gives their pods names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netpol_action.discovery.directory import Directory
from netpol_action.discovery.ports import software_of_image
from netpol_action.discovery.settings import images_of, subject_of
from netpol_action.model.cluster import Cluster, Resource
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand, Evidence
from netpol_action.model.endpoints import Workload


def replicas(cluster: Cluster, directory: Directory) -> Iterator[Demand]:
    """The demands of each StatefulSet of several replicas with itself.

    A headless Service over it exists so that its pods find one another; what they open is what they declare, and the
    ports that their software is known to use among themselves.
    """
    scaled = {(each.namespace, *target) for each in cluster.resources for target in _scaled(each)}
    for service in cluster.services:
        if not service.headless:
            continue
        for workload in directory.behind(service):
            several = (workload.replicas or 1) > 1 or (workload.namespace, workload.kind, workload.name) in scaled
            if workload.kind != "StatefulSet" or not several:
                continue
            connections = service.client_connections(workload) | _declared(workload) | known_between(workload)
            count = str(workload.replicas) if (workload.replicas or 1) > 1 else "scaled"
            why = Evidence(
                subject_of(workload), "replicas", f"{count}, behind the headless Service {service.name}",
                workload.origin.at("spec", "replicas"),
            )  # fmt: skip
            yield Demand(workload, workload, connections, (why,))


def _declared(workload: Workload) -> ConnectionSet:
    return _union(ConnectionSet.single(port.protocol, port.number) for port in workload.ports)


def known_between(workload: Workload) -> ConnectionSet:
    """The connections that the workload's software is known to have among its replicas."""
    found = [software_of_image(image) for image in images_of(workload)]
    return _union(ConnectionSet.single("TCP", port) for each in found if each for port in each.between_replicas)


def _union(sets: Iterable[ConnectionSet]) -> ConnectionSet:
    result = ConnectionSet()
    for each in sets:
        result |= each
    return result


def _scaled(resource: Resource) -> Iterator[tuple[str, str]]:
    """The kind and name of what an autoscaler scales to more than one replica."""
    spec = resource.body.get("spec")
    target = spec.get("scaleTargetRef") if isinstance(spec, dict) else None
    if isinstance(target, dict):
        kind, name = target.get("kind") or "Deployment", target.get("name")
        if isinstance(kind, str) and isinstance(name, str):
            yield kind, name
