"""The labels by which policies name one workload: its own selector, and what tells it apart from the others."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from netpol_action.model.endpoints import Workload
from netpol_action.model.labels import LONG_JOB_NAME_LABEL, Labels, Requirement, Selector

_VOLATILE = re.compile(
    r"(?:^|[/.-])(?:version|chart|hash|revision|release-version|generation|checksum|commit|sha|build|date|"
    r"pod-template-hash|controller-uid|job-name|heritage)$"
)
_TRIED = 12
"""How many labels are tried in combinations of two; beyond, the one that excludes most is taken each time."""


@dataclass(frozen=True, slots=True)
class Handle:
    """How policies select a workload: `selector` None where it has no labels at all.

    `others` are workloads that the selector picks too, since nothing tells them apart.
    """

    selector: Selector | None
    others: tuple[Workload, ...] = ()


class Handles:
    """The handles of a cluster's workloads, each found when it is asked for."""

    def __init__(self, workloads: Sequence[Workload]) -> None:
        self._known: dict[int, Handle] = {}
        self._by_namespace: dict[str, list[Workload]] = defaultdict(list)
        self._by_label: dict[tuple[str, str, str], list[Workload]] = defaultdict(list)
        for workload in workloads:
            self._by_namespace[workload.namespace].append(workload)
            for key, value in workload.labels.items():
                self._by_label[workload.namespace, key, value].append(workload)

    def of(self, workload: Workload) -> Handle:
        """The handle of one workload."""
        if id(workload) not in self._known:
            self._known[id(workload)] = self._find(workload)
        return self._known[id(workload)]

    def _find(self, workload: Workload) -> Handle:
        own = _own(workload)
        if not own.requirements:
            return Handle(None)
        rivals = [each for each in self._matching(workload.namespace, own) if each is not workload]
        if not rivals:
            return Handle(own)
        further = _telling_apart(workload, own, rivals)
        selector = Selector.of(*own.requirements, *(_is(key, workload.labels) for key in further))
        return Handle(selector, tuple(each for each in rivals if selector.matches(each.labels)))

    def _matching(self, namespace: str, selector: Selector) -> Iterable[Workload]:
        pools = [
            self._by_label.get((namespace, each.key, each.values[0]), [])
            for each in selector.requirements
            if each.operator == "In" and len(each.values) == 1
        ]
        pool = min(pools, key=len, default=self._by_namespace[namespace])
        return (each for each in pool if selector.matches(each.labels))


def is_volatile(key: str) -> bool:
    """Whether a label changes from one release to the next, so that a policy must not depend on it."""
    return _VOLATILE.search(key) is not None


def _own(workload: Workload) -> Selector:
    """The workload's `spec.selector`; its lasting labels where it has none, all of them where none lasts."""
    own = workload.selector
    if own is not None and own.requirements and own.matches(workload.labels):
        return own
    known = {key: value for key, value in workload.labels.items() if key != LONG_JOB_NAME_LABEL}
    lasting = {key: value for key, value in known.items() if not is_volatile(key)}
    return Selector.labels(lasting or known)


def _telling_apart(workload: Workload, own: Selector, rivals: Sequence[Workload]) -> tuple[str, ...]:
    """As few further labels as exclude as many rivals as possible; lasting ones as long as they do."""
    used = {each.key for each in own.requirements if each.operator == "In"}
    keys = sorted(workload.labels.keys() - used - {LONG_JOB_NAME_LABEL})
    chosen: tuple[str, ...] = ()
    for pool in ([key for key in keys if not is_volatile(key)], [key for key in keys if is_volatile(key)]):
        left = [each for each in rivals if _shares(workload, each, chosen)]
        if left:
            chosen += _fewest(workload, pool, left)
    return chosen


def _fewest(workload: Workload, keys: Sequence[str], rivals: Sequence[Workload]) -> tuple[str, ...]:
    useful = [key for key in keys if any(not _shares(workload, each, (key,)) for each in rivals)]
    left = [each for each in rivals if not _shares(workload, each, tuple(useful))]
    for size in (1, 2) if len(useful) <= _TRIED else (1,):
        for some in combinations(useful, size):
            if not any(_shares(workload, each, some) for each in left):
                return some
    chosen: tuple[str, ...] = ()
    while left:
        best = max(useful, key=lambda key: sum(not _shares(workload, each, (key,)) for each in left))
        chosen += (best,)
        left = [each for each in left if _shares(workload, each, (best,))]
    return tuple(sorted(chosen))


def _shares(workload: Workload, other: Workload, keys: Sequence[str]) -> bool:
    return all(other.labels.get(key) == workload.labels[key] for key in keys)


def _is(key: str, labels: Labels) -> Requirement:
    return Requirement(key, "In", (labels[key],))
