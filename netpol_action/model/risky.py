"""The rows of a difference that are of one risk, found without a look at the others: there may be millions of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from netpol_action.model.bits import bits_of
from netpol_action.model.diff import Change, ConnectivityDiff, DiffRow, Risk, is_outside, risks
from netpol_action.model.endpoints import Endpoint, Workload
from netpol_action.model.rows import Rectangle

_REACHES = frozenset({Risk.OPENED_INTERNET, Risk.OPENED_BETWEEN_NAMESPACES, Risk.OPENED_WITHIN_NAMESPACE})


def rows_having(diff: ConnectivityDiff, risk: Risk) -> Iterator[DiffRow]:
    """The rows that have this risk, perhaps beside a graver one, sorted and unique."""
    return _rows(diff, risk, lambda change, reach: risk in risks(change, reach))


def rows_of(diff: ConnectivityDiff, risk: Risk) -> Iterator[DiffRow]:
    """The rows whose gravest risk it is, sorted and unique."""
    return _rows(diff, risk, lambda change, reach: risk is risks(change, reach)[0])


def _rows(diff: ConnectivityDiff, risk: Risk, wanted: Callable[[Change, Risk], bool]) -> Iterator[DiffRow]:
    ends = _Ends(diff.endpoints)
    blocks: list[Rectangle[Change]] = []
    for sources, destinations, change in diff.blocks:
        # How far a new connection reaches makes no difference to the other risks.
        if not wanted(change, risk if risk in _REACHES else Risk.OPENED_INTERNET):
            continue
        if risk in _REACHES:
            parts = ends.parts(risk, sources, destinations)
            blocks += [(mine, others, change) for mine, others in parts if mine and others]
        else:
            blocks.append((sources, destinations, change))
    return replace(diff, blocks=tuple(blocks)).rows()


class _Ends:
    """Which endpoints are outside of the cluster, and which share a namespace, as bitsets."""

    def __init__(self, endpoints: tuple[Endpoint, ...]) -> None:
        self._outside = bits_of(i for i, endpoint in enumerate(endpoints) if is_outside(endpoint))
        spaces: dict[str, list[int]] = {}
        for i, endpoint in enumerate(endpoints):
            if isinstance(endpoint, Workload):
                spaces.setdefault(endpoint.namespace, []).append(i)
        self._spaces = [bits_of(members) for members in spaces.values()]
        self._placed = bits_of(i for members in spaces.values() for i in members)

    def parts(self, risk: Risk, sources: int, destinations: int) -> Iterator[tuple[int, int]]:
        """The parts of a rectangle between whose ends a new connection is of this risk; some may be empty."""
        inner, others = sources & ~self._outside, destinations & ~self._outside
        match risk:
            case Risk.OPENED_INTERNET:
                yield sources & self._outside, destinations
                yield inner, destinations & self._outside
            case Risk.OPENED_WITHIN_NAMESPACE:
                yield from ((inner & space, others & space) for space in self._spaces)
            case _:
                yield from ((inner & space, others & ~space) for space in self._spaces)
                yield inner & ~self._placed, others
