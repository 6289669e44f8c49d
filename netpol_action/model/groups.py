"""A map with endpoints put together that no policy tells apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netpol_action.model.connections import ConnectionSet
from netpol_action.model.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class Group:
    """Endpoints with the same connections, those among themselves included; in the order of `endpoints.sort_key`."""

    members: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Every member of `source` may open `allowed` to every member of `destination` (groups by their number, from 0)."""

    source: int
    destination: int
    allowed: ConnectionSet


@dataclass(frozen=True, slots=True)
class GroupedMap:
    """Each endpoint is in one group; groups are in the order of their first members, and the rows in that of groups.

    A row of a group with itself is about its members among one another. Endpoints without any connection are a group
    without rows.
    """

    groups: tuple[Group, ...]
    rows: tuple[GroupRow, ...]

    def shared(self) -> Iterator[tuple[int, Group]]:
        """The groups of more than one member, with their numbers."""
        return ((number, group) for number, group in enumerate(self.groups) if len(group.members) > 1)
