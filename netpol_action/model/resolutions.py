"""The netpol.yaml lines that settle open questions, put together: sections that repeat would cancel one another.

A resolution is text for the top level of the file: `platform: [istio]`, or the head of a section (`dependencies:`) and
its items below, in block style and not indented.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

PLATFORM = "platform"


@dataclass(frozen=True, slots=True)
class Sections:
    """Resolutions taken apart: the platforms, sorted, and for each section the text of its items, each once."""

    platforms: tuple[str, ...] = ()
    items: tuple[tuple[str, tuple[str, ...]], ...] = ()


def sections(resolutions: Iterable[str]) -> Sections:
    """The parts of several resolutions; sections and items stay in their order, repetitions are left out."""
    platforms: set[str] = set()
    items: dict[str, dict[str, None]] = {}
    for resolution in resolutions:
        head, _, body = resolution.rstrip("\n").partition("\n")
        name, _, rest = head.partition(":")
        if name == PLATFORM:
            platforms.update(rest.strip().removeprefix("[").removesuffix("]").split(", "))
        elif body:
            items.setdefault(name, {})[body] = None
    return Sections(tuple(sorted(platforms)), tuple((name, tuple(found)) for name, found in items.items()))


def combined(resolutions: Iterable[str]) -> str:
    """One netpol.yaml of several resolutions; empty where there are none."""
    found = sections(resolutions)
    lines = [f"{PLATFORM}: [{', '.join(found.platforms)}]"] if found.platforms else []
    for name, items in found.items:
        lines += [f"{name}:", *items]
    return "\n".join(["version: 1", *lines, ""]) if lines else ""
