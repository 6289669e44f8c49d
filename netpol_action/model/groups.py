"""A map with endpoints put together that no policy tells apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

from netpol_action.model.bits import elements
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.endpoints import Endpoint

Profile = tuple[tuple[ConnectionSet, int], ...]
"""For each set of connections the other ends, as a bitset, that have exactly it."""


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


@dataclass(frozen=True, slots=True, eq=False)
class GroupedMap:
    """Each endpoint is in one group; groups are in the order of their first members.

    `towards` has for each group what it may open, and to which groups (bitsets over their numbers). Endpoints without
    any connection are a group without rows.
    """

    groups: tuple[Group, ...]
    towards: tuple[Profile, ...]

    @property
    def rows(self) -> Iterator[GroupRow]:
        """The rows in the order of groups, made as they are asked for.

        A row of a group with itself is about its members among one another.
        """
        for source, profile in enumerate(self.towards):
            found = [(destination, allowed) for allowed, others in profile for destination in elements(others)]
            for destination, allowed in sorted(found, key=itemgetter(0)):
                if destination != source or len(self.groups[source].members) > 1:
                    yield GroupRow(source, destination, allowed)

    def shared(self) -> Iterator[tuple[int, Group]]:
        """The groups of more than one member, with their numbers."""
        return ((number, group) for number, group in enumerate(self.groups) if len(group.members) > 1)
