"""What a picture of routes shows beyond the map: how far each endpoint is, and which connections lead there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator

from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import Endpoint, IpBlock, Workload
from netpol_action.model.routes import Routes
from netpol_action.model.rows import address_blocks
from netpol_action.render.markdown import counted
from netpol_action.render.picture.parts import Part, by_namespace
from netpol_action.render.picture.scene import Distance


class Marks:
    """Routes over the endpoints of the map in which they were found."""

    def __init__(self, connectivity: ConnectivityMap, routes: Routes) -> None:
        self._connectivity = connectivity
        place = _Places(connectivity.endpoints)
        members = [place.of(each.endpoint) for each in routes.reached]
        self._levels: dict[int, int] = {}
        self._heads: dict[int, int] = {}
        for bits, each in zip(members, routes.reached, strict=True):
            self._levels[each.hops] = self._levels.get(each.hops, 0) | bits
            for i in elements(members[each.via]) if each.hops else ():
                self._heads[i] = self._heads.get(i, 0) | bits
        self._addresses = address_blocks(connectivity.endpoints)
        self._starts = [str(each.endpoint) for each in routes.reached if not each.hops]

    @property
    def heading(self) -> str:
        """What the picture shows, in a few words."""
        names = self._starts[0] if len(self._starts) == 1 else f"{self._starts[0]} and {len(self._starts) - 1} more"
        workloads = bits_of(i for i, e in enumerate(self._connectivity.endpoints) if isinstance(e, Workload))
        reached = sum((bits & workloads).bit_count() for hops, bits in self._levels.items() if hops)
        return f"Reached from {names}: {reached:,} of {counted(workloads.bit_count(), 'workload')}"

    def distance(self, members: int) -> Distance:
        """How far a set of endpoints is: the nearest and the farthest of those that are reached."""
        hops = sorted(level for level, bits in self._levels.items() if bits & members)
        reached = sum((bits & members).bit_count() for bits in self._levels.values())
        if not hops:
            return Distance(None, "not reached")
        text = "start" if hops[-1] == 0 else counted(hops[0], "hop")
        if hops[0] != hops[-1]:
            text = f"{'start' if hops[0] == 0 else hops[0]} to {counted(hops[-1], 'hop')}"
        if reached == members.bit_count():
            return Distance(hops[0], text)
        return Distance(hops[0], f"{text}, in part" if members & self._addresses else f"{text}, {reached:,} of them")

    def uses(self, tails: int, heads: int) -> bool:
        """Whether a shortest path goes directly from one of these endpoints to one of those."""
        return any(self._heads.get(i, 0) & heads for i in elements(tails))

    def split(self, parts: Iterable[Part]) -> list[Part]:
        """The parts, cut so that all of a part is equally far."""
        return [
            Part(members, part.namespace, part.heading, part.outside, part.collapsed)
            for part in parts
            for members in self._cut(part.members)
        ]

    def by_distance(self) -> list[Part]:
        """For each namespace one part for all that is equally far."""
        return [
            Part(members, name, "equally far", collapsed=True) if members.bit_count() > 1 else Part(members, name)
            for name, everyone in by_namespace(self._connectivity).items()
            for members in self._cut(everyone)
        ]

    def _cut(self, members: int) -> Iterator[int]:
        left = members
        for _, bits in sorted(self._levels.items()):
            if bits & left:
                yield bits & left
                left &= ~bits
        if left:
            yield left


class _Places:
    """Where the endpoints of routes are in a map, as bits: routes join touching address blocks."""

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._numbers: dict[Endpoint, int] = {}
        self._blocks: list[tuple[int, int]] = []
        for i, endpoint in enumerate(endpoints):
            self._numbers[endpoint] = i
            if isinstance(endpoint, IpBlock):
                self._blocks.append((endpoint.range.family, endpoint.range.first))
        self._first = len(self._numbers) - len(self._blocks)

    def of(self, endpoint: Endpoint) -> int:
        if not isinstance(endpoint, IpBlock):
            return 1 << self._numbers[endpoint]
        span = endpoint.range
        low = bisect_left(self._blocks, (span.family, span.first))
        high = bisect_right(self._blocks, (span.family, span.last))
        return ((1 << (high - low)) - 1) << (self._first + low)
