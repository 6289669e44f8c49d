"""The job summary in Markdown, as sections from the most to the least important; each names what may stand for it.

GitHub drops a summary that is too long as a whole, so whoever puts the sections together takes as many as fit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from netpol_action.model.comparison import compared
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Demand, Evidence, Unresolved
from netpol_action.model.diagnostics import Diagnostic, Severity
from netpol_action.model.report import Report, Section
from netpol_action.model.resolutions import combined
from netpol_action.render.check import md_lines
from netpol_action.render.markdown import counted, folded, folded_if_long, table
from netpol_action.render.picture.mermaid import READING, diagram
from netpol_action.render.table import MD_HEADER, md_rows
from netpol_action.render.text import code, fenced, prose

MOST_ROWS = 5_000
"""Rows of a table of connections; a browser takes seconds to show more."""

MOST_DEMANDS = 1_000
"""Rows of a table of demands; with their evidence they are longer."""

MOST_COMPARED = 400
"""Pairs up to which one table shows both maps."""

MOST_LISTED = 200
"""Items of any other list."""

_LEFT_OUT = "{} left out here for want of room: see report.json."


def summary_sections(report: Report) -> tuple[Section, ...]:
    """The summary of a run, in order of importance."""
    return tuple(_sections(report))


def _sections(report: Report) -> Iterator[Section]:
    yield Section(_verdict(report))
    yield from _diagnostics(report.diagnostics)
    yield from _unresolved(report.requirements.unresolved)
    yield from _diagrams(report)
    yield from _check(report)
    yield from _connections(report)
    yield from _demands("Required connections, with their evidence", report.requirements.demands)
    yield from _demands("Possible connections, not allowed", report.requirements.candidates)
    yield from _assumptions(report)
    yield from _notes(report.diagnostics)


def _verdict(report: Report) -> str:
    requirements = report.requirements
    open_ends = len(requirements.unresolved)
    if report.partial:
        headline = "❌ A part of the input could not be used: the result is partial"
    elif open_ends:
        headline = f"⚠️ {counted(open_ends, 'dependency is', 'dependencies are')} unresolved"
    elif report.policies:
        headline = "✅ The policies allow every connection that was found to be required"
    else:
        headline = "Connections that the policies allow"
    facts = []
    if report.policies:
        place = f", in {code(report.policies_path)}" if report.policies_path else ""
        facts.append(f"{counted(len(report.policies), 'policy', 'policies')} generated{place}")
    if requirements.demands:
        facts.append(f"{counted(len(requirements.demands), 'connection')} required")
    if requirements.candidates:
        facts.append(f"{counted(len(requirements.candidates), 'connection')} possible, and not allowed")
    return "\n\n".join(filter(None, (f"## {headline}", f"{'; '.join(facts)}." if facts else "")))


def _diagnostics(diagnostics: Sequence[Diagnostic]) -> Iterator[Section]:
    for severity, title in ((Severity.ERROR, "error"), (Severity.WARNING, "warning")):
        found = [diagnostic for diagnostic in diagnostics if diagnostic.severity is severity]
        if found:
            body = _listed([_diagnostic(diagnostic) for diagnostic in found])
            heading = counted(len(found), title)
            yield Section(folded_if_long(heading, body, len(found)), _LEFT_OUT.format(f"{heading} are"))


def _diagnostic(diagnostic: Diagnostic) -> str:
    place = f"{code(str(diagnostic.origin))}: " if diagnostic.origin.path else ""
    return f"- {place}{prose(diagnostic.message)} ({code(diagnostic.rule)})"


def _check(report: Report) -> Iterator[Section]:
    if report.check:
        findings = report.check.findings
        shown = replace(report.check, findings=findings[:MOST_LISTED])
        body = "\n".join(md_lines(shown, report.check.headline)) + _more(len(findings))
        yield Section(
            f"### Required and allowed\n\n{body}", f"### Required and allowed\n\n{prose(report.check.headline)}"
        )


def _unresolved(unresolved: Sequence[Unresolved]) -> Iterator[Section]:
    if not unresolved:
        return
    short = _listed([f"- {code(str(item.workload))}: {prose(item.message)}" for item in unresolved])
    details = "\n".join([_one_unresolved(item) for item in unresolved][:MOST_LISTED]) + _more(len(unresolved))
    folds = (folded("Each with its evidence and the lines that settle it", details), _all_at_once(unresolved))
    yield Section(
        "\n\n".join(filter(None, ("### Unresolved: what the manifests do not say", short, *folds))),
        f"### Unresolved\n\n{short}",
    )


def _one_unresolved(item: Unresolved) -> str:
    evidence = f" ({_reasons(item.evidence)})" if item.evidence else ""
    text = f"- {code(str(item.workload))}: {prose(item.message)}{evidence}"
    if not item.resolution:
        return text
    return f"{text}\n\n{_indented(fenced(item.resolution, 'yaml'))}\n"


def _all_at_once(unresolved: Sequence[Unresolved]) -> str:
    """The lines of all as one file: one below the other they would repeat sections, of which YAML keeps the last."""
    lines = combined(item.resolution for item in unresolved if item.resolution)
    title = "All of them as one <code>netpol.yaml</code>, to be corrected where needed"
    return folded(title, fenced(lines, "yaml")) if lines else ""


def _diagrams(report: Report) -> Iterator[Section]:
    title = "With the policies in place" if report.before is not None else "Allowed connections"
    yield Section(f"### {title}\n\n{_diagram(report.after)}", _LEFT_OUT.format("The diagram is"))
    if report.before is not None:
        yield Section(folded("Before: without these policies", _diagram(report.before)))


def _diagram(connectivity: ConnectivityMap) -> str:
    text = diagram(connectivity)
    if not text:
        return "The map is too large for a diagram; the tables and the pictures have it."
    return f"{fenced(text, 'mermaid')}\n\n<sub>{READING}</sub>"


def _connections(report: Report) -> Iterator[Section]:
    before, after = report.before, report.after
    instead = _LEFT_OUT.format("The table of connections is")
    if before is not None and max(_pairs(before), _pairs(after)) <= MOST_COMPARED:
        rows = [
            (code(str(row.source)), code(str(row.destination)), str(row.before), str(row.after))
            for row in compared(before, after)
        ]
        body = table(("src", "dst", "before", "after"), rows)
        heading = f"{counted(len(rows), 'connection')}, before and after"
        yield Section(folded_if_long(heading, body, len(rows)), instead)
        return
    lines = list(islice(md_rows(after.connections()), MOST_ROWS + 1))
    more = "\n\n" + _LEFT_OUT.format("Further rows are") if len(lines) > MOST_ROWS else ""
    heading = f"More than {MOST_ROWS:,} connections" if more else counted(len(lines), "connection")
    if not lines:
        yield Section("No connections are allowed.")
        return
    body = "\n".join((*MD_HEADER, *lines[:MOST_ROWS])) + more
    yield Section(folded_if_long(heading, body, len(lines)), instead)


def _pairs(connectivity: ConnectivityMap) -> int:
    """How many rows there are at most."""
    return sum(block.sources.bit_count() * block.destinations.bit_count() for block in connectivity.blocks)


def _demands(title: str, demands: Sequence[Demand]) -> Iterator[Section]:
    if not demands:
        return
    rows = [
        (code(str(d.source)), code(str(d.destination)), str(d.connections), _reasons(d.evidence))
        for d in demands[:MOST_DEMANDS]
    ]
    more = "\n\n" + _LEFT_OUT.format("Further rows are") if len(demands) > MOST_DEMANDS else ""
    body = table(("src", "dst", "conn", "evidence"), rows) + more
    yield Section(folded(f"{title}: {len(demands):,}", body), _LEFT_OUT.format(f"{title} are"))


def _assumptions(report: Report) -> Iterator[Section]:
    assumptions = report.requirements.assumptions
    if not assumptions:
        return
    items = []
    for assumption in assumptions[:MOST_LISTED]:
        text = f"- {prose(assumption.message)}"
        resolution = f"\n\n{_indented(fenced(assumption.resolution, 'yaml'))}\n" if assumption.resolution else ""
        items.append(text + resolution)
    body = "\n".join(items) + _more(len(assumptions))
    yield Section(folded(f"Assumptions: {len(assumptions):,}", body), _LEFT_OUT.format("Assumptions are"))


def _notes(diagnostics: Sequence[Diagnostic]) -> Iterator[Section]:
    notes = [_diagnostic(diagnostic) for diagnostic in diagnostics if diagnostic.severity is Severity.NOTE]
    if notes:
        yield Section(folded(f"Notes: {len(notes):,}", _listed(notes)), _LEFT_OUT.format("Notes are"))


def _reasons(evidence: Sequence[Evidence]) -> str:
    return "<br>".join(
        code(str(reason)) + (f" {code(str(reason.origin))}" if reason.origin.path else "") for reason in evidence
    )


def _listed(items: Sequence[str]) -> str:
    return "\n".join(items[:MOST_LISTED]) + _more(len(items))


def _more(number: int) -> str:
    return f"\n- and {number - MOST_LISTED:,} more: see report.json" if number > MOST_LISTED else ""


def _indented(text: str) -> str:
    """The lines as part of a list item."""
    return "\n".join(f"  {line}" for line in text.split("\n"))
