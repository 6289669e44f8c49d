"""What a change means, in Markdown, for people who review it: the comment on a pull request and the job summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from netpol_action.model.diagnostics import Diagnostic, Severity
from netpol_action.model.diff import ConnectivityDiff, Risk
from netpol_action.model.report import Section
from netpol_action.model.tally import Tally, tally
from netpol_action.render.diff import MD_HEADER, md_rows, moved_workload
from netpol_action.render.markdown import FOLD_FROM, counted, folded
from netpol_action.render.picture.mermaid import diagram_of_diff
from netpol_action.render.text import code, fenced, prose
from netpol_action.render.verdict import MEANINGS, mark, verdict

MOST_ROWS = 500
"""Rows of one risk at most; a reader of more has diff.md."""

MOST_LISTED = 20
"""Items of any other list."""

MOST_OF_A_DIAGRAM = 12_000
"""Characters of a diagram; it is at its best far below."""

READING = (
    "Blue, `+`: opened; orange and dashed, `−`: closed; purple and dotted: other ports; "  # noqa: RUF001  # a minus sign
    "black and thick: closed, though the application needs it."
)
"""How to read a diagram, as Markdown below it."""

RULES_FIRST = "changed-configuration"
"""The diagnostic that stands before all else: the rules by which the change is looked at are part of the change."""


@dataclass(frozen=True, slots=True, eq=False)
class Reviewed:
    """A change with what a reviewer has to know beside it: the gates that failed, and what there is to say."""

    diff: ConnectivityDiff
    failures: tuple[str, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether there is anything for a reviewer to see."""
        rules = any(each.rule == RULES_FIRST for each in self.diagnostics)
        return bool(self.diff.blocks or self.diff.workloads() or self.failures or rules)


@dataclass(frozen=True, slots=True)
class _Table:
    """The rows of one risk, as many as are to be shown, and how many there are in all."""

    risk: Risk
    rows: tuple[str, ...]
    number: int

    def markdown(self, *, may_be_open: bool) -> str:
        title = f"{MEANINGS[self.risk]}: {counted(self.number, 'connection')}"
        left = self.number - len(self.rows)
        if not self.rows:
            return f"**{title}** (see `diff.md` in the output directory)"
        more = f"\n\n{left:,} more are in `diff.md` in the output directory." if left else ""
        body = "\n".join((*MD_HEADER, *self.rows)) + more
        return f"**{title}**\n\n{body}" if may_be_open and len(self.rows) < FOLD_FROM else folded(title, body)


def comment(reviewed: Reviewed, limit: int) -> str:
    """The change in at most `limit` characters, as GitHub counts them: the verdict, the diagram, folded tables.

    Where it would be longer, rows give way, those of the least grave risk first, and at last lists and the diagram.
    """
    counts = tally(reviewed.diff)
    tables = _tables(reviewed.diff, counts)
    text = _comment(reviewed, counts, tables)
    while _size(text) > limit:
        at = next((i for i in reversed(range(len(tables))) if tables[i].rows), None)
        if at is None:
            return _shortest(reviewed, counts, tables)
        tables[at] = replace(tables[at], rows=tables[at].rows[: len(tables[at].rows) // 2])
        text = _comment(reviewed, counts, tables)
    return text


def change_sections(reviewed: Reviewed) -> Iterator[Section]:
    """The change as the first sections of a job summary."""
    counts = tally(reviewed.diff)
    yield Section("\n\n".join(_opening(reviewed, counts)))
    yield from map(Section, _diagram(reviewed.diff))
    for number, table in enumerate(_tables(reviewed.diff, counts)):
        yield Section(table.markdown(may_be_open=number == 0), replace(table, rows=()).markdown(may_be_open=False))
    yield from map(Section, _moved(reviewed.diff))


def _comment(reviewed: Reviewed, counts: Tally, tables: Sequence[_Table]) -> str:
    parts = [
        *_opening(reviewed, counts),
        *_diagram(reviewed.diff),
        *(table.markdown(may_be_open=number == 0) for number, table in enumerate(tables)),
        *_moved(reviewed.diff),
        *_diagnostics(reviewed.diagnostics),
    ]
    return "\n\n".join(parts)


def _opening(reviewed: Reviewed, counts: Tally) -> Iterator[str]:
    partial = any(each.severity is Severity.ERROR for each in reviewed.diagnostics)
    yield f"### {'❌' if partial else mark(counts)} {prose(verdict(counts))}"
    if partial:
        yield "**The result is partial:** a part of the input could not be used, so there may be more."
    if reviewed.failures:
        yield "\n".join(f"- Failed: {prose(sentence)}" for sentence in reviewed.failures)
    yield from (f"**Look at this first:** {prose(d.message)}." for d in reviewed.diagnostics if d.rule == RULES_FIRST)


def _diagram(diff: ConnectivityDiff) -> Iterator[str]:
    text = diagram_of_diff(diff) if diff.blocks else ""
    if text and len(text) <= MOST_OF_A_DIAGRAM:
        yield f"{fenced(text, 'mermaid')}\n\n<sub>{READING}</sub>"


def _tables(diff: ConnectivityDiff, counts: Tally) -> list[_Table]:
    return [
        _Table(risk, tuple(islice(md_rows(diff, risk), MOST_ROWS)), number) for risk, number in counts.gravest.items()
    ]


def _moved(diff: ConnectivityDiff) -> Iterator[str]:
    moved = diff.workloads()
    if moved:
        title = f"{counted(len(moved), 'workload')} came or went"
        yield folded(title, _listed([f"- {moved_workload(sentence)}" for sentence in moved]))


def _diagnostics(diagnostics: Sequence[Diagnostic]) -> Iterator[str]:
    for severity in (Severity.ERROR, Severity.WARNING):
        found = [each for each in diagnostics if each.severity is severity and each.rule != RULES_FIRST]
        if found:
            yield folded(counted(len(found), str(severity)), _listed([_diagnostic(each) for each in found]))


def _diagnostic(diagnostic: Diagnostic) -> str:
    place = f"{code(str(diagnostic.origin))}: " if diagnostic.origin.path else ""
    return f"- {place}{prose(diagnostic.message[:1000])}"


def _listed(items: Sequence[str]) -> str:
    more = f"\n- and {len(items) - MOST_LISTED:,} more" if len(items) > MOST_LISTED else ""
    return "\n".join(items[:MOST_LISTED]) + more


def _shortest(reviewed: Reviewed, counts: Tally, tables: Sequence[_Table]) -> str:
    """The verdict and numbers alone. Nothing of the input stands there, so it is short."""
    return "\n\n".join((*_opening(reviewed, counts), *(table.markdown(may_be_open=False) for table in tables)))


def _size(text: str) -> int:
    """Characters as JavaScript and GitHub's form count them: those outside of the first plane are two."""
    return len(text.encode("utf-16-le", errors="replace")) // 2
