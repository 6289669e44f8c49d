"""The findings of `check` as txt, Markdown and JSON: the result in one sentence, then each finding with its reasons."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from netpol_action.model.demands import Unresolved
from netpol_action.model.diagnostics import Diagnostic, Severity, note
from netpol_action.model.findings import Cause, Check, Finding
from netpol_action.render.markdown import folded_if_long
from netpol_action.render.report import answer_lines, finding_json
from netpol_action.render.text import code, plain, prose

SCHEMA = "netpol-action/check/v1"

_HEADINGS = {
    Severity.ERROR: "Required, and blocked",
    Severity.WARNING: "Warnings",
    Severity.NOTE: "Notes",
}


def txt_lines(check: Check) -> Iterator[str]:
    """The headline, then a paragraph for each finding, for a terminal; without line ends."""
    yield plain(check.headline)
    for finding in check.findings:
        place = f"{finding.origin}: " if finding.origin.path else ""
        yield plain(f"{finding.severity}: {place}{finding.message} [{finding.rule}]")
        for cause in finding.causes:
            yield plain(f"  by {_cause(cause, finding)}")
        for evidence in finding.evidence:
            where = f"{evidence.origin}: " if evidence.origin.path else ""
            yield plain(f"  required by {where}{evidence}")


def md_lines(check: Check, headline: str = "") -> Iterator[str]:
    """The headline (another one, where some findings were left out) and a list for each severity."""
    yield f"**{prose(headline or check.headline)}**"
    for severity, heading in _HEADINGS.items():
        found = [finding for finding in check.findings if finding.severity is severity]
        if found:
            body = "\n".join(map(md_item, found))
            yield ""
            yield from folded_if_long(f"{heading}: {len(found):,}", body, len(found)).split("\n")


def md_item(finding: Finding) -> str:
    """A finding as an item of a list, with its reasons below it."""
    return "\n".join(_md_item_lines(finding))


def json_lines(check: Check, diagnostics: Iterable[Diagnostic], unresolved: Iterable[Unresolved] = ()) -> Iterator[str]:
    """The JSON answer, one row a finding; `diagnostics` are those of the whole run, with their lines.

    What is unresolved stands among them as notes, by its kind: nobody knows whether policies allow it.
    """
    said = (*diagnostics, *map(_open_end, unresolved))
    yield from answer_lines(SCHEMA, (json.dumps(finding_json(finding)) for finding in check.findings), said)


def _open_end(unresolved: Unresolved) -> Diagnostic:
    return note(unresolved.gap, f"{unresolved.workload}: {unresolved.message}", unresolved.place)


def _cause(cause: Cause, finding: Finding) -> str:
    place = f"{cause.origin}: " if cause.origin.path and cause.origin != finding.origin else ""
    return f"{place}{cause}"


def _md_item_lines(finding: Finding) -> Iterator[str]:
    place = f"{code(str(finding.origin))}: " if finding.origin.path else ""
    yield f"- {place}{prose(finding.message)} ({code(finding.rule)})"
    for cause in finding.causes:
        yield f"  - by {prose(_cause(cause, finding))}"
    for evidence in finding.evidence:
        where = f" ({code(str(evidence.origin))})" if evidence.origin.path else ""
        yield f"  - required by {code(str(evidence))}{where}"
