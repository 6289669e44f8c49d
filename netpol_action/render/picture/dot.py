"""A scene in the dot language of Graphviz.

`newrank` keeps Graphviz from drawing nodes outside of their boxes, and must not meet `concentrate`, which crashes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.diff import ConnectivityDiff
from netpol_action.model.routes import Routes
from netpol_action.render.picture.build import pairs, scenes
from netpol_action.render.picture.changes import heading_of, scenes_of
from netpol_action.render.picture.legend import legend
from netpol_action.render.picture.marks import Marks
from netpol_action.render.picture.palette import BOX_EDGE, BOX_FILL, FAINT, INK, NOTE, WARNING, Fill, fill_of, stroke_of
from netpol_action.render.picture.scene import Box, Line, Look, Node, Scene
from netpol_action.render.picture.shape import PAGE, Direction, breadth, grid, length, representatives, shape
from netpol_action.render.picture.words import PARTIAL, heading
from netpol_action.render.text import dot_string, html

FONT = "DejaVu Sans"

_LEFT = '<br align="left"/>'

_SPACE = "\u00a0"
"""A space that browsers keep at the ends of a text."""


def dot(connectivity: ConnectivityMap) -> str:
    """The map as one dot drawing, in as much detail as a person can read."""
    return next(dots(connectivity))


def dots(connectivity: ConnectivityMap, *, routes: Routes | None = None, partial: bool = False) -> Iterator[str]:
    """Drawings of the map from the most detailed to the simplest, for when Graphviz fails at one.

    `routes`, found in this map, are marked in it. `partial`: a part of the input could not be used, and the title says
    so.
    """
    marks = Marks(connectivity, routes) if routes else None
    title = marks.heading if marks else heading(connectivity)
    for scene in scenes(connectivity, marks=marks):
        guess = shape(scene)
        opened = _opened([scene], title, guess.direction, partial=partial)
        yield "\n".join((*opened, *_scene(scene), "}", ""))


def dots_of_diff(diff: ConnectivityDiff, *, partial: bool = False) -> Iterator[str]:
    """Drawings of what a change opens and closes, from the most detailed to the simplest."""
    for scene in scenes_of(diff):
        opened = _opened([scene], heading_of(diff), shape(scene).direction, partial=partial)
        yield "\n".join((*opened, *_scene(scene), "}", ""))


def side_by_side(
    before: ConnectivityMap,
    after: ConnectivityMap,
    titles: tuple[str, str] = ("without policies", "with policies"),
    *,
    partial: bool = False,
) -> Iterator[str]:
    """Drawings of two maps of the same workloads in one picture, from the most detailed to the simplest.

    They stand beside each other where the page is wide enough for both, else one above the other.
    """
    for pair in pairs(before, after, titles):
        beside, above = sum(map(breadth, pair)), max(map(length, pair))
        direction: Direction = "TB" if beside <= max(PAGE, above) else "LR"
        order = pair if direction == "TB" else reversed(pair)  # Graphviz stacks from the bottom
        opened = _opened(pair, heading(after), direction, partial=partial)
        yield "\n".join((*opened, *chain(*map(_framed, order)), "}", ""))


def _opened(shown: Sequence[Scene], title: str, direction: Direction, *, partial: bool) -> Iterator[str]:
    titles = [f'<font point-size="16"><b>{html(title)}</b></font>']
    if partial:
        titles.insert(0, f'<font point-size="16" color="{WARNING}"><b>{html(PARTIAL)}</b></font>')
    rows = "".join(f'<tr><td align="left">{row}</td></tr>' for row in (*titles, *legend(shown)))
    yield "digraph connectivity {"
    yield f"  graph [rankdir={direction}, newrank=true, compound=true, nodesep=0.25, ranksep=0.7, pad=0.3,"
    yield f'    bgcolor="#FFFFFF", fontname="{FONT}", fontcolor="{INK}", labelloc=t, labeljust=l,'
    yield f'    label=<<table border="0" cellborder="0" cellspacing="0" cellpadding="1">{rows}</table>>]'
    yield f'  node [fontname="{FONT}", fontsize=11, fontcolor="{INK}", margin="0.14,0.07", height=0.3]'
    yield f'  edge [fontname="{FONT}", fontsize=10, arrowsize=0.7]'


def _framed(scene: Scene) -> Iterator[str]:
    """A scene in a frame with its title."""
    yield f"  subgraph {_cluster(scene.id)}_frame {{"
    yield f'    graph [style=solid, color="{INK}", margin=20, label=<<b>{html(scene.title)}</b>>, fontsize=16]'
    yield from _scene(scene)
    yield "  }"


def _scene(scene: Scene) -> Iterator[str]:
    if scene.wrapped:
        yield f"  subgraph {_cluster(scene.id)} {{"
        yield f'    graph [style="rounded,dashed", color="{BOX_EDGE}", margin=16, fontsize=14, labeljust=l,'
        yield f"      label=<{_titled(scene.wrap_title, scene.note, f'{_SPACE}— ')}>]"
    for box in scene.boxes:
        if not box.aside:
            yield from _box(box)
    if scene.wrapped:
        yield "  }"
    for box in scene.boxes:
        if box.aside:
            yield from _box(box)
    yield from (_node(node) for node in scene.free)
    inside = representatives(scene)
    yield from (_line(line, inside) for line in scene.lines)
    yield from (f"  {tail} -> {head} [style=invis]" for tail, head in grid(scene))


def _box(box: Box) -> Iterator[str]:
    if not box.id:
        yield from (_node(node) for node in box.nodes)
        return
    yield f"  subgraph {_cluster(box.id)} {{"
    yield f'    graph [style="rounded,filled", color="{BOX_EDGE}", fillcolor="{BOX_FILL}", margin=12, fontsize=14,'
    yield f"      labeljust=l, label=<{_titled(box.title, box.note, _LEFT)}>]"
    yield from (_node(node) for node in box.nodes)
    yield "  }"


def _titled(title: str, note: str, between: str) -> str:
    """The label of a box; all connections among what it holds are said once, here, and stand out."""
    if not note:
        return f"<b>{html(title)}</b>"
    said = html(note.replace("\n", " "))
    return f'<b>{html(title)}</b>{between}<font point-size="11" color="{NOTE}"><b>{said}</b></font>{_LEFT}'


def _node(node: Node) -> str:
    fill = fill_of(node)
    style = "rounded,filled,dashed" if node.idle else "rounded,filled"
    attributes = [
        f"label=<{_label(node, fill)}>",
        f"tooltip={dot_string(node.tooltip)}",
        f'shape={fill.shape}, style="{style if fill.shape == "box" else "filled"}"',
        f'fillcolor="{fill.fill}", color="{fill.edge}", fontcolor="{fill.text}"',
    ]
    return f"    {node.id} [{', '.join(attributes)}]"


def _label(node: Node, fill: Fill) -> str:
    faint = FAINT if node.distance is None else fill.text
    rows = []
    if node.heading:
        rows.append(f'<font point-size="9" color="{faint}">{_lines(node.heading)}</font>')
    bold = node.look in (Look.NAMESPACE, Look.WORKLOADS)
    rows += [f"<b>{html(name)}</b>" if bold else html(name) for name in node.names]
    if node.more:
        rows.append(f'<font color="{faint}">+{node.more} more</font>')
    if node.note:
        rows.append(
            f'<font point-size="10" color="{NOTE if node.distance is None else faint}">{_lines(node.note)}</font>'
        )
    if node.idle:
        rows.append(f'<font point-size="9" color="{faint}">no connections</font>')
    if node.distance:
        rows.append(f'<font point-size="10"><b>{html(node.distance.text)}</b></font>')
    return "<br/>".join(rows)


def _line(line: Line, inside: dict[str, str]) -> str:
    stroke = stroke_of(line)
    arrow = "normal" if line.every else "onormal"
    attributes = [f'color="{stroke.color}", fontcolor="{stroke.color}", penwidth={stroke.width}']
    if stroke.style != "solid":
        attributes.append(f"style={stroke.style}")
    attributes.append(f"arrowhead={arrow}")
    if line.both:
        attributes.append(f"dir=both, arrowtail={arrow}")
    elif stroke.tail:
        attributes.append(f"dir=both, arrowtail={stroke.tail}")
    if line.on_route:
        attributes.append("arrowsize=1")
    if line.label:
        attributes.append(f"label={dot_string(_spaced(line.label))}")
    attributes.append(f"tooltip={dot_string(line.tooltip)}, labeltooltip={dot_string(line.tooltip)}")
    if line.tail in inside:
        attributes.append(f"ltail={_cluster(line.tail)}")
    if line.head in inside:
        attributes.append(f"lhead={_cluster(line.head)}")
    tail, head = inside.get(line.tail, line.tail), inside.get(line.head, line.head)
    return f"  {tail} -> {head} [{', '.join(attributes)}]"


def _spaced(label: str) -> str:
    """Each row with a space at both ends, since Graphviz puts labels right at their lines, over which they run."""
    return "\n".join(f"{_SPACE}{row}{_SPACE}" for row in label.split("\n"))


def _cluster(identifier: str) -> str:
    return f"cluster_{identifier}"


def _lines(text: str) -> str:
    return "<br/>".join(map(html, text.split("\n")))
