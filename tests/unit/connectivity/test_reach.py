"""How far someone gets from a start, and on which way."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import pairwise

import pytest
from handmade import allow, block, cluster, pods, rule
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.connectivity import evaluate
from netpol_action.connectivity.reach import reachable
from netpol_action.errors import UsageError
from netpol_action.model.cluster import Cluster, Exposure, Service, ServicePort
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import Block, ConnectivityMap
from netpol_action.model.endpoints import Workload
from netpol_action.model.labels import Selector
from netpol_action.model.routes import Routes

CHAIN = cluster(
    "shop/web app=web",
    "shop/api app=api",
    "shop/db app=db",
    "shop/job app=job",
    policies=[
        allow(
            "shop/web", "app=web", ingress=[rule("TCP 443", block("0.0.0.0/0"))], egress=[rule(None, pods("app=api"))]
        ),
        allow("shop/api", "app=api", ingress=[rule("TCP 80", pods("app=web"))], egress=[rule(None, pods("app=db"))]),
        allow("shop/db", "app=db", ingress=[rule("TCP 5432", pods("app in api,job"))], egress=[]),
        allow("shop/job", "app=job", ingress=[], egress=[rule(None, pods("app=db")), rule("443", block("10.0.0.0/8"))]),
    ],
)


def shown(routes: Routes) -> list[str]:
    """`hops: start -> connections -> end ...` for each endpoint that is reached."""
    lines = []
    for each in routes.destinations():
        start, *steps = routes.path(each)
        way = "".join(f" -{step.connections}-> {str(step.endpoint).partition('[')[0]}" for step in steps)
        lines.append(f"{each.hops}: {str(start.endpoint).partition('[')[0]}{way}")
    return lines


@pytest.mark.parametrize(
    ("start", "reached"),
    [
        pytest.param(
            "internet",
            [
                "1: 0.0.0.0-9.255.255.255 -TCP 443-> shop/web",
                "2: 0.0.0.0-9.255.255.255 -TCP 443-> shop/web -TCP 80-> shop/api",
                "3: 0.0.0.0-9.255.255.255 -TCP 443-> shop/web -TCP 80-> shop/api -TCP 5432-> shop/db",
            ],
            id="from the internet, hop by hop",
        ),
        pytest.param("api", ["1: shop/api -TCP 5432-> shop/db"], id="from a workload: only forward"),
        pytest.param("shop/db[Deployment]", [], id="from a dead end"),
        pytest.param(
            "job",
            ["1: shop/job -TCP 5432-> shop/db", "1: shop/job -TCP 443-> 10.0.0.0-10.255.255.255"],
            id="the way ends outside the cluster, it does not come back in",
        ),
    ],
)
def test_what_is_reached(start: str, reached: list[str]):
    assert shown(reachable(evaluate(CHAIN).map, start)) == reached


def test_what_the_controller_publishes_is_one_hop_from_the_internet():
    service = Service("shop", "db", Selector.labels({"app": "db"}), (ServicePort(5432),))
    world: Cluster = replace(CHAIN, policies=CHAIN.policies[:2], services=(service,))
    world = replace(world, exposures=(Exposure("Ingress", "shop", "db", "shop", "db"),))
    closed = allow("shop/db", "app=db", ingress=[rule(None, pods("*", "*"))])
    routes = reachable(evaluate(replace(world, policies=(*world.policies, closed))).map, "internet")
    assert "1: {ingress-controller} -TCP 5432-> shop/db" in shown(routes)


def test_address_blocks_reached_alike_are_one_row():
    world = cluster(
        "shop/a app=a", "shop/b app=b", policies=[allow("shop/b", "app=b", egress=[rule(None, block("10.0.0.0/8"))])]
    )
    assert "1: shop/a -All Connections-> 0.0.0.0-255.255.255.255" in shown(reachable(evaluate(world).map, "a"))


def test_a_start_that_does_not_exist_is_an_error():
    with pytest.raises(UsageError, match="did you mean"):
        reachable(evaluate(CHAIN).map, "shop/wbe")


def test_the_picture_gets_distances_and_edges():
    routes = reachable(evaluate(CHAIN).map, "web")
    names = {str(endpoint).partition("[")[0]: hops for endpoint, hops in routes.hops().items()}
    assert names == {"shop/web": 0, "shop/api": 1, "shop/db": 2}
    edges = {(str(a).partition("[")[0], str(b).partition("[")[0]): hop for (a, b), hop in routes.edges().items()}
    assert edges == {("shop/web", "shop/api"): 1, ("shop/api", "shop/db"): 2}


SIZE = 7
EDGES = st.sets(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)))


@given(EDGES, st.booleans())
def test_distances_are_those_of_a_plain_search_and_paths_are_real(edges: set[tuple[int, int]], wide: bool):
    endpoints = tuple(Workload("n", str(i), "Pod") for i in range(SIZE))
    port = ConnectionSet.parse("80")
    by_source: dict[int, int] = {}
    for s, d in edges:
        by_source[s] = by_source.get(s, 0) | 1 << d
    by_ends: dict[int, int] = {}
    for s, ends in by_source.items():
        by_ends[ends] = by_ends.get(ends, 0) | 1 << s
    blocks = (
        [Block(s, d, port) for d, s in by_ends.items()] if wide else [Block(1 << s, 1 << d, port) for s, d in edges]
    )
    routes = reachable(ConnectivityMap(endpoints, tuple(blocks)), "n/0")
    assert {int(e.name): hops for e, hops in routes.hops().items() if isinstance(e, Workload)} == plain_search(edges)
    for each in routes.destinations():
        way = [int(str(step.endpoint)[2]) for step in routes.path(each)]
        assert way[0] == 0
        assert set(pairwise(way)) <= edges
        assert len(way) == each.hops + 1
        before = plain_search(edges)
        assert way[-2] == min(s for s, d in edges if d == way[-1] and before.get(s) == each.hops - 1)


def plain_search(edges: set[tuple[int, int]]) -> dict[int, int]:
    distance, queue = {0: 0}, deque([0])
    while queue:
        here = queue.popleft()
        for s, d in sorted(edges):
            if s == here and d not in distance:
                distance[d] = distance[here] + 1
                queue.append(d)
    return distance
