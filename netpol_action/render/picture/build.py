"""From a map to scenes: the most detailed picture that a person can read, and simpler ones after it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connections import EVERYTHING
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.render.markdown import counted
from netpol_action.render.picture import parts as levels
from netpol_action.render.picture.cover import End, Layout, Stroke, cover
from netpol_action.render.picture.folds import Fold, folded_strokes
from netpol_action.render.picture.marks import Marks
from netpol_action.render.picture.nodes import Labeller
from netpol_action.render.picture.parts import Part
from netpol_action.render.picture.scene import Box, Line, Look, Node, Reach, Scene
from netpol_action.render.picture.shape import PAGE, shape
from netpol_action.render.picture.ties import Tie, Ties, gather_addresses, tie
from netpol_action.render.picture.words import MAP_WORDS, NAME_LENGTH, Words
from netpol_action.render.text import plain, shortened

MOST_NODES = 60
MOST_LINES = 110
MOST_LINES_OF_ROLES = 44
"""Lines in a picture that is simplified and still has several nodes a namespace: more, and it sprawls."""

MOST_OUTSIDE = 8
BUSIEST = (40, 20, 8)
"""How many namespaces the simplest pictures show one by one."""


def scenes(
    connectivity: ConnectivityMap,
    title: str = "",
    prefix: str = "",
    marks: Marks | None = None,
    words: Words = MAP_WORDS,
) -> Iterator[Scene]:
    """Scenes of the map, from the most detailed that is readable to the simplest; at least one, made when asked for.

    Ids begin with `prefix`, so that two scenes fit one drawing. With `marks` they show routes. `words` say what the
    connections of the map stand for.
    """
    previous: list[Part] | None = None
    last: Scene | None = None
    shown = False
    for inner in _details(connectivity, marks):
        if inner == previous or len(inner) > MOST_NODES:
            continue
        previous = inner
        last = _Builder(connectivity, inner, _Manner(words, prefix, marks)).scene(title)
        if _readable(last):
            shown = True
            yield last
    if last and not shown:
        yield last


def folded_scene(connectivity: ConnectivityMap, fold: Fold, words: Words) -> Scene | None:
    """The most detailed scene of a map, which also counts what is folded; None where nobody could read it."""
    for inner in levels.exact(connectivity):
        if len(inner) <= MOST_NODES:
            scene = _Builder(connectivity, inner, _Manner(words, fold=fold)).scene("")
            return scene if len(scene.lines) <= MOST_LINES and shape(scene).width <= PAGE else None
    return None


def _readable(scene: Scene) -> bool:
    roles = not scene.exact and any(box.id for box in scene.boxes)
    return len(scene.lines) <= (MOST_LINES_OF_ROLES if roles else MOST_LINES) and shape(scene).width <= PAGE


def pairs(before: ConnectivityMap, after: ConnectivityMap, titles: tuple[str, str]) -> Iterator[tuple[Scene, Scene]]:
    """Scenes of two maps for one drawing, from the most detailed to the simplest."""
    first, second = scenes(before, titles[0], "x"), scenes(after, titles[1], "y")
    left, right = next(first), next(second)
    yield left, right
    for simpler_left, simpler_right in zip_longest(first, second):
        left, right = simpler_left or left, simpler_right or right
        yield left, right


def _details(connectivity: ConnectivityMap, marks: Marks | None) -> Iterator[list[Part]]:
    """The parts of each picture that may be drawn, the most detailed first."""
    for parts in levels.exact(connectivity):
        yield marks.split(parts) if marks else parts
    if marks:
        yield marks.by_distance()
    namespaces = levels.whole_namespaces(connectivity)
    if len(namespaces) <= MOST_NODES:
        if not marks:
            yield levels.by_role(connectivity)
            yield levels.by_gate(connectivity)
        yield namespaces
    yield from levels.busiest_namespaces(connectivity, BUSIEST)


@dataclass(frozen=True, slots=True)
class _Manner:
    """What a scene is to show beside its map, in which words, and how its ids begin."""

    words: Words
    prefix: str = ""
    marks: Marks | None = None
    fold: Fold | None = None


class _Builder:
    """One scene in the making: its parts, their ties, and the ids by which lines name them."""

    def __init__(self, connectivity: ConnectivityMap, inner: Sequence[Part], manner: _Manner) -> None:
        parts = [*inner, *levels.outside(connectivity)]
        self._parts, ties = gather_addresses(parts, tie(connectivity, parts), MOST_OUTSIDE)
        used = {end for ends in ties for end in ends}
        if manner.fold:
            used |= {i for i, part in enumerate(self._parts) if part.members & manner.fold.members}
        self._places = {i: part.namespace for i, part in enumerate(self._parts) if part.namespace or i in used}
        self._layout = self._arranged(ties)
        if manner.fold:
            self._strokes = folded_strokes(manner.fold, self._parts, ties, self._layout)
        else:
            self._strokes = cover(ties, self._layout)
        self._ids = self._named(manner.prefix)
        self._whole_id = f"{manner.prefix}all"
        self._labeller = Labeller(connectivity, idle=set(self._places) - used)
        self._prefix = manner.prefix
        self._marks = manner.marks
        self._words = manner.words
        self._hub_ends = _hub_ends(self._strokes)

    def scene(self, title: str) -> Scene:
        """All that was given, drawn."""
        notes = self._notes()
        lines = tuple(self._line(stroke) for stroke in self._strokes if not stroke.is_note)
        ends = {end for line in lines for end in (line.tail, line.head)}
        whole = notes.get(self._layout.whole, "") if self._layout.whole else ""
        return Scene(
            id=self._whole_id,
            title=title,
            boxes=tuple(self._boxes(notes)),
            free=(*self._nodes("", notes), *self._hubs()),
            lines=lines,
            wrapped=bool(whole) or self._whole_id in ends,
            wrap_title=self._wrap_title(),
            note=whole,
            exact=not any(self._parts[i].collapsed for i in self._places)
            and not any(stroke.count for stroke in self._strokes),
        )

    def _arranged(self, ties: Ties) -> Layout:
        spaces: dict[str, list[int]] = {}
        for i, place in self._places.items():
            spaces.setdefault(place, []).append(i)
        foreign = bits_of(spaces.pop("", []))
        boxes = {name: bits_of(members) for name, members in spaces.items()}
        whole = [box for box in boxes.values() if not _serves_all(box, bits_of(self._places) & ~foreign, ties)]
        return Layout(
            boxes=tuple(box for box in boxes.values() if box.bit_count() > 1),
            whole=sum(whole) if len(whole) > 1 else 0,
            single=bits_of(i for i in self._places if self._parts[i].size == 1),
            foreign=foreign,
        )

    def _named(self, prefix: str) -> dict[int, str]:
        ids = {1 << i: f"{prefix}n{i}" for i in self._places}
        ids.update((box, f"{prefix}b{number}") for number, box in enumerate(self._layout.boxes))
        if self._layout.whole:
            ids[self._layout.whole] = f"{prefix}all"
        return ids

    def _notes(self) -> dict[int, str]:
        """For each end, what is said beside its name, since no line can be drawn."""
        notes: dict[int, list[str]] = {}
        for stroke in self._strokes:
            if stroke.is_note and isinstance(stroke.tail, End) and isinstance(stroke.head, End):
                inner, outer = sorted((stroke.tail, stroke.head), key=lambda end: end.span.bit_count())
                text = "\n".join((self._words.label(stroke.tie.allowed), self._relation(stroke, inner, outer)))
                notes.setdefault(inner.span, []).append(text)
        return {span: "\n".join(lines) for span, lines in notes.items()}

    def _relation(self, stroke: Stroke, inner: End, outer: End) -> str:
        amount = "all" if stroke.tie.every else "some"
        if stroke.count:
            return f"between {counted(stroke.count, 'pair')} of workloads"
        if inner == outer:
            return "among them" if stroke.tie.every else "among some of them"
        way = "to and from" if stroke.both else ("to" if stroke.tail == inner else "from")
        if outer.span == self._layout.whole:
            return f"{way} {amount} in {self._wrap_title()}" if amount == "some" else f"{way} {self._wrap_title()}"
        name = next(place for i, place in self._places.items() if outer.span >> i & 1)
        return f"{way} {amount} in {shortened(plain(name), NAME_LENGTH)}"

    def _wrap_title(self) -> str:
        inner = bits_of(self._places) & ~self._layout.foreign
        return "all other namespaces" if inner & ~self._layout.whole else "all namespaces"

    def _boxes(self, notes: dict[int, str]) -> Iterator[Box]:
        for number, name in enumerate(sorted({place for place in self._places.values() if place})):
            span = bits_of(i for i, place in self._places.items() if place == name)
            nodes = tuple(self._nodes(name, notes))
            aside = span & ~self._layout.whole != 0
            if nodes[0].look is Look.NAMESPACE:
                yield Box("", "", nodes, aside=aside)
            elif len(nodes) == 1:
                yield Box(f"{self._prefix}s{number}", name, nodes, aside=aside)
            else:
                yield Box(self._ids[span], name, nodes, notes.get(span, ""), aside)

    def _nodes(self, namespace: str, notes: dict[int, str]) -> Iterator[Node]:
        for i, place in self._places.items():
            if place == namespace:
                part = self._parts[i]
                distance = self._marks.distance(part.members) if self._marks else None
                yield self._labeller.node(self._ids[1 << i], i, part, notes.get(1 << i, ""), distance)

    def _hubs(self) -> Iterator[Node]:
        seen: set[int] = set()
        for stroke in self._strokes:
            for end in (stroke.tail, stroke.head):
                if isinstance(end, int) and end not in seen:
                    seen.add(end)
                    yield Node(
                        f"{self._prefix}h{end}", Look.HUB, "", tuple(self._words.label(stroke.tie.allowed).split("\n"))
                    )

    def _line(self, stroke: Stroke) -> Line:
        through_hub = isinstance(stroke.tail, int) or isinstance(stroke.head, int)
        return Line(
            tail=self._id(stroke.tail),
            head=self._id(stroke.head),
            label="" if through_hub else self._label(stroke),
            tooltip=self._words.tooltip(stroke.tie.allowed),
            reach=self._reach(stroke),
            both=stroke.both,
            every=stroke.tie.every,
            whole=stroke.tie.allowed == EVERYTHING,
            on_route=self._on_route(stroke),
            shift=self._words.shift(stroke.tie.allowed),
        )

    def _label(self, stroke: Stroke) -> str:
        label = self._words.label(stroke.tie.allowed)
        if not stroke.count:
            return label
        outward = any(isinstance(end, End) and end.span & self._layout.foreign for end in (stroke.tail, stroke.head))
        return f"{label}\nof {counted(stroke.count, 'workload' if outward else 'pair')}"

    def _on_route(self, stroke: Stroke) -> bool | None:
        if not self._marks:
            return None
        tails = stroke.tail.span if isinstance(stroke.tail, End) else self._hub_ends[stroke.tail][0]
        heads = stroke.head.span if isinstance(stroke.head, End) else self._hub_ends[stroke.head][1]
        ends = self._members(tails), self._members(heads)
        return self._marks.uses(*ends) or (stroke.both and self._marks.uses(*ends[::-1]))

    def _members(self, span: int) -> int:
        """The endpoints of some nodes."""
        result = 0
        for i in elements(span):
            result |= self._parts[i].members
        return result

    def _id(self, end: End | int) -> str:
        return f"{self._prefix}h{end}" if isinstance(end, int) else self._ids[end.span]

    def _reach(self, stroke: Stroke) -> Reach:
        tail = stroke.tail.span if isinstance(stroke.tail, End) else 0
        head = stroke.head.span if isinstance(stroke.head, End) else 0
        if head & self._layout.foreign:
            return Reach.OUTWARD
        if tail & self._layout.foreign:
            return Reach.INWARD
        both = tail | head
        same = len({place for i, place in self._places.items() if both >> i & 1}) == 1
        return Reach.INSIDE if same and tail and head else Reach.ACROSS


def _hub_ends(strokes: Iterable[Stroke]) -> dict[int, tuple[int, int]]:
    """For each hub the nodes whose lines lead to it, and those to which its lines lead."""
    found: dict[int, tuple[int, int]] = {}
    for stroke in strokes:
        if isinstance(stroke.head, int) and isinstance(stroke.tail, End):
            tails, heads = found.get(stroke.head, (0, 0))
            found[stroke.head] = tails | stroke.tail.span, heads | (stroke.tail.span if stroke.both else 0)
        if isinstance(stroke.tail, int) and isinstance(stroke.head, End):
            tails, heads = found.get(stroke.tail, (0, 0))
            found[stroke.tail] = tails, heads | stroke.head.span
    return found


def _serves_all(box: int, inner: int, ties: Ties) -> bool:
    """Whether a namespace only answers, and all others may call one of its nodes alike, as they do the cluster's DNS.

    It is left out of the box around all namespaces, so that one line from there says so.
    """
    rest = inner & ~box
    if any(box >> p & 1 and rest >> q & 1 for p, q in ties):
        return False
    callers: dict[tuple[int, Tie], int] = {}
    for (p, q), found in ties.items():
        if box >> q & 1:
            callers[q, found] = callers.get((q, found), 0) | 1 << p
    return any(rest & ~sources == 0 for sources in callers.values())
