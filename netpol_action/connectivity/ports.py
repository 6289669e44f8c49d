"""The port space, cut into the disjoint blocks that policies can tell apart: a set of connections becomes an int."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import pairwise

from netpol_action.model.addresses import Family
from netpol_action.model.bits import elements
from netpol_action.model.connections import FIRST_PORT, LAST_PORT, PROTOCOLS, ConnectionSet, PortSet, Protocol, Range

PortSpan = tuple[Protocol, int, int]
"""A protocol, a first port and a last port, both included."""


class PortSpace:
    """Bit i of a mask stands for the i-th block of ports; `everything` has all of them.

    Every range that is asked for must have been among `spans`, or be made of such ranges.

    With `families`, every block is there once for each of them: two pods may be cut off from each other over IPv4 and
    not over IPv6, and a connection counts if its egress and its ingress are open over the same family. `parts` are
    these families with all their blocks; without `families`, None stands for any.
    """

    def __init__(self, spans: Iterable[PortSpan], families: Sequence[Family] = ()) -> None:
        cuts: dict[Protocol, set[int]] = {protocol: {FIRST_PORT, LAST_PORT + 1} for protocol in PROTOCOLS}
        for protocol, first, last in spans:
            cuts[protocol].update((first, last + 1))
        self._starts = {protocol: sorted(starts) for protocol, starts in cuts.items()}
        self._offset: dict[Protocol, int] = {}
        self._blocks: list[tuple[Protocol, Range]] = []
        for protocol, starts in self._starts.items():
            self._offset[protocol] = len(self._blocks)
            self._blocks += [(protocol, (a, b - 1)) for a, b in pairwise(starts)]
        width = len(self._blocks)
        self._each_part = sum(1 << i * width for i in range(max(1, len(families))))
        whole = (1 << width) - 1
        self.parts: tuple[tuple[Family | None, int], ...] = tuple(
            (family, whole << i * width) for i, family in enumerate(families or (None,))
        )
        self.everything = whole * self._each_part
        self._connections: dict[int, ConnectionSet] = {}

    def span(self, protocol: Protocol, first: int, last: int) -> int:
        """The mask of a range of one protocol's ports."""
        starts = self._starts[protocol]
        low, high = bisect_left(starts, first), bisect_left(starts, last + 1)
        return (((1 << (high - low)) - 1) << (self._offset[protocol] + low)) * self._each_part

    def mask(self, connections: ConnectionSet) -> int:
        """The mask of a set of connections."""
        result = 0
        for protocol, ports in connections.ports:
            for first, last in ports.ranges:
                result |= self.span(protocol, first, last)
        return result

    def connections(self, mask: int) -> ConnectionSet:
        """The set of connections of a mask, over any family; one object a mask."""
        known = self._connections.get(mask)
        if known is None:
            ranges: dict[Protocol, list[Range]] = {}
            for block in elements(mask):
                protocol, ports = self._blocks[block % len(self._blocks)]
                ranges.setdefault(protocol, []).append(ports)
            known = ConnectionSet.of({protocol: PortSet.union(found) for protocol, found in ranges.items()})
            self._connections[mask] = known
        return known
