"""What the product generates for raw objects, and what its demands say may be open, asked question by question."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

import yaml
from naive.objects import Address, Object, Pod

from netpol_action.discovery import DiscoveryOptions, discover
from netpol_action.manifests.decode import decode
from netpol_action.manifests.write import policies_yaml
from netpol_action.model.config import Config
from netpol_action.model.demands import Demand, Requirements
from netpol_action.model.documents import Document
from netpol_action.model.endpoints import Anywhere, DomainName, Endpoint, IngressController, IpBlock, Unseen, Workload
from netpol_action.origin import Origin
from netpol_action.synthesis import SynthesisOptions, scoped, synthesise

Direction = Literal["Ingress", "Egress"]
DNS_NAMESPACE, DNS_PORTS = "kube-system", {("TCP", 53), ("UDP", 53)}


@dataclass(frozen=True)
class Generated:
    """The requirements, the policies as raw objects read back from their YAML, and the ids of the diagnostics."""

    requirements: Requirements
    policies: list[Object]
    notices: set[str]


def generate(objects: Iterable[Object], config: Config | None = None) -> Generated:
    """What `generate` does, from raw objects to YAML and back."""
    documents = [Document(item, Origin("application.yaml", number)) for number, item in enumerate(objects, start=1)]
    cluster = decode(documents)
    config = config or Config()
    options = SynthesisOptions(namespaces=config.namespaces, strictness=config.strictness)
    requirements = scoped(discover(cluster, config, DiscoveryOptions()), options)
    policies, diagnostics = synthesise(requirements, cluster, options)
    written = [item for item in yaml.safe_load_all(policies_yaml(policies)) if item is not None]
    return Generated(requirements, written, {diagnostic.rule for diagnostic in diagnostics})


def demanded(  # noqa: PLR0913, PLR0917  # a question, and what it is asked of
    requirements: Requirements,
    source: Pod | Address,
    destination: Pod | Address,
    protocol: str,
    port: int,
    config: Config | None = None,
) -> bool:
    """Whether the demands, and name resolution, account for a connection at both of its ends.

    A demand whose other end no policy can name opens its port for every other end in that direction.
    """
    config = config or Config()
    return all(
        not isinstance(pod, Pod)
        or config.namespaces.excludes(pod.namespace)
        or (direction == "Egress" and config.strictness == "ingress-only")
        or (
            (protocol, port) in DNS_PORTS
            and _resolves_names(direction, other)
            and (config.strictness != "strict" or _opens_connections(requirements, pod))
        )
        or any(
            port in demand.connections[protocol] and _opens(demand, direction, pod, other)  # type: ignore[index]
            for demand in requirements.demands
        )
        for direction, pod, other in _ends(source, destination)
    )


def _ends(
    source: Pod | Address, destination: Pod | Address
) -> Iterator[tuple[Direction, Pod | Address, Pod | Address]]:
    yield "Egress", source, destination
    yield "Ingress", destination, source


def _opens(demand: Demand, direction: Direction, pod: Pod, other: Pod | Address) -> bool:
    """Whether the demand is one of the pod's in this direction, and of this other end."""
    ends = (demand.source, demand.destination) if direction == "Egress" else (demand.destination, demand.source)
    return _is(ends[0], pod) and _covers(ends[1], other)


def _opens_connections(requirements: Requirements, pod: Pod) -> bool:
    """Whether the pod opens any connection, or may."""
    return any(_is(demand.source, pod) for demand in requirements.demands) or any(
        row.outbound and _is(row.workload, pod) for row in requirements.unresolved
    )


def _resolves_names(direction: Direction, other: Pod | Address) -> bool:
    return direction == "Egress" and isinstance(other, Pod) and other.namespace == DNS_NAMESPACE


def _is(endpoint: Endpoint, pod: Pod) -> bool:
    return isinstance(endpoint, Workload) and (endpoint.namespace, endpoint.kind, endpoint.name) == (
        pod.namespace,
        pod.kind,
        pod.name,
    )


def _covers(endpoint: Endpoint, other: Pod | Address) -> bool:
    match endpoint:
        case Workload():
            return isinstance(other, Pod) and _is(endpoint, other)
        case Unseen():
            return isinstance(other, Pod) and endpoint.pods.matches(other.labels) and _in(endpoint, other)
        case IpBlock():
            return not isinstance(other, Pod) and (
                endpoint.range.family == other.version and endpoint.range.first <= int(other) <= endpoint.range.last
            )
        case Anywhere() | IngressController() | DomainName():
            return True
        case _:
            return False


def _in(endpoint: Unseen, pod: Pod) -> bool:
    return endpoint.namespaces.matches({"kubernetes.io/metadata.name": pod.namespace})


OUTSIDE = (ip_address("1.2.3.4"), ip_address("10.0.0.1"), ip_address("2001:db8::1"))
