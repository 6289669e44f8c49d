"""What documents for people say of a run, as parts that give way item by item: the job summary and the pull request.

Every part says what it leaves out, and which of the run's files has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from netpol_action.model.comparison import Compared, compared
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Assumption, Demand, Evidence, Unresolved
from netpol_action.model.diagnostics import Diagnostic, Severity
from netpol_action.model.report import Report
from netpol_action.model.resolutions import combined
from netpol_action.render.fitting import Part, either, whole
from netpol_action.render.markdown import FILES, FOLD_FROM, counted, folded, folded_if_long
from netpol_action.render.picture.mermaid import READING, low_diagram
from netpol_action.render.table import MD_HEADER, md_rows
from netpol_action.render.text import code, fenced, prose, shortened

MOST_ROWS = 5_000
"""Rows of a table of connections; a browser takes seconds to show more."""

MOST_DEMANDS = 1_000
"""Rows of a table of demands; with their evidence they are longer."""

MOST_COMPARED = 400
"""Pairs up to which one table shows both maps."""

MOST_LISTED = 200
"""Items of any other list."""

MOST_OPEN = 12
"""Open questions that are listed where all see them; the others are folded away."""

MOST_OF_A_MESSAGE = 1_000
"""Characters of a message, before those that could be markup are written out."""

NOT_DEPLOYED = "the kustomization or chart does not deploy them"
"""What a headline says of policies that deploying the input does not apply."""

REPORT = "report.json"

_BOTH = ("| src | dst | before | after |", "| --- | --- | --- | --- |")
_REASONS = ("| src | dst | conn | evidence |", "| --- | --- | --- | --- |")


@dataclass(frozen=True, slots=True)
class Rows:
    """Lines of a table, as many as may be shown. `left[n]` is what `n` of them leave out, unless nobody counted."""

    header: Sequence[str]
    lines: Sequence[str]
    left: Sequence[int] | None
    file: str = REPORT

    def first(self, n: int) -> str:
        """The table with its first lines, and what is missing."""
        rest = "Further rows" if self.left is None else f"{self.left[n]:,} more"
        complete = self.left is not None and not self.left[n]
        return "\n".join((*self.header, *self.lines[:n], *(() if complete else ("", left_out(rest, self.file)))))


def left_out(what: str, file: str = REPORT) -> str:
    """The sentence that says where the rest is."""
    return f"{what}: see `{file}` among {FILES}."


def table_part(title: str, rows: Rows, weight: int = 0, *, always_folded: bool = False) -> Part:
    """A table below its title, folded away where it is long."""

    def show(n: int) -> str:
        if not n:
            return left_out(f"**{title}**", rows.file)
        return folded(title, rows.first(n)) if always_folded or n >= FOLD_FROM else f"**{title}**\n\n{rows.first(n)}"

    return Part(show, len(rows.lines), weight)


def list_part(title: str, items: Sequence[str], number: int, weight: int = 0, *, always_folded: bool = False) -> Part:
    """A list below its title, folded away where it is long. `items` are those that may be shown, of this number."""

    def show(n: int) -> str:
        if not n:
            return left_out(f"**{title}**")
        body = listed(items[:n], number)
        return folded(title, body) if always_folded else folded_if_long(title, body, n)

    return Part(show, len(items), weight)


def listed(items: Sequence[str], number: int) -> str:
    """A list of these items, of this number in all."""
    rest = number - len(items)
    return "\n".join((*items, *([f"- {left_out(f'and {rest:,} more')}"] if rest else [])))


def diagnostic_parts(
    diagnostics: Iterable[Diagnostic],
    severities: Sequence[Severity],
    most: int = MOST_LISTED,
    weight: int = 0,
    *,
    always_folded: bool = False,
) -> Iterator[Part]:
    """A list for each of these severities that there is something of."""
    known = list(diagnostics)
    for severity in severities:
        found = [diagnostic for diagnostic in known if diagnostic.severity is severity]
        if found:
            items = [diagnostic_item(diagnostic) for diagnostic in found[:most]]
            title = counted(len(found), str(severity))
            yield list_part(title, items, len(found), weight, always_folded=always_folded)


def diagnostic_item(diagnostic: Diagnostic) -> str:
    """One item of a list."""
    place = f"{code(str(diagnostic.origin))}: " if diagnostic.origin.path else ""
    return f"- {place}{prose(shortened(diagnostic.message, MOST_OF_A_MESSAGE))} ({code(diagnostic.rule)})"


def unresolved_parts(heading: str, unresolved: Sequence[Unresolved], weight: int = 0) -> Iterator[Part]:
    """What the input leaves open: the list, then with evidence and the lines that settle each, then these as a file."""
    if not unresolved:
        return
    shown, number = unresolved[:MOST_LISTED], len(unresolved)
    short = [f"- {open_question(item)}" for item in shown[:MOST_OPEN]]
    yield Part(lambda n: f"{heading}\n\n{_short_list(short[:n], number)}", len(short), weight)
    long = [_one_unresolved(item) for item in shown]
    title = "Each with its evidence and the lines that settle it"
    yield list_part(title, long, number, weight, always_folded=True)
    resolutions = [item.resolution for item in shown if item.resolution]
    if resolutions:
        yield _optional(lambda n: _as_file(resolutions[:n], number), len(resolutions), weight)


def diagram_part(title: str, connectivity: ConnectivityMap, most: int, weight: int = 0) -> Part:
    """A map as a diagram of at most so many characters, below a heading."""
    text = low_diagram(connectivity, most)
    if not text:
        return whole(f"{title}\n\nThe map is too large for a diagram; the tables and the pictures have it.", weight)
    return either(f"{title}\n\n{_drawn(text)}", f"{title}\n\n{left_out('The diagram', 'connectivity.svg')}", weight)


def folded_diagram_part(title: str, connectivity: ConnectivityMap, most: int, weight: int = 0) -> Part:
    """A map as a diagram of at most so many characters, folded away; nothing where it is too large."""
    text = low_diagram(connectivity, most)
    return either(folded(title, _drawn(text)), "", weight) if text else whole("")


def connections_part(report: Report, most: int = MOST_ROWS, weight: int = 0, *, always_folded: bool = False) -> Part:
    """What is allowed, beside what was allowed before where that is short enough to be read."""
    before, after = report.before, report.after
    if before is not None and max(_pairs(before), _pairs(after)) <= MOST_COMPARED:
        both = [_both_sides(row) for row in compared(before, after)]
        return table_part(
            f"{counted(len(both), 'connection')}, before and after", Rows(_BOTH, both, _falling(len(both))), weight
        )
    lines = list(islice(md_rows(after.connections()), most + 1))
    if not lines:
        return whole("No connections are allowed.", weight)
    if len(lines) > most:
        title, rows = f"More than {most:,} connections", Rows(MD_HEADER, lines[:most], None)
    else:
        title, rows = counted(len(lines), "connection"), Rows(MD_HEADER, lines, _falling(len(lines)))
    return table_part(title, rows, weight, always_folded=always_folded)


def demands_part(title: str, demands: Sequence[Demand], most: int = MOST_DEMANDS, weight: int = 0) -> Iterator[Part]:
    """Connections with their evidence, folded away."""
    if demands:
        rows = Rows(_REASONS, [_demand(demand) for demand in demands[:most]], _falling(len(demands)))
        yield table_part(f"{title}: {len(demands):,}", rows, weight, always_folded=True)


def assumption_parts(assumptions: Sequence[Assumption], weight: int = 0) -> Iterator[Part]:
    """What the policies take for granted, folded away."""
    if assumptions:
        items = [f"- {prose(a.message)}{_lines_of(a.resolution)}" for a in assumptions[:MOST_LISTED]]
        title = f"Assumptions: {len(assumptions):,}"
        yield list_part(title, items, len(assumptions), weight, always_folded=True)


def reasons(evidence: Iterable[Evidence]) -> str:
    """Evidence in a cell of a table."""
    return "<br>".join(
        code(str(reason)) + (f" {code(str(reason.origin))}" if reason.origin.path else "") for reason in evidence
    )


def open_question(item: Unresolved) -> str:
    """The message, with the workload's name unless that stands in it."""
    message = prose(item.message)
    return message if item.workload.name in item.message else f"{code(str(item.workload))}: {message}"


def _falling(number: int) -> Sequence[int]:
    """What is left of so many after none, one, two."""
    return range(number, -1, -1)


def _optional(show: Callable[[int], str], items: int, weight: int) -> Part:
    return Part(lambda n: show(n) if n else "", items, weight)


def _short_list(items: Sequence[str], number: int) -> str:
    """The first of a list that follows in whole."""
    rest = number - len(items)
    return "\n".join((*items, *([f"- and {rest:,} more, below"] if rest else [])))


def _one_unresolved(item: Unresolved) -> str:
    evidence = f" ({reasons(item.evidence)})" if item.evidence else ""
    return f"- {open_question(item)}{evidence}{_lines_of(item.resolution)}"


def _lines_of(resolution: str) -> str:
    """The lines of netpol.yaml as part of a list item."""
    if not resolution:
        return ""
    lines = fenced(resolution, "yaml").split("\n")
    return "\n\n" + "\n".join(f"  {line}" for line in lines) + "\n"


def _as_file(resolutions: Sequence[str], number: int) -> str:
    """The lines as one file: one below the other they would repeat sections, of which YAML keeps the last."""
    which = "All of them" if len(resolutions) == number else f"{len(resolutions):,} of them"
    title = f"{which} as one <code>netpol.yaml</code>, to be corrected where needed"
    return folded(title, fenced(combined(resolutions), "yaml"))


def _drawn(text: str) -> str:
    return f"{fenced(text, 'mermaid')}\n\n<sub>{READING}</sub>"


def _both_sides(row: Compared) -> str:
    return f"| {code(str(row.source))} | {code(str(row.destination))} | {row.before} | {row.after} |"


def _demand(demand: Demand) -> str:
    ends = f"| {code(str(demand.source))} | {code(str(demand.destination))} "
    return f"{ends}| {demand.connections} | {reasons(demand.evidence)} |"


def _pairs(connectivity: ConnectivityMap) -> int:
    """How many rows there are at most."""
    return sum(block.sources.bit_count() * block.destinations.bit_count() for block in connectivity.blocks)
