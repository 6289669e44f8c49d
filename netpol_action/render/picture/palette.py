"""Colours and strokes of pictures.

The colours are Okabe and Ito's, which people who see colours differently tell apart; every meaning has a stroke of its
own as well, so that nothing rests on colour alone.
"""

from __future__ import annotations

from dataclasses import dataclass

from netpol_action.render.picture.scene import Look, Reach

INK = "#222222"
FAINT = "#666666"
BOX_FILL = "#F4F7FA"
BOX_EDGE = "#8A99A8"
NOTE = "#005A8C"
"""Okabe and Ito's blue, darker: small text needs the contrast."""


@dataclass(frozen=True, slots=True)
class Stroke:
    """How lines of one reach look; `sample` shows it in a legend of text."""

    color: str
    style: str
    width: float
    sample: str
    tail: str = ""


@dataclass(frozen=True, slots=True)
class Fill:
    """How nodes of one look are drawn."""

    shape: str
    fill: str
    edge: str
    text: str = INK


STROKES = {
    Reach.INSIDE: Stroke("#4D4D4D", "solid", 1.1, "───▶"),
    Reach.ACROSS: Stroke("#0072B2", "solid", 1.8, "━━━▶"),
    Reach.OUTWARD: Stroke("#D55E00", "dashed", 1.5, "╌╌╌▶"),
    Reach.INWARD: Stroke("#A8437F", "solid", 1.5, "●──▶", tail="dot"),
}
"""The last is Okabe and Ito's reddish purple, darker: it is for thin lines on white."""

FILLS = {
    Look.WORKLOADS: Fill("box", "#FFFFFF", "#333333"),
    Look.NAMESPACE: Fill("box", BOX_FILL, "#333333"),
    Look.ADDRESSES: Fill("ellipse", "#FFF3E0", "#D55E00"),
    Look.OTHER: Fill("box", "#FFF9D6", "#7A6F00"),
    Look.HUB: Fill("box", "#333333", "#333333", "#FFFFFF"),
}
