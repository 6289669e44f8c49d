"""Two maps of the same workloads as one table: what each pair may open before, and after."""

from __future__ import annotations

import json
from collections.abc import Iterator

from netpol_action.model.comparison import compared
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.render.table import json_list
from netpol_action.render.text import code, csv_field, plain


def txt_lines_of_two(before: ConnectivityMap, after: ConnectivityMap) -> Iterator[str]:
    """Lines `src => dst : before -> after`."""
    for row in compared(before, after):
        yield f"{plain(str(row.source))} => {plain(str(row.destination))} : {row.before} -> {row.after}"


def md_lines_of_two(before: ConnectivityMap, after: ConnectivityMap) -> Iterator[str]:
    """The lines of a Markdown table with a column for each map."""
    yield from ("| src | dst | before | after |", "| --- | --- | ------ | ----- |")
    for row in compared(before, after):
        yield f"| {code(str(row.source))} | {code(str(row.destination))} | {row.before} | {row.after} |"


def csv_lines_of_two(before: ConnectivityMap, after: ConnectivityMap) -> Iterator[str]:
    """The lines of a CSV file with the header `src,dst,before,after`."""
    yield "src,dst,before,after"
    for row in compared(before, after):
        yield ",".join(csv_field(str(value)) for value in (row.source, row.destination, row.before, row.after))


def json_lines_of_two(before: ConnectivityMap, after: ConnectivityMap) -> Iterator[str]:
    """The lines of a JSON list of `{"src", "dst", "before", "after"}`."""
    yield from json_list(
        json.dumps({"src": str(r.source), "dst": str(r.destination), "before": str(r.before), "after": str(r.after)})
        for r in compared(before, after)
    )
