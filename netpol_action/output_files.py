"""The files of the output directory: the map, the difference, the report and the findings, each in its forms."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.model.diff import ConnectivityDiff
from netpol_action.model.report import Report
from netpol_action.model.tally import tally
from netpol_action.publish.graphviz import NoPicture, Picture
from netpol_action.publish.outcome import Artifact
from netpol_action.render import diff as diff_lines
from netpol_action.render import table
from netpol_action.render.markdown import partial_first
from netpol_action.render.report import MOST_ROWS, report_lines
from netpol_action.render.rules.running import TOO_MANY_ROWS
from netpol_action.render.sarif import Sources, sarif_lines
from netpol_action.views import View, drawn, drawn_diff, lines, lines_of_diff

Files = tuple[list[Artifact], list[Diagnostic]]
"""Files, and a warning for each picture that cannot be drawn."""

ENDINGS = {"mermaid": "mmd"}
"""The endings of the files, where they are not the format's name."""

PICTURES = ("png", "svg")

LISTS = ("txt", "csv", "json")
"""Forms that are lists of connections, for programs."""

_AROUND_A_LIST = 2
"""Lines of a list that are no connections, at most."""

DIFF_FORMATS = ("md", "json", "svg")
"""The forms of the difference."""


MOST_SHOWN = 10_000
"""Connections in a document for readers; of a difference the gravest, and its last line says what is left out."""

MOST_LISTED = MOST_ROWS
"""Connections in a list for programs. A longer one is left out as a whole, with a warning: cut, it would be wrong."""


def map_files(report: Report, formats: Sequence[str]) -> Files:
    """The map in each of these formats."""
    view = View(report.after, partial=report.partial)

    def content(format_: str) -> _Content:
        if format_ in PICTURES:
            return drawn(view, format_)
        if format_ == "md":
            return _document(table.md_lines(view.after, MOST_SHOWN), partial=report.partial)
        return _listed(lines(view, format_)) if format_ in LISTS else _bytes(lines(view, format_))

    return _files(
        {f"connectivity.{ENDINGS.get(format_, format_)}": content(format_) for format_ in formats}, "map PATH"
    )


def diff_files(diff: ConnectivityDiff, *, partial: bool, unresolved: int) -> Files:
    """The difference in each of its formats; for `unresolved` see `views.lines_of_diff`."""

    def content(format_: str) -> _Content:
        if format_ in PICTURES:
            return drawn_diff(diff, format_, partial=partial)
        if format_ == "md":
            return _document(diff_lines.md_lines(diff, unresolved, MOST_SHOWN), partial=partial)
        if tally(diff).rows > MOST_LISTED:  # to count them takes a moment; to make so many in vain takes seconds
            return None
        return _bytes(lines_of_diff(diff, format_, partial=partial, unresolved=unresolved))

    return _files({f"diff.{format_}": content(format_) for format_ in DIFF_FORMATS}, "diff BEFORE AFTER")


def report_files(report: Report, sources: Sources, category: str) -> tuple[Artifact, ...]:
    """The whole result, and what of it is for code scanning; for `category` see `sarif_lines`."""
    return (
        Artifact("report.json", _bytes(report_lines(report))),
        Artifact("netpol-action.sarif", _bytes(sarif_lines(report, sources, category))),
    )


_Content = bytes | Picture | NoPicture | None
"""What a file holds, or why there is none; None where a list would be too long."""


def _files(contents: Mapping[str, _Content], command: str) -> Files:
    """The files, and what is said of those that are missing; `command` is what prints a list of any length."""
    artifacts: list[Artifact] = []
    missing: list[Diagnostic] = []
    for name, content in contents.items():
        if isinstance(content, NoPicture):
            missing.append(warning("no-picture", f"{name}: {content.reason}"))
        elif content is None:
            sentence = f"{name} is not written, since it would have more than {MOST_LISTED:,} connections"
            way_out = f"`netpol-action {command} -o {name.rpartition('.')[2]}` prints all"
            missing.append(warning(TOO_MANY_ROWS, f"{sentence}; {way_out}"))
        else:
            artifacts.append(Artifact(name, content.content if isinstance(content, Picture) else content))
    return artifacts, missing


def _document(text: Iterable[str], *, partial: bool) -> bytes:
    return _bytes(partial_first(text) if partial else text)


def _listed(text: Iterable[str]) -> bytes | None:
    """A list of one row a line, perhaps in brackets or below a header; None where it has too many rows."""
    rows = iter(text)
    content = _bytes(islice(rows, MOST_LISTED + _AROUND_A_LIST))
    return None if next(rows, None) is not None else content


def _bytes(text: Iterable[str]) -> bytes:
    """The lines as bytes, written one after the other: a list of them would take more room than the text."""
    content = io.BytesIO()
    for line in text:
        content.write(line.encode())
        content.write(b"\n")
    return content.getvalue()
