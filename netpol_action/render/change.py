"""What a change means, in Markdown, for people who review it: the comment on a pull request and the job summary."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice

from netpol_action.model.demands import Unresolved
from netpol_action.model.diagnostics import Diagnostic, Severity
from netpol_action.model.diff import Cause, ConnectivityDiff, Risk
from netpol_action.model.endpoints import Endpoint
from netpol_action.model.risky import rows_of
from netpol_action.model.tally import Tally, tally
from netpol_action.render.diff import moved_workload, reasons
from netpol_action.render.fitting import Part, characters, either, fitted, whole
from netpol_action.render.grouped import Group, grouped
from netpol_action.render.markdown import FOLD_FROM, counted
from netpol_action.render.picture.mermaid import low_diagram_of_diff, reading_of_diff
from netpol_action.render.sections import Rows, diagnostic_parts, list_part, open_question, table_part
from netpol_action.render.text import code, fenced, prose, shortened
from netpol_action.render.verdict import MEANINGS, doubt, mark, verdict

MOST_ROWS = 2_000
"""Rows of one risk that are looked at, to be put together in groups; a reader of more has diff.md."""

MOST_NAMED = 5
"""Names at one end of a row of a table."""

MOST_OF_A_NAME = 120
"""Characters of a name in a table."""

MOST_LISTED = 20
"""Items of any other list."""

MOST_OF_A_DIAGRAM = 12_000
"""Characters of a diagram; it is at its best far below."""

_HEADER = ("| from → to | before | after | why |", "| --- | --- | --- | --- |")

_COMMIT = re.compile(r"^([0-9a-f]{7})[0-9a-f]{33}:")

RULES_FIRST = "changed-configuration"
"""The diagnostic that stands before all else: the rules by which the change is looked at are part of the change."""

INCOMPLETE_BASE = "incomplete-base"
"""The diagnostic that says that the version before could not be read whole."""


@dataclass(frozen=True, slots=True, eq=False)
class Reviewed:
    """A change with what a reviewer has to know beside it: the gates that failed, diagnostics, open questions."""

    diff: ConnectivityDiff
    failures: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    unresolved: tuple[Unresolved, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether there is anything for a reviewer to see: that nothing changed needs both versions read whole."""
        rules = any(each.rule == RULES_FIRST for each in self.diagnostics)
        return bool(self.diff.blocks or self.diff.workloads() or self.failures or rules or not self.whole)

    @property
    def whole(self) -> bool:
        """Whether both versions could be read whole."""
        return not self.partial and not self.incomplete

    @property
    def partial(self) -> bool:
        """Whether a part of the input could not be used."""
        return any(each.severity is Severity.ERROR for each in self.diagnostics)

    @property
    def incomplete(self) -> bool:
        """Whether a part of the version before could not be used."""
        return any(each.rule == INCOMPLETE_BASE for each in self.diagnostics)


_OPENING, _DIAGRAM, _LISTS, _ROWS = 3, 2, 1, 0
"""What is kept longest: the verdict, and at the other end the rows of the least grave risk."""


def comment(reviewed: Reviewed, limit: int) -> str:
    """The change in at most `limit` characters, as GitHub counts them: the verdict, the diagram, folded tables.

    Where it would be longer, rows give way, those of the least grave risk first, and at last lists and the diagram.
    """
    said = [each for each in reviewed.diagnostics if each.rule not in {RULES_FIRST, INCOMPLETE_BASE}]
    lists = diagnostic_parts(said, (Severity.ERROR, Severity.WARNING), MOST_LISTED, _LISTS, always_folded=True)
    return fitted((*change_parts(reviewed), *_unresolved(reviewed), *lists), limit, characters)


def not_compared(hindrance: str) -> str:
    """What takes the place of a comment about an earlier version where this one could not be compared."""
    return f"### ⚠️ What this version changes is not known\n\n{prose(hindrance)}."


def change_parts(reviewed: Reviewed) -> Iterator[Part]:
    """The change itself: the verdict, the diagram, a table for each risk, and the workloads that came or went."""
    counts = tally(reviewed.diff)
    yield whole("\n\n".join(_opening(reviewed, counts)), _OPENING)
    yield from _diagram(reviewed.diff)
    for nth, (risk, number) in enumerate(counts.gravest.items()):
        yield _table(reviewed.diff, risk, number, may_be_open=nth == 0)
    yield from _moved(reviewed.diff)


def _opening(reviewed: Reviewed, counts: Tally) -> Iterator[str]:
    number, meaning = doubt(counts, len(reviewed.unresolved))
    sign = "❌" if reviewed.partial else mark(counts, doubtful=bool(number) or reviewed.incomplete)
    yield f"### {sign} {prose(verdict(counts))}"
    if reviewed.partial:
        yield "**The result is partial:** a part of the input could not be used, so there may be more."
    yield from (f"**Incomplete:** {prose(d.message)}." for d in reviewed.diagnostics if d.rule == INCOMPLETE_BASE)
    if number:
        yield f"**{number}** {meaning}"
    if reviewed.failures:
        yield "\n".join(f"- Failed: {prose(sentence)}" for sentence in reviewed.failures)
    yield from (f"**Look at this first:** {prose(d.message)}." for d in reviewed.diagnostics if d.rule == RULES_FIRST)


def _diagram(diff: ConnectivityDiff) -> Iterator[Part]:
    text = low_diagram_of_diff(diff, MOST_OF_A_DIAGRAM) if diff.blocks else ""
    if text:
        yield either(f"{fenced(text, 'mermaid')}\n\n<sub>{reading_of_diff(text)}</sub>", "", _DIAGRAM)


def _table(diff: ConnectivityDiff, risk: Risk, number: int, *, may_be_open: bool) -> Part:
    """The rows of one risk, in groups."""
    groups = grouped(islice(rows_of(diff, risk), MOST_ROWS), lambda row: tuple(reasons(diff, row)))
    shown = [0, *accumulate(group.size for group in groups)]
    left = [number - rows for rows in shown]
    title = f"{MEANINGS[risk]}: {counted(number, 'connection')}"
    table = Rows(_HEADER, [_row(group) for group in groups], left, "diff.md")
    short = number < FOLD_FROM or risk is Risk.CLOSED_REQUIRED
    return table_part(title, table, _ROWS, always_folded=not (may_be_open and short))


def _row(group: Group) -> str:
    ends = f"{_names(group.sources)}<br>→&nbsp;{_names(group.destinations)}"
    change = group.change
    why = "<br>".join(_reason(reason) for reason in group.reasons)
    return f"| {ends} | {change.before} | {change.after} | {why} |"


def _names(ends: Sequence[Endpoint]) -> str:
    shown = ends if len(ends) <= MOST_NAMED else ends[: MOST_NAMED - 1]
    named = "<br>".join(code(shortened(str(end), MOST_OF_A_NAME)) for end in shown)
    rest = len(ends) - len(shown)
    return f"{named}<br>and {rest:,} more" if rest else named


def _reason(reason: Cause) -> str:
    """A reason and its line; the number of the document and most of a commit's name would only take room."""
    origin = reason.origin
    path = _COMMIT.sub(r"\1:", origin.path)
    place = f" {code(f'{path}:{origin.line}' if origin.line else path)}" if path else ""
    return prose(reason.what) + place


def _unresolved(reviewed: Reviewed) -> Iterator[Part]:
    found = reviewed.unresolved
    if found:
        items = [f"- {open_question(item)}" for item in found[:MOST_LISTED]]
        title = f"Unresolved, since the manifests do not say: {counted(len(found), 'dependency', 'dependencies')}"
        yield list_part(title, items, len(found), _LISTS, always_folded=True)


def _moved(diff: ConnectivityDiff) -> Iterator[Part]:
    moved = diff.workloads()
    if moved:
        items = [f"- {moved_workload(sentence)}" for sentence in moved[:MOST_LISTED]]
        title = f"{counted(len(moved), 'workload')} came or went"
        yield list_part(title, items, len(moved), _LISTS, always_folded=True)
