"""Which characters a reader sees: what shows nothing, breaks lines or turns the direction of writing is never shown."""

from __future__ import annotations

import unicodedata

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
"""Categories of such characters."""

_IGNORED = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
    + "".join(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
)
"""Letters and marks that show nothing: what else Unicode lists as Default_Ignorable_Code_Point."""


def is_seen(char: str) -> bool:
    """Whether the character shows something, or is a space."""
    return unicodedata.category(char) not in _UNSEEN and char not in _IGNORED
