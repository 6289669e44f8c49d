"""Pods of one owner with different labels: told apart where a policy does it, one endpoint elsewhere."""

from __future__ import annotations

import pytest
from handmade import allow, cluster, pods, rows, rule, workload

from netpol_action.connectivity import evaluate
from netpol_action.model.endpoints import Workload

A, B, C = (workload(f"shop/web app=web color={color}", variant=f"color={color}") for color in ("blue", "green", "red"))
DB = "shop/db app=db"


def from_web(policies: list, *variants: Workload) -> list[str]:
    """The rows from the variants of shop/web to shop/db."""
    found = rows(evaluate(cluster(*variants, DB, policies=policies)).map)
    return [row for row in found if row.startswith("shop/web") and "=> shop/db" in row]


@pytest.mark.parametrize(
    ("policies", "variants", "expected"),
    [
        pytest.param([], (A, B), ["shop/web[Deployment] => shop/db[Deployment] : All Connections"], id="no policy"),
        pytest.param(
            [allow("shop/db", "app=db", ingress=[rule("80", pods("app=web"))])],
            (A, B),
            ["shop/web[Deployment] => shop/db[Deployment] : TCP 80"],
            id="a policy that looks at what they share",
        ),
        pytest.param(
            [allow("shop/db", "app=db", ingress=[rule("80", pods("color=blue"))])],
            (A, B),
            ["shop/web[Deployment]{color=blue} => shop/db[Deployment] : TCP 80"],
            id="a policy that tells them apart",
        ),
        pytest.param(
            [
                allow(
                    "shop/db",
                    "app=db",
                    ingress=[rule("80", pods("color in blue,green")), rule("81", pods("color=red"))],
                )
            ],
            (A, B, C),
            [
                "shop/web[Deployment]{color=blue or color=green} => shop/db[Deployment] : TCP 80",
                "shop/web[Deployment]{color=red} => shop/db[Deployment] : TCP 81",
            ],
            id="those that are alike are named together",
        ),
        pytest.param(
            [allow("shop/x", "color=blue", egress=[])],
            (A, B),
            ["shop/web[Deployment]{color=green} => shop/db[Deployment] : All Connections"],
            id="a policy that selects one of them",
        ),
    ],
)
def test_variants(policies: list, variants: tuple[Workload, ...], expected: list[str]):
    assert from_web(policies, *variants) == expected


def test_one_endpoint_stands_for_variants_that_are_alike():
    found = evaluate(cluster(A, B, DB)).map
    assert [str(e) for e in found.endpoints if isinstance(e, Workload)] == [
        "shop/db[Deployment]",
        "shop/web[Deployment]",
    ]


def test_a_workload_without_variants_is_left_as_it_is():
    only = workload("shop/web app=web")
    found = evaluate(cluster(only, DB)).map
    assert any(endpoint is only for endpoint in found.endpoints)
