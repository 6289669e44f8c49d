"""Sets of small integers as Python ints: bit i stands for element i. Fast for the sizes of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_FEW = 32
"""Up to this many elements are taken out one by one, which is faster than to spell out a large set, mostly zeros."""


def bits_of(elements: Iterable[int]) -> int:
    """The set of these elements; one pass over bytes, so that many elements cost no more than their number."""
    members = list(elements)
    if len(members) <= 1:
        return 1 << members[0] if members else 0
    array = bytearray(max(members) // 8 + 1)
    for element in members:
        array[element >> 3] |= 1 << (element & 7)
    return int.from_bytes(array, "little")


def elements(bits: int) -> Iterator[int]:
    """The elements in ascending order."""
    if bits.bit_count() <= _FEW:
        found = []
        while bits:
            highest = bits.bit_length() - 1
            found.append(highest)
            bits ^= 1 << highest
        yield from reversed(found)
        return
    text = bin(bits)[:1:-1]
    position = text.find("1")
    while position >= 0:
        yield position
        position = text.find("1", position + 1)
