"""The product, asked the way the second evaluator is asked: raw objects in, one verdict a question."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Literal

from naive.objects import Address, Object, Pod

from netpol_action.connectivity import EvaluationOptions, evaluate
from netpol_action.manifests.decode import decode
from netpol_action.model.addresses import AddressRange
from netpol_action.model.bits import elements
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.documents import Document
from netpol_action.model.endpoints import Endpoint, IpBlock, Workload
from netpol_action.origin import Origin


class Product:
    """What the product answers for one cluster."""

    def __init__(
        self,
        objects: Iterable[Object],
        host_network: Literal["exempt", "ordinary"] = "exempt",
        pod_cidrs: tuple[str, ...] = (),
        ip_family: Literal["auto", "ipv4", "ipv6", "dual"] = "auto",
    ) -> None:
        documents = [Document(item, Origin("cluster.yaml", number)) for number, item in enumerate(objects, start=1)]
        self.cluster = decode(documents)
        cidrs = tuple(AddressRange.parse(cidr) for cidr in pod_cidrs)
        self.evaluation = evaluate(self.cluster, EvaluationOptions(ip_family, host_network, cidrs))
        self.map = self.evaluation.map
        self._blocks: dict[int, list[tuple[int, ConnectionSet]]] = {}
        for block in self.map.blocks:
            for source in elements(block.sources):
                self._blocks.setdefault(source, []).append((block.destinations, block.allowed))

    def allows(self, source: Pod | Address | str, destination: Pod | Address | str, protocol: str, port: int) -> bool:
        """Whether the map has the connection."""
        return port in self.allowed(source, destination)[protocol]  # type: ignore[index]  # a protocol of the API

    def allowed(self, source: Pod | Address | str, destination: Pod | Address | str) -> ConnectionSet:
        """The connections that the map has between two ends; a pair must not be in two blocks."""
        return self.allowed_between(self.find(source), self.find(destination))

    def allowed_between(self, source: int, destination: int) -> ConnectionSet:
        """The same between two endpoints by their numbers."""
        found = [allowed for ends, allowed in self._blocks.get(source, ()) if ends >> destination & 1]
        assert len(found) <= 1, f"{source} -> {destination} is in {len(found)} blocks of the map"
        return found[0] if found else NOTHING

    def find(self, end: Pod | Address | str) -> int:
        """The number of the endpoint that stands for a pod or an address."""
        if isinstance(end, str):
            end = ip_address(end)
        found = [i for i, endpoint in enumerate(self.map.endpoints) if _stands_for(endpoint, end)]
        assert len(found) == 1, f"{len(found)} endpoints of the map stand for {end}"
        return found[0]


def _stands_for(endpoint: Endpoint, end: Pod | Address) -> bool:
    if isinstance(end, Pod):
        return isinstance(endpoint, Workload) and (endpoint.namespace, endpoint.name, endpoint.kind) == (
            end.namespace,
            end.name,
            end.kind,
        )
    return (
        isinstance(endpoint, IpBlock)
        and endpoint.range.family == end.version
        and endpoint.range.first <= int(end) <= endpoint.range.last
    )
