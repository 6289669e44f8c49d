"""How a scene will lie on the page: which way its ranks run, and how wide it will be.

Only Graphviz knows the layout. This guesses it well enough to choose among drawings before one is made: ranks by the
longest path, a band across the ranks for each box, and room for the labels between ranks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from netpol_action.render.picture.scene import Line, Node, Scene

Direction = Literal["LR", "TB"]

PAGE = 2300
"""The width in pixels up to which a picture can be read in a window of 1,600."""

_LETTER = 8.0
"""A letter's width in pixels, in a node."""

_SMALL = 7.4
"""A letter's width in pixels, in a label."""

_BETWEEN, _NEXT = 75.0, 24.0
"""Pixels from rank to rank, and between neighbours in one."""

_PASSING = 30.0
"""Pixels that a line takes on its way past other ranks."""

_LEAST_IN_GRID = 3

_CROSSING = 0.3
"""The share of a line's room that counts where it runs between boxes: it also runs through them."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The direction of the ranks, and a guess at the width in pixels."""

    direction: Direction
    width: float


def shape(scene: Scene) -> Shape:
    """Left to right, which reads better, where that fits the page; else the narrower direction."""
    rightwards = Shape("LR", length(scene))
    if rightwards.width <= PAGE:
        return rightwards
    return min(rightwards, Shape("TB", breadth(scene)), key=lambda guess: guess.width)


def representatives(scene: Scene) -> dict[str, str]:
    """For each box, the node that a line to the box aims at: Graphviz draws lines between nodes alone."""
    found = {box.id: box.nodes[len(box.nodes) // 2].id for box in scene.boxes if box.id}
    if scene.wrapped:
        boxes = [box for box in scene.boxes if not box.aside]
        middle = boxes[len(boxes) // 2].nodes
        rows = _rows(scene)
        found[scene.id] = rows[len(rows) // 2][-1] if rows else middle[len(middle) // 2].id
    return found


def grid(scene: Scene) -> list[tuple[str, str]]:
    """Pairs of nodes, the second a rank further on, that put namespaces without lines in a grid and not in a row."""
    return [pair for row in _rows(scene) for pair in pairwise(row)]


def _rows(scene: Scene) -> list[list[str]]:
    """The rows of the grid, each from rank to rank; by one node for each box that no line ends at."""
    ends = {end for line in scene.lines for end in (line.tail, line.head)}
    boxes = [box for box in scene.boxes if not box.aside and not ends & {box.id, *(node.id for node in box.nodes)}]
    if len(boxes) < _LEAST_IN_GRID:
        return []
    across = round(len(boxes) ** 0.5)
    nodes = [box.nodes[0].id for box in boxes]
    return [nodes[start : start + across] for start in range(0, len(nodes), across)]


def length(scene: Scene) -> float:
    """A guess at the width in pixels, drawn from left to right: the widest of each rank, and the labels between."""
    ranks = _ranks(scene)
    nodes: dict[int, float] = {}
    for node in scene.nodes:
        nodes[ranks[node.id]] = max(nodes.get(ranks[node.id], 0.0), _width(node))
    labels: dict[int, float] = {}
    for line, tail, head in _ends(scene):
        middle = (ranks[tail] + ranks[head]) // 2
        labels[middle] = max(labels.get(middle, 0.0), _SMALL * _longest(line.label.split("\n")))
    return sum(nodes.values()) + sum(labels.values()) + _BETWEEN * len(nodes)


def breadth(scene: Scene) -> float:
    """A guess at the width in pixels, drawn from top to bottom: a band for each box, and one for the rest."""
    ranks = _ranks(scene)
    boxed = any(box.id for box in scene.boxes)
    band = {node.id: box.id for box in scene.boxes for node in box.nodes}
    across: dict[tuple[str, float], float] = {}

    def add(where: str, rank: float, extent: float) -> None:
        across[where, rank] = across.get((where, rank), 0.0) + extent

    for node in scene.nodes:
        add(band.get(node.id, ""), ranks[node.id], _width(node) + _NEXT)
    for line, tail, head in _ends(scene):
        low, high = sorted((ranks[tail], ranks[head]))
        inside = band.get(tail) == band.get(head)
        share = 1.0 if inside or not boxed else _CROSSING
        where = band.get(tail, "") if inside else ""
        for rank in range(low + 1, high):
            add(where, rank, _PASSING * share)
        add(where, (low + high) // 2 + 0.5, (_SMALL * _longest(line.label.split("\n")) + _NEXT) * share)
    bands: dict[str, float] = {}
    for (where, _), extent in across.items():
        bands[where] = max(bands.get(where, 0.0), extent)
    return sum(bands.values())


def _ranks(scene: Scene) -> dict[str, int]:
    """The length of the longest way to each node, over lines that close no circle."""
    heads: dict[str, list[str]] = {node.id: [] for node in scene.nodes}
    for tail, head in (*((tail, head) for _, tail, head in _ends(scene)), *grid(scene)):
        heads[tail].append(head)
    order = _finishing(heads)
    place = {node: position for position, node in enumerate(reversed(order))}
    ranks = dict.fromkeys(heads, 0)
    for node in reversed(order):
        for head in heads[node]:
            if place[head] > place[node]:
                ranks[head] = max(ranks[head], ranks[node] + 1)
    return ranks


def _finishing(heads: dict[str, list[str]]) -> list[str]:
    """The nodes in the order in which a depth-first walk leaves them."""
    seen: set[str] = set()
    order: list[str] = []
    for start, first in heads.items():
        stack = [] if start in seen else [(start, iter(first))]
        seen.add(start)
        while stack:
            head = next((head for head in stack[-1][1] if head not in seen), None)
            if head is None:
                order.append(stack.pop()[0])
            else:
                seen.add(head)
                stack.append((head, iter(heads[head])))
    return order


def _ends(scene: Scene) -> Iterator[tuple[Line, str, str]]:
    nodes = representatives(scene)
    for line in scene.lines:
        yield line, nodes.get(line.tail, line.tail), nodes.get(line.head, line.head)


def _width(node: Node) -> float:
    rows = [*node.heading.split("\n"), *node.names, *node.note.split("\n")]
    return _LETTER * _longest(rows) + 30


def _longest(rows: Iterable[str]) -> int:
    return max(map(len, rows), default=0)
