"""The parties of netpol.yaml and of platform packs as endpoints of the cluster."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Iterable

from netpol_action.model.addresses import IPV4, IPV6, AddressRange
from netpol_action.model.cluster import Cluster
from netpol_action.model.config import (
    CidrRef,
    ClusterRef,
    HostRef,
    InternetRef,
    Party,
    PodsRef,
    WorkloadRef,
)
from netpol_action.model.endpoints import DomainName, Endpoint, IpBlock, Unseen, Workload


class Parties:
    """Finds workloads by name and by label; built once for a cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._by_name: dict[str, list[Workload]] = defaultdict(list)
        for workload in cluster.workloads:
            self._by_name[workload.name].append(workload)

    def workloads(self, reference: WorkloadRef) -> tuple[Workload, ...]:
        """The workload that a reference means, all its variants; nothing where none or several do.

        Without a namespace, a workload whose manifest names none comes first.
        """
        found = [each for each in self._by_name.get(reference.name, ()) if reference.kind in ("", each.kind)]
        if reference.namespace:
            found = [each for each in found if each.namespace == reference.namespace]
        elif any(not each.declared_namespace for each in found):
            found = [each for each in found if not each.declared_namespace]
        return tuple(found) if len({(each.namespace, each.kind) for each in found}) == 1 else ()

    def trouble(self, reference: WorkloadRef) -> str:
        """Why `workloads` finds nothing for a reference, with what was probably meant."""
        same = self._by_name.get(reference.name, ())
        if same:
            known = ", ".join(sorted({_full(each) for each in same}))
            return f"{reference} is not clear or not in that namespace; the input has {known}"
        names = sorted({_full(each) for each in self._cluster.workloads})
        close = difflib.get_close_matches(str(reference), names, n=1, cutoff=0.5) or [
            full for name in difflib.get_close_matches(reference.name, sorted(self._by_name), n=1)
            for full in sorted({_full(each) for each in self._by_name[name]})[:1]
        ]  # fmt: skip
        return f"no workload of the input is {reference}" + (f"; did you mean {close[0]}?" if close else "")

    def endpoints(self, party: Party) -> tuple[Endpoint, ...]:
        """The ends of connections that a party stands for: pods in the input, and those that are not."""
        match party:
            case WorkloadRef():
                return self.workloads(party)
            case PodsRef():
                return (Unseen(party.namespaces, party.pods), *self._matching(party))
            case HostRef(ranges=()):
                return (DomainName(party.name),)
            case HostRef() | CidrRef():
                return _blocks(party.ranges)
            case InternetRef():
                return _blocks((AddressRange.whole(IPV4), AddressRange.whole(IPV6)))
            case ClusterRef():
                return (Unseen(), *self._cluster.workloads)

    def _matching(self, pods: PodsRef) -> Iterable[Workload]:
        chosen = {name for name, each in self._cluster.namespaces.items() if pods.namespaces.matches(each.labels)}
        return (each for each in self._cluster.workloads if each.namespace in chosen and pods.pods.matches(each.labels))


def _blocks(ranges: Iterable[AddressRange]) -> tuple[IpBlock, ...]:
    return tuple(IpBlock(AddressRange.parse(cidr)) for block in ranges for cidr in block.cidrs())


def _full(workload: Workload) -> str:
    return f"{workload.namespace}/{workload.name}[{workload.kind}]"
