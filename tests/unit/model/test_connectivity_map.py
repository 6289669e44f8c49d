"""Rows of a map: every pair of its blocks once, in order, with address blocks that behave alike joined."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from netpol_action.model.addresses import AddressRange
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import Block, Connection, ConnectivityMap
from netpol_action.model.endpoints import Endpoint, IngressController, IpBlock, Workload, sort_key

ONE, TWO = ConnectionSet.single("TCP", 80), ConnectionSet.single("UDP", 53)
ENDPOINTS: tuple[Endpoint, ...] = (
    Workload("blue", "a", "Deployment"),
    Workload("blue", "b", "Deployment"),
    IngressController(),
    IpBlock(AddressRange(4, 0, 9)),
    IpBlock(AddressRange(4, 10, 19)),
    IpBlock(AddressRange(4, 20, 2**32 - 1)),
    IpBlock(AddressRange(6, 2**32, 2**128 - 1)),
)
INSIDE = range(3)
COUNT = len(ENDPOINTS)


@st.composite
def maps(draw: st.DrawFn) -> tuple[ConnectivityMap, dict[tuple[int, int], ConnectionSet]]:
    """A map, and the same as a dictionary of pairs."""
    cells = {
        (source, destination): allowed
        for source in range(COUNT)
        for destination in range(COUNT)
        if (source in INSIDE or destination in INSIDE)
        and (allowed := draw(st.sampled_from((None, ONE, TWO)))) is not None
    }
    blocks = []
    for source in range(COUNT):
        for allowed in (ONE, TWO):
            ends = bits_of(d for (s, d), found in cells.items() if s == source and found == allowed)
            if ends:
                blocks.append(Block(1 << source, ends, allowed))
    return ConnectivityMap(ENDPOINTS, tuple(draw(st.permutations(blocks)))), cells


def parts(row: Connection) -> Iterator[tuple[int, int]]:
    """The pairs of endpoints that a row speaks of."""
    for source, one in enumerate(ENDPOINTS):
        for destination, other in enumerate(ENDPOINTS):
            if _within(one, row.source) and _within(other, row.destination):
                yield source, destination


def _within(part: Endpoint, whole: Endpoint) -> bool:
    if isinstance(part, IpBlock) and isinstance(whole, IpBlock):
        return part.range in whole.range
    return part is whole


@given(maps())
def test_rows_are_the_pairs_of_the_blocks(both: tuple[ConnectivityMap, dict[tuple[int, int], ConnectionSet]]):
    connectivity, cells = both
    listed = [(pair, row.allowed) for row in connectivity.connections() for pair in parts(row)]
    assert len(listed) == len(dict(listed)), "no pair in two rows"
    assert dict(listed) == {pair: allowed for pair, allowed in cells.items() if pair[0] != pair[1]}


@given(maps())
def test_rows_are_in_order_and_do_not_touch(both: tuple[ConnectivityMap, dict[tuple[int, int], ConnectionSet]]):
    rows = list(both[0].connections())
    keys = [(*_place(row.source), *_place(row.destination)) for row in rows]
    assert keys == sorted(keys)
    for one in rows:
        for other in rows:
            assert one is other or one.allowed != other.allowed or not _joinable(one, other)


def _place(endpoint: Endpoint) -> tuple[object, ...]:
    """A joined block comes after a shorter one with the same start."""
    return (*sort_key(endpoint), endpoint.range.last if isinstance(endpoint, IpBlock) else 0)


def _joinable(one: Connection, other: Connection) -> bool:
    return (one.source is other.source and _touch(one.destination, other.destination)) or (
        one.destination is other.destination and _touch(one.source, other.source)
    )


def _touch(one: Endpoint, other: Endpoint) -> bool:
    return (
        isinstance(one, IpBlock)
        and isinstance(other, IpBlock)
        and one.range.family == other.range.family
        and one.range.last + 1 == other.range.first
    )


def test_a_connection_of_an_endpoint_with_itself_is_no_row():
    connectivity = ConnectivityMap(ENDPOINTS, (Block(0b11, 0b11, ONE),))
    assert [(str(row.source), str(row.destination)) for row in connectivity.connections()] == [
        ("blue/a[Deployment]", "blue/b[Deployment]"),
        ("blue/b[Deployment]", "blue/a[Deployment]"),
    ]
    assert list(elements(connectivity.blocks[0].sources)) == [0, 1]
