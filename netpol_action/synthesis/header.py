"""The comment above generated policies: what they leave open, and the netpol.yaml lines that would settle it."""

from __future__ import annotations

from collections.abc import Iterator

from netpol_action.model.demands import Requirements
from netpol_action.model.resolutions import combined


def header_lines(requirements: Requirements) -> tuple[str, ...]:
    """The lines, without comment marks; the writer makes each of them a comment of its own."""
    return tuple(_lines(requirements))


def _lines(requirements: Requirements) -> Iterator[str]:
    unresolved, candidates, assumptions = requirements.unresolved, requirements.candidates, requirements.assumptions
    parts = []
    if unresolved:
        parts.append([f"Unresolved: {len(unresolved)}. These policies do not allow what follows."])
        parts[-1] += [f"* {row.message}" for row in unresolved]
    if candidates:
        parts.append([f"Possible: {len(candidates)}. What follows only looks like a connection, and is not allowed."])
        parts[-1] += [f"* {row.source} to {row.destination}, {row.connections}" for row in candidates]
    if assumptions:
        parts.append([f"Assumed: {len(assumptions)}."])
        parts[-1] += [f"* {assumption.message}" for assumption in assumptions]
    netpol_yaml = combined(each.resolution for each in unresolved)
    if netpol_yaml:
        parts.append(
            ["netpol.yaml, at the repository's root or in .github, settles what is unresolved, corrected where needed:"]
        )
        parts[-1] += [f"    {line}" for line in netpol_yaml.splitlines()]
    narrower = combined(each.resolution for each in assumptions)
    if narrower:
        # Apart from the lines above: pasted as they are, these could close what is open now.
        parts.append(["netpol.yaml can also say what was assumed; then no more is open than what it names:"])
        parts[-1] += [f"    # {line}" for line in narrower.splitlines()[1:]]
    for number, part in enumerate(parts):
        yield from (("", *part) if number else part)
