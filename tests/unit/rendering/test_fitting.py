"""How a text keeps within a limit: what matters least gives way first, item by item."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.render.fitting import Part, characters, either, fitted, octets, whole


def rows(letter: str, number: int, weight: int = 0) -> Part:
    """A part of so many lines of ten letters that says how many it leaves out."""
    return Part(
        lambda n: "\n".join([letter * 10] * n + [f"{number - n} {letter}s left"] * (n < number)), number, weight
    )


def test_what_fits_is_shown_as_it_is():
    parts = (whole("# Title"), rows("a", 2), either("long", "short"), whole(""))
    assert fitted(parts, 100, len) == "# Title\n\naaaaaaaaaa\naaaaaaaaaa\n\nlong"


@pytest.mark.parametrize(
    ("limit", "lines", "sentences"),
    [
        (132, (4, 8), ""),
        (131, (4, 7), "1 bs left"),
        (100, (4, 4), "4 bs left"),
        (54, (4, 0), "8 bs left"),
        (53, (3, 0), "1 as left 8 bs left"),
        (20, (0, 0), "4 as left 8 bs left"),
        (19, (0, 0), "4 as left"),
        (8, (0, 0), ""),
    ],
)
def test_the_last_gives_way_first_and_line_by_line(limit: int, lines: tuple[int, int], sentences: str):
    found = fitted((rows("a", 4), rows("b", 8)), limit, len).split("\n")
    assert (found.count("a" * 10), found.count("b" * 10)) == lines
    assert " ".join(line for line in found if "left" in line) == sentences


def test_what_weighs_most_is_kept_longest_wherever_it_stands():
    parts = (rows("a", 2), rows("b", 2, weight=1))
    assert fitted(parts, 32, len) == "2 as left\n\n" + "\n".join(["b" * 10] * 2)
    assert fitted(parts, 19, len) == "2 bs left"


def test_room_that_one_part_cannot_use_goes_to_the_next():
    parts = (either("x" * 50), rows("b", 2), either("y" * 40, "no y"))
    assert fitted(parts, 30, len) == "bbbbbbbbbb\nbbbbbbbbbb\n\nno y"


def test_a_character_beyond_the_first_plane_counts_as_two_and_as_four_bytes():
    assert (characters("é🐙"), octets("é🐙")) == (3, 6)
    assert fitted((either("🐙" * 10, "none"),), 19, characters) == "none"
    assert fitted((either("🐙" * 10, "none"),), 20, characters) == "🐙" * 10


@given(
    st.lists(st.tuples(st.sampled_from("aé🐙"), st.integers(0, 9), st.integers(0, 3)), max_size=6),
    st.integers(0, 500),
    st.sampled_from([len, characters, octets]),
)
def test_the_limit_is_always_kept_and_room_never_wasted(
    made: list[tuple[str, int, int]], limit: int, size: Callable[[str], int]
):
    parts = [rows(*each) for each in made]
    text = fitted(parts, limit, size)
    everything = "\n\n".join(filter(None, (part.show(part.items) for part in parts)))
    assert size(text) <= limit
    assert (text == everything) is (size(everything) <= limit)
