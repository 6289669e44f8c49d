"""The files of the output directory: the map, the difference, the report and the findings, each in its forms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.model.diff import ConnectivityDiff
from netpol_action.model.report import Report
from netpol_action.publish.graphviz import NoPicture, Picture
from netpol_action.publish.outcome import Artifact
from netpol_action.render.markdown import partial_first
from netpol_action.render.report import report_lines
from netpol_action.render.sarif import Sources, sarif_lines
from netpol_action.views import View, drawn, drawn_diff, lines, lines_of_diff

Files = tuple[list[Artifact], list[Diagnostic]]
"""Files, and a warning for each picture that cannot be drawn."""

ENDINGS = {"mermaid": "mmd"}
"""The endings of the files, where they are not the format's name."""

PICTURES = ("png", "svg")

DIFF_FORMATS = ("md", "json", "svg")
"""The forms of the difference."""


def map_files(report: Report, formats: Sequence[str]) -> Files:
    """The map in each of these formats."""
    view = View(report.after, partial=report.partial)
    return _files(
        {
            f"connectivity.{ENDINGS.get(format_, format_)}": drawn(view, format_)
            if format_ in PICTURES
            else _document(lines(view, format_), format_, partial=report.partial)
            for format_ in formats
        }
    )


def diff_files(diff: ConnectivityDiff, *, partial: bool, unresolved: int) -> Files:
    """The difference in each of its formats; for `unresolved` see `views.lines_of_diff`."""
    return _files(
        {
            f"diff.{format_}": drawn_diff(diff, format_, partial=partial)
            if format_ in PICTURES
            else _document(
                lines_of_diff(diff, format_, partial=partial, unresolved=unresolved), format_, partial=partial
            )
            for format_ in DIFF_FORMATS
        }
    )


def report_files(report: Report, sources: Sources, category: str) -> tuple[Artifact, ...]:
    """The whole result, and what of it is for code scanning; for `category` see `sarif_lines`."""
    return (
        Artifact("report.json", _bytes(report_lines(report))),
        Artifact("netpol-action.sarif", _bytes(sarif_lines(report, sources, category))),
    )


def _files(contents: Mapping[str, bytes | Picture | NoPicture]) -> Files:
    artifacts: list[Artifact] = []
    undrawn: list[Diagnostic] = []
    for name, content in contents.items():
        if isinstance(content, NoPicture):
            undrawn.append(warning("no-picture", f"{name}: {content.reason}"))
        else:
            artifacts.append(Artifact(name, content.content if isinstance(content, Picture) else content))
    return artifacts, undrawn


def _document(text: Iterable[str], format_: str, *, partial: bool) -> bytes:
    return _bytes(partial_first(text) if format_ == "md" and partial else text)


def _bytes(text: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in text).encode()
