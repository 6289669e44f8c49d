"""Openings as txt, Markdown, CSV and JSON: what policies open beyond the input, then what no policy protects."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.openings import Opening, Openings
from netpol_action.model.policies import Direction
from netpol_action.render.report import answer_lines
from netpol_action.render.text import code, csv_field, plain

SCHEMA = "netpol-action/openings/v1"


def txt_lines(openings: Openings) -> Iterator[str]:
    """Lines `src => dst : conn`, ingress and egress apart, then the unprotected workloads."""
    for direction in openings.unprotected:
        yield f"{direction.value} beyond the input:"
        rows = [row for row in openings.rows if row.direction is direction]
        for row in rows:
            src, dst = _ends(row, plain)
            yield f"  {src} => {dst} : {row.connections}{' (also in the input)' if row.in_input else ''}"
        if not rows:
            yield "  none"
    for direction, workloads in openings.unprotected.items():
        if workloads:
            yield f"No policy selects, for {direction.value.lower()}:"
        for workload in workloads:
            yield plain(f"  {workload}")


def md_lines(openings: Openings) -> Iterator[str]:
    """A table of the openings, then the unprotected workloads in a table of their own."""
    yield "| direction | src | dst | conn | also in the input |"
    yield "| --- | --- | --- | --- | --- |"
    for row in openings.rows:
        src, dst = _ends(row, code)
        yield f"| {row.direction.value} | {src} | {dst} | {row.connections} | {'yes' if row.in_input else ''} |"
    if any(openings.unprotected.values()):
        yield ""
        yield "| no policy selects | direction |"
        yield "| --- | --- |"
        for direction, workloads in openings.unprotected.items():
            for workload in workloads:
                yield f"| {code(str(workload))} | {direction.value} |"


def csv_lines(openings: Openings) -> Iterator[str]:
    """The header `direction,src,dst,conn,in_input` and the rows."""
    yield "direction,src,dst,conn,in_input"
    for row in openings.rows:
        src, dst = _ends(row, csv_field)
        yield f"{row.direction.value},{src},{dst},{csv_field(str(row.connections))},{str(row.in_input).lower()}"


def json_lines(openings: Openings, diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """The JSON answer: a row for each opening; `protected` is false where no policy selects the workload."""
    yield from answer_lines(SCHEMA, _json_rows(openings), diagnostics)


def _json_rows(openings: Openings) -> Iterator[str]:
    unprotected = {direction: set(workloads) for direction, workloads in openings.unprotected.items()}
    for row in openings.rows:
        src, dst = _ends(row, plain)
        yield json.dumps(
            {
                "direction": row.direction.value,
                "src": src,
                "dst": dst,
                "conn": str(row.connections),
                "protected": row.workload not in unprotected[row.direction],
                "inInput": row.in_input,
            }
        )


def _ends(row: Opening, shown: Callable[[str], str]) -> tuple[str, str]:
    own, other = shown(str(row.workload)), shown(str(row.other))
    return (own, other) if row.direction is Direction.EGRESS else (other, own)
