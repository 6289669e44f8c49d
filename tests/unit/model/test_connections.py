"""Sets of ports and connections, held against plain sets of integers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.model.connections import (
    EVERY_PORT,
    EVERYTHING,
    NOTHING,
    PROTOCOLS,
    ConnectionSet,
    PortSet,
    is_protocol,
)

LOW, HIGH = st.integers(1, 12), st.integers(65525, 65535)
RANGES = st.one_of(st.tuples(LOW, LOW), st.tuples(HIGH, HIGH)).map(lambda ends: (min(ends), max(ends)))
PORT_SETS = st.lists(RANGES, max_size=4).map(PortSet.union)
CONNECTION_SETS = st.fixed_dictionaries(dict.fromkeys(PROTOCOLS, PORT_SETS)).map(ConnectionSet.of)
NEAR = [*range(1, 14), *range(65523, 65536)]


def members(ports: PortSet) -> set[int]:
    return {number for first, last in ports.ranges for number in range(first, last + 1)}


def pairs(connections: ConnectionSet) -> set[tuple[str, int]]:
    return {(protocol, number) for protocol in PROTOCOLS for number in members(connections[protocol])}


@given(st.lists(RANGES, max_size=5))
def test_a_union_has_the_ports_of_its_ranges_in_canonical_form(ranges: list[tuple[int, int]]):
    ports = PortSet.union(ranges)
    assert members(ports) == {number for first, last in ranges for number in range(first, last + 1)}
    assert all(first <= last for first, last in ports.ranges)
    assert all(one[1] + 1 < other[0] for one, other in zip(ports.ranges, ports.ranges[1:], strict=False))


@given(PORT_SETS, PORT_SETS)
def test_port_sets_are_sets(a: PortSet, b: PortSet):
    assert members(a | b) == members(a) | members(b)
    assert members(a & b) == members(a) & members(b)
    assert members(a - b) == members(a) - members(b)
    assert bool(a) == bool(members(a))
    assert len(a) == len(members(a))
    assert [number for number in NEAR if number in a] == [number for number in NEAR if number in members(a)]


@given(PORT_SETS, PORT_SETS)
def test_equal_port_sets_are_equal_objects(a: PortSet, b: PortSet):
    assert (a == b) == (members(a) == members(b))
    assert (a - b) | (a & b) == a
    assert (a | b) - b == a - b
    assert EVERY_PORT - (EVERY_PORT - a) == a


@given(CONNECTION_SETS, CONNECTION_SETS)
def test_connection_sets_are_sets(a: ConnectionSet, b: ConnectionSet):
    assert pairs(a | b) == pairs(a) | pairs(b)
    assert pairs(a & b) == pairs(a) & pairs(b)
    assert pairs(a - b) == pairs(a) - pairs(b)
    assert (a <= b) == (pairs(a) <= pairs(b))
    assert bool(a) == bool(pairs(a))


@given(CONNECTION_SETS, CONNECTION_SETS)
def test_equal_connection_sets_are_equal_objects(a: ConnectionSet, b: ConnectionSet):
    assert (a == b) == (pairs(a) == pairs(b))
    assert (a - b) | (a & b) == a
    assert (a | b) - a == b - a
    assert EVERYTHING - (EVERYTHING - a) == a
    assert a | NOTHING == a | a == a
    assert hash(a | b) == hash(b | a)


@given(CONNECTION_SETS)
def test_what_is_written_is_read(connections: ConnectionSet):
    assert ConnectionSet.parse(str(connections)) == connections


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("80", "TCP 80"),
        ("TCP 80", "TCP 80"),
        ("TCP-80", "TCP 80"),
        ("tcp/80", "TCP 80"),
        (" udp 53 ", "UDP 53"),
        ("UDP", "UDP 1-65535"),
        ("80,443-444", "TCP 80,443-444"),
        ("UDP 53,TCP 444,443", "TCP 443-444,UDP 53"),
        ("SCTP 9003,TCP 80,443-444", "SCTP 9003,TCP 80,443-444"),
        ("1-65535", "TCP 1-65535"),
        ("TCP,UDP,SCTP", "All Connections"),
        ("All Connections", "All Connections"),
        ("all connections", "All Connections"),
        ("No Connections", "No Connections"),
    ],
)
def test_what_is_understood(text: str, written: str):
    assert str(ConnectionSet.parse(text)) == written


@pytest.mark.parametrize(
    "text", ["", ",", "TCP 80,", "0", "65536", "80-79", "ICMP 8", "http", "TCP http", "80 TCP", "-1", "8.5", "123456"]
)
def test_what_is_not_understood(text: str):
    with pytest.raises(ValueError, match="is not a"):
        ConnectionSet.parse(text)


def test_ports_outside_the_range_are_cut_off():
    assert PortSet.of(0, 70000) == EVERY_PORT
    assert not PortSet.of(0)
    assert not PortSet.of(65536, 70000)
    assert not PortSet.of(80, 79)


def test_every_set_of_a_protocol():
    assert ConnectionSet.whole("UDP") == ConnectionSet.single("UDP", 1, 65535)
    assert ConnectionSet.single("TCP", 80)["UDP"] == PortSet()
    assert str(ConnectionSet.single("SCTP", 7, 9)) == "SCTP 7-9"


@pytest.mark.parametrize(("text", "known"), [("TCP", True), ("UDP", True), ("SCTP", True), ("tcp", False), (6, False)])
def test_protocols_are_spelled_in_upper_case(text: object, known: bool):
    assert is_protocol(text) is known
