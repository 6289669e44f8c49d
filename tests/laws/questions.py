"""Which questions tell two evaluators apart: the boundaries of every range in the input, and their neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any

from naive.objects import Address, Object, Pod, pods

LAST_PORT = 65535


def ports(objects: Iterable[Object]) -> list[int]:
    """1, 65535, and every number of the objects that can be a port, with its neighbours."""
    numbers = {value for value in _leaves(list(objects)) if isinstance(value, int) and not isinstance(value, bool)}
    near = {number + step for number in numbers | {1, LAST_PORT} for step in (-1, 0, 1)}
    return sorted(number for number in near if 1 <= number <= LAST_PORT)


def addresses(objects: Iterable[Object], family: int) -> list[Address]:
    """The first and last address of the family and of every block in the objects, with their neighbours."""
    make, last = (IPv4Address, 2**32 - 1) if family == 4 else (IPv6Address, 2**128 - 1)
    ends = {0, last}
    for block in _blocks(objects):
        if block.version == family:
            ends |= {int(block[0]), int(block[-1])}
    near = {end + step for end in ends for step in (-1, 0, 1)}
    return [make(number) for number in sorted(near) if 0 <= number <= last]


def pairs(objects: Iterable[Object], outside: Iterable[Address]) -> Iterator[tuple[Pod | Address, Pod | Address]]:
    """Every pair with a pod in it. A bare Pod is one pod: it is no pair with itself."""
    inside = pods(objects)
    for one in inside:
        yield from ((one, other) for other in inside if one is not other or one.kind != "Pod")
    for address in outside:
        for one in inside:
            yield one, address
            yield address, one


def _blocks(objects: Iterable[Object]) -> list[Any]:
    texts = [value for value in _leaves(list(objects)) if isinstance(value, str) and "/" in value]
    return [ip_network(text) for text in texts if text[0].isdigit() or text.startswith(":")]


def _leaves(value: Any) -> Iterator[Any]:  # noqa: ANN401  # any value of a manifest
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    else:
        yield value
