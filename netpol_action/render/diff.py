"""A difference as txt, Markdown, CSV and JSON. Rows are made as they are asked for, so that any number is no burden.

CSV has the columns of roxctl and the risk after them; its txt has one row a line, as a diff of files has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from netpol_action.model.diff import Cause, ConnectivityDiff, DiffRow, Kind, Risk
from netpol_action.model.risky import rows_having
from netpol_action.model.tally import Tally, tally
from netpol_action.render.markdown import FOLD_FROM, counted
from netpol_action.render.table import Shown, json_list
from netpol_action.render.text import code, csv_field, plain, prose
from netpol_action.render.verdict import MEANINGS, doubt, mark, verdict

_SIGNS = {Kind.ADDED: "+", Kind.REMOVED: "-", Kind.CHANGED: "~"}

_MOST_CAUSES = 5
_MD_HEADER = ("| src | dst | before | after | why |", "| --- | --- | --- | --- | --- |")


def txt_lines(diff: ConnectivityDiff, unresolved: int = 0) -> Iterator[str]:
    """The verdict, then for each row a line `+ src => dst : conn  [risk]`, and below it why, indented.

    Rows begin with `+` (added), `-` (removed) or `~` (changed, with what is allowed before and after). `unresolved`
    is the number of dependencies that are, for the verdict.
    """
    counts = tally(diff)
    yield " ".join(filter(None, (verdict(counts), *doubt(counts, unresolved))))
    shown = Shown(plain)
    for row in diff.rows():
        change = row.change
        allowed = f"{change.before} -> {change.after}" if change.kind is Kind.CHANGED else change.before or change.after
        yield f"{_SIGNS[change.kind]} {shown[row.source]} => {shown[row.destination]} : {allowed}  [{row.risk}]"
        yield from (plain(f"    {reason}") for reason in reasons(diff, row))


def md_lines(diff: ConnectivityDiff, unresolved: int = 0) -> Iterator[str]:
    """The verdict as a heading, then a table for each risk, the gravest first; long ones are folded.

    `unresolved` is the number of dependencies that are, for the verdict.
    """
    counts = tally(diff)
    number, meaning = doubt(counts, unresolved)
    yield f"### {mark(counts, doubtful=bool(number))} {prose(verdict(counts))}"
    if number:
        yield from ("", f"**{number}** {meaning}")
    for risk in counts.gravest:
        yield from _section(diff, risk, counts)
    moved = diff.workloads()
    if moved:
        yield from ("", f"{counted(len(moved), 'workload')} came or went:", "")
        yield from (f"- {moved_workload(sentence)}" for sentence in moved)


def rows_of(diff: ConnectivityDiff, risk: Risk) -> Iterator[DiffRow]:
    """The rows whose gravest risk it is."""
    return (row for row in rows_having(diff, risk) if row.risk is risk)


def csv_lines(diff: ConnectivityDiff) -> Iterator[str]:
    """The lines of a CSV file with roxctl's columns, `dir1` for before and `dir2` for after, and the risk."""
    yield "diff-type,source,destination,dir1,dir2,workloads-diff-info,risk"
    shown = Shown(csv_field)
    for row in diff.rows():
        values = (row.source, row.destination, row.change.before, row.change.after)
        fields = (*(shown[value] for value in values), csv_field(", ".join(row.workloads)))
        yield f"{row.change.kind},{','.join(fields)},{row.risk}"


def json_lines(diff: ConnectivityDiff) -> Iterator[str]:
    """The lines of a JSON list of `{"type", "src", "dst", "before", "after", "workloads", "risk"}`."""
    shown = Shown(json.dumps)
    yield from json_list(
        f'{{"type": "{row.change.kind}", "src": {shown[row.source]}, "dst": {shown[row.destination]}, '
        f'"before": {shown[row.change.before]}, "after": {shown[row.change.after]}, '
        f'"workloads": {json.dumps(row.workloads)}, "risk": "{row.risk}"}}'
        for row in diff.rows()
    )


def _section(diff: ConnectivityDiff, risk: Risk, counts: Tally) -> Iterator[str]:
    number = counts.gravest[risk]
    title = f"{MEANINGS[risk]}: {counted(number, 'connection')}"
    folded = number >= FOLD_FROM
    yield from ("", f"<details><summary>{title}</summary>" if folded else f"**{title}**", "")
    yield from _MD_HEADER
    yield from (_md_row(diff, row) for row in rows_of(diff, risk))
    if folded:
        yield from ("", "</details>")


def _md_row(diff: ConnectivityDiff, row: DiffRow) -> str:
    why = "<br>".join(map(_as_markdown, reasons(diff, row)))
    ends = f"| {code(str(row.source))} | {code(str(row.destination))} "
    return f"{ends}| {row.change.before} | {row.change.after} | {why} |"


def moved_workload(sentence: str) -> str:
    """`workload NAME added`, as Markdown with the name as code."""
    first, _, rest = sentence.partition(" ")
    name, _, last = rest.rpartition(" ")
    return f"{first} {code(name)} {last}"


def reasons(diff: ConnectivityDiff, row: DiffRow) -> Iterator[Cause]:
    """What there is to say about a row beside its connections."""
    if row.change.broken:
        yield Cause(f"the application needs {row.change.broken}")
    causes = diff.explain(row)
    known = {cause.what for cause in causes}
    yield from (Cause(note) for note in row.workloads if note not in known)
    yield from causes[:_MOST_CAUSES]
    if len(causes) > _MOST_CAUSES:
        yield Cause(f"and {len(causes) - _MOST_CAUSES} more")


def _as_markdown(reason: Cause) -> str:
    place = f" {code(str(reason.origin))}" if reason.origin.path else ""
    return prose(reason.what) + place
