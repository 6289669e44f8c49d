"""What may have caused a row of a difference: workloads, policies, labels and exposures that differ.

Only what bears on both ends and on the ports of the row is named; where nothing can be told, nothing is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from netpol_action.diff.policies import (
    Asked,
    PolicyChange,
    bearing_rule,
    isolates,
    policy_changes,
    selects,
)
from netpol_action.model.cluster import Cluster, Exposure, Service
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.diff import Cause, Change, DiffRow
from netpol_action.model.endpoints import Endpoint, IngressController, Workload
from netpol_action.model.policies import Direction, Policy
from netpol_action.origin import Origin

Refine = Callable[[Origin], Origin]
_Owner = tuple[str, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One side of a comparison, and how to find the exact line of an origin in it."""

    cluster: Cluster
    refine: Refine


class Causes:
    """Finds the causes of rows; a function from a row to its causes, in the order of their importance."""

    def __init__(self, before: Version, after: Version) -> None:
        self._before, self._after = _Side(before), _Side(after)
        self._selecting: dict[str, list[PolicyChange]] | None = None
        self._opened_and_closed: dict[Change, tuple[ConnectionSet, ConnectionSet]] = {}
        self._relabelled: dict[str, tuple[Cause, ...]] = {}

    def __call__(self, row: DiffRow) -> tuple[Cause, ...]:
        """The workloads that came or went; else the policies, labels and exposures that changed."""
        moved = tuple(self._moved(row))
        if moved:
            return moved
        found = [
            *self._policies(row, Direction.EGRESS),
            *self._policies(row, Direction.INGRESS),
            *(cause for end in (row.source, row.destination) for cause in self._labels(end)),
            *self._exposures(row),
        ]
        return tuple(dict.fromkeys(found))

    def _moved(self, row: DiffRow) -> Iterator[Cause]:
        for end in (row.source, row.destination):
            note = next((note for note in row.workloads if note.startswith(f"workload {end} ")), "")
            if note:
                side = self._after if self._after.own(end) else self._before
                origins = [workload.origin for workload in side.own(end)]
                yield Cause(note, side.refine(origins[0])) if origins else Cause(note)

    def _policies(self, row: DiffRow, direction: Direction) -> Iterator[Cause]:
        own, other = (row.source, row.destination)[:: 1 if direction is Direction.EGRESS else -1]
        if not isinstance(own, Workload):
            return
        for change in self._changes_for(own):
            origin = self._bearing(change, own, other, row, direction)
            if origin is not None:
                yield Cause(str(change), origin)

    def _bearing(
        self, change: PolicyChange, own: Endpoint, other: Endpoint, row: DiffRow, direction: Direction
    ) -> Origin | None:
        """Where the part of a policy stands that bears on the row; None where none does."""
        opened, closed = self._differences(row.change)
        earlier, later = self._before.selecting(change.before, own), self._after.selecting(change.after, own)
        for side, mine, theirs in ((self._after, later, earlier), (self._before, earlier, later)):
            asked = Asked(direction, side.own(other) or [other], opened | closed)
            rule = bearing_rule(mine, theirs, asked, side.cluster.namespaces)
            if rule:
                return side.refine(rule.origin)
        came = isolates(later, direction) and not isolates(earlier, direction)
        went = isolates(earlier, direction) and not isolates(later, direction)
        if came and later and closed:
            return self._after.refine(later.origin)
        if went and earlier and opened:
            return self._before.refine(earlier.origin)
        return None

    def _differences(self, change: Change) -> tuple[ConnectionSet, ConnectionSet]:
        """What a change opens and closes, worked out once: millions of rows may have a few changes between them."""
        found = self._opened_and_closed.get(change)
        if found is None:
            found = self._opened_and_closed[change] = (change.opened, change.closed)
        return found

    def _changes_for(self, own: Workload) -> Sequence[PolicyChange]:
        """The policies that differ and select the workload in a version, found once for all rows."""
        if self._selecting is None:
            self._selecting = {}
            for change in policy_changes(self._before.cluster, self._after.cluster):
                names = {*self._before.selected(change.before), *self._after.selected(change.after)}
                for name in names:
                    self._selecting.setdefault(name, []).append(change)
        return self._selecting.get(_name(own), ())

    def _labels(self, end: Endpoint) -> Sequence[Cause]:
        if not isinstance(end, Workload):
            return ()
        name = _name(end)
        if name not in self._relabelled:
            self._relabelled[name] = tuple(self._changed_labels(end))
        return self._relabelled[name]

    def _changed_labels(self, end: Workload) -> Iterator[Cause]:
        earlier, later = self._before.own(end), self._after.own(end)
        if earlier and later and _looks(earlier) != _looks(later):
            yield Cause(f"the labels or ports of {end} changed", self._after.refine(later[0].origin))
        spaces = [side.cluster.namespaces.get(end.namespace) for side in (self._before, self._after)]
        if spaces[0] and spaces[1] and spaces[0].labels != spaces[1].labels:
            yield Cause(f"the labels of namespace {end.namespace} changed", self._after.refine(spaces[1].origin))

    def _exposures(self, row: DiffRow) -> Iterator[Cause]:
        if not isinstance(row.source, IngressController) or not isinstance(row.destination, Workload):
            return
        earlier, later = (side.exposures(row.destination) for side in (self._before, self._after))
        for key in sorted(earlier.keys() | later.keys()):
            one, two = earlier.get(key, []), later.get(key, [])
            if [_target(each) for each in one] == [_target(each) for each in two]:
                continue
            word = "changed" if one and two else "added" if two else "removed"
            side = self._after if two else self._before
            yield Cause(f"{key[0]} {key[1]}/{key[2]} {word}", side.refine((two or one)[0].origin))


class _Side:
    """One version, with what is looked up in it again and again."""

    def __init__(self, version: Version) -> None:
        self.cluster = version.cluster
        self._refine = version.refine
        self._refined: dict[Origin, Origin] = {}
        self._workloads: dict[_Owner, list[Workload]] = {}
        self._by_namespace: dict[str, list[Workload]] = {}
        for workload in version.cluster.workloads:
            owner = (workload.namespace, workload.name, workload.kind)
            self._workloads.setdefault(owner, []).append(workload)
            self._by_namespace.setdefault(workload.namespace, []).append(workload)

    def refine(self, origin: Origin) -> Origin:
        """The exact place, found once: rows by the thousand may have one cause."""
        if origin not in self._refined:
            self._refined[origin] = self._refine(origin)
        return self._refined[origin]

    def own(self, end: Endpoint) -> list[Workload]:
        """The workload in this version, all its variants."""
        if not isinstance(end, Workload):
            return []
        return self._workloads.get((end.namespace, end.name, end.kind), [])

    def selected(self, policy: Policy | None) -> set[str]:
        """The workloads that a policy selects, by name."""
        if policy is None:
            return set()
        among = self.cluster.workloads if policy.subject.namespaces else self._by_namespace.get(policy.namespace, ())
        return {_name(each) for each in among if selects(policy, each, self.cluster.namespaces)}

    def selecting(self, policy: Policy | None, end: Endpoint) -> Policy | None:
        """The policy, if it selects the end."""
        namespaces = self.cluster.namespaces
        return policy if policy and any(selects(policy, each, namespaces) for each in self.own(end)) else None

    def exposures(self, workload: Workload) -> dict[_Owner, list[Exposure]]:
        """What exposes a workload, by kind, namespace and name."""
        behind = {(s.namespace, s.name) for s in self.cluster.services if self._stands_behind(s, workload)}
        found: dict[_Owner, list[Exposure]] = {}
        for each in self.cluster.exposures:
            if (each.service_namespace, each.service) in behind:
                found.setdefault((each.kind, each.namespace, each.name), []).append(each)
        return found

    def _stands_behind(self, service: Service, workload: Workload) -> bool:
        return any(service.selects(each) for each in self.own(workload))


def _name(workload: Workload) -> str:
    return f"{workload.namespace}/{workload.name}[{workload.kind}]"


def _looks(workloads: Iterable[Workload]) -> list[tuple[object, ...]]:
    """What policies see of a workload."""
    return [(sorted(each.labels.items()), each.ports, each.host_network) for each in workloads]


def _target(exposure: Exposure) -> tuple[object, ...]:
    return (exposure.service_namespace, exposure.service, exposure.port)
