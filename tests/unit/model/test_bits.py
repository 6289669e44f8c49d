"""Bitsets, held against plain sets of integers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netpol_action.model.bits import bits_of, elements

SETS = st.sets(st.integers(0, 200))


@given(SETS)
def test_elements_come_out_as_they_went_in(numbers: set[int]):
    bits = bits_of(numbers)
    assert bits == sum(1 << number for number in numbers)
    assert list(elements(bits)) == sorted(numbers)


@given(SETS, SETS)
def test_operators_of_int_are_those_of_sets(a: set[int], b: set[int]):
    assert set(elements(bits_of(a) | bits_of(b))) == a | b
    assert set(elements(bits_of(a) & bits_of(b))) == a & b
    assert set(elements(bits_of(a) & ~bits_of(b))) == a - b


def test_repetition_does_no_harm():
    assert bits_of([3, 3, 0, 3]) == 0b1001
    assert bits_of([]) == 0
    assert list(elements(0)) == []


def test_a_large_set_is_exact():
    assert list(elements(bits_of(range(0, 100_000, 999)))) == list(range(0, 100_000, 999))
