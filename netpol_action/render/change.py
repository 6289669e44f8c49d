"""What a change means, in Markdown, for people who review it: the comment on a pull request and the job summary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from netpol_action.model.diagnostics import Diagnostic, Severity
from netpol_action.model.diff import ConnectivityDiff
from netpol_action.model.tally import Tally, tally
from netpol_action.render.diff import MD_HEADER, md_rows, moved_workload
from netpol_action.render.fitting import Part, characters, either, fitted, whole
from netpol_action.render.markdown import counted
from netpol_action.render.picture.mermaid import diagram_of_diff
from netpol_action.render.sections import Rows, diagnostic_parts, list_part, table_part
from netpol_action.render.text import fenced, prose
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


_OPENING, _DIAGRAM, _LISTS, _ROWS = 3, 2, 1, 0
"""What is kept longest: the verdict, and at the other end the rows of the least grave risk."""


def comment(reviewed: Reviewed, limit: int) -> str:
    """The change in at most `limit` characters, as GitHub counts them: the verdict, the diagram, folded tables.

    Where it would be longer, rows give way, those of the least grave risk first, and at last lists and the diagram.
    """
    said = [each for each in reviewed.diagnostics if each.rule != RULES_FIRST]
    lists = diagnostic_parts(said, (Severity.ERROR, Severity.WARNING), MOST_LISTED, _LISTS, always_folded=True)
    return fitted((*change_parts(reviewed), *lists), limit, characters)


def change_parts(reviewed: Reviewed) -> Iterator[Part]:
    """The change itself: the verdict, the diagram, a table for each risk, and the workloads that came or went."""
    counts = tally(reviewed.diff)
    yield whole("\n\n".join(_opening(reviewed, counts)), _OPENING)
    yield from _diagram(reviewed.diff)
    for nth, (risk, number) in enumerate(counts.gravest.items()):
        rows = Rows(MD_HEADER, tuple(islice(md_rows(reviewed.diff, risk), MOST_ROWS)), number, "diff.md")
        title = f"{MEANINGS[risk]}: {counted(number, 'connection')}"
        yield table_part(title, rows, _ROWS, always_folded=nth > 0)
    yield from _moved(reviewed.diff)


def _opening(reviewed: Reviewed, counts: Tally) -> Iterator[str]:
    partial = any(each.severity is Severity.ERROR for each in reviewed.diagnostics)
    yield f"### {'❌' if partial else mark(counts)} {prose(verdict(counts))}"
    if partial:
        yield "**The result is partial:** a part of the input could not be used, so there may be more."
    if reviewed.failures:
        yield "\n".join(f"- Failed: {prose(sentence)}" for sentence in reviewed.failures)
    yield from (f"**Look at this first:** {prose(d.message)}." for d in reviewed.diagnostics if d.rule == RULES_FIRST)


def _diagram(diff: ConnectivityDiff) -> Iterator[Part]:
    text = diagram_of_diff(diff) if diff.blocks else ""
    if text and len(text) <= MOST_OF_A_DIAGRAM:
        yield either(f"{fenced(text, 'mermaid')}\n\n<sub>{READING}</sub>", "", _DIAGRAM)


def _moved(diff: ConnectivityDiff) -> Iterator[Part]:
    moved = diff.workloads()
    if moved:
        items = [f"- {moved_workload(sentence)}" for sentence in moved[:MOST_LISTED]]
        title = f"{counted(len(moved), 'workload')} came or went"
        yield list_part(title, items, len(moved), _LISTS, always_folded=True)
