"""report.json, the whole result of a run, and the frame of every other JSON answer.

docs/report.schema.json describes the report; a test holds the two together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Assumption, Demand, Evidence, Unresolved
from netpol_action.model.diagnostics import Diagnostic, Severity
from netpol_action.model.diff import Cause, ConnectivityDiff, Kind, Risk
from netpol_action.model.endpoints import Endpoint, Json
from netpol_action.model.findings import Check, Finding
from netpol_action.model.generated import GeneratedPolicy
from netpol_action.model.report import Report
from netpol_action.model.tally import tally
from netpol_action.origin import Origin
from netpol_action.render.table import Shown, json_rows
from netpol_action.render.text import plain

SCHEMA = "netpol-action/report/v1"

MOST_ROWS = 200_000
"""Rows of a map or a difference that a report holds: above, the list is null, and the numbers alone tell of it."""


def report_lines(report: Report) -> Iterator[str]:
    """The lines of report.json; the rows of the maps are made as they are asked for."""
    requirements = report.requirements
    yield "{"
    yield f'"schema": {json.dumps(SCHEMA)},'
    yield f'"partial": {json.dumps(report.partial)},'
    yield from _list("demands", map(_demand, requirements.demands))
    yield from _list("candidates", map(_demand, requirements.candidates))
    yield from _list("unresolved", map(_unresolved, requirements.unresolved))
    yield from _list("assumptions", map(_assumption, requirements.assumptions))
    yield f'"policiesPath": {json.dumps(report.policies_path or None)},'
    yield from _list("policies", map(_policy, report.policies))
    yield f'"check": {json.dumps(_check(report.check) if report.check else None)},'
    yield from _map("before", report.before)
    yield from _map("after", report.after)
    yield from _diff(report.diff, report.compared_with)
    yield from _list("diagnostics", map(diagnostic_json, report.diagnostics), end="")
    yield "}"


def answer_lines(schema: str, rows: Iterable[str], diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """A JSON answer `{"schema", "partial", "rows", "diagnostics"}`; each row is JSON already."""
    found = list(diagnostics)
    yield "{"
    yield f'"schema": {json.dumps(schema)},'
    yield f'"partial": {json.dumps(any(d.severity is Severity.ERROR for d in found))},'
    yield from _items("rows", rows)
    yield from _list("diagnostics", map(diagnostic_json, found), end="")
    yield "}"


def diagnostic_json(diagnostic: Diagnostic) -> Json:
    """A diagnostic as a JSON value."""
    return {
        "severity": str(diagnostic.severity),
        "rule": diagnostic.rule,
        "message": diagnostic.message,
        "origin": origin_json(diagnostic.origin),
    }


def finding_json(finding: Finding) -> Json:
    """A finding as a JSON value."""
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": plain(finding.message),
        "origin": origin_json(finding.origin),
        "src": _ends(finding.sources),
        "dst": _ends(finding.destinations),
        "conn": str(finding.connections),
        "policies": [
            {"policy": plain(each.policy), "reason": plain(each.reason), "origin": origin_json(each.origin)}
            for each in finding.causes
        ],
        "evidence": [evidence_json(each) for each in finding.evidence],
    }


def _list(name: str, values: Iterable[Json], end: str = ",") -> Iterator[str]:
    return _items(name, map(json.dumps, values), end)


def _items(name: str, items: Iterable[str], end: str = ",") -> Iterator[str]:
    """A member of an object whose value is a list, one item a line."""
    previous = ""
    yield f'"{name}": ['
    for item in items:
        if previous:
            yield f"  {previous},"
        previous = item
    if previous:
        yield f"  {previous}"
    yield f"]{end}"


def _map(name: str, connectivity: ConnectivityMap | None) -> Iterator[str]:
    if connectivity is None:
        yield f'"{name}": null,'
        return
    count = sum(block.sources.bit_count() * block.destinations.bit_count() for block in connectivity.blocks)
    if count > MOST_ROWS:
        yield f'"{name}": {{"pairs": {count}, "connections": null}},'
        return
    yield f'"{name}": {{"pairs": {count},'
    yield from _items("connections", json_rows(connectivity), "},")


def _diff(diff: ConnectivityDiff | None, before: str) -> Iterator[str]:
    if diff is None:
        yield '"diff": null,'
        return
    counts = tally(diff)
    yield '"diff": {'
    yield f'"comparedWith": {json.dumps(before)},'
    yield f'"risk": {json.dumps(next(map(str, counts.gravest), None))},'
    yield f'"kinds": {json.dumps({kind: counts.kinds.get(kind, 0) for kind in Kind})},'
    yield f'"risks": {json.dumps({risk: counts.risks.get(risk, 0) for risk in Risk})},'
    yield f'"workloads": {json.dumps(diff.workloads())},'
    if counts.rows > MOST_ROWS:
        yield '"rows": null},'
        return
    yield from _items("rows", _diff_rows(diff), "},")


def _diff_rows(diff: ConnectivityDiff) -> Iterator[str]:
    """Each row as a JSON object. What rows share is written out once: they outnumber their ends and their causes."""
    shown = Shown(json.dumps)
    known: dict[Cause, str] = {}
    for row in diff.rows():
        causes = diff.explain(row)
        for cause in causes:
            if cause not in known:
                known[cause] = json.dumps({"what": cause.what, "origin": origin_json(cause.origin)})
        change, found = row.change, row.risks
        yield (
            f'{{"type": "{change.kind}", "src": {shown[row.source]}, "dst": {shown[row.destination]}, '
            f'"before": {shown[change.before]}, "after": {shown[change.after]}, '
            f'"workloads": {json.dumps(row.workloads)}, "risk": "{found[0]}", "risks": {json.dumps(found)}, '
            f'"required": {shown[change.broken] if change.broken else "null"}, '
            f'"causes": [{", ".join([known[cause] for cause in causes])}]}}'
        )


def _demand(demand: Demand) -> Json:
    return {
        "src": str(demand.source),
        "dst": str(demand.destination),
        "conn": str(demand.connections),
        "confidence": str(demand.confidence),
        "evidence": [evidence_json(evidence) for evidence in demand.evidence],
    }


def _unresolved(unresolved: Unresolved) -> Json:
    return {
        "key": unresolved.key,
        "gap": str(unresolved.gap),
        "workload": str(unresolved.workload),
        "direction": "outbound" if unresolved.outbound else "inbound",
        "conn": str(unresolved.connections) if unresolved.connections else None,
        "message": unresolved.message,
        "resolution": unresolved.resolution,
        "evidence": [evidence_json(evidence) for evidence in unresolved.evidence],
    }


def _assumption(assumption: Assumption) -> Json:
    return {
        "message": assumption.message,
        "resolution": assumption.resolution,
        "evidence": [evidence_json(evidence) for evidence in assumption.evidence],
    }


def _ends(ends: Iterable[Endpoint]) -> list[str]:
    return [plain(str(end)) for end in ends]


def _check(check: Check) -> Json:
    return {
        "headline": check.headline,
        "required": check.required,
        "policies": check.policies,
        "findings": [finding_json(finding) for finding in check.findings],
    }


def _policy(generated: GeneratedPolicy) -> Json:
    policy = generated.policy
    return {"kind": policy.kind, "namespace": policy.declared_namespace or None, "name": policy.name}


def evidence_json(evidence: Evidence) -> Json:
    """A piece of evidence as a JSON value."""
    return {
        "subject": evidence.subject,
        "field": evidence.field,
        "value": evidence.value,
        "origin": origin_json(evidence.origin),
    }


def origin_json(origin: Origin) -> Json:
    """A place in the input as a JSON value, null where there is none."""
    if not origin.path:
        return None
    place: dict[str, Json] = {"path": origin.path}
    if origin.document:
        place["document"] = origin.document
    if origin.line:
        place["line"] = origin.line
    if origin.field:
        place["field"] = list(origin.field)
    return place
