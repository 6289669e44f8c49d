"""Puts a text together from parts so that it keeps within a limit.

A part gives way item by item, and says itself what it leaves out. So nothing is ever cut in the middle: a table ends
with a row, what is opened is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text. `show(n)` is Markdown with the first `n` of its `items`, perhaps nothing for none.

    The more it weighs, the longer it is kept.
    """

    show: Callable[[int], str]
    items: int = 0
    weight: int = 0


def whole(text: str, weight: int = 0) -> Part:
    """A part that is shown as it is, unless not even the shortest forms of all parts fit."""
    return Part(lambda _: text, 0, weight)


def either(text: str, instead: str = "", weight: int = 0) -> Part:
    """A part that is shown as it is or, where there is no room, in other words."""
    return Part(lambda n: text if n else instead, 1, weight)


def fitted(parts: Sequence[Part], limit: int, size: Callable[[str], int]) -> str:
    """The parts in their order, blank lines between them, within `limit` as `size` counts.

    Room goes to what weighs most first and, among equals, to what stands first; the shortest forms of all others have
    theirs before. Where there is not even room for those, what weighs least is left out.
    """
    order = sorted(range(len(parts)), key=lambda i: -parts[i].weight)
    texts = [part.show(0) for part in parts]
    left = limit + len(_BETWEEN) - sum(_taken(text, size) for text in texts)
    for i in reversed(order):
        if left < 0:
            left += _taken(texts[i], size)
            texts[i] = ""
    for i in order:
        left += _taken(texts[i], size)
        texts[i] = _most(parts[i], texts[i], left, size)
        left -= _taken(texts[i], size)
    return _BETWEEN.join(filter(None, texts))


def characters(text: str) -> int:
    """Characters as GitHub's forms and its API count them: those outside of the first plane are two."""
    return len(text.encode("utf-16-le", errors="replace")) // 2


def octets(text: str) -> int:
    """Bytes of a file."""
    return len(text.encode(errors="replace"))


def _taken(text: str, size: Callable[[str], int]) -> int:
    return size(text) + len(_BETWEEN) if text else 0


def _most(part: Part, shortest: str, room: int, size: Callable[[str], int]) -> str:
    """The part with as many items as there is room for."""
    found = part.show(part.items)
    if _taken(found, size) <= room:
        return found
    found, fits, over = shortest, 0, part.items
    while over - fits > 1:
        middle = (fits + over) // 2
        text = part.show(middle)
        if _taken(text, size) <= room:
            found, fits = text, middle
        else:
            over = middle
    return found
