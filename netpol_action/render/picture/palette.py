"""Colours and strokes of pictures.

The colours are Okabe and Ito's, which people who see colours differently tell apart; every meaning has a stroke of its
own as well, so that nothing rests on colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from netpol_action.render.picture.scene import Line, Look, Node, Reach, Shift

INK = "#222222"
FAINT = "#666666"
BOX_FILL = "#F4F7FA"
BOX_EDGE = "#8A99A8"
WARNING = "#B34700"
"""Okabe and Ito's vermilion, darker, as NOTE is."""

NOTE = "#005A8C"
"""Okabe and Ito's blue, darker: small text needs the contrast."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """How lines of one reach look."""

    color: str
    style: str
    width: float
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Fill:
    """How nodes of one look are drawn."""

    shape: str
    fill: str
    edge: str
    text: str = INK


STROKES: Mapping[Reach | Shift, Stroke] = {
    Reach.INSIDE: Stroke("#4D4D4D", "solid", 1.1),
    Reach.ACROSS: Stroke("#0072B2", "solid", 1.8),
    Reach.OUTWARD: Stroke("#D55E00", "dashed", 1.5),
    Reach.INWARD: Stroke("#A8437F", "solid", 1.5, tail="dot"),
    Shift.ADDED: Stroke("#0072B2", "solid", 2.2),
    Shift.REMOVED: Stroke("#D55E00", "dashed", 1.5),
    Shift.CHANGED: Stroke("#A8437F", "dotted", 2.0),
    Shift.BROKEN: Stroke("#000000", "dashed", 3.0, tail="tee"),
}
"""The purple is Okabe and Ito's reddish purple, darker: it is for thin lines on white."""

FILLS = {
    Look.WORKLOADS: Fill("box", "#FFFFFF", "#333333"),
    Look.NAMESPACE: Fill("box", BOX_FILL, "#333333"),
    Look.ADDRESSES: Fill("ellipse", "#FFF3E0", "#D55E00"),
    Look.OTHER: Fill("box", "#FFF9D6", "#7A6F00"),
    Look.HUB: Fill("box", "#333333", "#333333", "#FFFFFF"),
}

_ON_ROUTE = 1.6
"""What is added to the width of a line that a shortest path uses."""

_OFF_ROUTE = "#A6A6A6"
"""The colour of the other lines of such a picture, which recede; they keep their style."""

_DISTANCES = (
    Fill("box", "#993404", "#662506", "#FFFFFF"),
    Fill("box", "#FE9929", "#993404"),
    Fill("box", "#FED98E", "#993404"),
    Fill("box", "#FFF2CC", "#993404"),
)
"""Fills of what is reached, by hops, the last one for all that is farther: ever lighter, so that every eye and a print
tell them apart (after ColorBrewer's YlOrBr); the nodes also name their hops."""

_UNREACHED = Fill("box", "#FFFFFF", "#BBBBBB", "#767676")


def fill_of(node: Node) -> Fill:
    """How a node is drawn."""
    fill = FILLS[node.look]
    if node.distance is None or node.look is Look.HUB:
        return fill
    hops = node.distance.hops
    return replace(_UNREACHED if hops is None else _DISTANCES[min(hops, len(_DISTANCES) - 1)], shape=fill.shape)


def stroke_of(line: Line) -> Stroke:
    """How a line is drawn."""
    stroke = STROKES[line.shift or line.reach]
    if line.on_route is None:
        return replace(stroke, width=stroke.width + line.whole)
    if not line.on_route:
        return replace(stroke, width=STROKES[Reach.INSIDE].width, color=_OFF_ROUTE)
    return replace(stroke, width=stroke.width + _ON_ROUTE)
