"""The comment above generated policies: what they leave open, and the netpol.yaml lines that would settle it."""

from __future__ import annotations

from collections.abc import Iterator

from netpol_action.model.demands import Requirements
from netpol_action.model.resolutions import combined


def header_lines(requirements: Requirements) -> tuple[str, ...]:
    """The lines, without comment marks; the writer makes each of them a comment of its own."""
    return tuple(_lines(requirements))


def _lines(requirements: Requirements) -> Iterator[str]:
    unresolved, assumptions = requirements.unresolved, requirements.assumptions
    if unresolved:
        yield f"Unresolved: {len(unresolved)}. These policies do not allow what follows."
        yield from (f"* {row.message}" for row in unresolved)
    if assumptions:
        if unresolved:
            yield ""
        yield f"Assumed: {len(assumptions)}."
        yield from (f"* {assumption.message}" for assumption in assumptions)
    netpol_yaml = combined([*(each.resolution for each in unresolved), *(each.resolution for each in assumptions)])
    if netpol_yaml:
        yield ""
        yield "A netpol.yaml beside the manifests settles it, corrected where needed:"
        yield from (f"    {line}" for line in netpol_yaml.splitlines())
