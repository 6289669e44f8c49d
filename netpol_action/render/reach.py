"""What can be reached, as txt, Markdown, CSV and JSON: a row for each endpoint, with its distance and a path."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator

from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.endpoints import Json
from netpol_action.model.routes import Reached, Routes
from netpol_action.render.report import answer_lines
from netpol_action.render.text import code, csv_field, plain

SCHEMA = "netpol-action/reach/v1"


def txt_lines(routes: Routes) -> Iterator[str]:
    """Lines `hops endpoint: path`; the path names what each connection may be."""
    empty = True
    for each in routes.destinations():
        empty = False
        yield f"{each.hops} {plain(str(each.endpoint))}: {_path(routes, each, plain)}"
    if empty:
        yield "nothing"


def md_lines(routes: Routes) -> Iterator[str]:
    """The lines of a Markdown table."""
    yield "| hops | dst | path |"
    yield "| ---: | --- | --- |"
    for each in routes.destinations():
        yield f"| {each.hops} | {code(str(each.endpoint))} | {_path(routes, each, code)} |"


def csv_lines(routes: Routes) -> Iterator[str]:
    """The lines of a CSV file with the header `hops,dst,conn,path`; the path's endpoints have ` => ` between them."""
    yield "hops,dst,conn,path"
    for each in routes.destinations():
        path = " => ".join(str(step.endpoint) for step in routes.path(each))
        fields = (str(each.endpoint), str(each.connections), path)
        yield f"{each.hops},{','.join(map(csv_field, fields))}"


def json_lines(routes: Routes, diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """The JSON answer: `dst`, `hops` and `path`, a list of connections; `diagnostics` are those of the whole run."""
    rows = (json.dumps(_row(routes, each)) for each in routes.destinations())
    yield from answer_lines(SCHEMA, rows, diagnostics)


def _path(routes: Routes, destination: Reached, shown: Callable[[str], str]) -> str:
    start, *steps = routes.path(destination)
    return shown(str(start.endpoint)) + "".join(
        f" => {shown(str(step.endpoint))} ({step.connections})" for step in steps
    )


def _row(routes: Routes, destination: Reached) -> Json:
    way = [plain(str(step.endpoint)) for step in routes.path(destination)]
    path = [
        {"src": src, "dst": dst, "conn": str(step.connections)}
        for src, dst, step in zip(way, way[1:], routes.path(destination)[1:], strict=False)
    ]
    return {"dst": way[-1], "hops": destination.hops, "path": path}
