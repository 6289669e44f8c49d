"""What a picture counts instead of drawing it is exactly what it leaves out."""

from __future__ import annotations

from itertools import product

from drawn_maps import lines, maps
from hypothesis import given

from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connections import EVERYTHING
from netpol_action.model.connectivity import Block, ConnectivityMap
from netpol_action.model.endpoints import Workload
from netpol_action.render.picture import parts as levels
from netpol_action.render.picture.build import folded_scene
from netpol_action.render.picture.cover import End, Layout
from netpol_action.render.picture.folds import fold, folded_strokes
from netpol_action.render.picture.scene import Scene
from netpol_action.render.picture.ties import gather_addresses, tie
from netpol_action.render.picture.words import MAP_WORDS


def pairs_of(connectivity: ConnectivityMap) -> dict[tuple[int, int], object]:
    return {
        (i, j): block.allowed
        for block in connectivity.blocks
        for i, j in product(elements(block.sources), elements(block.destinations))
        if i != j
    }


@given(maps())
def test_what_is_folded_and_what_is_left_are_the_map(connectivity: ConnectivityMap):
    rest, folded = fold(connectivity, EVERYTHING)
    workloads = {i for i, end in enumerate(connectivity.endpoints) if isinstance(end, Workload)}
    pairs = pairs_of(connectivity)
    away = {ends: allowed for ends, allowed in pairs.items() if allowed == EVERYTHING and workloads.issuperset(ends)}
    assert pairs_of(rest) == {ends: allowed for ends, allowed in pairs.items() if ends not in away}
    everyone = (1 << len(connectivity.endpoints)) - 1
    assert folded.pairs(everyone, everyone) == len(away)
    assert {*elements(folded.members)} == {i for ends in away for i in ends}


def test_a_block_from_workloads_and_others_keeps_the_others():
    names = lines("a/x -> a/y: TCP 1", "internet -> a/x: TCP 1").endpoints
    everyone, workloads = 0b111, bits_of(i for i, end in enumerate(names) if isinstance(end, Workload))
    both_ways = Block(everyone, workloads, EVERYTHING), Block(workloads, everyone & ~workloads, EVERYTHING)
    rest, folded = fold(ConnectivityMap(names, both_ways), EVERYTHING)
    assert len(pairs_of(rest)) == 4
    assert folded.pairs(everyone, everyone) == 2


@given(maps())
def test_each_folded_pair_is_counted_once(connectivity: ConnectivityMap):
    rest, folded = fold(connectivity, EVERYTHING)
    parts = [*next(levels.exact(rest)), *levels.outside(rest)]
    parts, ties = gather_addresses(parts, tie(rest, parts), most=8)
    layout = layout_of(parts)
    members = [part.members for part in parts]
    counted = 0
    for stroke in folded_strokes(folded, parts, ties, layout):
        if stroke.tie.allowed != EVERYTHING:
            assert stroke.count == 0
            assert stroke.tie.every
            continue
        assert isinstance(stroke.tail, End)
        assert isinstance(stroke.head, End)
        tails, heads = (sum(members[i] for i in elements(end.span)) for end in (stroke.tail, stroke.head))
        assert stroke.tie.every == (stroke.count == 0)
        if (stroke.tail.span | stroke.head.span) & layout.foreign:
            size = heads if stroke.tail.span & layout.foreign else tails
            assert stroke.count < size.bit_count()
            continue
        possible = (tails.bit_count() * heads.bit_count() - (tails & heads).bit_count()) << stroke.both
        found = folded.pairs(tails, heads) + (folded.pairs(heads, tails) if stroke.both else 0)
        assert stroke.count == (0 if found == possible else found)
        counted += found
    everyone = (1 << len(connectivity.endpoints)) - 1
    assert counted == folded.pairs(everyone, everyone)


def layout_of(parts: list[levels.Part]) -> Layout:
    spaces: dict[str, int] = {}
    for i, part in enumerate(parts):
        spaces[part.namespace] = spaces.get(part.namespace, 0) | 1 << i
    foreign = spaces.pop("", 0)
    boxes = tuple(box for box in spaces.values() if box.bit_count() > 1)
    return Layout(boxes, sum(spaces.values()) if len(spaces) > 1 else 0, 0, foreign)


def drawn(*text: str) -> Scene:
    rest, folded = fold(lines(*text), EVERYTHING)
    scene = folded_scene(rest, folded, MAP_WORDS)
    assert scene is not None
    return scene


def said(scene: Scene) -> set[tuple[str, str, str, bool]]:
    """The lines: from what, to what, and what is written there."""
    names = {node.id: node.names[0] for node in scene.nodes} | {box.id: box.title for box in scene.boxes if box.id}
    names[scene.id] = scene.wrap_title
    return {(names[line.tail], names[line.head], line.label, line.every) for line in scene.lines}


def test_lines_between_namespaces_count_both_directions():
    scene = drawn(
        "a/x -> b/x: All Connections",
        "a/y -> b/x: All Connections",
        "b/y -> a/x: All Connections",
        "a/x -> a/y: TCP 1",
        "b/x -> b/y: TCP 2",
    )
    assert said(scene) == {
        ("x", "y", "TCP 1", True),
        ("x", "y", "TCP 2", True),
        ("a", "b", "all connections\nof 3 pairs", False),
    }
    assert not scene.exact
    assert [line.both for line in scene.lines if not line.every] == [True]


def test_all_pairs_of_two_namespaces_need_no_number():
    pairs = [f"{a} -> {b}: All Connections" for a in ("a/x", "a/y") for b in ("b/x", "b/y")]
    assert ("a", "b", "all connections", True) in said(drawn(*pairs, "a/x -> a/y: TCP 1", "b/x -> b/y: TCP 2"))
    half = [*pairs[:2], *(f"{b} -> {a}: All Connections" for a in ("a/x",) for b in ("b/x", "b/y"))]
    shown = said(drawn(*half, "a/x -> a/y: TCP 1", "b/x -> b/y: TCP 2"))
    assert ("a", "b", "all connections\nof 4 pairs", False) in shown


def test_workloads_are_counted_where_the_other_end_is_outside():
    scene = drawn(
        *(f"a/{name} -> internet: All Connections" for name in "xyz"),
        *(f"internet -> a/{name}: All Connections" for name in "xy"),
        "internet -> a/z: TCP 80",
        "a/x -> a/y: TCP 1",
    )
    assert said(scene) == {
        ("a", "internet", "all connections", True),
        ("internet", "a", "all connections\nof 2 workloads", False),
        ("internet", "z", "TCP 80", True),
        ("x", "y", "TCP 1", True),
    }


def test_many_namespaces_are_counted_together():
    names = [f"n{i}/{name}" for i in range(5) for name in "xy"]
    everyone = [f"{a} -> {b}: All Connections" for a in names for b in names if a not in (b, "n0/x")]
    scene = drawn(*everyone, "n0/x -> n1/x: TCP 1")
    assert said(scene) == {("x", "x", "TCP 1", True)}
    assert (scene.wrapped, scene.note) == (True, "all connections\nbetween 81 pairs of workloads")


def test_who_is_only_counted_is_not_called_idle():
    scene = drawn("a/x -> a/y: All Connections", "a/y -> a/z: TCP 1")
    assert not any(node.idle for node in scene.nodes)
