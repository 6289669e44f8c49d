"""The job summary in Markdown: from the most to the least important, which is also the order of what is kept longest.

GitHub drops a summary that is too long as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netpol_action.model.diagnostics import Severity
from netpol_action.model.report import Report
from netpol_action.render.change import Reviewed, change_parts
from netpol_action.render.check import md_lines
from netpol_action.render.fitting import Part, either, fitted, octets, whole
from netpol_action.render.markdown import counted
from netpol_action.render.picture.mermaid import MOST_CHARACTERS
from netpol_action.render.sections import (
    MOST_LISTED,
    NOT_DEPLOYED,
    assumption_parts,
    connections_part,
    demands_part,
    diagnostic_parts,
    diagram_part,
    folded_diagram_part,
    left_out,
    unresolved_parts,
)
from netpol_action.render.text import code, prose


def summary(report: Report, reviewed: Reviewed | None, limit: int) -> str:
    """What a run found, and what changed where it compared anything, in at most `limit` bytes."""
    change = change_parts(reviewed) if reviewed else ()
    return fitted((*change, *_parts(report)), limit, octets)


def _parts(report: Report) -> Iterator[Part]:
    yield whole(_verdict(report), 1)
    yield from diagnostic_parts(report.diagnostics, (Severity.ERROR, Severity.WARNING))
    yield from unresolved_parts("### Unresolved: what the manifests do not say", report.requirements.unresolved)
    generated = report.before is not None
    title = "With the policies in place" if generated else "Allowed connections"
    yield diagram_part(f"### {title}", report.after, MOST_CHARACTERS)
    if report.before is not None:
        yield folded_diagram_part("Before: without these policies", report.before, MOST_CHARACTERS)
    yield from _check(report)
    yield connections_part(report)
    yield from demands_part("Required connections, with their evidence", report.requirements.demands)
    yield from demands_part("Possible connections, not allowed", report.requirements.candidates)
    yield from assumption_parts(report.requirements.assumptions)
    yield from diagnostic_parts(report.diagnostics, (Severity.NOTE,), always_folded=True)


def _verdict(report: Report) -> str:
    requirements = report.requirements
    open_ends = len(requirements.unresolved)
    if report.partial:
        headline = "❌ A part of the input could not be used: the result is partial"
    elif open_ends:
        headline = f"⚠️ {counted(open_ends, 'dependency is', 'dependencies are')} unresolved"
    elif report.policies and not report.deployed:
        headline = "⚠️ The policies allow what was found to be required, once something deploys them"
    elif report.policies:
        headline = "✅ The policies allow every connection that was found to be required"
    else:
        headline = "Connections that the policies allow"
    facts = []
    if report.policies:
        place = f", in {code(report.policies_path)}" if report.policies_path else ""
        facts.append(f"{counted(len(report.policies), 'policy', 'policies')} generated{place}")
    if report.policies and not report.deployed:
        facts.append(NOT_DEPLOYED)
    if requirements.demands:
        besides = ", besides those to DNS" if report.check and report.check.names else ""
        facts.append(f"{counted(len(requirements.demands), 'connection')} required{besides}")
    if requirements.candidates:
        facts.append(f"{counted(len(requirements.candidates), 'connection')} possible, and not allowed")
    return "\n\n".join(filter(None, (f"## {headline}", f"{'; '.join(facts)}." if facts else "")))


def _check(report: Report) -> Iterator[Part]:
    if report.check:
        findings, heading = report.check.findings, "### Required and allowed"
        shown = replace(report.check, findings=findings[:MOST_LISTED])
        rest = len(findings) - len(shown.findings)
        more = f"\n\n{left_out(f'{rest:,} more findings')}" if rest else ""
        body = "\n".join(md_lines(shown, report.check.headline)) + more
        yield either(f"{heading}\n\n{body}", f"{heading}\n\n{prose(report.check.headline)}")
