"""The legend: only what the picture holds is explained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from netpol_action.render.picture.palette import FAINT, STROKES
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


def legend(scenes: Sequence[Scene]) -> str:
    """Lines of an HTML-like label: samples of the strokes in use, and how to read boxes and arrows."""
    used = {line.shift or line.reach for scene in scenes for line in scene.lines if line.on_route is not False}
    samples = [
        f'<font color="{STROKES[kind].color}">{STROKES[kind].sample}</font> {html(meaning)}'
        for kind, meaning in _MEANING.items()
        if kind in used
    ]
    rows = ["&#160;&#160;&#160;&#160;".join(samples), *(html(sentence) for sentence in _sentences(scenes))]
    return '<br align="left"/>'.join(f'<font point-size="10" color="{FAINT}">{row}</font>' for row in rows if row)


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
