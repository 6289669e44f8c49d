"""One version of a comparison, with what is looked up in it again and again: rows by the million may ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netpol_action.model.bits import bits_of, elements
from netpol_action.model.cluster import Cluster, Exposure, Service
from netpol_action.model.endpoints import Endpoint, Workload
from netpol_action.model.labelled import LabelIndex
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Selector
from netpol_action.model.policies import PodPeer
from netpol_action.origin import Origin

Refine = Callable[[Origin], Origin]

Owner = tuple[str, str, str]
"""Namespace, name and kind of a workload: its variants share them."""


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One side of a comparison, and how to find the exact line of an origin in it."""

    cluster: Cluster
    refine: Refine


def owner_of(workload: Workload) -> Owner:
    """What identifies a workload in both versions."""
    return (workload.namespace, workload.name, workload.kind)


class Side:
    """A version. Sets of its workloads are bitsets over `owners`."""

    def __init__(self, version: Version) -> None:
        self.cluster = version.cluster
        self._refine = version.refine
        self._refined: dict[Origin, Origin] = {}
        self._workloads: dict[Owner, list[Workload]] = {}
        for workload in version.cluster.workloads:
            self._workloads.setdefault(owner_of(workload), []).append(workload)
        self.owners = list(self._workloads)
        self._numbers = {owner: number for number, owner in enumerate(self.owners)}
        self._pods = LabelIndex([workload.labels for workload in version.cluster.workloads])
        self._spaces = _Spaces(version.cluster)
        self._picked: dict[tuple[Selector | str, Selector], int] = {}
        self._exposed = _exposed(version.cluster)

    @property
    def everyone(self) -> int:
        """All workloads."""
        return (1 << len(self.owners)) - 1

    def refine(self, origin: Origin) -> Origin:
        """The exact place, found once."""
        if origin not in self._refined:
            self._refined[origin] = self._refine(origin)
        return self._refined[origin]

    def own(self, end: Endpoint) -> list[Workload]:
        """The workload in this version, all its variants."""
        return self._workloads.get(owner_of(end), []) if isinstance(end, Workload) else []

    def number(self, end: Workload) -> int | None:
        """The workload's bit in this version; None where it is not in it."""
        return self._numbers.get(owner_of(end))

    def picked(self, peer: PodPeer, namespace: str) -> int:
        """The workloads of which a variant is one of the pods that a clause of a policy in this namespace means."""
        where = namespace if peer.namespaces is None else peer.namespaces
        key = (where, peer.pods)
        if key not in self._picked:
            pods = self._pods.matching(peer.pods) & self._spaces.members(where)
            workloads = self.cluster.workloads
            self._picked[key] = bits_of(self._numbers[owner_of(workloads[i])] for i in elements(pods))
        return self._picked[key]

    def exposures(self, workload: Workload) -> dict[Owner, list[Exposure]]:
        """What exposes a workload, by kind, namespace and name."""
        found: dict[Owner, list[Exposure]] = {}
        for service, exposures in self._exposed.get(workload.namespace, ()):
            if any(service.selects(each) for each in self.own(workload)):
                for each in exposures:
                    found.setdefault((each.kind, each.namespace, each.name), []).append(each)
        return found


class _Spaces:
    """Which workloads are in a namespace, or in those that a selector matches; bitsets over the cluster's workloads."""

    def __init__(self, cluster: Cluster) -> None:
        positions: dict[str, list[int]] = {}
        for i, workload in enumerate(cluster.workloads):
            positions.setdefault(workload.namespace, []).append(i)
        self._members = {name: bits_of(members) for name, members in positions.items()}
        known = cluster.namespaces
        labels = [{**(known[name].labels if name in known else {}), NAMESPACE_NAME_LABEL: name} for name in positions]
        self._index = LabelIndex(labels)
        self._in_order = list(self._members.values())

    def members(self, where: Selector | str) -> int:
        if isinstance(where, str):
            return self._members.get(where, 0)
        result = 0
        for i in elements(self._index.matching(where)):
            result |= self._in_order[i]
        return result


def _exposed(cluster: Cluster) -> dict[str, list[tuple[Service, Sequence[Exposure]]]]:
    """The Services that something exposes, and what does, by namespace."""
    exposures: dict[tuple[str, str], list[Exposure]] = {}
    for each in cluster.exposures:
        exposures.setdefault((each.service_namespace, each.service), []).append(each)
    found: dict[str, list[tuple[Service, Sequence[Exposure]]]] = {}
    for service in cluster.services:
        mine = exposures.get((service.namespace, service.name))
        if mine:
            found.setdefault(service.namespace, []).append((service, mine))
    return found
