"""`reach`: what can be reached from the internet or from a workload, over how many hops, and how."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from netpol_action.commands.call import Answer, Stdin, answered, evaluation_options, format_of, judged, load
from netpol_action.connectivity import evaluate
from netpol_action.connectivity.reach import reachable
from netpol_action.errors import UsageError
from netpol_action.render import reach


def command(options: argparse.Namespace, stdin: Stdin) -> Answer:
    """Shows every endpoint that can be reached, with a shortest path to it."""
    loaded = load(options, stdin)
    evaluation = evaluate(loaded.cluster, evaluation_options(options, loaded))
    diagnostics = judged(options, (*loaded.diagnostics, *evaluation.diagnostics), loaded)
    routes = reachable(evaluation.map, options.source)
    lines: Iterable[str]
    match format_of(options):
        case "json":
            lines = reach.json_lines(routes, diagnostics)
        case "csv":
            lines = reach.csv_lines(routes)
        case "md":
            lines = reach.md_lines(routes)
        case "txt":
            lines = reach.txt_lines(routes)
        case other:
            raise UsageError(f"reach is written as txt, md, csv or json, not {other}")
    return answered(options, lines, diagnostics)
