"""Diagnostics and open questions as lines for a terminal or a log: standard error is for people.

No line holds a control character; the lines of netpol.yaml keep theirs apart, ready to copy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from netpol_action.model.demands import Assumption, Evidence, Requirements, Unresolved
from netpol_action.model.diagnostics import Diagnostic, Severity
from netpol_action.model.resolutions import combined
from netpol_action.origin import Origin
from netpol_action.render.text import plain

_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


def diagnostic_lines(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """One line a diagnostic, the worst first, else in the given order: `warning: PATH:LINE: sentence [rule]`."""
    for diagnostic in sorted(diagnostics, key=lambda found: _ORDER.index(found.severity)):
        yield plain(f"{diagnostic.severity}: {diagnostic} [{diagnostic.rule}]")


def requirement_lines(requirements: Requirements, refine: Callable[[Origin], Origin] = lambda o: o) -> Iterator[str]:
    """What discovery left open: unresolved dependencies, candidates and assumptions, with the lines that settle them.

    `refine` finds the line of an origin.
    """
    if requirements.unresolved:
        yield f"{_count(len(requirements.unresolved), 'dependency', 'dependencies')} unresolved:"
        for unresolved in requirements.unresolved:
            yield from _unresolved(unresolved, refine)
        yield from _all_at_once(requirements.unresolved)
    if requirements.candidates:
        yield f"{_count(len(requirements.candidates), 'connection', 'connections')} possible, and not allowed:"
        for demand in requirements.candidates:
            yield plain(f"  {demand.source} => {demand.destination} : {demand.connections}")
            yield from _evidence(demand.evidence, refine)
    if requirements.assumptions:
        yield f"{_count(len(requirements.assumptions), 'assumption', 'assumptions')}:"
        for assumption in requirements.assumptions:
            yield from _assumption(assumption, refine)


def _unresolved(unresolved: Unresolved, refine: Callable[[Origin], Origin]) -> Iterator[str]:
    yield plain(f"  {unresolved.workload}: {unresolved.message} [{unresolved.gap}]")
    yield from _evidence(unresolved.evidence, refine)
    yield from _resolution(unresolved.resolution)


def _assumption(assumption: Assumption, refine: Callable[[Origin], Origin]) -> Iterator[str]:
    yield plain(f"  {assumption.message}")
    yield from _evidence(assumption.evidence, refine)
    yield from _resolution(assumption.resolution)


def _evidence(evidence: Iterable[Evidence], refine: Callable[[Origin], Origin]) -> Iterator[str]:
    for reason in evidence:
        place = f"{refine(reason.origin)}: " if reason.origin.path else ""
        yield plain(f"    {place}{reason}")


def _resolution(text: str) -> Iterator[str]:
    if text:
        yield "    to settle it, in netpol.yaml:"
        yield from (plain(f"      {line}").rstrip() for line in text.rstrip("\n").split("\n"))


def _all_at_once(unresolved: Sequence[Unresolved]) -> Iterator[str]:
    """The lines of all, which one below the other would be no YAML, as one file; nothing where that is one's own."""
    resolutions = [each.resolution for each in unresolved if each.resolution]
    if len(resolutions) > 1:
        yield "  all of them as one netpol.yaml, as `netpol-action init` writes it:"
        yield from (plain(f"    {line}").rstrip() for line in combined(resolutions).splitlines())


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
