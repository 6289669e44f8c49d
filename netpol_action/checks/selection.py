"""Which workloads of the input selectors pick, for the questions of `check`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from netpol_action.model.cluster import Cluster
from netpol_action.model.endpoints import Workload
from netpol_action.model.labels import Selector
from netpol_action.model.policies import PodPeer, Policy


class Selection:
    """The workloads of a cluster by namespace and label. Host-network pods are picked by no selector.

    `labels` are those of the namespaces, by name.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.labels = {name: namespace.labels for name, namespace in cluster.namespaces.items()}
        self._by_namespace: dict[str, list[Workload]] = defaultdict(list)
        self._by_label: dict[tuple[str, str, str], list[Workload]] = defaultdict(list)
        self._known: dict[tuple[str, PodPeer], tuple[Workload, ...]] = {}
        for workload in cluster.workloads:
            if not workload.host_network:
                self._by_namespace[workload.namespace].append(workload)
                for key, value in workload.labels.items():
                    self._by_label[workload.namespace, key, value].append(workload)

    def picked(self, peer: PodPeer, namespace: str) -> tuple[Workload, ...]:
        """The workloads that match, seen from a policy of this namespace."""
        key = (namespace if peer.namespaces is None else "", peer)
        if key not in self._known:
            found = (w for name in self._names(peer, namespace) for w in self._narrowed(name, peer.pods))
            self._known[key] = tuple(w for w in found if peer.pods.matches(w.labels))
        return self._known[key]

    def selected(self, policy: Policy) -> tuple[Workload, ...]:
        """The workloads that a policy selects."""
        return self.picked(policy.subject, policy.namespace)

    def values(self, namespaces: Iterable[str], key: str) -> Sequence[str]:
        """The values of a label among the workloads of these namespaces."""
        wanted = set(namespaces)
        return sorted({value for name, label, value in self._by_label if label == key and name in wanted})

    def names(self, peer: PodPeer, namespace: str) -> list[str]:
        """The namespaces of the input with workloads that a peer speaks of."""
        return self._names(peer, namespace)

    def _names(self, peer: PodPeer, namespace: str) -> list[str]:
        if peer.namespaces is None:
            return [namespace] if namespace in self._by_namespace else []
        wanted = peer.namespaces
        return [name for name in self._by_namespace if wanted.matches(self.cluster.namespaces[name].labels)]

    def _narrowed(self, namespace: str, pods: Selector) -> Sequence[Workload]:
        for requirement in pods.requirements:
            if requirement.operator == "In" and len(requirement.values) == 1:
                return self._by_label.get((namespace, requirement.key, requirement.values[0]), ())
        return self._by_namespace[namespace]
