"""`explain`: which policies and rules allow or deny the connections of a pair, and why."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from netpol_action.commands.call import (
    Answer,
    Stdin,
    answered,
    evaluation_options,
    format_of,
    judged,
    load,
    names_looked_up,
    ports_of,
)
from netpol_action.connectivity.explain import explain
from netpol_action.model.connections import EVERYTHING
from netpol_action.render.explain import json_lines, md_lines, txt_lines


def command(options: argparse.Namespace, stdin: Stdin) -> Answer:
    """Explains each pair of workloads that the ends name, for each set of ports that is decided in the same way."""
    asked = ports_of(options)
    connections = EVERYTHING if asked is None else asked
    loaded = load(options, stdin)
    evaluation = evaluation_options(options, loaded)
    with names_looked_up(loaded):
        found = explain(loaded.cluster, evaluation, options.source, options.destination, connections)
    diagnostics = judged(options, (*loaded.diagnostics, *found.diagnostics), loaded)
    explanation = found.refined(loaded.locator.refine)
    lines: Iterable[str]
    match format_of(options):
        case "json":
            lines = json_lines(explanation, diagnostics)
        case "md":
            lines = md_lines(explanation)
        case _:
            lines = txt_lines(explanation)
    return answered(options, lines, diagnostics)
