"""A cluster as manifests describe it: namespaces, workloads, services, policies and what exposes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netpol_action.model.addresses import AddressRange
from netpol_action.model.connections import ConnectionSet, Protocol
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.endpoints import Json, Workload
from netpol_action.model.labels import Labels, Selector
from netpol_action.model.policies import Policy
from netpol_action.origin import UNKNOWN, Origin


@dataclass(frozen=True, slots=True)
class Namespace:
    """A namespace, from its manifest or only named by other objects; `labels` always hold its name's label."""

    name: str
    labels: Labels = field(default_factory=dict)
    annotations: Labels = field(default_factory=dict)
    origin: Origin = UNKNOWN


@dataclass(frozen=True, slots=True)
class ServicePort:
    """`target` is a number, a name to look up on each pod, or None where it is the port itself."""

    port: int
    protocol: Protocol = "TCP"
    name: str = ""
    target: int | str | None = None
    node_port: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Service:
    """A Service. `selector` is None where it has none: endpoints given by hand, or an ExternalName.

    `addresses` are those that its manifest fixes: cluster, load balancer and external IPs; `cluster_ips` and
    `external_ips`: those of them.
    """

    namespace: str
    name: str
    selector: Selector | None = None
    ports: tuple[ServicePort, ...] = ()
    type: str = "ClusterIP"
    headless: bool = False
    external_name: str = ""
    source_ranges: tuple[AddressRange, ...] = ()
    local_traffic_policy: bool = False
    labels: Labels = field(default_factory=dict)
    annotations: Labels = field(default_factory=dict)
    declared_namespace: str = ""
    addresses: tuple[str, ...] = ()
    cluster_ips: tuple[str, ...] = ()
    external_ips: tuple[str, ...] = ()
    origin: Origin = UNKNOWN

    def selects(self, workload: Workload) -> bool:
        """Whether the workload's pods stand behind this Service."""
        return (
            self.selector is not None
            and bool(self.selector.requirements)
            and self.namespace == workload.namespace
            and self.selector.matches(workload.labels)
        )

    def endpoint_connections(self, workload: Workload, port: int | str | None = None) -> ConnectionSet:
        """The connections to `workload`'s pods of those who read the Service's endpoints, and of its virtual address.

        Ingress controllers and Prometheus read endpoints, which hold target ports, of a headless Service too. `port` is
        a port of the Service by number or name; None means all of them. Empty where the Service has no such port, or
        the pod none of the target's name.
        """
        return self._behind(workload, port, by_name=False)

    def client_connections(self, workload: Workload, port: int | str | None = None) -> ConnectionSet:
        """The connections to `workload`'s pods of those who look the Service up by name.

        As `endpoint_connections`, except that a headless Service translates no numbers: its name stands for the pods
        themselves, and its clients reach the port that they name.
        """
        return self._behind(workload, port, by_name=True)

    def _behind(self, workload: Workload, asked: int | str | None, *, by_name: bool) -> ConnectionSet:
        result = ConnectionSet()
        for port in self.ports:
            if asked is None or asked in (port.port, port.name) or str(port.port) == asked:
                result |= _on_pods(port, workload, as_it_is=by_name and self.headless)
        return result


def _on_pods(port: ServicePort, workload: Workload, *, as_it_is: bool) -> ConnectionSet:
    if isinstance(port.target, str):
        number = workload.port_named(port.target, port.protocol)
    else:
        number = port.port if port.target is None or as_it_is else port.target
    return ConnectionSet() if number is None else ConnectionSet.single(port.protocol, number)


@dataclass(frozen=True, slots=True)
class Exposure:
    """One backend of an Ingress, Route or Gateway API route: the ingress controller sends traffic to this Service.

    `port` is a port of the Service by number or name, None for all of them. `path` is what users ask for
    (`shop.example.com/cart`), for messages.
    """

    kind: str
    namespace: str
    name: str
    service_namespace: str
    service: str
    port: int | str | None = None
    path: str = ""
    origin: Origin = UNKNOWN


@dataclass(frozen=True, slots=True)
class ConfigData:
    """A ConfigMap or a Secret. A Secret's values must never be shown; `data` is left out of its repr."""

    kind: str
    namespace: str
    name: str
    data: Mapping[str, str] = field(default_factory=dict, repr=False)
    origin: Origin = UNKNOWN


@dataclass(frozen=True, slots=True)
class Resource:
    """An object of any other kind, as it stands in the manifest."""

    api_version: str
    kind: str
    namespace: str
    name: str
    body: Mapping[str, Json] = field(default_factory=dict, repr=False)
    origin: Origin = UNKNOWN


@dataclass(frozen=True, slots=True)
class Cluster:
    """All that the manifests say. Every tuple is sorted by namespace and name; `namespaces` is keyed by name."""

    namespaces: Mapping[str, Namespace] = field(default_factory=dict)
    workloads: tuple[Workload, ...] = ()
    services: tuple[Service, ...] = ()
    policies: tuple[Policy, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    config: tuple[ConfigData, ...] = ()
    resources: tuple[Resource, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
