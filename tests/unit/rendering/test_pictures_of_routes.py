"""The map with what can be reached marked: how far each node is, and which lines a shortest path uses."""

from __future__ import annotations

import re

import pytest
from drawn_maps import lines, services, wide_open

from netpol_action.connectivity.reach import reachable
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.publish.graphviz import Picture, draw
from netpol_action.render.picture.build import MOST_NODES, scenes
from netpol_action.render.picture.dot import dots
from netpol_action.render.picture.marks import Marks
from netpol_action.render.picture.mermaid import mermaid_lines
from netpol_action.render.picture.scene import Scene

SHOP = lines(
    "shop/web -> shop/api: TCP 80",
    "shop/api -> shop/db: TCP 5432",
    "shop/web -> shop/cache: TCP 6379",
    "shop/cache -> shop/db: TCP 5432",
    "shop/cron -> shop/db: TCP 5432",
    "shop/cron -> internet: All Connections",
)


def scene_of(connectivity: ConnectivityMap, start: str) -> Scene:
    return next(scenes(connectivity, marks=Marks(connectivity, reachable(connectivity, start))))


def distances(scene: Scene) -> dict[str, str]:
    return {name: node.distance.text for node in scene.nodes if node.distance for name in node.names}


def routes_used(scene: Scene) -> dict[tuple[str, ...], bool | None]:
    names = {node.id: node.names[0] for node in scene.nodes}
    return {(names[line.tail], names[line.head]): line.on_route for line in scene.lines}


def test_every_node_says_how_far_it_is():
    assert distances(scene_of(SHOP, "web")) == {
        "web": "start",
        "api": "1 hop",
        "cache": "1 hop",
        "db": "2 hops",
        "cron": "not reached",
        "internet": "not reached",
    }


def test_one_shortest_path_to_each_is_emphasised_and_nothing_else():
    assert routes_used(scene_of(SHOP, "web")) == {
        ("web", "api"): True,
        ("api", "db"): True,
        ("web", "cache"): True,
        ("cache", "db"): False,
        ("cron", "db"): False,
        ("cron", "internet"): False,
    }


def test_alike_workloads_are_apart_where_one_of_them_is_the_start():
    alike = lines("shop/a -> shop/db: TCP 1", "shop/b -> shop/db: TCP 1")
    assert distances(scene_of(alike, "a")) == {"a": "start", "db": "1 hop", "b": "not reached"}


def test_a_line_through_a_hub_is_on_the_route():
    scene = scene_of(wide_open(12, 3), "team-000/app-0000")
    assert distances(scene)["app-0000"] in ("start", "1 hop")
    assert any(line.on_route for line in scene.lines)
    assert "not reached" not in distances(scene).values()


def test_addresses_that_are_the_start_are_so():
    scene = scene_of(lines("internet -> shop/web: TCP 80", "shop/web -> shop/db: TCP 1", "shop/idle"), "internet")
    assert distances(scene) == {"internet": "start", "web": "1 hop", "db": "2 hops", "idle": "not reached"}
    assert routes_used(scene) == {("internet", "web"): True, ("web", "db"): True}


def test_part_of_a_node_may_be_reached():
    half = lines("shop/web -> 10.0.0.0/8: TCP 80", "shop/api -> 11.0.0.0/8: TCP 80", "shop/api -> 10.0.0.0/8: TCP 80")
    marks = Marks(half, reachable(half, "web"))
    blocks = sum(1 << i for i, endpoint in enumerate(half.endpoints) if "." in str(endpoint))
    assert marks.distance(blocks).text == "1 hop, in part"
    assert marks.distance((1 << len(half.endpoints)) - 1).text == "start to 1 hop, in part"
    workloads = sum(1 << i for i, endpoint in enumerate(half.endpoints) if "shop" in str(endpoint))
    assert marks.distance(workloads).text == "start, 1 of them"


@pytest.mark.parametrize("connectivity", [services(30, 4), services(100, 6), services(300, 60), wide_open(300, 10)])
def test_pictures_are_drawn_and_small_enough(connectivity: ConnectivityMap):
    start = str(connectivity.endpoints[3])
    routes = reachable(connectivity, start)
    assert len(next(scenes(connectivity, marks=Marks(connectivity, routes))).nodes) <= MOST_NODES + 10
    picture = draw(dots(connectivity, routes=routes), "svg")
    assert isinstance(picture, Picture)
    assert b"Reached from " in picture.content


def test_meanings_rest_on_more_than_colour():
    drawing = next(dots(SHOP, routes=reachable(SHOP, "web")))
    widths = {float(width) for width in re.findall(r"penwidth=([\d.]+)", drawing)}
    assert max(widths) - min(widths) > 1
    assert all(text in drawing for text in (">start<", ">1 hop<", ">2 hops<", ">not reached<"))
    assert "thick lines are on a shortest path" in drawing


def test_the_same_in_mermaid():
    text = "\n".join(mermaid_lines(SHOP, routes=reachable(SHOP, "web")))
    assert '"web<br/>start"]:::hops0' in text.replace("Deployment:<br/>", "")
    assert ":::unreached" in text
    assert "classDef hops2 " in text
    assert len(re.findall(r"linkStyle [\d,]+ stroke:#\w+,stroke-width", text)) == 1


def test_a_picture_of_the_map_alone_knows_no_routes():
    assert not distances(next(scenes(SHOP)))
    assert {line.on_route for line in next(scenes(SHOP)).lines} == {None}
