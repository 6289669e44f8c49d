"""The legend: only what the picture holds is explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from netpol_action.render.picture.palette import FAINT, STROKES, Stroke
from netpol_action.render.picture.scene import Look, Reach, Scene, Shift
from netpol_action.render.text import html

_MEANING: Mapping[Reach | Shift, str] = {
    Reach.INSIDE: "inside a namespace",
    Reach.ACROSS: "between namespaces",
    Reach.OUTWARD: "to outside the cluster",
    Reach.INWARD: "from outside the cluster",
    Shift.ADDED: "opened (+)",
    Shift.REMOVED: "closed (−)",  # noqa: RUF001  # the sign of the labels
    Shift.CHANGED: "other ports: opened (+), closed (−), or only those still open",  # noqa: RUF001  # as above
    Shift.BROKEN: "closed, though the application needs it",
}

_PLAIN = 'border="0" cellborder="0" cellspacing="0" cellpadding="0"'
"""A table that shows nothing but what its cells hold."""

_REST = '<td colspan="200"></td>'
"""Many columns: where another row is wider, Graphviz stretches all columns alike, and samples would come apart."""

_SAMPLE, _HALF = 34, 6
"""The length of a sample in points: three dashes; and the room above it, and below it."""

_TAILS = {"": "", "dot": "●", "tee": "┃"}
"""Letters for the tails that strokes have."""


def legend(scenes: Sequence[Scene]) -> Iterator[str]:
    """Rows of a table of an HTML-like label: samples of the strokes in use, and how to read boxes and arrows."""
    used = {line.shift or line.reach for scene in scenes for line in scene.lines if line.on_route is not False}
    samples = [_sample(STROKES[kind], meaning) for kind, meaning in _MEANING.items() if kind in used]
    if samples:
        yield f"<table {_PLAIN}><tr>{''.join(samples)}{_REST}</tr></table>"
    yield from (_small(html(sentence)) for sentence in _sentences(scenes))


def _sample(stroke: Stroke, meaning: str) -> str:
    """A stroke and what it means. The line is a border, drawn as lines are: dashes made of letters look solid."""
    size = f'width="{_SAMPLE}" height="{_HALF}" fixedsize="true"'
    border = f'sides="b" border="{round(stroke.width)}" style="{stroke.style}" color="{stroke.color}"'
    line = f"<table {_PLAIN}><tr><td {size} {border}></td></tr><tr><td {size}></td></tr></table>"
    ends = [f'<font color="{stroke.color}" point-size="10">{end}</font>' for end in (_TAILS[stroke.tail], "▶")]
    tail = f"<td>{ends[0]}</td>" if stroke.tail else ""
    return f"{tail}<td>{line}</td><td>{ends[1]}</td><td>{_small(f'&#160;{html(meaning)}&#160;&#160;&#160;&#160;')}</td>"


def _small(text: str) -> str:
    return f'<font point-size="10" color="{FAINT}">{text}</font>'


def _sentences(scenes: Sequence[Scene]) -> Iterator[str]:
    exact = all(scene.exact for scene in scenes)
    if any(line.every for scene in scenes for line in scene.lines):
        yield "An arrow from or to a box with several names holds for each of them."
    if any(line.both for scene in scenes for line in scene.lines):
        yield "Arrowheads at both ends: each may open connections to the other."
    if any(line.on_route is not None for scene in scenes for line in scene.lines):
        yield "Filled: what can be reached, the darker the nearer; thick lines are on a shortest path."
    if not exact:
        yield "Simplified: an open arrowhead ▷ means some of the workloads, not each; the tables have every connection."
    if any(node.look is Look.HUB for scene in scenes for node in scene.nodes):
        yield "Through a black label, whatever has an arrow to it reaches whatever it has an arrow to."
