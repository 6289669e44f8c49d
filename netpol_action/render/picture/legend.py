"""The legend: only what the picture holds is explained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netpol_action.render.picture.palette import FAINT, STROKES
from netpol_action.render.picture.scene import Look, Reach, Scene
from netpol_action.render.text import html

_MEANING = {
    Reach.INSIDE: "inside a namespace",
    Reach.ACROSS: "between namespaces",
    Reach.OUTWARD: "to outside the cluster",
    Reach.INWARD: "from outside the cluster",
}


def legend(scenes: Sequence[Scene]) -> str:
    """Lines of an HTML-like label: samples of the strokes in use, and how to read boxes and arrows."""
    used = {line.reach for scene in scenes for line in scene.lines}
    samples = [
        f'<font color="{STROKES[reach].color}">{STROKES[reach].sample}</font> {html(meaning)}'
        for reach, meaning in _MEANING.items()
        if reach in used
    ]
    rows = ["&#160;&#160;&#160;&#160;".join(samples), *(html(sentence) for sentence in _sentences(scenes))]
    return '<br align="left"/>'.join(f'<font point-size="10" color="{FAINT}">{row}</font>' for row in rows if row)


def _sentences(scenes: Sequence[Scene]) -> Iterator[str]:
    exact = all(scene.exact for scene in scenes)
    if any(line.every for scene in scenes for line in scene.lines):
        yield "An arrow from or to a box with several names holds for each of them."
    if any(line.both for scene in scenes for line in scene.lines):
        yield "Arrowheads at both ends: each may open connections to the other."
    if not exact:
        yield "Simplified: an open arrowhead ▷ means some of the workloads, not each; the tables have every connection."
    if any(node.look is Look.HUB for scene in scenes for node in scene.nodes):
        yield "Through a black label, whatever has an arrow to it reaches whatever it has an arrow to."
