"""Rows put together by an end that they share: nothing is lost, and nothing added."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.diff import Cause, Change, DiffRow
from netpol_action.model.endpoints import Workload
from netpol_action.render.grouped import Group, grouped

ENDS = [Workload("shop", name, "Deployment") for name in "abcdefg"]
OPENED, OTHER = (Change(NOTHING, ConnectionSet.single("TCP", port)) for port in (80, 443))
WHY = (Cause("a policy is gone"),)


def row(source: str, destination: str, change: Change = OPENED) -> DiffRow:
    return DiffRow(ENDS["abcdefg".index(source)], ENDS["abcdefg".index(destination)], change)


def shown(groups: list[Group]) -> list[str]:
    return [f"{''.join(e.name for e in g.sources)} > {''.join(e.name for e in g.destinations)}" for g in groups]


def test_a_row_goes_where_more_are():
    rows = [row("a", "b"), row("a", "c"), row("a", "g"), row("d", "g"), row("e", "g"), row("f", "g")]
    groups = grouped(rows, lambda _: WHY)
    assert shown(groups) == ["a > bc", "adef > g"]
    assert [group.size for group in groups] == [2, 4]


def test_other_changes_and_other_reasons_stand_apart():
    assert shown(grouped([row("a", "b"), row("a", "c", OTHER)], lambda _: WHY)) == ["a > b", "a > c"]
    assert shown(grouped([row("a", "b"), row("a", "c")], lambda r: (Cause(str(r.destination)),))) == ["a > b", "a > c"]


@given(st.lists(st.tuples(*[st.sampled_from("abcdefg")] * 2, st.sampled_from((OPENED, OTHER))), unique=True))
def test_the_groups_are_the_rows(made: list[tuple[str, str, Change]]):
    rows = [row(*each) for each in made]
    groups = grouped(rows, lambda r: WHY if r.change is OPENED else ())
    product = [(s, d, g.change) for g in groups for s in g.sources for d in g.destinations]
    assert len(product) == len(rows) == sum(group.size for group in groups)
    assert set(product) == {(r.source, r.destination, r.change) for r in rows}
    assert all(group.reasons == (WHY if group.change is OPENED else ()) for group in groups)
