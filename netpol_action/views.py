"""A map, or the difference of two, in any of the formats, as lines or as the bytes of a picture."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from netpol_action.errors import UsageError
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.diff import ConnectivityDiff
from netpol_action.model.routes import Routes
from netpol_action.publish.graphviz import NoPicture, Picture, draw
from netpol_action.render import comparison, table
from netpol_action.render import diff as diff_lines
from netpol_action.render.picture.dot import dots, dots_of_diff, side_by_side
from netpol_action.render.picture.mermaid import mermaid_lines, mermaid_of_diff, mermaid_side_by_side

Lines = Iterator[str]

FORMATS_BY_ENDING = {
    ".txt": "txt",
    ".md": "md",
    ".csv": "csv",
    ".json": "json",
    ".dot": "dot",
    ".gv": "dot",
    ".png": "png",
    ".svg": "svg",
    ".mmd": "mermaid",
    ".mermaid": "mermaid",
    ".sarif": "sarif",
}
"""The format that the ending of a file's name asks for."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What to show: a map; beside it the map without policies, or marked in it some routes, where they are given.

    `partial`: a part of the input could not be used. Pictures say so themselves; a table leaves it to its frame
    (`render.markdown.partial_first`).
    """

    after: ConnectivityMap
    before: ConnectivityMap | None = None
    routes: Routes | None = None
    partial: bool = False


def rendered(view: View, format_: str) -> Iterable[str] | bytes:
    """The view in a format of `arguments.FORMATS`. Raises UsageError where a picture cannot be drawn."""
    if format_ in ("png", "svg"):
        picture = drawn(view, format_)
        if isinstance(picture, NoPicture):
            raise UsageError(picture.reason)
        return picture.content
    return lines(view, format_)


def rendered_diff(
    diff: ConnectivityDiff, format_: str, *, partial: bool = False, unresolved: int = 0
) -> Iterable[str] | bytes:
    """A difference in a format of `arguments.FORMATS`; for `partial` see View, for `unresolved` `lines_of_diff`.

    Raises UsageError where a picture cannot be drawn.
    """
    if format_ in ("png", "svg"):
        picture = drawn_diff(diff, format_, partial=partial)
        if isinstance(picture, NoPicture):
            raise UsageError(picture.reason)
        return picture.content
    return lines_of_diff(diff, format_, partial=partial, unresolved=unresolved)


def drawn_diff(diff: ConnectivityDiff, format_: str, *, partial: bool = False) -> Picture | NoPicture:
    """A difference as a picture, or the reason why there is none."""
    return draw(dots_of_diff(diff, partial=partial), "png" if format_ == "png" else "svg")


def lines_of_diff(diff: ConnectivityDiff, format_: str, *, partial: bool = False, unresolved: int = 0) -> Lines:
    """A difference as lines of text, without line ends, made as they are asked for.

    `unresolved` dependencies of the application put a change that closes something in doubt: the verdict says so.
    """
    if format_ == "dot":
        return iter(next(dots_of_diff(diff, partial=partial)).splitlines())
    if format_ == "mermaid":
        return mermaid_of_diff(diff, partial=partial)
    if format_ in _VERDICTS:
        return _VERDICTS[format_](diff, unresolved)
    return _LINES_OF_DIFF[format_](diff)


_VERDICTS: Mapping[str, Callable[[ConnectivityDiff, int], Lines]] = {
    "txt": diff_lines.txt_lines,
    "md": diff_lines.md_lines,
}
_LINES_OF_DIFF: Mapping[str, Callable[[ConnectivityDiff], Lines]] = {
    "csv": diff_lines.csv_lines,
    "json": diff_lines.json_lines,
}
_LINES: Mapping[str, Callable[[ConnectivityMap], Lines]] = {
    "txt": table.txt_lines,
    "md": table.md_lines,
    "csv": table.csv_lines,
    "json": table.json_lines,
}
_LINES_OF_TWO: Mapping[str, Callable[[ConnectivityMap, ConnectivityMap], Lines]] = {
    "txt": comparison.txt_lines_of_two,
    "md": comparison.md_lines_of_two,
    "csv": comparison.csv_lines_of_two,
    "json": comparison.json_lines_of_two,
}


def drawn(view: View, format_: str) -> Picture | NoPicture:
    """The view as a picture, or the reason why there is none."""
    return draw(_drawings(view), "png" if format_ == "png" else "svg")


def lines(view: View, format_: str) -> Iterator[str]:
    """The view as lines of text, without line ends, made as they are asked for."""
    if format_ == "dot":
        return iter(next(_drawings(view)).splitlines())
    if format_ == "mermaid":
        return _mermaid(view)
    if view.before is not None:
        return _LINES_OF_TWO[format_](view.before, view.after)
    return _LINES[format_](view.after)


def _drawings(view: View) -> Iterator[str]:
    if view.before is None:
        return dots(view.after, routes=view.routes, partial=view.partial)
    return side_by_side(view.before, view.after, partial=view.partial)


def _mermaid(view: View) -> Lines:
    if view.before is None:
        return mermaid_lines(view.after, routes=view.routes, partial=view.partial)
    return mermaid_side_by_side(view.before, view.after, partial=view.partial)
