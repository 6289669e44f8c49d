"""What a picture shows, whatever language draws it: nodes in boxes, lines between them, notes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Look(Enum):
    """What kind of thing a node stands for."""

    WORKLOADS = "workloads"
    NAMESPACE = "namespace"
    ADDRESSES = "addresses outside the cluster"
    OTHER = "other"
    HUB = "hub"


class Reach(Enum):
    """How far a line goes."""

    INSIDE = "inside a namespace"
    ACROSS = "between namespaces"
    OUTWARD = "to outside the cluster"
    INWARD = "from outside the cluster"


class Shift(Enum):
    """What became of the connections of a line, in a picture of a change."""

    ADDED = "opened"
    REMOVED = "closed"
    CHANGED = "changed"
    BROKEN = "closed, though required"


@dataclass(frozen=True, slots=True)
class Distance:
    """How far a node is from where some routes start: `hops` of its nearest part, None where nothing is reached."""

    hops: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Node:
    """`names` are shown one a line, `more` says how many are left out; `tooltip` has them all, within reason.

    `distance` is None unless the picture is about routes.
    """

    id: str
    look: Look
    heading: str
    names: tuple[str, ...]
    more: int = 0
    note: str = ""
    tooltip: str = ""
    idle: bool = False
    distance: Distance | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A namespace; `id` is empty where its only node says all. `aside`: it is not in the box around the others."""

    id: str
    title: str
    nodes: tuple[Node, ...]
    note: str = ""
    aside: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """`tail` may open `label` to `head`, and the other way round where `both`.

    The ends are ids of nodes or boxes, or the scene's `id` for the box around all namespaces; a line that ends at a
    box holds for each workload in it. With `every` it holds for each workload of both ends, else for some.
    `on_route`: whether a shortest path uses it; None unless the picture is about routes. `shift` is None unless it is
    about a change.
    """

    tail: str
    head: str
    label: str
    tooltip: str
    reach: Reach
    both: bool = False
    every: bool = True
    whole: bool = False
    on_route: bool | None = None
    shift: Shift | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """One picture. `wrapped` asks for the box around namespaces, because a line or `note` needs it."""

    id: str
    title: str
    boxes: tuple[Box, ...]
    free: tuple[Node, ...]
    lines: tuple[Line, ...]
    wrapped: bool = False
    wrap_title: str = ""
    note: str = ""
    exact: bool = True

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All nodes, those in boxes first."""
        return (*(node for box in self.boxes for node in box.nodes), *self.free)
