"""The picture of the first policies of an application: nearly every pair is closed, and what is left can be read."""

from __future__ import annotations

from handmade import allow, cluster, pods, rule, workload

from netpol_action.connectivity import evaluate
from netpol_action.diff import diff
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand
from netpol_action.model.diff import ConnectivityDiff, Kind
from netpol_action.model.tally import tally
from netpol_action.render.picture.changes import scenes_of
from netpol_action.render.picture.mermaid import diagram_of_diff
from netpol_action.render.picture.scene import Scene, Shift

CALLS = {
    "front": ("cart", "list", "ship", "pay"),
    "cart": ("redis",),
    "pay": ("mail", "cart", "ship"),
    "ads": ("list",),
    "load": ("front",),
    "feed": ("list", "redis"),
}
NAMES = sorted({*CALLS, *(name for called in CALLS.values() for name in called)})


def first_policies(*required: Demand) -> ConnectivityDiff:
    workloads = [f"shop/{name} app={name}" for name in NAMES]
    callers = {name: [caller for caller, called in CALLS.items() if name in called] for name in NAMES}
    policies = [allow("shop/all", ingress=[], egress=[])]
    for name in NAMES:
        ingress = [rule("TCP 80", pods(f"app={caller}")) for caller in callers[name]]
        egress = [rule("TCP 80", pods(f"app={called}")) for called in CALLS.get(name, ())]
        policies.append(allow(f"shop/{name}", f"app={name}", ingress=ingress, egress=egress))
    policies.append(allow("shop/open", "app=front", ingress=[rule("TCP 80")]))
    after = cluster(*workloads, policies=policies)
    return diff(evaluate(cluster(*workloads)).map, evaluate(after).map, required)


def lines_of(scene: Scene, shift: Shift) -> list[tuple[str, str, str]]:
    names = {node.id: node.names[0] for node in scene.nodes} | {box.id: box.title for box in scene.boxes}
    return sorted((names[line.tail], names[line.head], line.label) for line in scene.lines if line.shift is shift)


def test_what_is_left_is_drawn_one_by_one_and_what_is_closed_is_counted():
    change = first_policies()
    scene = next(scenes_of(change))
    left = [(caller, name, "only TCP 80") for caller, called in CALLS.items() for name in called]
    assert lines_of(scene, Shift.CHANGED) == sorted([*left, ("internet", "front", "only TCP 80")])
    assert lines_of(scene, Shift.REMOVED) == [
        ("internet", "shop", "− all connections\nof 9 workloads"),  # noqa: RUF001  # the sign of the labels
        ("shop", "internet", "− all connections"),  # noqa: RUF001  # as above
    ]
    assert [box.note for box in scene.boxes] == ["− all connections\nbetween 78 pairs of workloads"]  # noqa: RUF001
    assert tally(change).kinds[Kind.REMOVED] == 78 + 9 + 10


def test_what_the_application_needs_is_never_counted_away():
    ads, feed = workload("shop/ads app=ads"), workload("shop/feed app=feed")
    scene = next(scenes_of(first_policies(Demand(ads, feed, ConnectionSet.parse("TCP 80"), ()))))
    label = "− all connections\nneeds TCP 80"  # noqa: RUF001  # the sign of the labels
    assert lines_of(scene, Shift.BROKEN) == [("ads", "feed", label)]
    assert "between 77 pairs" in scene.boxes[0].note


def test_mermaid_draws_the_same():
    drawn = diagram_of_diff(first_policies())
    assert "between 78 pairs of workloads" in drawn
    assert drawn.count("only TCP 80") == 13


def test_few_closed_pairs_are_drawn_one_by_one():
    before = cluster("shop/a app=a", "shop/b app=b", "shop/c app=c")
    closed = [allow("shop/a", "app=a", ingress=[rule("TCP 80", pods("app=b"))])]
    after = cluster("shop/a app=a", "shop/b app=b", "shop/c app=c", policies=closed)
    scene = next(scenes_of(diff(evaluate(before).map, evaluate(after).map)))
    assert {tail for tail, _, _ in lines_of(scene, Shift.REMOVED)} == {"c", "internet"}
    assert scene.exact


def test_closed_ports_are_drawn_one_by_one_however_many():
    names = [f"n{i:02}" for i in range(16)]
    workloads = [f"shop/{name} app={name}" for name in names]
    inside = allow("shop/all", ingress=[], egress=[rule(None, pods())])
    ports = [None, *(f"TCP {number}" for number in range(1, 16))]
    called = [
        allow(f"shop/{name}", f"app={name}", ingress=[rule(port, pods(f"app={caller}"))])
        for name, caller, port in zip(names, [names[-1], *names], ports, strict=False)
    ]
    before = cluster(*workloads, policies=[inside, *called])
    after = cluster(*workloads, policies=[allow("shop/all", ingress=[], egress=[])])
    scene = next(scenes_of(diff(evaluate(before).map, evaluate(after).map)))
    assert scene.exact
    assert len(lines_of(scene, Shift.REMOVED)) == 16
