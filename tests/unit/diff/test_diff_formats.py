"""A difference in every format: what is said first, what each row says, and what a picture shows."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from handmade import allow, block, cluster, pods, rule

from netpol_action.connectivity import evaluate
from netpol_action.diff import Causes, Version, diff
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand
from netpol_action.model.diff import ConnectivityDiff
from netpol_action.model.endpoints import Workload
from netpol_action.publish.graphviz import Picture, draw
from netpol_action.render.diff import csv_lines, json_lines, md_lines, txt_lines
from netpol_action.render.picture.changes import scenes_of
from netpol_action.render.picture.dot import dots_of_diff
from netpol_action.render.picture.mermaid import diagram_of_diff, mermaid_of_diff
from netpol_action.render.picture.scene import Shift

VERDICT = (
    "This change breaks the application by closing 1 connection that it needs, opens 2 connections to or from outside "
    "the cluster and widens 1 connection."
)
HOSTILE = "x|`<b>@me</b>`\\n::error::[a](b)\n\x1b[31m"


def example() -> ConnectivityDiff:
    """web may reach db no more, though it needs it; api may reach another port; new has come; job may be reached."""
    before = cluster(
        "shop/web app=web",
        "shop/db app=db",
        "shop/api app=api",
        policies=[
            allow("shop/all", ingress=[]),
            allow("shop/db", "app=db", ingress=[rule("TCP 5432", pods("app=web")), rule("TCP 80", pods("app=api"))]),
        ],
    )
    after = cluster(
        "shop/web app=web",
        "shop/db app=db",
        "shop/api app=api",
        "ops/new app=new",
        policies=[
            allow("shop/all", ingress=[]),
            allow("ops/all", ingress=[]),
            allow(
                "shop/db",
                "app=db",
                ingress=[rule("TCP 80-81", pods("app=api")), rule("TCP 1", block("10.0.0.0/8"))],
            ),
        ],
    )
    maps = [evaluate(each).map for each in (before, after)]
    _, web, db = (next(w for w in after.workloads if w.name == name) for name in ("api", "web", "db"))
    causes = Causes(Version(before, lambda origin: origin), Version(after, lambda origin: origin))
    return diff(*maps, [Demand(web, db, ConnectionSet.parse("TCP 5432"), ())], causes)


def test_txt_begins_with_the_verdict_and_reads_like_a_diff():
    assert list(txt_lines(example())) == [
        VERDICT,
        "+ ops/new[Deployment] => 0.0.0.0-255.255.255.255 : All Connections  [opened-internet]",
        "    workload ops/new[Deployment] added",
        "~ shop/api[Deployment] => shop/db[Deployment] : TCP 80 -> TCP 80-81  [widened]",
        "    NetworkPolicy shop/db changed (db.yaml:1)",
        "- shop/web[Deployment] => shop/db[Deployment] : TCP 5432  [closed-required]",
        "    the application needs TCP 5432",
        "    NetworkPolicy shop/db changed (db.yaml:1)",
        "+ 10.0.0.0-10.255.255.255 => shop/db[Deployment] : TCP 1  [opened-internet]",
        "    NetworkPolicy shop/db changed (db.yaml:1)",
    ]


def test_markdown_begins_with_the_verdict_and_has_the_gravest_first():
    lines = list(md_lines(example()))
    assert lines[0].startswith("### ❌ This change breaks the application")
    assert [line for line in lines if line.startswith("**")] == [
        "**Closed, though the application needs it: 1 connection**",
        "**Opened to or from outside the cluster: 2 connections**",
        "**Widened: 1 connection**",
    ]
    assert "- workload `ops/new[Deployment]` added" in lines


def test_csv_has_the_columns_of_roxctl_and_the_risk():
    rows = list(csv.reader(csv_lines(example())))
    assert rows[0] == ["diff-type", "source", "destination", "dir1", "dir2", "workloads-diff-info", "risk"]
    assert rows[1:3] == [
        [
            "added",
            "ops/new[Deployment]",
            "0.0.0.0-255.255.255.255",
            "No Connections",
            "All Connections",
            "workload ops/new[Deployment] added",
            "opened-internet",
        ],
        ["changed", "shop/api[Deployment]", "shop/db[Deployment]", "TCP 80", "TCP 80-81", "", "widened"],
    ]


def test_json_is_a_bare_list():
    rows = json.loads("\n".join(json_lines(example())))
    assert rows[2] == {
        "type": "removed",
        "src": "shop/web[Deployment]",
        "dst": "shop/db[Deployment]",
        "before": "TCP 5432",
        "after": "No Connections",
        "workloads": [],
        "risk": "closed-required",
    }
    assert len(rows) == 4


NOTHING = ConnectivityDiff()


def test_no_change_is_said_in_every_format():
    assert list(txt_lines(NOTHING, 3)) == ["No connection changes."]
    assert list(txt_lines(NOTHING)) == ["No connection changes."]
    assert list(md_lines(NOTHING)) == ["### ✅ No connection changes."]
    assert json.loads("\n".join(json_lines(NOTHING))) == []
    assert len(list(csv_lines(NOTHING))) == 1
    assert "No connection changes." in next(dots_of_diff(NOTHING))
    assert next(mermaid_of_diff(NOTHING)).startswith("flowchart")


def test_a_picture_shows_what_changed_and_nothing_else():
    scene = next(scenes_of(example()))
    assert {name for node in scene.nodes for name in node.names} == {
        "api",
        "db",
        "web",
        "new (new)",
        "internet",
        "10.0.0.0/8",
    }
    assert sorted((line.label, line.shift) for line in scene.lines) == sorted(
        [
            ("+ TCP 81", Shift.CHANGED),
            ("− TCP 5432\nneeds TCP 5432", Shift.BROKEN),  # noqa: RUF001  # the sign of the labels
            ("+ all connections", Shift.ADDED),
            ("+ TCP 1", Shift.ADDED),
        ],
        key=str,
    )


def test_each_shift_has_a_stroke_of_its_own_in_the_legend():
    drawing = next(dots_of_diff(example()))
    for words in ("opened (+)", "closed, though the application needs it", "other ports: opened (+)"):
        assert words in drawing
    assert "style=dotted" in drawing
    assert "stroke-dasharray" in diagram_of_diff(example())


def test_the_legend_is_drawn_with_the_strokes_that_it_explains():
    picture = draw(dots_of_diff(example()), "svg")
    assert isinstance(picture, Picture)
    graph = ET.fromstring(picture.content)[0]
    strokes = [element for element in graph.iter() if element.get("fill") == "none"]
    samples = {look(stroke) for stroke in strokes if stroke in list(graph)}
    assert samples == {look(stroke) for stroke in strokes if stroke.tag.endswith("path")}
    assert len(samples) == 3


def look(element: ET.Element) -> tuple[str | None, str | None]:
    return element.get("stroke"), element.get("stroke-dasharray")


def test_labels_keep_clear_of_their_lines():
    assert 'label="\u00a0+ TCP 1\u00a0"' in next(dots_of_diff(example()))


def hostile() -> ConnectivityDiff:
    named = cluster(Workload(HOSTILE, HOSTILE, HOSTILE), "shop/db app=db")
    return diff(evaluate(cluster("shop/db app=db")).map, evaluate(named).map)


@pytest.mark.parametrize("lines", [txt_lines, md_lines, csv_lines, json_lines, mermaid_of_diff])
def test_hostile_names_are_inert(lines):  # noqa: ANN001  # one of the renderers
    text = "\n".join(lines(hostile()))
    assert "\x1b" not in text
    if lines in (md_lines, mermaid_of_diff):
        assert "<b>" not in text
        assert "@me" not in text
    if lines is csv_lines:
        assert {len(row) for row in csv.reader(io.StringIO(text))} == {7}


def test_graphviz_draws_both_without_complaint():
    for each in (example(), hostile(), NOTHING):
        picture = draw(dots_of_diff(each), "svg")
        assert isinstance(picture, Picture)
        assert picture.simplified == 0


def test_what_closes_while_something_is_unresolved_is_in_doubt():
    """Nobody knows whether the application needs what is closed; what only opens takes nothing from it."""
    world = cluster("shop/web app=web", "shop/db app=db")
    closed = replace(world, policies=cluster("shop/db app=db", policies=[allow("shop/all", ingress=[])]).policies)
    maps = [evaluate(each).map for each in (world, closed)]
    causes = Causes(Version(world, lambda origin: origin), Version(closed, lambda origin: origin))
    closing, opening = diff(*maps, [], causes), diff(*reversed(maps), [], causes)
    doubt = "dependencies are unresolved:"
    assert f". 2 {doubt} the application may need some of what is closed." in next(txt_lines(closing, 2))
    assert next(md_lines(closing)).startswith("### ✅ This change closes")
    assert next(md_lines(closing, 2)).startswith("### ⚠️ This change closes")
    assert list(md_lines(closing, 2))[2] == f"**2 {doubt}** the application may need some of what is closed."
    assert doubt not in "".join((*txt_lines(opening, 2), *md_lines(opening, 2)))
