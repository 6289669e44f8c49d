"""Changes of pods that are not in the input that say nothing new: more of them would hide those that do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netpol_action.model.bits import bits_of, elements
from netpol_action.model.diff import Change
from netpol_action.model.endpoints import Endpoint, Unseen
from netpol_action.model.labels import SELECT_ALL
from netpol_action.model.rows import Rectangle, address_blocks

_EVERY_POD = Unseen()


def without_repetition(
    endpoints: Sequence[Endpoint], blocks: Sequence[Rectangle[Change]]
) -> Iterator[Rectangle[Change]]:
    """The blocks less the changes of some pods that more pods have too, and of all that all addresses have too.

    A change of a namespace's pods is told of those with certain labels only where theirs is another one, and so with
    every pod of the cluster. What is closed to every pod and to every address is told of the addresses; what is opened
    is told of both, since it counts among what is opened between namespaces.
    """
    blocks = list(blocks)
    for turned in (False, True):
        blocks = list(_Told(endpoints, blocks, turned=turned).rest())
    yield from blocks


class _Told:
    """What is told of pods that are not in the input as one end of a rectangle: the first, or turned the second."""

    def __init__(self, endpoints: Sequence[Endpoint], blocks: Sequence[Rectangle[Change]], *, turned: bool) -> None:
        self._blocks, self._turned = blocks, turned
        self._addresses = address_blocks(endpoints)
        numbers = {end: i for i, end in enumerate(endpoints) if isinstance(end, Unseen)}
        self._every_pod = numbers.get(_EVERY_POD)
        self._wider = {i: _wider(end, numbers) for end, i in numbers.items()}
        self._unseen = bits_of(numbers.values())
        self._having: dict[tuple[int, Change], int] = {}
        self._of_addresses: dict[Change, int] = {}
        for block in blocks:
            self._learn(*self._ends(block), block[2])

    def rest(self) -> Iterator[Rectangle[Change]]:
        """The blocks without repetition."""
        for block in self._blocks:
            mine, others = self._ends(block)
            unseen = mine & self._unseen
            if mine ^ unseen:
                yield self._block(mine ^ unseen, others, block[2])
            for i in elements(unseen):
                left = others & ~self._repeated(i, block[2])
                if left:
                    yield self._block(1 << i, left, block[2])

    def _learn(self, mine: int, others: int, change: Change) -> None:
        if self._addresses and mine & self._addresses == self._addresses:
            self._of_addresses[change] = self._of_addresses.get(change, 0) | others
        for i in elements(mine & self._unseen):
            self._having[i, change] = self._having.get((i, change), 0) | others

    def _repeated(self, i: int, change: Change) -> int:
        """The other ends with which a wider end has the same change."""
        if i == self._every_pod:
            return 0 if change.opened else self._of_addresses.get(change, 0)
        found = 0
        for wider in self._wider[i]:
            found |= self._having.get((wider, change), 0)
        return found

    def _ends(self, block: Rectangle[Change]) -> tuple[int, int]:
        return (block[1], block[0]) if self._turned else (block[0], block[1])

    def _block(self, mine: int, others: int, change: Change) -> Rectangle[Change]:
        return (others, mine, change) if self._turned else (mine, others, change)


def _wider(end: Unseen, numbers: dict[Unseen, int]) -> list[int]:
    """The ends of which all pods of this one are, as far as a look at the whole of a namespace tells."""
    if end == _EVERY_POD:
        return []
    wider = {_EVERY_POD, Unseen(end.namespaces, SELECT_ALL)} - {end}
    return [numbers[each] for each in wider if each in numbers]
