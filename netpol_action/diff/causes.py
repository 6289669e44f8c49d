"""What may have caused a row of a difference: workloads, policies, labels and exposures that differ.

Only what bears on both ends and on the ports of the row is named; where nothing can be told, nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from netpol_action.diff.bearing import Bearing
from netpol_action.diff.side import Owner, Side, Version, owner_of
from netpol_action.model.cluster import Exposure
from netpol_action.model.diff import Cause, DiffRow
from netpol_action.model.endpoints import Endpoint, IngressController, Workload
from netpol_action.model.policies import Direction


class Causes:
    """Finds the causes of rows; a function from a row to its causes, in the order of their importance."""

    def __init__(self, before: Version, after: Version) -> None:
        self._before, self._after = Side(before), Side(after)
        self._relabelled: dict[Owner, tuple[Cause, ...]] = {}
        self._moves: dict[str, Cause] = {}

    def __call__(self, row: DiffRow) -> tuple[Cause, ...]:
        """The workloads that came or went; else the policies, labels and exposures that changed."""
        if row.workloads:
            moved = tuple(self._moved(row))
            if moved:
                return moved
        found = [
            *self._bearing.causes(row.source, row.destination, row.change, Direction.EGRESS),
            *self._bearing.causes(row.destination, row.source, row.change, Direction.INGRESS),
            *self._labels(row.source),
            *self._labels(row.destination),
            *self._exposures(row),
        ]
        return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)

    @cached_property
    def _bearing(self) -> Bearing:
        """Found when the first row asks: there may be none."""
        return Bearing(self._before, self._after)

    def _moved(self, row: DiffRow) -> Iterator[Cause]:
        for end in (row.source, row.destination):
            note = next((note for note in row.workloads if note.startswith(f"workload {end} ")), "")
            if note:
                if note not in self._moves:
                    side = self._after if self._after.own(end) else self._before
                    origins = [workload.origin for workload in side.own(end)]
                    self._moves[note] = Cause(note, side.refine(origins[0])) if origins else Cause(note)
                yield self._moves[note]

    def _labels(self, end: Endpoint) -> Sequence[Cause]:
        if not isinstance(end, Workload):
            return ()
        owner = owner_of(end)
        if owner not in self._relabelled:
            self._relabelled[owner] = tuple(self._changed_labels(end))
        return self._relabelled[owner]

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


def _looks(workloads: Iterable[Workload]) -> list[tuple[object, ...]]:
    """What policies see of a workload."""
    return [(sorted(each.labels.items()), each.ports, each.host_network) for each in workloads]


def _target(exposure: Exposure) -> tuple[object, ...]:
    return (exposure.service_namespace, exposure.service, exposure.port)
