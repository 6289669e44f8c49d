"""Which workloads a selector picks, by an index of their labels: each label is looked at once."""

from __future__ import annotations

from collections.abc import Sequence

from netpol_action.model.bits import bits_of, elements
from netpol_action.model.cluster import Cluster
from netpol_action.model.endpoints import Workload
from netpol_action.model.labels import Labels, Requirement, Selector


class LabelIndex:
    """Which of a list of label sets a selector matches, as a bitset; each label is looked at once."""

    def __init__(self, label_sets: Sequence[Labels]) -> None:
        where: dict[str, dict[str, list[int]]] = {}
        for i, labels in enumerate(label_sets):
            for key, value in labels.items():
                where.setdefault(key, {}).setdefault(value, []).append(i)
        self._where = where
        self._everything = (1 << len(label_sets)) - 1
        self._known: dict[Selector, int] = {}

    def matching(self, selector: Selector) -> int:
        """The positions whose labels the selector matches."""
        known = self._known.get(selector)
        if known is None:
            known = self._everything
            for requirement in selector.requirements:
                known &= self._meeting(requirement)
            self._known[selector] = known
        return known

    def _meeting(self, requirement: Requirement) -> int:
        values = self._where.get(requirement.key, {})
        if requirement.operator in ("In", "NotIn"):
            found = bits_of(i for value in requirement.values for i in values.get(value, ()))
        else:
            found = bits_of(i for positions in values.values() for i in positions)
        return found if requirement.operator in ("In", "Exists") else self._everything & ~found


class NamespaceIndex:
    """Which workloads are in the namespaces that a selector or a name picks, as a bitset."""

    def __init__(self, cluster: Cluster, workloads: Sequence[Workload]) -> None:
        members: dict[str, list[int]] = {}
        for i, workload in enumerate(workloads):
            members.setdefault(workload.namespace, []).append(i)
        self._members = {name: bits_of(positions) for name, positions in members.items()}
        self._members_in_order = list(self._members.values())
        self._index = LabelIndex([cluster.namespaces[name].labels for name in members])
        self._known: dict[Selector, tuple[int, bool]] = {}

    def named(self, name: str) -> int:
        """The workloads of one namespace."""
        return self._members.get(name, 0)

    def matching(self, selector: Selector) -> int:
        """The workloads of the namespaces whose labels the selector matches."""
        return self._look(selector)[0]

    def unlabelled(self, selector: Selector) -> bool:
        """Whether the selector matches a namespace without labels."""
        return self._look(selector)[1]

    def _look(self, selector: Selector) -> tuple[int, bool]:
        known = self._known.get(selector)
        if known is None:
            bits = 0
            for i in elements(self._index.matching(selector)):
                bits |= self._members_in_order[i]
            known = self._known[selector] = (bits, selector.matches({}))
        return known
