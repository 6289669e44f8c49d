"""Endpoints that no policy tells apart become one; everything else stays apart."""

from __future__ import annotations

import pytest
from handmade import allow, block, cluster, pods, rule
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.connectivity import evaluate
from netpol_action.connectivity.groups import grouped
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import Block, ConnectivityMap
from netpol_action.model.endpoints import Workload
from netpol_action.model.groups import GroupedMap

WEB, API, DB = "shop/web app=web", "shop/api app=api", "shop/db app=db"


def shown(found: GroupedMap) -> tuple[list[str], list[str]]:
    """The groups as lists of names, and the rows between their numbers."""
    groups = [" ".join(str(member).partition("[")[0] for member in group.members) for group in found.groups]
    return groups, [f"{row.source} => {row.destination} : {row.allowed}" for row in found.rows]


@pytest.mark.parametrize(
    ("policies", "groups", "rows"),
    [
        pytest.param(
            [],
            ["shop/api shop/db shop/web", "{ingress-controller}", "0.0.0.0-255.255.255.255"],
            ["0 => 0 : All Connections", "0 => 2 : All Connections", "2 => 0 : All Connections"],
            id="wide open: all workloads are one",
        ),
        pytest.param(
            [allow("shop/db", "app=db", ingress=[rule("TCP 5432", pods("app in api,web"))])],
            ["shop/api shop/web", "shop/db", "{ingress-controller}", "0.0.0.0-255.255.255.255"],
            [
                "0 => 0 : All Connections",
                "0 => 1 : TCP 5432",
                "0 => 3 : All Connections",
                "1 => 0 : All Connections",
                "1 => 3 : All Connections",
                "3 => 0 : All Connections",
            ],
            id="what a policy names alike stays together",
        ),
        pytest.param(
            [allow("shop/x", ingress=[], egress=[])],
            ["shop/api shop/db shop/web", "{ingress-controller}", "0.0.0.0-255.255.255.255"],
            [],
            id="what has no connection has no row",
        ),
        pytest.param(
            [allow("shop/x", egress=[rule(None, block("10.0.0.0/8"), block("12.0.0.0/8"))], ingress=[])],
            [
                "shop/api shop/db shop/web",
                "{ingress-controller}",
                "0.0.0.0-9.255.255.255 11.0.0.0-11.255.255.255 13.0.0.0-255.255.255.255",
                "10.0.0.0-10.255.255.255 12.0.0.0-12.255.255.255",
            ],
            ["0 => 3 : All Connections"],
            id="addresses are grouped too",
        ),
    ],
)
def test_groups_and_rows(policies: list, groups: list[str], rows: list[str]):
    assert shown(grouped(evaluate(cluster(WEB, API, DB, policies=policies)).map)) == (groups, rows)


def test_one_workload_has_no_row_with_itself():
    assert shown(grouped(evaluate(cluster(WEB)).map))[1] == ["0 => 2 : All Connections", "2 => 0 : All Connections"]


SIZE = 6
SETS = st.integers(0, 2**SIZE - 1)
PORTS = st.sampled_from([ConnectionSet.parse("80"), ConnectionSet.parse("443"), ConnectionSet.parse("udp/53")])


@given(st.lists(st.tuples(SETS, SETS, PORTS), max_size=8))
def test_rows_of_members_are_the_rows_of_the_map_however_it_is_cut(rectangles: list[tuple[int, int, ConnectionSet]]):
    taken: set[tuple[int, int]] = set()
    table: dict[tuple[int, int], ConnectionSet] = {}
    blocks = []
    for sources, destinations, allowed in rectangles:
        pairs = {(s, d) for s in range(SIZE) for d in range(SIZE) if sources >> s & 1 and destinations >> d & 1}
        if pairs and not pairs & taken:
            taken |= pairs
            table.update(dict.fromkeys(pairs, allowed))
            blocks.append(Block(sources, destinations, allowed))
    endpoints = tuple(Workload("n", str(i), "Pod") for i in range(SIZE))
    found = grouped(ConnectivityMap(endpoints, tuple(blocks)))
    place = {id(member): number for number, group in enumerate(found.groups) for member in group.members}
    number = [place[id(endpoint)] for endpoint in endpoints]
    by_pair = {(row.source, row.destination): row.allowed for row in found.rows}
    for s in range(SIZE):
        for d in range(SIZE):
            if s != d:
                assert by_pair.get((number[s], number[d])) == table.get((s, d))
    profiles = [
        ([table.get((i, d)) for d in range(SIZE)], [table.get((s, i)) for s in range(SIZE)]) for i in range(SIZE)
    ]
    for one in range(SIZE):
        for other in range(SIZE):
            assert (number[one] == number[other]) == (profiles[one] == profiles[other])
