"""Sets of small integers as Python ints: bit i stands for element i. Fast for the sizes of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def bits_of(elements: Iterable[int]) -> int:
    """The set of these elements; one pass over bytes, so that many elements cost no more than their number."""
    members = list(elements)
    if not members:
        return 0
    array = bytearray(max(members) // 8 + 1)
    for element in members:
        array[element >> 3] |= 1 << (element & 7)
    return int.from_bytes(array, "little")


def elements(bits: int) -> Iterator[int]:
    """The elements in ascending order."""
    if bits & (bits - 1) == 0:  # one element or none, most often: no need to spell all of them out
        if bits:
            yield bits.bit_length() - 1
        return
    text = bin(bits)[:1:-1]
    position = text.find("1")
    while position >= 0:
        yield position
        position = text.find("1", position + 1)
