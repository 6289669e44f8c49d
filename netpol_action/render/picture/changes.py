"""A difference as a picture: the scenes of a map whose connections stand for what became of them.

What makes scenes asks of two sets of connections only whether they are equal, and what they are together. So each
distinct change gets a port number to stand for it, and a set of such ports is a set of changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from netpol_action.model.bits import bits_of, elements
from netpol_action.model.connections import EVERYTHING, NOTHING, PROTOCOLS, ConnectionSet
from netpol_action.model.connectivity import Block, ConnectivityMap
from netpol_action.model.diff import Change, ConnectivityDiff, Kind
from netpol_action.model.endpoints import Endpoint, Workload
from netpol_action.model.tally import tally
from netpol_action.render.picture.build import folded_scene, scenes
from netpol_action.render.picture.folds import fold
from netpol_action.render.picture.scene import Scene, Shift
from netpol_action.render.picture.words import Words, connection_label
from netpol_action.render.verdict import NO_CHANGE

_MOST = 60_000
"""Distinct changes that one picture tells apart, fewer than there are ports; the others look like the last."""

_IN_TOOLTIP = 12

_CLOSED = Change(EVERYTHING, NOTHING)
"""What the first policies do to pairs that need nothing of each other, which are most pairs."""

_MOST_CLOSED = 12
"""Lines of such pairs in a picture that draws them; where it takes more, they are counted."""

_PLUS, _MINUS = "+", "−"  # noqa: RUF001  # as wide as the plus

_SHIFTS = {Kind.ADDED: Shift.ADDED, Kind.REMOVED: Shift.REMOVED, Kind.CHANGED: Shift.CHANGED}


def scenes_of(diff: ConnectivityDiff) -> Iterator[Scene]:
    """Scenes of what changed and of nothing else, from the most detailed that is readable to the simplest."""
    changes = list(dict.fromkeys(change for _, _, change in diff.blocks))[:_MOST]
    ports = {change: number for number, change in enumerate(changes, start=1)}

    def meant(standing: ConnectionSet) -> list[Change]:
        numbers = (n for protocol in PROTOCOLS for a, b in standing[protocol].ranges for n in range(a, b + 1))
        return [changes[number - 1] for number in numbers]

    words = Words(lambda s: _label(meant(s)), lambda s: _tooltip(meant(s)), lambda s: _shift(meant(s)))
    standing = _standing(diff, ports)
    simpler = scenes(standing, words=words)
    detailed = next(simpler)
    folded = None
    if _CLOSED in ports and (not detailed.exact or _closed_lines(detailed) > _MOST_CLOSED):
        folded = folded_scene(*fold(standing, ConnectionSet.single("TCP", ports[_CLOSED])), words)
    if folded:
        yield folded
    if not folded or not detailed.exact:
        yield detailed
    yield from simpler


def _closed_lines(scene: Scene) -> int:
    """The lines of pairs that lost all connections, those through a hub too, which have no label."""
    said = _tooltip([_CLOSED])
    return sum(line.tooltip == said for line in scene.lines)


def heading_of(diff: ConnectivityDiff) -> str:
    """What a picture of the difference shows, in a few words."""
    kinds = tally(diff).kinds
    said = [f"{kinds[kind]:,} {_SHIFTS[kind].value}" for kind in Kind if kind in kinds]
    return f"Changed connections: {', '.join(said)}" if said else NO_CHANGE


def _standing(diff: ConnectivityDiff, ports: dict[Change, int]) -> ConnectivityMap:
    """The map of the endpoints that the difference is about; those that came or went say so in their names."""
    kept = diff.came | diff.gone
    for sources, destinations, _ in diff.blocks:
        kept |= sources | destinations
    positions = list(elements(kept))
    place = {old: new for new, old in enumerate(positions)}
    blocks = (
        Block(
            bits_of(place[i] for i in elements(sources)),
            bits_of(place[i] for i in elements(destinations)),
            ConnectionSet.single("TCP", ports.get(change, len(ports))),
        )
        for sources, destinations, change in diff.blocks
    )
    return ConnectivityMap(tuple(_called(diff, i) for i in positions), tuple(blocks))


def _called(diff: ConnectivityDiff, i: int) -> Endpoint:
    endpoint = diff.endpoints[i]
    if not isinstance(endpoint, Workload) or not (diff.came | diff.gone) >> i & 1:
        return endpoint
    return replace(endpoint, name=f"{endpoint.name} ({'new' if diff.came >> i & 1 else 'gone'})")


def _label(changes: Sequence[Change]) -> str:
    """What is opened and what is closed, a sign before each line; what is left, where one change only closes some."""
    opened = closed = broken = NOTHING
    for change in changes:
        opened, closed, broken = opened | change.opened, closed | change.closed, broken | change.broken
    left = changes[0].after if len(changes) == 1 and not opened else NOTHING
    gone = [f"only {line}" for line in _lines(left)] or [f"{_MINUS} {line}" for line in _lines(closed)]
    lines = (*(f"{_PLUS} {line}" for line in _lines(opened)), *gone)
    return "\n".join((*lines, *(f"needs {line}" for line in _lines(broken))))


def _lines(connections: ConnectionSet) -> list[str]:
    return connection_label(connections).split("\n") if connections else []


def _tooltip(changes: list[Change]) -> str:
    lines = [f"{change.before} -> {change.after}" for change in changes[:_IN_TOOLTIP]]
    return "\n".join((*lines, *([f"and {len(changes) - _IN_TOOLTIP} more"] if changes[_IN_TOOLTIP:] else [])))


def _shift(changes: Iterable[Change]) -> Shift:
    found = {Shift.BROKEN if change.broken else _SHIFTS[change.kind] for change in changes}
    if Shift.BROKEN in found:
        return Shift.BROKEN
    return found.pop() if len(found) == 1 else Shift.CHANGED
