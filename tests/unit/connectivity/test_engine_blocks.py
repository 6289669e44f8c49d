"""Where egress and ingress meet: the same blocks of pairs as a naive double loop finds, however the work is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.connectivity import blocks
from netpol_action.connectivity.blocks import classes, meet
from netpol_action.connectivity.fold import Reach, partition
from netpol_action.model.bits import elements

SIZE = 5
ENDS = st.integers(0, 2**SIZE - 1)
PORTS = st.integers(0, 7)
REACHES = st.lists(st.tuples(PORTS, ENDS), max_size=3).map(partition)
SIDE = st.lists(REACHES, min_size=SIZE, max_size=SIZE)


def members(side: list[Reach]) -> list[tuple[Reach, int]]:
    result: dict[Reach, int] = {}
    for i, reach in enumerate(side):
        result[reach] = result.get(reach, 0) | 1 << i
    return list(result.items())


def naive(egress: list[Reach], ingress: list[Reach]) -> dict[tuple[int, int], int]:
    found = {}
    for s in range(SIZE):
        for d in range(SIZE):
            out = next((mask for mask, bits in egress[s] if bits >> d & 1), 0)
            into = next((mask for mask, bits in ingress[d] if bits >> s & 1), 0)
            if out & into:
                found[s, d] = out & into
    return found


@pytest.mark.parametrize("few", [0, 1, 2, 3, 64])
@given(SIDE, SIDE)
def test_the_blocks_are_those_of_a_double_loop(few: int, egress: list[Reach], ingress: list[Reach]):
    before = blocks.FEW
    blocks.FEW = few
    try:
        met = list(meet(classes(members(egress)), classes(members(ingress))))
    finally:
        blocks.FEW = before
    found: dict[tuple[int, int], int] = {}
    for mask, sources, destinations in met:
        for s in elements(sources):
            for d in elements(destinations):
                assert (s, d) not in found, "a pair is in two blocks"
                found[s, d] = mask
    assert found == naive(egress, ingress)


def test_ends_of_one_side_alone_meet_nobody():
    only_source = classes([(((1, 0b10),), 0b01)])
    assert not list(meet(only_source, classes([(((1, 0b01),), 0b100)])))
