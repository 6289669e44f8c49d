"""The body of the pull request that proposes generated policies: what merging it would break, allow and change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netpol_action.model.diagnostics import Severity
from netpol_action.model.findings import BLOCKED, Finding
from netpol_action.model.report import Report
from netpol_action.render.check import md_item
from netpol_action.render.fitting import Part, characters, fitted, whole
from netpol_action.render.markdown import counted
from netpol_action.render.sections import (
    MOST_LISTED,
    NOT_DEPLOYED,
    assumption_parts,
    connections_part,
    demands_part,
    diagnostic_parts,
    diagram_part,
    folded_diagram_part,
    list_part,
    unresolved_parts,
)
from netpol_action.render.text import code, shortened

MOST_OF_A_DIAGRAM = 12_000
"""Characters of a diagram; it is at its best far below."""

MOST_ROWS = 500
"""Rows of a table of connections."""

MOST_NAMED = 8
"""Workloads that the first lines name."""

MOST_OF_A_NAME = 100
"""Characters of a name in the first lines."""

_OPENING, _BREAKING, _AFTER, _MAPS, _EVIDENCE, _REST = 5, 4, 3, 2, 1, 0
"""What is kept longest."""

_UNRESOLVED = """\
### What {merging} would break

The input does not say where these connections lead to or come from, so the policies do not allow them. Settle each in \
`netpol.yaml` before {merging}: as a dependency or, where none is needed, under `ignore`."""

_HOW_TO_GO_ON = """\
### How to go on

- To allow more or less, edit `netpol.yaml` on the branch that this is to be merged into: the next run updates this \
pull request.
- Do not commit to this branch: runs reset it, and no longer update it once it holds the commits of others."""


def proposal(report: Report, limit: int) -> str:
    """What the generated policies mean, in at most `limit` characters, as GitHub counts them.

    Where it would be longer, the table of connections and the evidence give way first, and at last the diagram and
    what is unresolved. A limit of a few thousand is always kept.
    """
    return fitted(tuple(_parts(report)), limit, characters)


def _parts(report: Report) -> Iterator[Part]:
    requirements = report.requirements
    yield whole("\n\n".join(_opening(report)), _OPENING)
    yield from diagnostic_parts(report.diagnostics, (Severity.ERROR,), weight=_BREAKING)
    yield from _findings("Required, and still blocked", _blocked(report), _BREAKING)
    yield from unresolved_parts(_UNRESOLVED.format(merging=_merging(report)), requirements.unresolved, _BREAKING)
    yield from diagnostic_parts(report.diagnostics, (Severity.WARNING,), weight=_AFTER)
    allowed = f"### What is allowed after {_merging(report)}"
    yield diagram_part(allowed, report.after, MOST_OF_A_DIAGRAM, _AFTER)
    if report.before is not None:
        yield folded_diagram_part("Before: without these policies", report.before, MOST_OF_A_DIAGRAM, _MAPS)
    yield connections_part(report, MOST_ROWS, _MAPS, always_folded=True)
    yield from demands_part("Required connections, with their evidence", requirements.demands, weight=_EVIDENCE)
    yield from demands_part("Possible connections, not allowed", requirements.candidates, weight=_EVIDENCE)
    yield from assumption_parts(requirements.assumptions, _EVIDENCE)
    yield from _findings("Other findings", _others(report), _REST)
    yield from diagnostic_parts(report.diagnostics, (Severity.NOTE,), weight=_REST, always_folded=True)
    yield whole(_HOW_TO_GO_ON, _OPENING)


def _merging(report: Report) -> str:
    """What puts the policies in place."""
    return "merging" if report.deployed else "applying the policies"


def _opening(report: Report) -> Iterator[str]:
    """The verdict, worst first, and what the policies are for."""
    policies = counted(len(report.policies), "network policy", "network policies") if report.policies else "No policies"
    workloads = list(dict.fromkeys(str(each.workload) for each in report.policies if each.workload))
    found = f"{policies} for {counted(len(workloads), 'workload')}" if workloads else policies
    blocked, open_ends = len(_blocked(report)), len(report.requirements.unresolved)
    breaks = [
        *(["a part of the input could not be used"] if report.partial else []),
        *([NOT_DEPLOYED] if report.policies and not report.deployed else []),
        *([f"{counted(blocked, 'required connection stays', 'required connections stay')} blocked"] if blocked else []),
        *(
            [f"{counted(open_ends, 'dependency is', 'dependencies are')} unresolved and not allowed"]
            if open_ends
            else []
        ),
    ]
    if breaks:
        yield f"### {'❌' if report.partial or blocked else '⚠️'} {found}: {', and '.join(breaks)}"
    else:
        yield f"### ✅ {found}, allowing every connection that was found to be required"
    if report.partial:
        yield "**The result is partial:** policies may be missing, or deny what the missing part needs."
    facts = [*_named(workloads), *_counts(report)]
    if facts:
        yield "\n".join(f"- {fact}" for fact in facts)


def _named(workloads: Sequence[str]) -> Iterator[str]:
    if workloads:
        names = ", ".join(code(shortened(name, MOST_OF_A_NAME)) for name in workloads[:MOST_NAMED])
        rest = len(workloads) - MOST_NAMED
        yield f"For {names}{f' and {rest:,} more' if rest > 0 else ''}"


def _counts(report: Report) -> Iterator[str]:
    requirements = report.requirements
    if requirements.demands:
        blocked = len(_blocked(report))
        allowed = f"; {counted(blocked, 'stays', 'stay')} blocked" if blocked else ", and allowed"
        yield f"{counted(len(requirements.demands), 'connection')} found to be required{allowed}"
    if requirements.candidates:
        yield f"{counted(len(requirements.candidates), 'connection')} possible, and not allowed"


def _findings(title: str, findings: Sequence[Finding], weight: int) -> Iterator[Part]:
    if findings:
        items = [md_item(finding) for finding in findings[:MOST_LISTED]]
        folded = weight != _BREAKING
        yield list_part(f"{title}: {len(findings):,}", items, len(findings), weight, always_folded=folded)


def _blocked(report: Report) -> list[Finding]:
    return [finding for finding in report.check.findings if finding.rule == BLOCKED] if report.check else []


def _others(report: Report) -> list[Finding]:
    return [finding for finding in report.check.findings if finding.rule != BLOCKED] if report.check else []
