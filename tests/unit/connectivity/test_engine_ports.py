"""The port space: masks and sets of connections are the same thing."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netpol_action.connectivity.ports import PortSpace, PortSpan
from netpol_action.model.addresses import IPV4, IPV6
from netpol_action.model.connections import EVERYTHING, FIRST_PORT, LAST_PORT, NOTHING, PROTOCOLS, ConnectionSet

NUMBERS = st.sampled_from((FIRST_PORT, 2, 79, 80, 81, 443, LAST_PORT - 1, LAST_PORT))
SPANS = st.builds(lambda protocol, a, b: (protocol, min(a, b), max(a, b)), st.sampled_from(PROTOCOLS), NUMBERS, NUMBERS)


def connections(span: PortSpan) -> ConnectionSet:
    return ConnectionSet.single(*span)


@given(st.lists(SPANS, max_size=6), st.booleans())
def test_masks_are_a_set_algebra_of_connections(spans: list[PortSpan], split: bool):
    space = PortSpace(spans, (IPV4, IPV6) if split else ())
    assert space.connections(space.everything) == EVERYTHING
    assert space.connections(0) == NOTHING
    for one in spans:
        assert space.connections(space.span(*one)) == connections(one)
        assert space.mask(connections(one)) == space.span(*one)
        for other in spans:
            a, b = space.span(*one), space.span(*other)
            assert space.connections(a | b) == connections(one) | connections(other)
            assert space.connections(a & b) == connections(one) & connections(other)
            assert space.connections(a & ~b) == connections(one) - connections(other)


def test_without_spans_each_protocol_is_one_block():
    assert PortSpace(()).everything.bit_count() == len(PROTOCOLS)


def test_families_have_the_same_ports_apart():
    space = PortSpace([("TCP", 80, 80)], (IPV4, IPV6))
    (four, part_4), (six, part_6) = space.parts
    assert (four, six) == (IPV4, IPV6)
    assert part_4 & part_6 == 0
    assert part_4 | part_6 == space.everything
    both = space.span("TCP", 80, 80)
    assert space.connections(both & part_4) == space.connections(both & part_6) == ConnectionSet.parse("80")
    assert PortSpace(()).parts[0][0] is None
