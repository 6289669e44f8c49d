"""What is printed goes out in pieces: neither many lines nor long ones are gathered whole."""

from __future__ import annotations

import io
import sys

import pytest

from netpol_action import cli


class Pieces(io.StringIO):
    """A stream that remembers how long each write was."""

    def __init__(self) -> None:
        super().__init__()
        self.lengths: list[int] = []

    def write(self, text: str) -> int:
        self.lengths.append(len(text))
        return super().write(text)


@pytest.mark.parametrize(
    ("count", "length"), [(100_000, 60), (100, 100_000), (3, 5)], ids=["many lines", "long lines", "few lines"]
)
def test_lines_are_written_in_pieces_of_bounded_length(count: int, length: int, monkeypatch: pytest.MonkeyPatch):
    stream = Pieces()
    monkeypatch.setattr(sys, "stdout", stream)
    cli._write(("x" * length for _ in range(count)), stream)  # how a command's answer is printed
    assert stream.getvalue() == ("x" * length + "\n") * count
    assert max(stream.lengths) <= 1_000_000
    assert len(stream.lengths) < 100, "each write has a price"
