"""Every kind of diagram is one that mermaid reads: its own parser says so, with the limits that GitHub has."""

from __future__ import annotations

import pytest
from drawn_changes import CALM, CHANGED, hostile_diff, hostile_map, many
from drawn_maps import lines, services, wide_open
from hostile import PAYLOADS
from mermaid_parser import parsed

from netpol_action.diff import diff
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand
from netpol_action.render.picture.mermaid import (
    low_diagram,
    low_diagram_of_diff,
    mermaid_lines,
    mermaid_of_diff,
    mermaid_side_by_side,
)

pytestmark = pytest.mark.slow

READ = "flowchart-v2"


def test_the_parser_refuses_what_is_no_diagram_and_what_has_too_many_lines():
    good, word, many_lines = parsed(
        ["flowchart LR\n  a --x b", "flowchart LR\n  end --> b", "flowchart LR\n" + "  a --> b\n" * 501]
    )
    assert good == READ
    assert "Parse error" in word
    assert "500" in many_lines


def test_maps_and_changes_of_any_size():
    needs = Demand(CALM.endpoints[2], CALM.endpoints[1], ConnectionSet.parse("TCP 5432"), ())
    broken = diff(CALM, lines("shop/web", "shop/db", "ops/job"), [needs])
    maps = [lines("shop/web"), CHANGED, services(30, 3), services(3000, 100), wide_open(500, 50)]
    changes = [diff(CALM, CHANGED), broken, diff(CALM, CALM), *map(many, (1, 30, 3000))]
    drawn = [
        *("\n".join(mermaid_lines(each, partial=True)) for each in maps),
        *("\n".join(mermaid_side_by_side(each, CALM)) for each in maps),
        *(low_diagram(each, 50_000) for each in maps),
        *("\n".join(mermaid_of_diff(each)) for each in changes),
        *(low_diagram_of_diff(each, 50_000) for each in changes),
    ]
    assert parsed(drawn) == [READ] * len(drawn)


def test_names_that_try_to_leave_their_place():
    maps = [hostile_map(payload) for payload in PAYLOADS.values()]
    drawn = [
        *("\n".join(mermaid_lines(each)) for each in maps),
        *("\n".join(mermaid_side_by_side(each, each)) for each in maps),
        *("\n".join(mermaid_of_diff(hostile_diff(payload))) for payload in PAYLOADS.values()),
    ]
    assert dict(zip(drawn, parsed(drawn), strict=True)) == dict.fromkeys(drawn, READ)
