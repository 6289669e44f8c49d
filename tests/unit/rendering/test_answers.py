"""Explanations, openings, groups and routes as text: what a reader sees, and that no name leaves its place."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator

import pytest
from handmade import allow, cluster, pods, rule, workload
from hostile import PAYLOADS

from netpol_action.connectivity import EvaluationOptions, evaluate
from netpol_action.connectivity.explain import explain
from netpol_action.connectivity.groups import grouped
from netpol_action.connectivity.openings import openings
from netpol_action.connectivity.reach import reachable
from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.diagnostics import Diagnostic, error
from netpol_action.model.explanation import Explanation
from netpol_action.model.labels import Selector
from netpol_action.model.policies import PodPeer
from netpol_action.render import explain as explain_text
from netpol_action.render import groups as groups_text
from netpol_action.render import openings as openings_text
from netpol_action.render import reach as reach_text

OPTIONS = EvaluationOptions()
WORLD = cluster(
    "shop/web app=web",
    "shop/api app=api",
    "shop/db app=db",
    policies=[
        allow("shop/db", "app=db", ingress=[rule("TCP 5432", pods("app in api,web"))], egress=[]),
        allow("shop/web", "app=web", egress=[rule(None, pods("app=db"))], ingress=[]),
        allow("shop/api", "app=api", egress=[rule(None, pods("app=db"))], ingress=[]),
    ],
)


def explained(ports: str) -> Explanation:
    return explain(WORLD, OPTIONS, "web", "db", ConnectionSet.parse(ports))


def test_an_explanation_on_a_terminal():
    assert "\n".join(explain_text.txt_lines(explained("5432"))) == (
        "ALLOWED: shop/web[Deployment] => shop/db[Deployment] : TCP 5432\n"
        "  egress of shop/web[Deployment]: allowed\n"
        "    admin tier: no admin policy selects it for egress\n"
        "    NetworkPolicy: NetworkPolicy shop/web egress rule 1 allows it (web.yaml:1)\n"
        "  ingress of shop/db[Deployment]: allowed\n"
        "    admin tier: no admin policy selects it for ingress\n"
        "    NetworkPolicy: NetworkPolicy shop/db ingress rule 1 allows it (db.yaml:1)"
    )


def test_a_denial_in_markdown():
    lines = list(explain_text.md_lines(explained("80")))
    assert lines[0].startswith("### Denied: shop/web")
    assert lines[-2:] == [
        "    - NetworkPolicy shop/db (db.yaml:1)",
        "      - rule 1 (db.yaml:1): its ports are TCP 5432, not TCP 80",
    ]


def test_an_explanation_as_json():
    answer = json.loads("\n".join(explain_text.json_lines(explained("80"), [error("broken-document", "oh")])))
    assert set(answer) == {"schema", "partial", "rows", "diagnostics"}
    assert answer["partial"] is True
    (row,) = answer["rows"]
    assert (row["src"], row["conn"], row["allowed"]) == (["shop/web[Deployment]"], "TCP 80", False)
    (isolation,) = row["ingress"]["steps"][-1]["isolatedBy"]
    assert isolation["rules"][0]["reasons"] == ["its ports are TCP 5432, not TCP 80"]
    assert (isolation["path"], isolation["line"]) == ("db.yaml", 1)


def test_groups_on_a_terminal():
    assert list(groups_text.txt_lines(grouped(evaluate(WORLD).map))) == [
        "{group 1: 2 endpoints} => shop/db[Deployment] : TCP 5432",
        "",
        "{group 1: 2 endpoints}:",
        "  shop/api[Deployment]",
        "  shop/web[Deployment]",
    ]


def test_groups_name_their_members_in_csv_and_json():
    found = grouped(evaluate(WORLD).map)
    rows = list(csv.DictReader(groups_text.csv_lines(found)))
    assert rows == [
        {"src": "shop/api[Deployment] shop/web[Deployment]", "dst": "shop/db[Deployment]", "conn": "TCP 5432"}
    ]
    answer = json.loads("\n".join(groups_text.json_lines(found, ())))
    assert answer["rows"] == [
        {"src": ["shop/api[Deployment]", "shop/web[Deployment]"], "dst": ["shop/db[Deployment]"], "conn": "TCP 5432"}
    ]


def test_openings_on_a_terminal():
    lines = list(openings_text.txt_lines(openings(cluster("shop/web app=web"), OPTIONS)))
    assert lines == [
        "Ingress beyond the input:",
        "  {entire-cluster} => shop/web[Deployment] : All Connections",
        "  0.0.0.0-255.255.255.255 => shop/web[Deployment] : All Connections",
        "Egress beyond the input:",
        "  shop/web[Deployment] => {entire-cluster} : All Connections",
        "  shop/web[Deployment] => 0.0.0.0-255.255.255.255 : All Connections",
        "No policy selects, for ingress:",
        "  shop/web[Deployment]",
        "No policy selects, for egress:",
        "  shop/web[Deployment]",
    ]


def test_openings_as_json():
    answer = json.loads("\n".join(openings_text.json_lines(openings(WORLD, OPTIONS), ())))
    assert answer["rows"][0] == {
        "direction": "Egress",
        "src": "shop/api[Deployment]",
        "dst": "{pods app=db in namespace shop}",
        "conn": "All Connections",
        "protected": True,
        "inInput": True,
    }


def test_routes_on_a_terminal_and_in_a_table():
    routes = reachable(evaluate(WORLD).map, "web")
    assert list(reach_text.txt_lines(routes)) == [
        "1 shop/db[Deployment]: shop/web[Deployment] => shop/db[Deployment] (TCP 5432)"
    ]
    assert list(csv.DictReader(reach_text.csv_lines(routes))) == [
        {
            "hops": "1",
            "dst": "shop/db[Deployment]",
            "conn": "TCP 5432",
            "path": "shop/web[Deployment] => shop/db[Deployment]",
        }
    ]
    assert list(reach_text.txt_lines(reachable(evaluate(WORLD).map, "db"))) == ["nothing"]


def hostile(name: str) -> Cluster:
    """A cluster in which a workload, a policy, a rule, a label and its value are called this."""
    web = workload("shop/web app=web")
    evil = type(web)("shop", name, "Deployment", {"app": "evil", "key": name})
    strange = PodPeer(None, Selector.labels({"key": name, name: "x"}))
    policy = allow("shop/p", ingress=[rule("TCP 80", strange, name=name), rule("TCP 1", pods("app=web"))])
    policy = type(policy)(
        policy.tier, policy.kind, name, "shop", subject=policy.subject, directions=policy.directions, rules=policy.rules
    )
    return cluster(web, evil, policies=[policy])


def answers(
    name: str,
) -> Iterator[tuple[str, Callable[[], Iterable[str]], Callable[[Iterable[Diagnostic]], Iterable[str]]]]:
    world = hostile(name)
    everywhere = evaluate(world).map
    found = explain(world, OPTIONS, str(world.workloads[1]).strip(), "web")
    yield "explain", lambda: explain_text.md_lines(found), lambda d: explain_text.json_lines(found, d)
    yield (
        "groups",
        lambda: groups_text.md_lines(grouped(everywhere)),
        lambda d: groups_text.json_lines(grouped(everywhere), d),
    )
    opened = openings(world, OPTIONS)
    yield "openings", lambda: openings_text.md_lines(opened), lambda d: openings_text.json_lines(opened, d)
    routes = reachable(everywhere, "web")
    yield "reach", lambda: reach_text.md_lines(routes), lambda d: reach_text.json_lines(routes, d)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_name_leaves_its_place(payload: str):
    name = PAYLOADS[payload]
    for kind, markdown, as_json in answers(name):
        for line in markdown():
            assert line.isprintable(), f"{kind}: {line!r}"
            outside = re.sub("`[^`]*`", "", line)  # nothing within a code span is markup
            assert not any(mark in outside for mark in ("<img", "<script", "<!--", "@octocat", "](http")), (
                f"{kind}: {line}"
            )
        text = "\n".join(as_json(()))
        assert all(line.isprintable() for line in text.split("\n")), kind
        json.loads(text)
