"""A difference as txt, Markdown, CSV and JSON. Rows are made as they are asked for, so that any number is no burden.

CSV has the columns of roxctl and the risk after them; its txt has one row a line, as a diff of files has. CSV and JSON
are read by scripts, and have the rows that roxctl has: none of pods that are not in the input.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice

from netpol_action.model.diff import Cause, ConnectivityDiff, DiffRow, Kind, Risk
from netpol_action.model.risky import rows_of
from netpol_action.model.tally import tally
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


def md_lines(diff: ConnectivityDiff, unresolved: int = 0, most: int | None = None) -> Iterator[str]:
    """The verdict as a heading, then a table for each risk, the gravest first; long ones are folded.

    `unresolved` is the number of dependencies that are, for the verdict. With `most`, only so many rows are shown, and
    the last line says how many are left out.
    """
    counts = tally(diff)
    left = counts.rows if most is None else most
    number, meaning = doubt(counts, unresolved)
    yield f"### {mark(counts, doubtful=bool(number))} {prose(verdict(counts))}"
    if number:
        yield from ("", f"**{number}** {meaning}")
    show = _Table(diff)
    for risk, number_of_rows in counts.gravest.items():
        if left:
            yield from show.section(risk, number_of_rows, left)
            left -= min(number_of_rows, left)
    moved = diff.workloads()
    if moved:
        yield from ("", f"{counted(len(moved), 'workload')} came or went:", "")
        yield from (f"- {moved_workload(sentence)}" for sentence in moved)
    if most is not None and counts.rows > most:
        rest = counted(counts.rows - most, "connection")
        yield from ("", f"{rest} more, none of them graver: `netpol-action diff BEFORE AFTER -o md` shows all.")


def csv_lines(diff: ConnectivityDiff) -> Iterator[str]:
    """The lines of a CSV file with roxctl's columns, `dir1` for before and `dir2` for after, and the risk."""
    yield "diff-type,source,destination,dir1,dir2,workloads-diff-info,risk"
    shown = Shown(csv_field)
    for row in diff.within_input().rows():
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
        for row in diff.within_input().rows()
    )


class _Table:
    """The tables of one difference. What rows share is written out once: they outnumber their ends and their causes."""

    def __init__(self, diff: ConnectivityDiff) -> None:
        self._diff = diff
        self._shown, self._conns = Shown(code), Shown(str)
        self._reasons: dict[Cause, str] = {}

    def section(self, risk: Risk, number: int, most: int) -> Iterator[str]:
        """The rows of one risk, of this number, and at most so many of them."""
        title = f"{MEANINGS[risk]}: {counted(number, 'connection')}"
        folded = number >= FOLD_FROM
        yield from ("", f"<details><summary>{title}</summary>" if folded else f"**{title}**", "")
        yield from _MD_HEADER
        yield from map(self._row, islice(rows_of(self._diff, risk), most))
        if folded:
            yield from ("", "</details>")

    def _row(self, row: DiffRow) -> str:
        why = "<br>".join(map(self._reason, reasons(self._diff, row)))
        ends = f"| {self._shown[row.source]} | {self._shown[row.destination]} "
        return f"{ends}| {self._conns[row.change.before]} | {self._conns[row.change.after]} | {why} |"

    def _reason(self, reason: Cause) -> str:
        text = self._reasons.get(reason)
        if text is None:
            place = f" {code(str(reason.origin))}" if reason.origin.path else ""
            text = self._reasons[reason] = prose(reason.what) + place
        return text


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
