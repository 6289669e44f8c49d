"""A map as rows: txt, md, csv and json, made as they are asked for, so that a map of any size is never held as text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import Connection, ConnectivityMap
from netpol_action.model.endpoints import Endpoint
from netpol_action.render.text import code, csv_field, plain

MD_HEADER = ("| src | dst | conn |", "| --- | --- | ---- |")


def txt_lines(connectivity: ConnectivityMap) -> Iterator[str]:
    """Lines `src => dst : conn`, without line ends."""
    shown, conns = Shown(plain), Shown(str)
    rows = connectivity.connections()
    return (f"{shown[row.source]} => {shown[row.destination]} : {conns[row.allowed]}" for row in rows)


def md_lines(connectivity: ConnectivityMap, most: int | None = None) -> Iterator[str]:
    """The lines of a Markdown table. With `most`, only so many rows are shown, and the last line says so."""
    yield from MD_HEADER
    rows = md_rows(connectivity.connections())
    yield from islice(rows, most)
    if next(rows, None) is not None:
        yield from ("", f"The first {most:,} connections: `netpol-action map PATH -o md` shows all.")


def md_rows(rows: Iterable[Connection]) -> Iterator[str]:
    """The lines of a Markdown table below its header."""
    shown, conns = Shown(code), Shown(str)
    return (f"| {shown[row.source]} | {shown[row.destination]} | {conns[row.allowed]} |" for row in rows)


def csv_lines(connectivity: ConnectivityMap) -> Iterator[str]:
    """The lines of a CSV file with the header `src,dst,conn`, as roxctl has it."""
    shown = Shown(csv_field)
    conns = Shown(csv_field)
    yield "src,dst,conn"
    for row in connectivity.connections():
        yield f"{shown[row.source]},{shown[row.destination]},{conns[row.allowed]}"


def json_lines(connectivity: ConnectivityMap) -> Iterator[str]:
    """The lines of a JSON list of `{"src", "dst", "conn"}`, one row a line: a drop-in for roxctl's."""
    yield from json_list(json_rows(connectivity))


def json_rows(connectivity: ConnectivityMap) -> Iterator[str]:
    """Each row of the map as a JSON object."""
    shown = Shown(json.dumps)
    conns = Shown(json.dumps)
    for row in connectivity.connections():
        yield f'{{"src": {shown[row.source]}, "dst": {shown[row.destination]}, "conn": {conns[row.allowed]}}}'


def json_list(items: Iterable[str]) -> Iterator[str]:
    """The lines of a JSON list of items that are JSON already."""
    waiting = ""
    for item in items:
        yield f"{waiting}," if waiting else "["
        waiting = f"  {item}"
    yield from (waiting, "]") if waiting else ("[]",)


class Shown(dict[Endpoint | ConnectionSet, str]):
    """The text of each value, made once: a map has many more rows than endpoints."""

    def __init__(self, show: Callable[[str], str]) -> None:
        super().__init__()
        self._show = show

    def __missing__(self, value: Endpoint | ConnectionSet) -> str:
        text = self[value] = self._show(str(value))
        return text
