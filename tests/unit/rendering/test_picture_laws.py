"""What a picture says is what the map says: each law reads the picture back."""

from collections.abc import Callable, Iterator
from itertools import product

import pytest
from drawn_maps import lines, maps, services, wide_open
from hypothesis import given

from netpol_action.model.bits import elements
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import IpBlock, Workload
from netpol_action.render.picture import parts as levels
from netpol_action.render.picture.cover import End, Layout, Stroke, cover
from netpol_action.render.picture.ties import Tie, Ties, gather_addresses, tie
from netpol_action.render.picture.twins import twins

Level = Callable[[ConnectivityMap], list[levels.Part]]

LEVELS: list[Level] = [
    levels.by_role,
    levels.by_gate,
    levels.whole_namespaces,
    lambda m: next(levels.busiest_namespaces(m, [1])),
    lambda m: next(levels.exact(m)),
]


def pairs_of(connectivity: ConnectivityMap) -> dict[tuple[int, int], object]:
    return {
        (i, j): block.allowed
        for block in connectivity.blocks
        for i, j in product(elements(block.sources), elements(block.destinations))
        if i != j
    }


def parts_and_ties(connectivity: ConnectivityMap, level: Level) -> tuple[list[levels.Part], Ties]:
    parts = [*level(connectivity), *levels.outside(connectivity)]
    return gather_addresses(parts, tie(connectivity, parts), most=8)


@given(maps())
def test_lines_between_alike_endpoints_are_the_pairs_of_the_map(connectivity: ConnectivityMap):
    parts, ties = parts_and_ties(connectivity, LEVELS[-1])
    read = {
        (i, j): found.allowed
        for (p, q), found in ties.items()
        for i, j in product(elements(parts[p].members), elements(parts[q].members))
        if i != j
    }
    assert read == pairs_of(connectivity)
    assert all(found.every for found in ties.values())


@pytest.mark.parametrize("level", LEVELS[:-1])
@given(connectivity=maps())
def test_simpler_pictures_show_each_pair_and_claim_no_more(level: Level, connectivity: ConnectivityMap):
    parts, ties = parts_and_ties(connectivity, level)
    pairs = pairs_of(connectivity)
    for (i, j), allowed in pairs.items():
        assert any(
            parts[p].members >> i & 1 and parts[q].members >> j & 1 and allowed <= found.allowed
            for (p, q), found in ties.items()
        )
    for (p, q), found in ties.items():
        between = [
            pairs.get((i, j)) for i, j in product(elements(parts[p].members), elements(parts[q].members)) if i != j
        ]
        assert found.every == (set(between) == {found.allowed})
        assert any(between)


@given(maps())
def test_every_workload_is_in_one_part(connectivity: ConnectivityMap):
    everyone = {i for i, end in enumerate(connectivity.endpoints) if isinstance(end, Workload)}
    for level in LEVELS:
        members = [i for part in level(connectivity) for i in elements(part.members)]
        assert sorted(members) == sorted(everyone)


@given(maps())
def test_twins_swap_freely(connectivity: ConnectivityMap):
    pairs = pairs_of(connectivity)
    spaces = levels.by_namespace(connectivity).values()
    groups = twins(connectivity, spaces)
    group_of = {i: group for group in groups for i in elements(group)}
    for members in spaces:
        for a, b in product(elements(members), repeat=2):
            swap = {a: b, b: a}
            swapped = {(swap.get(i, i), swap.get(j, j)): allowed for (i, j), allowed in pairs.items()}
            assert (swapped == pairs) == (group_of[a] == group_of[b])


def layout_of(parts: list[levels.Part]) -> Layout:
    spaces: dict[str, int] = {}
    for i, part in enumerate(parts):
        if part.namespace:
            spaces[part.namespace] = spaces.get(part.namespace, 0) | 1 << i
    inner = sum(spaces.values())
    return Layout(
        boxes=tuple(box for box in spaces.values() if box.bit_count() > 1),
        whole=inner if len(spaces) > 1 else 0,
        single=sum(1 << i for i, part in enumerate(parts) if part.size == 1),
        foreign=((1 << len(parts)) - 1) & ~inner,
    )


def rectangles(strokes: list[Stroke]) -> Iterator[tuple[int, int, Tie]]:
    """What strokes say: these nodes to those. All lines to one hub together say one thing."""
    into: dict[int, tuple[int, int, Tie]] = {}
    for stroke in strokes:
        match stroke.tail, stroke.head:
            case End(tails), End(heads):
                assert stroke.is_note == bool(tails & heads)
                yield tails, heads, stroke.tie
                if stroke.both:
                    yield heads, tails, stroke.tie
            case (End(end), int(hub)) | (int(hub), End(end)):
                tails, heads, found = into.get(hub, (0, 0, stroke.tie))
                assert found == stroke.tie
                tails |= end if stroke.head == hub or stroke.both else 0
                heads |= end if stroke.tail == hub or stroke.both else 0
                into[hub] = (tails, heads, found)
    yield from into.values()


@pytest.mark.parametrize("level", LEVELS)
@given(connectivity=maps())
def test_strokes_say_what_the_ties_say(level: Level, connectivity: ConnectivityMap):
    parts, ties = parts_and_ties(connectivity, level)
    layout = layout_of(parts)
    said: dict[tuple[int, int], Tie] = {}
    for tails, heads, found in rectangles(cover(ties, layout)):
        for u, v in product(elements(tails), elements(heads)):
            if not layout.free(u) >> v & 1 or (u, v) in ties:
                assert said.setdefault((u, v), found) == found
    assert said == ties


@pytest.mark.parametrize(
    ("connectivity", "most"),
    [(wide_open(12, 1), 2), (wide_open(300, 10), 2), (wide_open(10_000, 150), 2), (services(300, 10), 110)],
)
def test_a_wide_open_cluster_costs_a_note_and_a_line(connectivity: ConnectivityMap, most: int):
    parts, ties = parts_and_ties(connectivity, levels.whole_namespaces)
    assert len(cover(ties, layout_of(parts))) <= most


def test_unprotected_workloads_of_many_namespaces_meet_in_a_hub():
    names = [f"n{i}/open" for i in range(6)]
    closed = [f"n{i}/closed" for i in range(6)]
    connectivity = lines(*(f"{a} -> {b}: All Connections" for a in names for b in names if a != b), *closed)
    parts, ties = parts_and_ties(connectivity, LEVELS[-1])
    strokes = cover(ties, layout_of(parts))
    assert len(strokes) == 6
    assert {stroke.head for stroke in strokes} == {0}
    assert all(stroke.both for stroke in strokes)


def test_the_internet_less_a_block_is_one_node():
    connectivity = lines("a/x -> 10.0.0.0/8: TCP 1", "a/y -> 0.0.0.0/5: TCP 2", "a/y -> 11.0.0.0/8: TCP 2", "a/z")
    parts, ties = parts_and_ties(connectivity, LEVELS[-1])
    spans = [[connectivity.endpoints[i] for i in elements(part.members)] for part in parts if part.outside]
    assert sorted(len(span) for span in spans) == [1, 2]
    assert all(isinstance(end, IpBlock) for span in spans for end in span)
    assert len(ties) == 2
