"""A map cut down to some endpoints, a direction, some ports: what stays and what goes."""

from __future__ import annotations

import pytest
from handmade import allow, cluster, pods, rows, rule, workload

from netpol_action.connectivity import evaluate
from netpol_action.connectivity.focus import Focus, focused
from netpol_action.errors import UsageError
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.policies import Direction

WORLD = cluster(
    "shop/web app=web",
    "shop/db app=db",
    "back/job app=job",
    policies=[
        allow("shop/web", "app=web", ingress=[rule("TCP 80,443")], egress=[rule("TCP 5432", pods("app=db"))]),
        allow("shop/db", "app=db", ingress=[rule("TCP 5432", pods("*", "*"))], egress=[]),
        allow("back/job", "app=job", ingress=[], egress=[rule(None, pods("*", "*"))]),
    ],
)
WHOLE = evaluate(WORLD).map
JOB, WEB, DB = "back/job[Deployment]", "shop/web[Deployment]", "shop/db[Deployment]"
ALL = [
    f"{JOB} => {DB} : TCP 5432",
    f"{JOB} => {WEB} : TCP 80,443",
    f"{WEB} => {DB} : TCP 5432",
    f"0.0.0.0-255.255.255.255 => {WEB} : TCP 80,443",
]


@pytest.mark.parametrize(
    ("focus", "kept"),
    [
        pytest.param(Focus(), ALL, id="no focus"),
        pytest.param(Focus(("shop/web",)), ALL[1:], id="one workload, both directions"),
        pytest.param(Focus(("shop/web[Deployment]", "back/job")), ALL, id="several"),
        pytest.param(Focus(("web",), direction=Direction.INGRESS), [ALL[1], ALL[3]], id="what may reach it"),
        pytest.param(Focus(("web",), direction=Direction.EGRESS), [ALL[2]], id="what it may reach"),
        pytest.param(Focus(("web",), ("db",)), [ALL[2]], id="with a peer"),
        pytest.param(Focus(("web", "db"), ("web", "db")), [ALL[2]], id="ends that are peers too: once"),
        pytest.param(Focus(("db",), ("web",), Direction.EGRESS), [], id="a peer in the other direction"),
        pytest.param(Focus(("web",), ("internet",)), [ALL[3]], id="the internet as a peer"),
        pytest.param(Focus((), ("10.0.0.1",)), [ALL[3]], id="any end with a peer"),
        pytest.param(
            Focus(("web",), ports=ConnectionSet.parse("TCP-80")),
            [f"{JOB} => {WEB} : TCP 80", f"0.0.0.0-255.255.255.255 => {WEB} : TCP 80"],
            id="a port: rows have that part of the connections",
        ),
        pytest.param(Focus(ports=ConnectionSet.parse("udp/53")), [], id="a port that nobody uses"),
    ],
)
def test_what_is_kept(focus: Focus, kept: list[str]):
    assert rows(focused(WHOLE, focus)) == kept


def test_no_pair_is_in_two_blocks():
    found = focused(WHOLE, Focus(("web", "job"), ("web", "db", "internet")))
    pairs = [
        (s, d) for b in found.blocks for s in range(9) for d in range(9) if b.sources >> s & b.destinations >> d & 1
    ]
    assert len(pairs) == len(set(pairs)) > 0


def test_an_end_without_connections_stays_an_endpoint_and_others_go():
    found = focused(WHOLE, Focus(("db",), direction=Direction.EGRESS))
    assert list(map(str, found.endpoints)) == [DB]


def test_all_variants_of_a_workload_are_meant():
    one, two = workload("shop/web app=web", variant="a"), workload("shop/web app=api", variant="b")
    world = cluster(
        one, two, "shop/db app=db", policies=[allow("shop/db", "app=db", ingress=[rule("80", pods("app=web"))])]
    )
    found = focused(evaluate(world).map, Focus(("shop/web",), ("shop/db",), Direction.EGRESS))
    assert rows(found) == ["shop/web[Deployment]{a} => shop/db[Deployment] : TCP 80"]


def test_an_unknown_name_is_an_error_with_suggestions():
    with pytest.raises(UsageError, match=r"shop/wbe; did you mean shop/web\[Deployment\]"):
        focused(WHOLE, Focus(("shop/wbe",)))
