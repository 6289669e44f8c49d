"""The comment above generated policies: what they leave open, and the netpol.yaml lines that would settle it."""

from __future__ import annotations

from collections.abc import Iterator

from netpol_action.model.demands import Requirements


def header_lines(requirements: Requirements) -> tuple[str, ...]:
    """The lines, without comment marks; the writer makes each of them a comment of its own."""
    return tuple(_lines(requirements))


def _lines(requirements: Requirements) -> Iterator[str]:
    if requirements.unresolved:
        yield f"Unresolved: {len(requirements.unresolved)}. These policies do not allow what follows; the lines of"
        yield "netpol.yaml that would allow it stand below each."
        for row in requirements.unresolved:
            yield ""
            yield f"* {row.message}"
            yield from (f"    {line}" for line in row.resolution.splitlines())
    if requirements.assumptions:
        if requirements.unresolved:
            yield ""
        yield f"Assumed: {len(requirements.assumptions)}."
        for assumption in requirements.assumptions:
            yield f"* {assumption.message}"
            yield from (f"    {line}" for line in assumption.resolution.splitlines())
