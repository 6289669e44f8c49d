"""What policies open to pods that are not in the input, selector by selector."""

from __future__ import annotations

from dataclasses import replace

import pytest
from handmade import admin, allow, block, cluster, deny, pods, rule
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.connectivity import EvaluationOptions
from netpol_action.connectivity.focus import Focus
from netpol_action.connectivity.openings import focused, openings
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.endpoints import Unseen
from netpol_action.model.known_labels import satisfiable
from netpol_action.model.labels import Requirement, Selector
from netpol_action.model.policies import Direction, PodPeer
from netpol_action.model.unseen import UnseenIndex
from netpol_action.render.openings import txt_lines

DB = "shop/db app=db"
WHOLE = "0.0.0.0-255.255.255.255"
ALL = "All Connections"


def found(policies: list, *workloads: str, direction: Direction = Direction.INGRESS, **namespaces: str) -> list[str]:
    """The openings of shop/db in a direction."""
    world = cluster(DB, *workloads, policies=policies, namespaces=namespaces)
    rows = openings(world, EvaluationOptions()).rows
    return [f"{r.other} : {r.connections}" for r in rows if r.workload.name == "db" and r.direction is direction]


@pytest.mark.parametrize(
    ("policies", "rows"),
    [
        pytest.param([], [f"{{entire-cluster}} : {ALL}", f"{WHOLE} : {ALL}"], id="no policy"),
        pytest.param([allow("shop/p", ingress=[])], [], id="denied"),
        pytest.param(
            [allow("shop/p", ingress=[rule("TCP 80")])],
            ["{entire-cluster} : TCP 80", f"{WHOLE} : TCP 80"],
            id="a rule for anyone",
        ),
        pytest.param(
            [allow("shop/p", ingress=[rule("TCP 80", pods("*", "*"))])],
            ["{entire-cluster} : TCP 80"],
            id="a rule for every pod is not the internet",
        ),
        pytest.param(
            [allow("shop/p", ingress=[rule("TCP 80", block("0.0.0.0/0"))])],
            [f"{WHOLE} : TCP 80"],
            id="the whole internet is not the cluster",
        ),
        pytest.param(
            [allow("shop/p", ingress=[rule("TCP 80", block("0.0.0.0/0", "10.0.0.0/8"))])],
            [],
            id="a part of the internet is for the map",
        ),
        pytest.param(
            [allow("shop/p", ingress=[rule("TCP 80", pods("app=web"))])],
            ["{pods app=web in namespace shop} : TCP 80"],
            id="pods of the policy's own namespace",
        ),
        pytest.param(
            [allow("shop/p", ingress=[rule("TCP 80", pods("app=web", "team=a"))])],
            ["{pods app=web in namespaces team=a} : TCP 80"],
            id="pods of other namespaces",
        ),
        pytest.param(
            [allow("shop/p", ingress=[rule("TCP 80", pods("*", "*")), rule("TCP 80", pods("app=web"))])],
            ["{entire-cluster} : TCP 80"],
            id="what every pod may do is not said again",
        ),
        pytest.param(
            [allow("shop/p", ingress=[rule("TCP 80", pods("*", "*")), rule("TCP 443", pods("app=web"))])],
            ["{entire-cluster} : TCP 80", "{pods app=web in namespace shop} : TCP 80,443"],
            id="what some may do besides is",
        ),
        pytest.param(
            [allow("shop/p", ingress=[rule("TCP 80", pods("app=web")), rule("TCP 443", pods("app in web,api"))])],
            ["{pods app in (api,web) in namespace shop} : TCP 443", "{pods app=web in namespace shop} : TCP 80,443"],
            id="a selector that implies another has its connections too",
        ),
        pytest.param(
            [allow("shop/p", ingress=[rule("TCP 80", pods("app=web", "team=a")), rule("TCP 443", pods("*", "team"))])],
            ["{all pods in namespaces team} : TCP 443", "{pods app=web in namespaces team=a} : TCP 80,443"],
            id="also by its namespaces",
        ),
        pytest.param(
            [allow("shop/p", ingress=[rule("TCP 80", pods("app=web")), rule("TCP 443", pods("!tier"))])],
            ["{pods !tier in namespace shop} : TCP 443", "{pods app=web in namespace shop} : TCP 80"],
            id="what is not known of a pod implies nothing",
        ),
        pytest.param(
            [allow("shop/p", ingress=[rule("TCP 80", pods("a=1;a=2")), rule("TCP 80", pods("a;!a"))])],
            [],
            id="a selector that no pod can meet",
        ),
        pytest.param(
            [admin("wall", ingress=[deny(None, pods("*", "team=evil"))])],
            [f"{{entire-cluster}} : {ALL}", "{all pods in namespaces team=evil} : No Connections", f"{WHOLE} : {ALL}"],
            id="an admin policy that denies some pods",
        ),
        pytest.param(
            [
                admin("wall", ingress=[deny("TCP 22", pods("*", "*"))]),
                allow("shop/p", ingress=[rule("TCP 20-22", pods("app=web"))]),
            ],
            ["{pods app=web in namespace shop} : TCP 20-21"],
            id="admin policies come first",
        ),
    ],
)
def test_ingress_is_open_to(policies: list, rows: list[str]):
    assert found(policies) == rows


def test_all_labels_of_a_namespace_in_the_input_are_known():
    policies = [
        allow("shop/p", ingress=[rule("TCP 80", pods("app=web", "kubernetes.io/metadata.name=back"))]),
        allow("shop/q", ingress=[rule("TCP 443", pods("*", "team=a")), rule("TCP 22", pods("*", "!team"))]),
    ]
    row = "{pods app=web in namespace back} : "
    assert [each for each in found(policies, back="team=a") if row in each] == [f"{row}TCP 80,443"]
    assert [each for each in found(policies, back="") if row in each] == [f"{row}TCP 22,80"]
    assert [each for each in found(policies) if row in each] == [f"{row}TCP 80"], "of others nothing but the name is"


def test_a_selector_that_no_namespace_of_that_name_meets_is_no_endpoint():
    policies = [allow("shop/p", ingress=[rule(None, pods("*", "kubernetes.io/metadata.name=back;team=b"))])]
    assert found(policies, back="team=a") == []
    assert len(found(policies)) == 1


def test_egress_is_read_in_the_same_way():
    policies = [allow("shop/p", egress=[rule("UDP 53", pods("k8s-app=dns", "*"))])]
    assert found(policies, direction=Direction.EGRESS) == ["{pods k8s-app=dns in any namespace} : UDP 53"]


def test_a_port_by_name_is_known_for_ingress_and_a_note_for_egress():
    world = cluster(
        "shop/db app=db pg:TCP:5432",
        policies=[allow("shop/p", ingress=[rule("pg", pods("*", "*"))], egress=[rule("pg", pods("*", "*"))])],
    )
    result = openings(world, EvaluationOptions())
    assert [(row.direction, str(row.connections)) for row in result.rows] == [(Direction.INGRESS, "TCP 5432")]
    assert [diagnostic.rule for diagnostic in result.diagnostics] == ["unseen-named-port"]


def test_workloads_that_no_policy_selects_are_listed_by_direction():
    world = cluster(DB, "shop/web app=web", policies=[allow("shop/p", "app=db", ingress=[])])
    unprotected = openings(world, EvaluationOptions()).unprotected
    assert {d.value: [w.name for w in found] for d, found in unprotected.items()} == {
        "Ingress": ["web"],
        "Egress": ["db", "web"],
    }


def test_selectors_that_describe_workloads_of_the_input_too_are_marked():
    policies = [allow("shop/p", "app=db", ingress=[rule(None, pods("app=web")), rule(None, pods("app=ghost"))])]
    world = cluster(DB, "shop/web app=web", policies=policies)
    rows = openings(world, EvaluationOptions()).rows
    marks = {str(r.other): r.in_input for r in rows if r.workload.name == "db" and r.direction is Direction.INGRESS}
    assert marks == {"{pods app=ghost in namespace shop}": False, "{pods app=web in namespace shop}": True}


FOCUS_WORLD = cluster(
    DB,
    "shop/web app=web",
    policies=[
        allow("shop/p", "app=db", ingress=[rule("TCP 80", pods("*", "*")), rule("TCP 443", pods("app=ops"))]),
        allow(
            "shop/q", "app=web", ingress=[rule("TCP 8080", pods("app=edge"))], egress=[rule("UDP 53", pods("*", "*"))]
        ),
    ],
)
OPS = "{pods app=ops in namespace shop}"
DB_IN = ["db < {entire-cluster} : TCP 80", f"db < {OPS} : TCP 80,443"]
DB_OUT = [f"db > {{entire-cluster}} : {ALL}", f"db > {WHOLE} : {ALL}"]
WEB_IN, WEB_OUT = ["web < {pods app=edge in namespace shop} : TCP 8080"], ["web > {entire-cluster} : UDP 53"]


@pytest.mark.parametrize(
    ("focus", "rows", "unprotected"),
    [
        pytest.param(Focus(), [*DB_IN, *DB_OUT, *WEB_IN, *WEB_OUT], "db > ", id="no focus"),
        pytest.param(Focus(("shop/db",)), [*DB_IN, *DB_OUT], "db > ", id="one workload"),
        pytest.param(Focus(("web", "db")), [*DB_IN, *DB_OUT, *WEB_IN, *WEB_OUT], "db > ", id="several"),
        pytest.param(Focus(direction=Direction.INGRESS), [*DB_IN, *WEB_IN], "", id="a direction"),
        pytest.param(Focus(("web",), direction=Direction.EGRESS), WEB_OUT, "", id="a direction of a workload"),
        pytest.param(
            Focus(("db",), (), Direction.INGRESS, ConnectionSet.parse("TCP 80")),
            DB_IN[:1],
            "",
            id="a port: pods that are alike there need no row beside every pod",
        ),
        pytest.param(
            Focus(("db",), (), Direction.INGRESS, ConnectionSet.parse("TCP 443")),
            [f"db < {OPS} : TCP 443"],
            "",
            id="a port that some have besides",
        ),
        pytest.param(Focus(("web",), ports=ConnectionSet.parse("TCP 1")), [], "", id="a port that nobody uses"),
    ],
)
def test_openings_in_focus(focus: Focus, rows: list[str], unprotected: str):
    shown = focused(openings(FOCUS_WORLD, EvaluationOptions()), focus, FOCUS_WORLD.workloads)
    arrows = {Direction.INGRESS: "<", Direction.EGRESS: ">"}
    assert [f"{r.workload.name} {arrows[r.direction]} {r.other} : {r.connections}" for r in shown.rows] == rows
    found = "".join(f"{w.name} {arrows[d]} " for d, workloads in shown.unprotected.items() for w in workloads)
    assert found == unprotected


def test_what_an_admin_policy_denies_some_pods_stays_on_a_port():
    wall = admin("wall", ingress=[deny("TCP 22", pods("*", "team=evil"))])
    world = cluster(DB, policies=[wall])
    found = {
        port: [
            f"{row.other} : {row.connections}"
            for row in focused(
                openings(world, EvaluationOptions()),
                Focus(direction=Direction.INGRESS, ports=ConnectionSet.parse(port)),
                world.workloads,
            ).rows
        ]
        for port in ("TCP 22", "TCP 80")
    }
    assert found == {
        "TCP 22": [
            "{entire-cluster} : TCP 22",
            "{all pods in namespaces team=evil} : No Connections",
            f"{WHOLE} : TCP 22",
        ],
        "TCP 80": ["{entire-cluster} : TCP 80", f"{WHOLE} : TCP 80"],
    }


def test_a_direction_that_is_not_in_focus_is_not_said_to_be_closed():
    shown = focused(
        openings(FOCUS_WORLD, EvaluationOptions()), Focus(direction=Direction.EGRESS), FOCUS_WORLD.workloads
    )
    lines = list(txt_lines(shown))
    assert lines[0] == "Egress beyond the input:"
    assert not [line for line in lines if "ingress" in line.lower()]


KEYS = ("a", "b")
VALUES = ("1", "2", "3")
REQUIREMENTS = st.one_of(
    st.builds(
        Requirement,
        st.sampled_from(KEYS),
        st.sampled_from(("In", "NotIn")),
        st.sets(st.sampled_from(VALUES), min_size=1).map(lambda s: tuple(sorted(s))),
    ),
    st.builds(Requirement, st.sampled_from(KEYS), st.sampled_from(("Exists", "DoesNotExist"))),
)
SELECTORS = st.lists(REQUIREMENTS, max_size=3).map(lambda found: Selector.of(*found))
WORLDS = [
    {key: value for key, value in (("a", a), ("b", b)) if value}
    for a in (*VALUES, "other", None)
    for b in (*VALUES, "other", None)
]  # fmt: skip
"""Every way in which labels can differ for the selectors above."""


@given(st.lists(SELECTORS.filter(satisfiable), min_size=1, max_size=4), SELECTORS, SELECTORS)
def test_implied_means_that_every_pod_that_meets_the_one_meets_the_other(
    known: list[Selector], wanted: Selector, home: Selector
):
    index = UnseenIndex([Unseen(pods=pods) for pods in known], {})
    matched = index.matching(PodPeer(Selector(), wanted), "")
    in_homes = UnseenIndex([Unseen(namespaces=space) for space in known], {}).matching(PodPeer(wanted), "")
    for i, each in enumerate(known):
        implied = all(wanted.matches(labels) for labels in WORLDS if each.matches(labels))
        assert bool(matched >> i & 1) == implied
        assert bool(in_homes >> i & 1) == implied
    assert satisfiable(home) == any(home.matches(labels) for labels in WORLDS)


def test_the_order_of_policies_changes_nothing():
    policies = [allow("shop/p", ingress=[rule("80", pods("x=1"))]), allow("shop/q", ingress=[rule("81", pods("x"))])]
    world = cluster(DB, policies=policies)
    one, other = (
        openings(w, EvaluationOptions()).rows for w in (world, replace(world, policies=tuple(policies[::-1])))
    )
    assert [(str(r.other), r.connections) for r in one] == [(str(r.other), r.connections) for r in other]
