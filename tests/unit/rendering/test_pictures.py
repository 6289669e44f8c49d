"""Whole pictures, by the real Graphviz: drawn without complaint, of a size that a browser window shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from drawn_maps import lines, map_of, services, wide_open

from netpol_action.model.bits import elements
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import DomainName, Workload
from netpol_action.publish.graphviz import Picture, draw
from netpol_action.render.picture import parts as levels
from netpol_action.render.picture.build import MOST_LINES, MOST_NODES, scenes
from netpol_action.render.picture.dot import dot, dots, side_by_side
from netpol_action.render.picture.mermaid import MOST_CHARACTERS, diagram, mermaid_side_by_side
from netpol_action.render.picture.scene import Look

READABLE = 2600
"""Pixels in width that a window of 1,600 shows at a size that can be read."""

CLUSTERS = {
    "10 workloads": services(10, 2),
    "10 in one namespace": services(10, 1),
    "30": services(30, 4),
    "100": services(100, 6),
    "100 in one namespace": services(100, 1),
    "300": services(300, 10),
    "300 in 60 namespaces": services(300, 60),
    "40 wide open": wide_open(40, 4),
    "300 wide open": wide_open(300, 10),
    "12 wide open in one namespace": wide_open(12, 1),
    "10,000": services(10_000, 150),
    "10,000 wide open": wide_open(10_000, 150),
    "no connections": lines("a/x", "a/y", "b/z"),
    "nothing at all": ConnectivityMap(),
}
clusters = pytest.mark.parametrize("connectivity", CLUSTERS.values(), ids=CLUSTERS)


def size(png: bytes) -> tuple[int, int]:
    return int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")


@clusters
def test_the_first_drawing_succeeds_and_can_be_read(connectivity: ConnectivityMap):
    picture = draw(dots(connectivity), "png")
    assert isinstance(picture, Picture)
    assert picture.simplified == 0
    assert size(picture.content)[0] <= READABLE


@clusters
def test_every_simpler_drawing_succeeds_too(connectivity: ConnectivityMap):
    for drawing in dots(connectivity):
        assert isinstance(draw([drawing], "svg"), Picture)


@clusters
def test_scenes_stay_within_what_a_person_can_follow(connectivity: ConnectivityMap):
    first = next(scenes(connectivity))
    assert len(first.lines) <= MOST_LINES
    assert len(first.nodes) <= MOST_NODES + 10


@clusters
def test_mermaid_stays_within_githubs_limits(connectivity: ConnectivityMap):
    text = diagram(connectivity)
    assert text
    assert len(text) <= MOST_CHARACTERS
    assert len(re.findall(r"(?:==|--|-\.-)>", text)) <= 500


@pytest.mark.parametrize(("workloads", "namespaces"), [(10, 2), (30, 4), (100, 6), (300, 10)])
def test_before_and_after_fit_one_picture(workloads: int, namespaces: int):
    after = services(workloads, namespaces)
    everyone = (1 << len(after.endpoints)) - 1
    before = ConnectivityMap(after.endpoints, tuple(wide_open_blocks(everyone)))
    picture = draw(side_by_side(before, after), "svg")
    assert isinstance(picture, Picture)
    assert picture.simplified == 0
    assert b"without policies" in picture.content
    assert b"with policies" in picture.content
    assert "subgraph xall_frame" in "\n".join(mermaid_side_by_side(before, after))


def wide_open_blocks(everyone: int):
    from netpol_action.model.connections import EVERYTHING  # noqa: PLC0415
    from netpol_action.model.connectivity import Block  # noqa: PLC0415

    yield Block(everyone, everyone, EVERYTHING)


@pytest.mark.parametrize(("number", "heading"), [(20, ""), (21, "21 hosts"), (3_000, "3,000 hosts")])
def test_more_hosts_than_a_picture_shows_are_one_node(number: int, heading: str):
    allowed = ConnectionSet.parse("TCP 443")
    web = Workload("shop", "web", "Deployment")
    connectivity = map_of({(web, DomainName(f"h{i}.example.com")): allowed for i in range(number)})
    (scene, *_) = scenes(connectivity)
    assert [node.heading for node in scene.nodes if node.look is Look.OTHER] == (
        [heading] if heading else ["host"] * 20
    )
    assert len(scene.lines) <= 20


def test_what_a_small_picture_says():
    drawing = dot(
        lines(
            "shop/web -> shop/db: TCP 5432",
            "shop/api -> shop/db: TCP 5432",
            "controller -> shop/web: TCP 8080,8443,9090",
            "shop/api -> internet: TCP 443",
            "ops/idle",
        )
    )
    assert "<b>web</b>" in drawing
    assert 'label="\u00a0TCP 8080,8443 +1\u00a0"' in drawing
    assert 'tooltip="TCP 8080,8443,9090"' in drawing
    assert "label=<internet>" in drawing
    assert ">no connections<" in drawing
    assert "<b>shop</b>" in drawing


def test_alike_workloads_are_one_node_with_their_names():
    callers = [f"shop/job-{i:02}" for i in range(20)]
    drawing = dot(lines(*(f"{name} -> shop/db: TCP 5432" for name in callers)))
    assert drawing.count("->") == 1
    assert "20 Deployments" in drawing
    assert "+12 more" in drawing


def test_the_same_bytes_under_any_hash_seed():
    program = (
        "from drawn_maps import services; from netpol_action.render.picture.dot import dots;"
        "from netpol_action.render.picture.mermaid import diagram;"
        "m = services(60, 5); print(*dots(m)); print(diagram(m))"
    )
    here = Path(__file__).parent
    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": f"{here}:{here.parents[2]}"},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(texts) == 1


def test_what_holds_for_a_whole_namespace_is_said_at_the_node():
    names = [f"shop/{name}" for name in ("cart", "orders", "stock", "users")]
    distinct = [f"{name} -> shop/{name[5:]}-db: TCP 5432" for name in names]
    callers = [*names, *(f"{name}-db" for name in names)]
    scene = next(scenes(lines(*distinct, *(f"{name} -> shop/front: TCP 8080" for name in callers))))
    front = next(node for node in scene.nodes if node.names == ("front",))
    assert front.note == "TCP 8080\nfrom all in shop"
    assert len(scene.lines) == 4


def test_a_call_between_two_workloads_stays_an_arrow():
    scene = next(scenes(lines("shop/web -> shop/db: TCP 5432")))
    assert [line.label for line in scene.lines] == ["TCP 5432"]
    assert not any(node.note for node in scene.nodes)


def test_roles_tell_who_is_reached_from_elsewhere():
    calls = ("a/web -> a/api: TCP 1", "a/api -> a/db: TCP 1", "b/x -> a/web: TCP 1", "b/x -> a/other: TCP 2", "a/idle")
    found = {
        part.heading: sorted(str(connectivity.endpoints[i]) for i in elements(part.members))
        for connectivity in [lines(*calls)]
        for part in levels.by_role(connectivity)
        if part.namespace == "a"
    }
    assert found == {
        "reached from elsewhere": ["a/other[Deployment]", "a/web[Deployment]"],
        "between others": ["a/api[Deployment]"],
        "only reached from inside": ["a/db[Deployment]"],
        "nothing inside": ["a/idle[Deployment]"],
    }


def test_many_address_blocks_are_one_node_that_claims_no_more_than_it_must():
    scene = next(scenes(lines(*(f"a/w{i} -> 10.{i}.0.0/16: TCP {i + 1}" for i in range(0, 40, 2)))))
    assert [node.look for node in scene.nodes].count(Look.ADDRESSES) == 1
    assert not any(line.every for line in scene.lines)
