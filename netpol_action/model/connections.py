"""Sets of ports and of connections, with `|`, `&` and `-`, kept canonical: equal sets are equal objects.

Knows nothing of pods or policies. A connection here is a protocol and a destination port, as in the NetworkPolicy API;
protocols without ports, such as ICMP, are outside of what the API speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, TypeGuard

Protocol = Literal["SCTP", "TCP", "UDP"]
PROTOCOLS: tuple[Protocol, ...] = ("SCTP", "TCP", "UDP")
FIRST_PORT = 1
LAST_PORT = 65535

Range = tuple[int, int]


def is_protocol(text: object) -> TypeGuard[Protocol]:
    """Whether `text` is a protocol name as the API spells it, in upper case."""
    return text in PROTOCOLS


@dataclass(frozen=True, slots=True)
class PortSet:
    """A set of ports as inclusive ranges, sorted, disjoint and not touching. Build it with `of` or `union`."""

    ranges: tuple[Range, ...] = ()

    @staticmethod
    def of(first: int, last: int | None = None) -> PortSet:
        """The ports from `first` to `last`, both included, cut to 1-65535; empty if none is left."""
        first, last = max(first, FIRST_PORT), min(first if last is None else last, LAST_PORT)
        return PortSet(((first, last),)) if first <= last else PortSet()

    @staticmethod
    def union(ranges: Iterable[Range]) -> PortSet:
        """The union of inclusive ranges in any order."""
        merged: list[Range] = []
        for first, last in sorted(ranges):
            if merged and first <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(merged[-1][1], last))
            else:
                merged.append((first, last))
        return PortSet(tuple(merged))

    def __or__(self, other: PortSet) -> PortSet:
        return PortSet.union((*self.ranges, *other.ranges))

    def __and__(self, other: PortSet) -> PortSet:
        pieces = ((max(a, c), min(b, d)) for a, b in self.ranges for c, d in other.ranges)
        return PortSet.union((first, last) for first, last in pieces if first <= last)

    def __sub__(self, other: PortSet) -> PortSet:
        left = list(self.ranges)
        for c, d in other.ranges:
            left = [
                piece for a, b in left for piece in ((a, min(b, c - 1)), (max(a, d + 1), b)) if piece[0] <= piece[1]
            ]
        return PortSet(tuple(left))

    def __contains__(self, port: int) -> bool:
        return any(first <= port <= last for first, last in self.ranges)

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __len__(self) -> int:
        return sum(last - first + 1 for first, last in self.ranges)

    def __str__(self) -> str:
        return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in self.ranges)


EVERY_PORT = PortSet.of(FIRST_PORT, LAST_PORT)


@dataclass(frozen=True, slots=True)
class ConnectionSet:
    """A set of connections: for each protocol that has any, its ports; sorted by protocol."""

    ports: tuple[tuple[Protocol, PortSet], ...] = ()

    @staticmethod
    def of(ports: Mapping[Protocol, PortSet]) -> ConnectionSet:
        """The connections of a mapping; protocols without ports drop out."""
        return ConnectionSet(tuple((protocol, ports[protocol]) for protocol in PROTOCOLS if ports.get(protocol)))

    @staticmethod
    def single(protocol: Protocol, first: int = FIRST_PORT, last: int | None = None) -> ConnectionSet:
        """One protocol's ports from `first` to `last` (`first` alone if there is no `last`)."""
        return ConnectionSet.of({protocol: PortSet.of(first, last)})

    @staticmethod
    def whole(protocol: Protocol) -> ConnectionSet:
        """Every port of one protocol."""
        return ConnectionSet.of({protocol: EVERY_PORT})

    @staticmethod
    def parse(text: str) -> ConnectionSet:
        """Reads `All Connections`, `No Connections`, `SCTP 9003,TCP 80,443-444`, `TCP-80`, `tcp/80` and `80`.

        A protocol holds until the next one; TCP where none is named, as in the API.
        Raises ValueError with a sentence.
        """
        return _parse(text)

    def __getitem__(self, protocol: Protocol) -> PortSet:
        return next((ports for name, ports in self.ports if name == protocol), PortSet())

    def __or__(self, other: ConnectionSet) -> ConnectionSet:
        if not other.ports or self == other:
            return self
        return ConnectionSet.of({protocol: self[protocol] | other[protocol] for protocol in PROTOCOLS})

    def __and__(self, other: ConnectionSet) -> ConnectionSet:
        return ConnectionSet.of({protocol: self[protocol] & other[protocol] for protocol in PROTOCOLS})

    def __sub__(self, other: ConnectionSet) -> ConnectionSet:
        return ConnectionSet.of({protocol: self[protocol] - other[protocol] for protocol in PROTOCOLS})

    def __le__(self, other: ConnectionSet) -> bool:
        return not self - other

    def __bool__(self) -> bool:
        return bool(self.ports)

    def __str__(self) -> str:
        if self == EVERYTHING:
            return "All Connections"
        return ",".join(f"{protocol} {ports}" for protocol, ports in self.ports) or "No Connections"


NOTHING = ConnectionSet()
EVERYTHING = ConnectionSet.of(dict.fromkeys(PROTOCOLS, EVERY_PORT))

_PART = re.compile(r"(?:(?P<protocol>[A-Za-z]+)(?:[ /-]|$))?\s*(?:(?P<first>\d{1,5})(?:-(?P<last>\d{1,5}))?)?")


@cache
def _parse(text: str) -> ConnectionSet:
    words = text.strip()
    if words.lower() in ("all connections", "no connections"):
        return EVERYTHING if words.lower().startswith("all") else NOTHING
    protocol: Protocol = "TCP"
    result = NOTHING
    for part in words.split(","):
        match = _PART.fullmatch(part.strip())
        if match is None or not part.strip():
            raise ValueError(f"{part.strip()!r} is not a port: write it like TCP 80, TCP 8000-8080 or UDP 53")
        name = (match["protocol"] or protocol).upper()
        if not is_protocol(name):
            raise ValueError(f"{match['protocol']!r} is not a protocol: use TCP, UDP or SCTP")
        protocol = name
        result |= ConnectionSet.of({protocol: _ports(part, match["first"], match["last"])})
    return result


def _ports(part: str, first: str | None, last: str | None) -> PortSet:
    if first is None:
        return EVERY_PORT
    low, high = int(first), int(last or first)
    if not FIRST_PORT <= low <= high <= LAST_PORT:
        raise ValueError(f"{part.strip()!r} is not a range of ports between {FIRST_PORT} and {LAST_PORT}")
    return PortSet.of(low, high)
