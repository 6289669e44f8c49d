"""Who reaches a workload: what Ingresses, Routes and Services open to the outside, and Services that nobody calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from netpol_action.discovery.directory import Directory
from netpol_action.discovery.environment import mappings
from netpol_action.discovery.gaps import Draft
from netpol_action.discovery.netpol_yaml import shown
from netpol_action.discovery.replicas import known_between
from netpol_action.discovery.settings import subject_of
from netpol_action.model.cluster import Cluster, Service
from netpol_action.model.config import EndpointKind
from netpol_action.model.connections import NOTHING, ConnectionSet, is_protocol
from netpol_action.model.demands import Assumption, Demand, Evidence, Gap
from netpol_action.model.endpoints import Anywhere, Endpoint, IngressController, IpBlock, Json, Workload
from netpol_action.origin import FieldPath

_CONTROLLERS = "ingressControllers:\n- namespace: ingress-nginx  # the namespace in which your ingress controller runs"


def exposed(cluster: Cluster, directory: Directory, controllers: Sequence[Endpoint]) -> Iterator[Demand]:
    """Demands of the ingress controller, from the backends of Ingresses, Routes and Gateway API routes."""
    services = {(each.namespace, each.name): each for each in cluster.services}
    for exposure in cluster.exposures:
        service = services.get((exposure.service_namespace, exposure.service))
        if service is None:
            continue
        evidence = Evidence(
            f"{exposure.kind} {exposure.name}", f"backend Service {service.name}", shown(exposure.path), exposure.origin
        )
        for workload in directory.behind(service):
            connections = service.endpoint_connections(workload, exposure.port)
            for source in (controllers or (IngressController(),)) if connections else ():
                yield Demand(source, workload, connections, (evidence,))


def published(
    cluster: Cluster, directory: Directory, named: Mapping[EndpointKind, Sequence[Endpoint]]
) -> Iterator[Demand]:
    """Demands of whoever is outside, from LoadBalancer and NodePort Services, external IPs and host ports.

    A load balancer's source ranges hold at the pod only where it keeps the client's address. `named` are the nodes and
    load balancers of netpol.yaml: then the traffic is said to come from them.
    """
    for service in cluster.services:
        if service.type in ("LoadBalancer", "NodePort") or service.external_ips:
            for workload in directory.behind(service):
                connections = service.endpoint_connections(workload)
                for source in _sources(service, named) if connections else ():
                    yield Demand(source, workload, connections, (_type_of(service),))
    for workload in cluster.workloads:
        yield from _host_ports(workload)


def open_to_all(demands: Iterable[Demand], told: Iterable[Demand] = ()) -> Iterator[Assumption]:
    """What the policies take for granted about sources that no rule can name; of `told` it has been said."""
    said = {evidence for demand in told for evidence in demand.evidence}
    placeholders = [demand for demand in demands if isinstance(demand.source, IngressController)]
    if placeholders:
        names = sorted({str(demand.destination) for demand in placeholders})
        evidence = tuple(dict.fromkeys(each for demand in placeholders for each in demand.evidence))
        yield Assumption(
            f"the ingress controller is not known, so that {shown(', '.join(names))} is open without `from`",
            _CONTROLLERS,
            evidence,
        )
    for demand in demands:
        untold = not said.issuperset(demand.evidence)
        if untold and isinstance(demand.source, Anywhere) and isinstance(demand.destination, Workload):
            yield Assumption(
                f"{subject_of(demand.destination)} is open to every source on {demand.connections}, "
                f"since {demand.evidence[0]} publishes it",
                "",
                demand.evidence,
            )


def uncalled(
    cluster: Cluster, directory: Directory, demands: Iterable[Demand], scrapes: Iterable[Demand] = ()
) -> Iterator[tuple[Workload, Draft]]:
    """A draft for each Service and workload whose ports no demand reaches, the workload's own demands aside.

    One that is only scraped has no caller yet, unless the port is there beside others, for that alone.
    """
    reached: dict[int, ConnectionSet] = defaultdict(ConnectionSet)
    for demand in demands:
        if isinstance(demand.destination, Workload) and demand.source is not demand.destination:
            reached[id(demand.destination)] |= demand.connections
    scraped: dict[int, ConnectionSet] = defaultdict(ConnectionSet)
    for demand in scrapes:
        scraped[id(demand.destination)] |= demand.connections
    for workload, services in _fronts(cluster, directory).items():
        reached[id(workload)] |= known_between(workload)
        if any(connections - scraped[id(workload)] for _, connections in services):
            reached[id(workload)] |= scraped[id(workload)]
        yield from _uncalled_ports(workload, services, reached[id(workload)])


def _sources(service: Service, named: Mapping[EndpointKind, Sequence[Endpoint]]) -> tuple[Endpoint, ...]:
    if service.type == "LoadBalancer" and service.source_ranges and service.local_traffic_policy:
        return tuple(IpBlock(block) for block in service.source_ranges)
    by_kind = named.get("load-balancers" if service.type == "LoadBalancer" else "nodes", ())
    return (Anywhere(),) if service.local_traffic_policy or not by_kind else tuple(by_kind)


def _type_of(service: Service) -> Evidence:
    if service.external_ips and service.type == "ClusterIP":
        origin = service.origin.at("spec", "externalIPs")
        return Evidence(f"Service {service.name}", "externalIPs", ", ".join(service.external_ips), origin)
    return Evidence(f"Service {service.name}", "type", service.type, service.origin.at("spec", "type"))


def _host_ports(workload: Workload) -> Iterator[Demand]:
    if workload.host_network:
        return
    for where, container in _running(workload.pod_spec):
        for number, port in enumerate(mappings(container.get("ports"))):
            protocol, inside = port.get("protocol") or "TCP", port.get("containerPort")
            if type(port.get("hostPort")) is int and type(inside) is int and is_protocol(protocol):
                path = (*workload.pod_path, *where, "ports", number, "hostPort")
                field_name = f"hostPort {port['hostPort']}"
                evidence = Evidence(subject_of(workload), field_name, "", workload.origin.at(*path))
                yield Demand(Anywhere(), workload, ConnectionSet.single(protocol, inside), (evidence,))


def _running(pod_spec: Mapping[str, Json]) -> Iterator[tuple[FieldPath, Mapping[str, Json]]]:
    """The containers that run as long as the pod: an init container does where it restarts always (a sidecar)."""
    for index, container in enumerate(mappings(pod_spec.get("containers"))):
        yield ("containers", index), container
    for index, container in enumerate(mappings(pod_spec.get("initContainers"))):
        if container.get("restartPolicy") == "Always":
            yield ("initContainers", index), container


def _fronts(cluster: Cluster, directory: Directory) -> Mapping[Workload, list[tuple[Service, ConnectionSet]]]:
    """The Services in front of each workload, those that are not headless first, and what they lead to."""
    fronts: dict[Workload, list[tuple[Service, ConnectionSet]]] = defaultdict(list)
    for service in sorted(cluster.services, key=lambda each: (each.namespace, each.headless, each.name)):
        for workload in directory.behind(service):
            connections = service.client_connections(workload)
            if connections:
                fronts[workload].append((service, connections))
    return fronts


def _uncalled_ports(
    workload: Workload, services: Sequence[tuple[Service, ConnectionSet]], reached: ConnectionSet
) -> Iterator[tuple[Workload, Draft]]:
    covered = NOTHING
    for service, connections in services:
        open_ports = connections - reached - covered
        # Who calls a headless Service by its endpoints reaches its targets: then they need no other caller.
        if not open_ports or service.endpoint_connections(workload) <= reached:
            continue
        covered |= open_ports
        evidence = Evidence(f"Service {service.name}", "ports", str(connections), service.origin.at("spec", "ports"))
        yield (
            workload,
            Draft(
                gap=Gap.UNKNOWN_CALLERS,
                key=f"callers/{service.name}",
                sentence=f"is behind Service {service.name}, which nothing in the input calls or exposes here",
                target="cluster",
                connections=open_ports,
                evidence=(evidence,),
                advice="who calls? NAMESPACE/WORKLOAD, {namespace: NAME}, a CIDR, internet, or any pod: cluster",
                outbound=False,
            ),
        )
