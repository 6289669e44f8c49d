"""What can be reached from somewhere, over how many connections, and on which way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from netpol_action.model.connections import ConnectionSet
from netpol_action.model.endpoints import Endpoint


@dataclass(frozen=True, slots=True)
class Reached:
    """One endpoint, `hops` connections away: the last one is `connections`, opened by number `via` of the reached.

    A start is 0 hops away; its `via` is -1 and its `connections` are empty.
    """

    endpoint: Endpoint
    hops: int
    via: int
    connections: ConnectionSet


@dataclass(frozen=True, slots=True)
class Routes:
    """The starts, then all that can be reached, nearest first; equally near ones in the order of `sort_key`."""

    reached: tuple[Reached, ...]

    def destinations(self) -> Iterator[Reached]:
        """What is reached, without the starts."""
        return (each for each in self.reached if each.hops)

    def path(self, destination: Reached) -> tuple[Reached, ...]:
        """A shortest way from a start to a destination, both included; of several the one by the first endpoints."""
        way = [destination]
        while way[-1].via >= 0:
            way.append(self.reached[way[-1].via])
        return tuple(reversed(way))

    def hops(self) -> Mapping[Endpoint, int]:
        """For each endpoint how far it is; for the picture."""
        return {each.endpoint: each.hops for each in self.reached}

    def edges(self) -> Mapping[tuple[Endpoint, Endpoint], int]:
        """The connections that the shortest paths use, with the number of the hop that each is; for the picture."""
        return {(self.reached[each.via].endpoint, each.endpoint): each.hops for each in self.destinations()}
