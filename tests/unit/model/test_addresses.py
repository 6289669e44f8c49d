"""Address ranges, held against plain sets of integers and the standard library's networks."""

from __future__ import annotations

from ipaddress import collapse_addresses, ip_network
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.model.addresses import AddressRange, merge, subtract

SIZE = 24
ENDS = st.tuples(st.integers(0, SIZE), st.integers(0, SIZE))
RANGES = st.builds(lambda family, ends: AddressRange(family, min(ends), max(ends)), st.sampled_from((4, 6)), ENDS)


def members(*ranges: AddressRange) -> set[tuple[int, int]]:
    return {(block.family, number) for block in ranges for number in range(block.first, block.last + 1)}


@given(RANGES, RANGES)
def test_containment_and_overlap(a: AddressRange, b: AddressRange):
    assert (a in b) == (members(a) <= members(b))
    assert a.overlaps(b) == bool(members(a) & members(b))


@given(RANGES, st.lists(RANGES, max_size=4))
def test_what_is_left_without_the_holes(whole: AddressRange, holes: list[AddressRange]):
    left = subtract(whole, holes)
    assert members(*left) == members(whole) - members(*holes)
    assert sum(len(members(piece)) for piece in left) == len(members(*left)), "disjoint"
    assert list(left) == sorted(left)


@given(st.lists(RANGES, max_size=6))
def test_merged_ranges_are_as_few_as_possible(ranges: list[AddressRange]):
    merged = merge(ranges)
    assert members(*merged) == members(*ranges)
    assert list(merged) == sorted(merged)
    for one, other in pairwise(merged):
        assert one.family != other.family or one.last + 1 < other.first


@given(RANGES)
def test_the_cidrs_of_a_range_are_the_range(block: AddressRange):
    parsed = [AddressRange.parse(cidr) for cidr in block.cidrs()]
    assert members(*parsed) == members(block)
    assert len(parsed) == len(list(collapse_addresses([ip_network(cidr) for cidr in block.cidrs()])))  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("cidr", "text"),
    [
        ("10.0.0.0/8", "10.0.0.0-10.255.255.255"),
        ("10.1.2.3/8", "10.0.0.0-10.255.255.255"),
        ("1.2.3.4", "1.2.3.4-1.2.3.4"),
        ("0.0.0.0/0", "0.0.0.0-255.255.255.255"),
        ("::/0", "::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:db8::/32", "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
    ],
)
def test_cidrs_are_read(cidr: str, text: str):
    assert str(AddressRange.parse(cidr)) == text


@pytest.mark.parametrize(
    "cidr",
    [
        *("10.0.0.0/33", "10.0.0/8", "", "10.0.0.0/8/8", "::/129", "host", "010.0.0.1", "1 .2.3.4", "10.0.0.0/"),
        *("10.0.0.0/255.255.0.0", "10.0.0.0/0.0.255.255", "10.0.0.0/+8", "fe80::1%eth0/64", "fe80::1%eth0"),
    ],
)
def test_what_is_no_cidr(cidr: str):
    with pytest.raises(ValueError, match="is not a CIDR"):
        AddressRange.parse(cidr)


@pytest.mark.parametrize(("family", "cidr"), [(4, "0.0.0.0/0"), (6, "::/0")])
def test_a_whole_family(family: int, cidr: str):
    assert AddressRange.whole(family) == AddressRange.parse(cidr)  # type: ignore[arg-type]
    assert AddressRange.whole(family).cidrs() == (cidr,)  # type: ignore[arg-type]


def test_families_have_nothing_in_common():
    assert AddressRange.parse("0.0.0.1/32") not in AddressRange.parse("::/0")
    assert subtract(AddressRange.parse("0.0.0.0/0"), [AddressRange.parse("::/0")]) == (AddressRange.parse("0.0.0.0/0"),)
