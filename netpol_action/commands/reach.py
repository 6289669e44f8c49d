"""`reach`: what can be reached from the internet or from a workload, over how many hops, and how."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from netpol_action import gates
from netpol_action.commands.call import (
    Answer,
    Stdin,
    answered,
    evaluation_options,
    format_of,
    judged,
    load,
    names_looked_up,
)
from netpol_action.connectivity import evaluate
from netpol_action.connectivity.reach import reachable
from netpol_action.render import reach
from netpol_action.views import View, rendered


def command(options: argparse.Namespace, stdin: Stdin) -> Answer:
    """Shows every endpoint that can be reached, with a shortest path to it; in a picture the whole map, marked."""
    loaded = load(options, stdin)
    evaluation = evaluate(loaded.cluster, evaluation_options(options, loaded))
    diagnostics = judged(options, (*loaded.diagnostics, *evaluation.diagnostics), loaded)
    with names_looked_up(loaded):
        routes = reachable(evaluation.map, options.source)
    output: Iterable[str] | bytes
    match format_of(options):
        case "json":
            output = reach.json_lines(routes, diagnostics)
        case "csv":
            output = reach.csv_lines(routes)
        case "md":
            output = reach.md_lines(routes)
        case "txt":
            output = reach.txt_lines(routes)
        case picture:
            view = View(evaluation.map, routes=routes, partial=gates.is_partial(diagnostics))
            output = rendered(view, picture)
    return answered(options, output, diagnostics)
