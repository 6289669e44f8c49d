"""A scene in the language of mermaid, within the limits that GitHub draws: 500 lines and 50,000 characters.

Ids are made up and labels are quoted, since ids such as `end` are words of the language.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.diff import ConnectivityDiff
from netpol_action.model.routes import Routes
from netpol_action.render.picture.build import pairs, scenes
from netpol_action.render.picture.changes import scenes_of
from netpol_action.render.picture.marks import Marks
from netpol_action.render.picture.palette import BOX_EDGE, BOX_FILL, INK, STROKES, WARNING, fill_of, stroke_of
from netpol_action.render.picture.scene import Box, Line, Look, Node, Scene, Shift
from netpol_action.render.picture.shape import shape
from netpol_action.render.picture.words import PARTIAL
from netpol_action.render.text import mermaid

MOST_LINES = 500
MOST_CHARACTERS = 50_000

READING = (
    "A line from or to a box holds for each workload in it; a dotted line holds for some of them, "
    "and a thick one stands for all connections. Of pods that are not in the input, only ingress controllers are drawn."
)
"""How to read a diagram, as Markdown below it."""

_TALLEST = 48
"""Rows of text in all boxes of a diagram among other text, and one between each two of them."""

_BUSIEST, _WIDEST = 36, 1_600
"""Lines in such a diagram, and its width in pixels: it is drawn half as wide."""

_BROKEN = "#D1242F"
"""What breaks the application, where Graphviz has black: that would vanish on a dark page."""

_READINGS = {
    Shift.ADDED: "blue, `+`: opened",
    Shift.REMOVED: "orange and dashed, `−`: closed",  # noqa: RUF001  # the sign of the labels
    Shift.CHANGED: "purple and dotted: some opened or closed, or other ports",
    Shift.BROKEN: "red and thick, ending in a cross: closed, though the application needs it",
}

_DASHES = {"dashed": "7 5", "dotted": "2 4"}
"""How mermaid draws the styles of strokes that Graphviz has words for."""

_TOO_LARGE = 'too_large["This map is too large for a diagram; the tables have all of it."]'


def diagram(connectivity: ConnectivityMap, routes: Routes | None = None) -> str:
    """The map as one flowchart, in as much detail as fits; empty where even the simplest is too large."""
    marks = Marks(connectivity, routes) if routes else None
    return next(filter(None, map(_flowchart, ([scene] for scene in scenes(connectivity, marks=marks)))), "")


def low_diagram(connectivity: ConnectivityMap, most: int) -> str:
    """The map as a flowchart of at most so many characters among other text, so simple that it is not too tall."""
    return _low(scenes(connectivity), most)


def low_diagram_of_diff(diff: ConnectivityDiff, most: int) -> str:
    """What a change opens and closes as a flowchart among other text, as `low_diagram`."""
    return _low(scenes_of(diff), most)


def reading_of_diff(drawn: str) -> str:
    """How to read a diagram of a change, as Markdown below it: of the strokes, those that it has."""
    strokes = [line for line in drawn.split("\n") if line.startswith("  linkStyle ")]
    used = {shift for shift in _READINGS for line in strokes if f" stroke:{_color(shift)}" in line}
    text = "; ".join(meaning for shift, meaning in _READINGS.items() if shift in used)
    return f"{text[:1].upper()}{text[1:]}."


def mermaid_lines(
    connectivity: ConnectivityMap, *, routes: Routes | None = None, partial: bool = False
) -> Iterator[str]:
    """The lines of the diagram; a sentence in a box where the map is too large for one.

    `routes`, found in this map, are marked in it. `partial`: a part of the input could not be used, and a box says so.
    """
    yield from _document(diagram(connectivity, routes), partial=partial)


def mermaid_of_diff(diff: ConnectivityDiff, *, partial: bool = False) -> Iterator[str]:
    """The lines of the diagram of what a change opens and closes."""
    yield from _document(diagram_of_diff(diff), partial=partial)


def diagram_of_diff(diff: ConnectivityDiff) -> str:
    """What a change opens and closes as one flowchart; empty where even the simplest is too large."""
    return next(filter(None, map(_flowchart, ([scene] for scene in scenes_of(diff)))), "")


def mermaid_side_by_side(
    before: ConnectivityMap,
    after: ConnectivityMap,
    titles: tuple[str, str] = ("without policies", "with policies"),
    *,
    partial: bool = False,
) -> Iterator[str]:
    """The lines of one diagram of two maps, each in a box with its title."""
    drawn = next(filter(None, map(_flowchart, pairs(before, after, titles))), "")
    yield from _document(drawn, partial=partial)


def _low(shown: Iterable[Scene], most: int) -> str:
    """The most detailed flowchart that is not too tall, or else the simplest."""
    found = ""
    for scene in shown:
        text = _flowchart([scene])
        if text and len(text) <= most:
            found = text
            if _is_low(scene):
                return found
    return found


def _is_low(scene: Scene) -> bool:
    """Whether it can be read in the width of a page of text, and does not fill the page."""
    height = sum(len(_label(node).split("<br/>")) + 1 for node in scene.nodes)
    return height <= _TALLEST and len(scene.lines) <= _BUSIEST and shape(scene).width <= _WIDEST


def _document(drawn: str, *, partial: bool) -> Iterator[str]:
    first, *rest = (drawn or f"flowchart LR\n  {_TOO_LARGE}").split("\n")
    yield first
    if partial:
        yield f'  partial["{mermaid(PARTIAL)}"]:::partial'
        yield f"  classDef partial fill:#FFFFFF,stroke:{WARNING},color:{WARNING},stroke-width:3px"
    yield from rest


def _flowchart(shown: Sequence[Scene]) -> str:
    """The flowchart of the scenes; empty if it is over a limit."""
    lines = [line for scene in shown for line in scene.lines]
    direction = max((shape(scene) for scene in shown), key=lambda guess: guess.width).direction
    text = "\n".join((f"flowchart {direction}", *_body(shown), *_styles(shown, lines)))
    return text if len(lines) <= MOST_LINES and len(text) <= MOST_CHARACTERS else ""


def _body(shown: Sequence[Scene]) -> Iterator[str]:
    for scene in shown:
        if len(shown) == 1:
            yield from _scene(scene)
        else:
            yield f'  subgraph {scene.id}_frame["{mermaid(scene.title)}"]'
            yield from _scene(scene)
            yield "  end"


def _scene(scene: Scene) -> Iterator[str]:
    if scene.wrapped:
        yield f'  subgraph {scene.id}["{_rows([scene.wrap_title, *_split(scene.note)])}"]'
    for box in scene.boxes:
        if not box.aside:
            yield from _box(box)
    if scene.wrapped:
        yield "  end"
    for box in scene.boxes:
        if box.aside:
            yield from _box(box)
    yield from map(_node, scene.free)
    yield from map(_line, scene.lines)


def _box(box: Box) -> Iterator[str]:
    if not box.id:
        yield from map(_node, box.nodes)
        return
    yield f'  subgraph {box.id}["{_rows([box.title, *_split(box.note)])}"]'
    yield from map(_node, box.nodes)
    yield "  end"


def _node(node: Node) -> str:
    opening, closing = ("([", "])") if node.look in (Look.ADDRESSES, Look.HUB) else ("[", "]")
    return f'    {node.id}{opening}"{_label(node)}"{closing}:::{_class(node)}'


def _label(node: Node) -> str:
    more = [f"+{node.more} more"] if node.more else []
    idle = ["no connections"] if node.idle else []
    distance = [node.distance.text] if node.distance else []
    label = _rows([*node.names, *more, *_split(node.note), *idle, *distance])
    if node.look in (Look.NAMESPACE, Look.WORKLOADS) and node.heading:
        return f"{_rows(node.heading.split(chr(10)))}:<br/>{label}" if len(node.names) > 1 else label
    return label


def _line(line: Line) -> str:
    if line.shift is Shift.BROKEN:
        arrow = "x--x" if line.both else "--x"
    elif not line.every:
        arrow = "<-.->" if line.both else "-.->"
    elif line.whole:
        arrow = "<==>" if line.both else "==>"
    else:
        arrow = "<-->" if line.both else "-->"
    label = f'|"{_rows(line.label.split(chr(10)))}"|' if line.label else ""
    return f"  {line.tail} {arrow}{label} {line.head}"


def _styles(shown: Sequence[Scene], lines: Sequence[Line]) -> Iterator[str]:
    fills = {_class(node): fill_of(node) for scene in shown for node in scene.nodes}
    for name, fill in sorted(fills.items()):
        yield f"  classDef {name} fill:{fill.fill},stroke:{fill.edge},color:{fill.text}"
    yield from (
        f"  style {box.id} fill:{BOX_FILL},stroke:{BOX_EDGE},color:{INK}"
        for scene in shown
        for box in scene.boxes
        if box.id
    )
    yield from (f"  style {scene.id} fill:none,stroke:{BOX_EDGE}" for scene in shown if scene.wrapped)
    if len(shown) > 1:
        yield from (f"  style {scene.id}_frame fill:none,stroke:{BOX_EDGE}" for scene in shown)
    numbers: dict[str, list[str]] = {}
    for number, line in enumerate(lines):
        numbers.setdefault(_link_style(line), []).append(str(number))
    for style, found in sorted(numbers.items()):
        yield f"  linkStyle {','.join(found)} {style}"


def _class(node: Node) -> str:
    """The name of the class that says how the node is drawn."""
    if node.distance is None or node.look is Look.HUB:
        return node.look.name.lower()
    return "unreached" if node.distance.hops is None else f"hops{node.distance.hops}"


def _link_style(line: Line) -> str:
    stroke = stroke_of(line)
    width = f",stroke-width:{stroke.width}px" if line.on_route or line.shift else ""
    dashes = f",stroke-dasharray:{_DASHES[stroke.style]}" if line.shift and stroke.style in _DASHES else ""
    color = _color(line.shift) if line.shift and line.on_route is None else stroke.color
    return f"stroke:{color}{width}{dashes}"


def _color(shift: Shift) -> str:
    return _BROKEN if shift is Shift.BROKEN else STROKES[shift].color


def _split(text: str) -> list[str]:
    return text.split("\n") if text else []


def _rows(rows: Sequence[str]) -> str:
    return "<br/>".join(map(mermaid, rows))
