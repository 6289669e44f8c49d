"""Rows of a difference put together where only one end differs: one policy opens a workload to twenty others, say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from netpol_action.model.diff import Cause, Change, DiffRow
from netpol_action.model.endpoints import Endpoint


@dataclass(slots=True)
class Group:
    """Rows from each of `sources` to each of `destinations`, one of which is a single endpoint.

    Each has this change, for these reasons.
    """

    sources: list[Endpoint]
    destinations: list[Endpoint]
    change: Change
    reasons: tuple[Cause, ...]

    @property
    def size(self) -> int:
        """How many rows these are."""
        return len(self.sources) * len(self.destinations)


def grouped(rows: Iterable[DiffRow], reasons: Callable[[DiffRow], tuple[Cause, ...]]) -> list[Group]:
    """The rows, each in one group, in the order of the first of each.

    A row could go with those of its source or with those of its destination, and goes where there are more.
    """
    known = [(row, (row.change, reasons(row))) for row in rows]
    leaving: dict[object, int] = {}
    entering: dict[object, int] = {}
    for row, why in known:
        leaving[row.source, why] = leaving.get((row.source, why), 0) + 1
        entering[row.destination, why] = entering.get((row.destination, why), 0) + 1
    groups: dict[object, Group] = {}
    for row, why in known:
        by_source = leaving[row.source, why] > entering[row.destination, why]
        key = (by_source, row.source if by_source else row.destination, why)
        group = groups.setdefault(key, Group([], [], *why))
        if not by_source or not group.sources:
            group.sources.append(row.source)
        if by_source or not group.destinations:
            group.destinations.append(row.destination)
    return list(groups.values())
