"""Few lines for many ties: pairs that may open the same are drawn as lines between boxes, or through a hub.

The ties of one kind are a relation between nodes. It is covered by rectangles (every source of a set with every
destination of a set), best first, where a rectangle is worth the pairs that it adds for each line that it costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product

from netpol_action.model.bits import elements
from netpol_action.render.picture.ties import Tie, Ties

NOTE = 0.5
"""What a note costs, in lines."""

LEAST_IN_NOTE = 3
"""The ends that a note has to name at once, so as to stand for lines from or to each."""

HUB = 3
"""What a hub costs beside its lines: a reader has to look twice."""


@dataclass(frozen=True, slots=True, order=True)
class End:
    """A node (`span` has one bit), the box of a namespace, or the box around all of them; `span` has its nodes."""

    span: int


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line; `tail` or `head` is an int where it is a hub, by number.

    Where one end holds the other, or is the same, no line can be drawn: the stroke is a note at the inner one. `count`
    is 0 unless the stroke counts: pairs of workloads, or the workloads at one end where the other is outside.
    """

    tail: End | int
    head: End | int
    tie: Tie
    both: bool = False
    count: int = 0

    @property
    def is_note(self) -> bool:
        """Whether one end holds the other."""
        return isinstance(self.tail, End) and isinstance(self.head, End) and bool(self.tail.span & self.head.span)


@dataclass(frozen=True, slots=True)
class Layout:
    """The nodes that strokes join: `boxes` and `whole` are bitsets over nodes, `single` those that stand for one thing.

    `foreign` nodes are outside of the cluster: nothing is known of connections among them.
    """

    boxes: tuple[int, ...]
    whole: int
    single: int
    foreign: int

    def ends(self, nodes: int) -> list[End]:
        """The largest ends that make up these nodes, disjoint."""
        found: list[End] = []
        for box in (self.whole, *self.boxes):
            if box and box & ~nodes == 0:
                found.append(End(box))
                nodes &= ~box
        return found + [End(1 << node) for node in elements(nodes)]

    def free(self, node: int) -> int:
        """The nodes for which it says nothing if a line from `node` includes them."""
        if self.foreign >> node & 1:
            return self.foreign
        return self.single & 1 << node


@dataclass(slots=True)
class _Relation:
    """The pairs with one tie: `rows[u]` are the destinations of `u`; `left[u]` are those not drawn yet."""

    layout: Layout
    rows: dict[int, int]
    left: dict[int, int] = field(default_factory=dict)

    def rectangles(self) -> Iterator[tuple[int, int]]:
        """Sets of sources and of destinations, as large as they can be, that the relation holds for."""
        seen: set[int] = set()
        for destinations in self._destinations():
            if destinations and destinations not in seen:
                seen.add(destinations)
                sources = [u for u, row in self.rows.items() if destinations & ~(row | self.layout.free(u)) == 0]
                sources = [u for u in sources if self.rows[u] & destinations]
                if sources:
                    itself = destinations & self.layout.single if destinations.bit_count() == 1 else 0
                    yield sum(1 << u for u in sources) | itself, destinations

    def _destinations(self) -> Iterator[int]:
        wide = {u: row | self.layout.free(u) for u, row in self.rows.items()}
        for u, row in self.rows.items():
            yield row
            yield wide[u]
        for box in (self.layout.whole, *self.layout.boxes):
            yield _common(wide.get(u, 0) for u in elements(box)) if box else 0
        columns: dict[int, list[int]] = {}
        for u, row in self.rows.items():
            for v in elements(row):
                columns.setdefault(v, []).append(u)
        for sources in columns.values():
            yield _common(wide[u] for u in sources)

    def gain(self, sources: int, destinations: int) -> int:
        """The pairs that a rectangle would add to the drawing."""
        return sum((self.left.get(u, 0) & destinations).bit_count() for u in elements(sources))

    def trimmed(self, sources: int, destinations: int) -> tuple[int, int]:
        """The rectangle without the rows and columns that are drawn already."""
        open_rows = {u: self.left.get(u, 0) & destinations for u in elements(sources)}
        columns = 0
        for row in open_rows.values():
            columns |= row
        return sum(1 << u for u, row in open_rows.items() if row), columns

    def draws(self, tail: int, head: int) -> bool:
        """Marks the pairs as drawn; whether there were any."""
        added = False
        for u in elements(tail):
            if self.left.get(u, 0) & head:
                self.left[u] &= ~head
                added = True
        return added


@dataclass(frozen=True, slots=True)
class _Plan:
    """One way to draw a rectangle: with `hub` by lines to and from a hub, else by a line for each pair of ends."""

    sources: int
    destinations: int
    pairs: tuple[tuple[End, End], ...]
    hub: bool
    cost: float


def cover(ties: Ties, layout: Layout) -> list[Stroke]:
    """Strokes that together say exactly what the ties say."""
    relations: dict[Tie, _Relation] = {}
    for (p, q), tie in ties.items():
        rows = relations.setdefault(tie, _Relation(layout, {})).rows
        rows[p] = rows.get(p, 0) | 1 << q
    strokes: list[Stroke] = []
    hubs = 0
    for tie, relation in relations.items():
        direct: set[tuple[End, End]] = set()
        for plan in _chosen(relation):
            if plan.hub:
                strokes += _through_hub(plan, layout, tie, hubs)
                hubs += 1
                relation.draws(plan.sources, plan.destinations)
            else:
                direct.update((tail, head) for tail, head in plan.pairs if relation.draws(tail.span, head.span))
        strokes += _both_ways(direct, tie)
    return strokes


def _chosen(relation: _Relation) -> Iterator[_Plan]:
    """The plans to draw until no pair is left; the caller draws each before it asks for the next."""
    relation.left.update(relation.rows)
    plans = [_plan(relation.layout, *rectangle) for rectangle in relation.rectangles()]
    while any(relation.left.values()):
        gains = [relation.gain(plan.sources, plan.destinations) for plan in plans]
        best = max(zip(gains, plans, strict=True), key=lambda found: (found[0] / found[1].cost, found[0]))[1]
        trimmed = _plan(relation.layout, *relation.trimmed(best.sources, best.destinations)) if best.hub else best
        yield min(best, trimmed, key=lambda plan: plan.cost)


def _plan(layout: Layout, sources: int, destinations: int) -> _Plan:
    pairs = tuple(_pairs(layout, sources, destinations))
    lines = {frozenset(pair) for pair in pairs if not pair[0].span & pair[1].span}
    notes = [pair for pair in pairs if pair[0].span & pair[1].span]
    direct = len(lines) + NOTE * len(notes)
    through = len({*layout.ends(sources), *layout.ends(destinations)}) + HUB
    hub = through < direct
    return _Plan(sources, destinations, pairs, hub, through if hub else direct)


def _pairs(layout: Layout, sources: int, destinations: int) -> Iterator[tuple[End, End]]:
    """The pairs of ends that make up a rectangle, each a line or, where one holds the other, a note.

    A note stands for several lines at least: an arrow says the same better.
    """
    for tail, head in product(layout.ends(sources), layout.ends(destinations)):
        rest = layout.ends(tail.span ^ head.span)
        if tail == head or not tail.span & head.span or len(rest) >= LEAST_IN_NOTE:
            yield tail, head
        elif tail.span & ~head.span:
            yield from ((end, head) for end in (head, *rest))
        else:
            yield from ((tail, end) for end in (tail, *rest))


def _through_hub(plan: _Plan, layout: Layout, tie: Tie, hub: int) -> Iterator[Stroke]:
    tails, heads = layout.ends(plan.sources), layout.ends(plan.destinations)
    yield from (Stroke(tail, hub, tie, both=tail in heads) for tail in tails)
    yield from (Stroke(hub, head, tie) for head in heads if head not in tails)


def _both_ways(pairs: set[tuple[End, End]], tie: Tie) -> Iterator[Stroke]:
    for tail, head in sorted(pairs):
        both = tail != head and (head, tail) in pairs
        if not both or tail < head:
            yield Stroke(tail, head, tie, both)


def _common(rows: Iterable[int]) -> int:
    """What all of these bitsets have; nothing if there are none."""
    result: int | None = None
    for row in rows:
        result = row if result is None else result & row
    return result or 0
