"""The cluster's Services as DNS names: which Service a host means, seen from a namespace, and the pods behind it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from netpol_action.discovery.endpoints import HandMade, hand_made
from netpol_action.model.cluster import Cluster, Service
from netpol_action.model.endpoints import Workload
from netpol_action.model.labels import Selector

_MAX_ALIASES = 8
"""How many ExternalNames are followed, one to the next; a ring of them ends here."""


class Place(Enum):
    """Where a host is that no Service of the input answers to. NOWHERE: a name alone, of whatever it may be."""

    CLUSTER = "cluster"
    OUTSIDE = "outside"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Name:
    """A host's name, read as Kubernetes' DNS would. `qualified`: it ends in `.svc` or the cluster's domain."""

    labels: tuple[str, ...]
    qualified: bool
    port_name: str = ""


class Directory:
    """Looks up hosts and selectors; built once for a cluster."""

    def __init__(self, cluster: Cluster, domain: str) -> None:
        self._services = {(each.namespace, each.name.lower()): each for each in cluster.services}
        self._by_address = {address: each for each in cluster.services for address in each.addresses}
        self._hand_made = hand_made(cluster.resources)
        self._namespaces = frozenset(cluster.namespaces) | {"default", "kube-system"}
        self._domain = tuple(domain.strip(".").lower().split("."))
        self._by_namespace: dict[str, list[Workload]] = defaultdict(list)
        self._by_label: dict[tuple[str, str, str], list[Workload]] = defaultdict(list)
        for workload in cluster.workloads:
            self._by_namespace[workload.namespace].append(workload)
            for key, value in workload.labels.items():
                self._by_label[workload.namespace, key, value].append(workload)
        self._variables: dict[str, dict[str, str]] = defaultdict(dict)
        for service in cluster.services:
            variable = service.name.upper().replace("-", "_")
            self._variables[service.namespace][f"{variable}_SERVICE_HOST"] = service.name
            if service.ports:
                self._variables[service.namespace][f"{variable}_SERVICE_PORT"] = str(service.ports[0].port)

    def name(self, host: str) -> Name:
        """Splits a host; the SRV parts `_http._tcp` become the name of the port."""
        labels = tuple(host.removesuffix(".").lower().split("."))
        port_name = labels[0][1:] if labels[0].startswith("_") and len(labels) > 2 else ""  # noqa: PLR2004  # _http._tcp.db
        while len(labels) > 1 and labels[0].startswith("_"):
            labels = labels[1:]
        qualified = len(labels) > len(self._domain) and labels[-len(self._domain) :] == self._domain
        if qualified:
            labels = labels[: -len(self._domain)]
        if len(labels) > 1 and labels[-1] == "svc":
            labels, qualified = labels[:-1], True
        return Name(labels, qualified, port_name)

    def service(self, host: str, namespace: str) -> Service | None:
        """The Service that pods of a namespace reach under this host; a pod of a headless Service included.

        An ExternalName that names a Service of the input is that Service.
        """
        found = self._by_address.get(host) or self._named(self.name(host).labels, namespace)
        for _ in range(_MAX_ALIASES):
            if found is None or not found.external_name:
                break
            target = self.name(found.external_name)
            further = self._named(target.labels, found.namespace) if target.qualified else None
            if further is None:
                break
            found = further
        return found

    def given_by_hand(self, service: Service) -> Sequence[HandMade]:
        """The addresses that stand behind a Service without a selector, where the input has them."""
        return self._hand_made.get((service.namespace, service.name), ())

    def _named(self, labels: tuple[str, ...], namespace: str) -> Service | None:
        match labels:
            case (service,):
                return self._services.get((namespace, service))
            case (first, second):
                return self._services.get((second, first)) or self._headless(namespace, second)
            case (_, service, other):
                return self._headless(other, service)
            case _:
                return None

    def place(self, host: str) -> Place:
        """Where a host is that no Service of the input answers to."""
        name = self.name(host)
        if name.qualified or (len(name.labels) == 2 and name.labels[1] in self._namespaces):  # noqa: PLR2004  # svc.ns
            return Place.CLUSTER
        return Place.OUTSIDE if len(name.labels) > 1 else Place.NOWHERE

    def behind(self, service: Service) -> tuple[Workload, ...]:
        """The workloads whose pods stand behind a Service."""
        if service.selector is None:
            return ()
        pool = self._pool(service.namespace, service.selector)
        return tuple(workload for workload in pool if service.selects(workload))

    def matching(self, namespace: str, selector: Selector) -> tuple[Workload, ...]:
        """The workloads of a namespace whose pods a selector picks."""
        return tuple(each for each in self._pool(namespace, selector) if selector.matches(each.labels))

    def variables(self, namespace: str) -> Mapping[str, str]:
        """The variables that Kubernetes sets in every container for the Services of its namespace."""
        return self._variables.get(namespace, {})

    def _headless(self, namespace: str, name: str) -> Service | None:
        service = self._services.get((namespace, name))
        return service if service is not None and service.headless else None

    def _pool(self, namespace: str, selector: Selector) -> list[Workload]:
        """Few workloads among which all that match are: those with the rarest of the labels that it wants."""
        pools = [
            self._by_label.get((namespace, each.key, each.values[0]), [])
            for each in selector.requirements
            if each.operator == "In" and len(each.values) == 1
        ]
        return min(pools, key=len, default=self._by_namespace.get(namespace, []))
