"""Endpoints: what traffic flows between. A peer, by contrast, is a clause in a rule (see `policies`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from netpol_action.model.addresses import AddressRange
from netpol_action.model.connections import Protocol
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, SELECT_ALL, Labels, Selector
from netpol_action.origin import UNKNOWN, Origin

Json = Any
"""A value as JSON has it: dict with str keys, list, str, int, float, bool or None."""


@dataclass(frozen=True, slots=True)
class ContainerPort:
    """A port that a container declares. `name` is empty where the manifest gives none."""

    name: str
    protocol: Protocol
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class Workload:
    """The topmost owner of pods in the input, such as a Deployment; compared by identity, one object a workload.

    `namespace` is where the pods run; `declared_namespace` is what the manifest says, empty where it says none.
    `variant` is empty unless pods of one owner differ in their labels: then there is one Workload for each set of
    labels, and `variant` tells them apart. `selector` is the object's own `spec.selector`, None where it has none.
    `pod_spec` and `annotations` are the pod template's, as plain JSON values, for `discovery` to read; they may hold
    passwords.
    """

    namespace: str
    name: str
    kind: str
    labels: Labels = field(default_factory=dict)
    ports: tuple[ContainerPort, ...] = ()
    host_network: bool = False
    declared_namespace: str = ""
    variant: str = ""
    selector: Selector | None = None
    replicas: int | None = None
    annotations: Labels = field(default_factory=dict, repr=False)
    pod_spec: Mapping[str, Json] = field(default_factory=dict, repr=False)
    pod_path: tuple[str | int, ...] = ()
    origin: Origin = UNKNOWN

    def named_ports(self) -> dict[tuple[str, Protocol], int]:
        """The ports by name and protocol; of those that share both the first counts, as where Kubernetes looks one up.

        Containers of one pod may give the same name twice.
        """
        found: dict[tuple[str, Protocol], int] = {}
        for port in self.ports:
            if port.name:
                found.setdefault((port.name, port.protocol), port.number)
        return found

    def port_named(self, name: str, protocol: Protocol) -> int | None:
        """The port that a Service or a policy means by a name and protocol; None where the pods have none."""
        return self.named_ports().get((name, protocol))

    def __str__(self) -> str:
        name = f"{self.namespace}/{self.name}[{self.kind}]"
        return f"{name}{{{self.variant}}}" if self.variant else name


@dataclass(frozen=True, slots=True)
class IpBlock:
    """Addresses outside the cluster."""

    range: AddressRange

    def __str__(self) -> str:
        return str(self.range)


@dataclass(frozen=True, slots=True)
class IngressController:
    """The cluster's ingress controller, while neither the configuration nor the input says which workload it is."""

    def __str__(self) -> str:
        return "{ingress-controller}"


@dataclass(frozen=True, slots=True)
class Node:
    """The cluster's nodes that a selector picks."""

    selector: Selector = SELECT_ALL

    def __str__(self) -> str:
        return "{nodes}" if self.selector == SELECT_ALL else f"{{nodes {self.selector}}}"


@dataclass(frozen=True, slots=True)
class DomainName:
    """A host by name, such as `db.example.com` or `*.example.com`."""

    name: str

    def __str__(self) -> str:
        return f"{{host {self.name}}}"


@dataclass(frozen=True, slots=True)
class Unseen:
    """Pods that are not in the input, as selectors describe them: of the namespaces that match, the pods that match."""

    namespaces: Selector = SELECT_ALL
    pods: Selector = SELECT_ALL

    def __str__(self) -> str:
        if self.namespaces == SELECT_ALL and self.pods == SELECT_ALL:
            return "{entire-cluster}"
        pods = "all pods" if self.pods == SELECT_ALL else f"pods {self.pods}"
        return f"{{{pods} in {self.where()}}}"

    def where(self) -> str:
        """The namespaces, in words."""
        if self.namespaces == SELECT_ALL:
            return "any namespace"
        only = self.namespaces.requirements[0]
        if len(self.namespaces.requirements) == 1 and only.key == NAMESPACE_NAME_LABEL and only.operator == "In":
            return f"namespace {' or '.join(only.values)}"
        return f"namespaces {self.namespaces}"


@dataclass(frozen=True, slots=True)
class Anywhere:
    """Every possible other end, in the cluster and outside: what a rule without `from` or `to` admits."""

    def __str__(self) -> str:
        return "{anywhere}"


Endpoint = Workload | IpBlock | IngressController | Node | DomainName | Unseen | Anywhere

_KIND_ORDER = (Workload, Unseen, IngressController, Node, DomainName, IpBlock, Anywhere)


def sort_key(endpoint: Endpoint) -> tuple[int, int, int, str]:
    """The order of endpoints in every output: by kind, IP blocks by address, others by their text."""
    kind = _KIND_ORDER.index(type(endpoint))
    if isinstance(endpoint, IpBlock):
        return (kind, endpoint.range.family, endpoint.range.first, "")
    return (kind, 0, 0, str(endpoint))
