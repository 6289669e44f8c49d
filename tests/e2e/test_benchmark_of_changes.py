"""The benchmark of changes measures changes: no times, but that there is something to compare in each case."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # the benchmarks are no part of the package

from benchmarks import change

SIZE = 4
NEIGHBOURS = 3


@pytest.mark.slow
def test_each_change_of_an_application_is_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(change, "ROUNDS", 1)
    measured = list(change.measure(SIZE))
    rows = {each.change: each.rows for each in measured}
    # All of them call each other, so the changed policy has each neighbour in both directions.
    assert list(rows) == list(change.CHANGES)
    assert rows["one policy"] == 2 * NEIGHBOURS
    assert rows["the first policies"] > SIZE * NEIGHBOURS
    tables = [line.count("|") for line in change.report(measured) if line.startswith("|")]
    assert tables == [10] * 4 + [11] * 4
