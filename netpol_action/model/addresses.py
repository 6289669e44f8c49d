"""IP addresses as ranges of integers within one family, and CIDR notation."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Family = Literal[4, 6]
IPV4: Family = 4
IPV6: Family = 6
BITS: dict[Family, int] = {4: 32, 6: 128}


@dataclass(frozen=True, slots=True, order=True)
class AddressRange:
    """The addresses of one family from `first` to `last`, both included."""

    family: Family
    first: int
    last: int

    @staticmethod
    def whole(family: Family) -> AddressRange:
        """Every address of a family."""
        return AddressRange(family, 0, (1 << BITS[family]) - 1)

    @staticmethod
    def parse(cidr: str) -> AddressRange:
        """Reads a CIDR such as `10.0.0.0/8` or `2001:db8::/32`; host bits are ignored, as in the API server.

        An address alone stands for itself. A mask instead of a prefix length and the zone of an IPv6 address are none,
        though the standard library takes them. Raises ValueError with a sentence.
        """
        try:
            _, slash, length = cidr.partition("/")
            if "%" in cidr or (slash and not (length.isascii() and length.isdigit())):
                raise ValueError(cidr)  # noqa: TRY301  # one sentence for whatever is wrong
            network = ipaddress.ip_network(cidr, strict=False)
        except ValueError as problem:
            raise ValueError(f"{cidr!r} is not a CIDR like 10.0.0.0/8 or 2001:db8::/32") from problem
        family: Family = IPV4 if network.version == IPV4 else IPV6
        return AddressRange(family, int(network.network_address), int(network.broadcast_address))

    def __contains__(self, other: AddressRange) -> bool:
        return self.family == other.family and self.first <= other.first and other.last <= self.last

    def overlaps(self, other: AddressRange) -> bool:
        """Whether the two have an address in common."""
        return self.family == other.family and self.first <= other.last and other.first <= self.last

    def cidrs(self) -> tuple[str, ...]:
        """The fewest CIDRs that make up the range, in order."""
        return tuple(str(network) for network in ipaddress.summarize_address_range(*self._ends()))

    def __str__(self) -> str:
        first, last = self._ends()
        return f"{first}-{last}"

    def _ends(self) -> tuple[ipaddress.IPv4Address, ipaddress.IPv4Address]:
        make = ipaddress.IPv4Address if self.family == IPV4 else ipaddress.IPv6Address
        return make(self.first), make(self.last)  # type: ignore[return-value]  # one overload a family


def subtract(whole: AddressRange, holes: Iterable[AddressRange]) -> tuple[AddressRange, ...]:
    """What is left of `whole` without `holes`: disjoint ranges in order."""
    left = [whole]
    for hole in holes:
        left = [piece for block in left for piece in _cut(block, hole)]
    return tuple(left)


def merge(ranges: Iterable[AddressRange]) -> tuple[AddressRange, ...]:
    """The same addresses in as few ranges as possible, in order."""
    merged: list[AddressRange] = []
    for block in sorted(ranges):
        if merged and merged[-1].family == block.family and block.first <= merged[-1].last + 1:
            previous = merged.pop()
            block = AddressRange(block.family, previous.first, max(previous.last, block.last))  # noqa: PLW2901
        merged.append(block)
    return tuple(merged)


def _cut(block: AddressRange, hole: AddressRange) -> Iterable[AddressRange]:
    if not block.overlaps(hole):
        yield block
        return
    if block.first < hole.first:
        yield AddressRange(block.family, block.first, hole.first - 1)
    if hole.last < block.last:
        yield AddressRange(block.family, hole.last + 1, block.last)
