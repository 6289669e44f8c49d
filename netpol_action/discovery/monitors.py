"""What is scraped: by ServiceMonitor and PodMonitor, and by annotations on Services and pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from netpol_action.discovery.directory import Directory
from netpol_action.discovery.environment import mappings
from netpol_action.discovery.scrapers import Scraper, monitored_namespaces
from netpol_action.discovery.selectors import selector_of
from netpol_action.discovery.settings import subject_of
from netpol_action.model.cluster import Cluster, Resource, Service
from netpol_action.model.connections import FIRST_PORT, LAST_PORT, ConnectionSet
from netpol_action.model.demands import Confidence, Demand, Evidence, Gap, Unresolved
from netpol_action.model.endpoints import Json, Workload
from netpol_action.model.labels import Labels

_SCRAPE, _PORT = "prometheus.io/scrape", "prometheus.io/port"


@dataclass(frozen=True, slots=True)
class Target:
    """Ports of a workload that want to be scraped. `by`: the monitor, or what carries the annotation."""

    workload: Workload
    connections: ConnectionSet
    evidence: Evidence
    by: Resource | str


def targets(cluster: Cluster, directory: Directory) -> Iterator[Target]:
    """All that asks to be scraped."""
    for resource in cluster.resources:
        if resource.api_version.startswith("monitoring.coreos.com/"):
            if resource.kind == "ServiceMonitor":
                yield from _of_service_monitor(resource, cluster, directory)
            elif resource.kind == "PodMonitor":
                yield from _of_pod_monitor(resource, cluster, directory)
    for service in cluster.services:
        if service.annotations.get(_SCRAPE) == "true":
            yield from _of_service(service, directory)
    for workload in cluster.workloads:
        if workload.annotations.get(_SCRAPE) == "true":
            yield from _of_pod(workload)


def scraped(
    found: Sequence[Target], scrapers: Sequence[Scraper], cluster: Cluster
) -> tuple[list[Demand], list[Unresolved]]:
    """The demands of those that scrape, and a row for each workload that nothing in the input does."""
    demands: list[Demand] = []
    rows: dict[Workload, Unresolved] = {}
    for target in found:
        mine = [each for each in scrapers if _scrapes(each, target, cluster)]
        for scraper in mine:
            sure = Confidence.CERTAIN if scraper.sure or isinstance(target.by, Resource) else Confidence.CANDIDATE
            if scraper.endpoint is not target.workload:
                why = (target.evidence,)
                demands.append(Demand(scraper.endpoint, target.workload, target.connections, why, sure))
        if not mine:
            known = rows.get(target.workload)
            rows[target.workload] = _row(target, known)
    return demands, list(rows.values())


def _scrapes(scraper: Scraper, target: Target, cluster: Cluster) -> bool:
    if isinstance(target.by, str):
        return target.by in scraper.annotated
    metadata = target.by.body.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return scraper.takes(target.by, labels if isinstance(labels, dict) else {}, cluster)


def _row(target: Target, known: Unresolved | None) -> Unresolved:
    connections = target.connections | (known.connections if known else ConnectionSet())
    message = f"{subject_of(target.workload)} asks to be scraped by Prometheus, which is not in the input"
    return Unresolved(
        gap=Gap.PLATFORM,
        workload=target.workload,
        outbound=False,
        message=f"{message}; {connections}",
        key="platform/prometheus",
        resolution="platform: [prometheus]",
        connections=connections,
        evidence=(*(known.evidence if known else ()), target.evidence),
    )


def _of_service_monitor(monitor: Resource, cluster: Cluster, directory: Directory) -> Iterator[Target]:
    spec = _spec(monitor)
    chosen = selector_of(spec.get("selector"))
    if chosen is None:
        return
    namespaces = frozenset(monitored_namespaces(monitor, cluster))
    for service in cluster.services:
        if service.namespace in namespaces and chosen.matches(service.labels):
            for workload in directory.behind(service):
                for index, endpoint in enumerate(mappings(spec.get("endpoints"))):
                    connections = _endpoint(endpoint, service, workload)
                    if connections:
                        origin = monitor.origin.at("spec", "endpoints", index)
                        why = Evidence(f"ServiceMonitor {monitor.name}", f"Service {service.name}", "", origin)
                        yield Target(workload, connections, why, monitor)


def _endpoint(endpoint: Json, service: Service, workload: Workload) -> ConnectionSet:
    """The port of one endpoint: of the Service by name, or of the pod by `targetPort`; all where it names none."""
    port, target = endpoint.get("port"), endpoint.get("targetPort")
    if isinstance(port, str) and port:
        return service.endpoint_connections(workload, port)
    return _of_target(target, workload) if target else service.endpoint_connections(workload)


def _of_pod_monitor(monitor: Resource, cluster: Cluster, directory: Directory) -> Iterator[Target]:
    spec = _spec(monitor)
    chosen = selector_of(spec.get("selector"))
    if chosen is None:
        return
    for namespace in monitored_namespaces(monitor, cluster):
        for workload in directory.matching(namespace, chosen):
            for index, endpoint in enumerate(mappings(spec.get("podMetricsEndpoints"))):
                wanted = next(filter(None, map(endpoint.get, ("port", "portNumber", "targetPort"))), None)
                connections = _of_target(wanted, workload) if wanted else _declared(workload)
                if connections:
                    path = ("spec", "podMetricsEndpoints", index)
                    why = Evidence(f"PodMonitor {monitor.name}", "selector", "", monitor.origin.at(*path))
                    yield Target(workload, connections, why, monitor)


def _spec(resource: Resource) -> Mapping[str, Json]:
    spec = resource.body.get("spec")
    return spec if isinstance(spec, dict) else {}


def _of_target(target: Json, workload: Workload) -> ConnectionSet:
    if isinstance(target, int) and FIRST_PORT <= target <= LAST_PORT:
        return ConnectionSet.single("TCP", target)
    result = ConnectionSet()
    for port in workload.ports:  # each of the name: Prometheus makes a target of every port of every container
        if port.name == target:
            result |= ConnectionSet.single(port.protocol, port.number)
    return result


def _of_service(service: Service, directory: Directory) -> Iterator[Target]:
    """An annotated Service: the port of its annotation, on the pod; else every port that the Service leads to."""
    for workload in directory.behind(service):
        connections = _annotated(service.annotations) or service.endpoint_connections(workload)
        if connections:
            origin = service.origin.at("metadata", "annotations", _SCRAPE)
            evidence = Evidence(f"Service {service.name}", f"annotation {_SCRAPE}", "", origin)
            yield Target(workload, connections, evidence, "service")


def _of_pod(workload: Workload) -> Iterator[Target]:
    """An annotated pod: the port of its annotation; else every port that it declares."""
    connections = _annotated(workload.annotations) or _declared(workload)
    if connections:
        origin = workload.origin.at(*workload.pod_path[:-1], "metadata", "annotations", _SCRAPE)
        evidence = Evidence(subject_of(workload), f"annotation {_SCRAPE} of its pods", "", origin)
        yield Target(workload, connections, evidence, "pod")


def _annotated(annotations: Labels) -> ConnectionSet:
    text = annotations.get(_PORT, "")
    if text.isascii() and text.isdigit() and len(text) <= len(str(LAST_PORT)) and FIRST_PORT <= int(text) <= LAST_PORT:
        return ConnectionSet.single("TCP", int(text))
    return ConnectionSet()


def _declared(workload: Workload) -> ConnectionSet:
    result = ConnectionSet()
    for port in workload.ports:
        if port.protocol == "TCP":
            result |= ConnectionSet.single("TCP", port.number)
    return result
