"""`diff`: what a change opens and closes between two versions of the manifests."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import Final

from netpol_action import gates, pipeline
from netpol_action.arguments import SARIF
from netpol_action.commands.call import Answer, Stdin, answered, format_of, load_from, strictly
from netpol_action.connectivity import EvaluationOptions
from netpol_action.errors import UsageError
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Requirements
from netpol_action.model.diagnostics import Diagnostic, note
from netpol_action.model.diff import ConnectivityDiff
from netpol_action.model.report import Report
from netpol_action.model.tally import tally
from netpol_action.render.markdown import counted
from netpol_action.render.sarif import sarif_lines
from netpol_action.sources.history import is_new
from netpol_action.views import rendered_diff

DEFAULT_NAME: Final = "connectivity_diff"
"""The file of roxctl's `--save-to-file`, without its ending."""


def command(options: argparse.Namespace, stdin: Stdin) -> Answer:
    """Shows the difference; the gates are what it means."""
    format_ = format_of(options)
    sides = _sides(options)
    before, after = (_load(options, side, other, stdin) for side, other in (sides, sides[::-1]))
    evaluation = EvaluationOptions(ip_family=options.ip_family, host_network=options.host_network)
    found = pipeline.compared(before, after, evaluation)
    diagnostics = strictly(options, found.diagnostics)
    name = f"{DEFAULT_NAME}.{format_}"
    output: Iterable[str] | bytes
    if format_ == SARIF:
        report = Report(Requirements(), (), None, ConnectivityMap(), diagnostics, diff=found.diff)
        output = sarif_lines(report, after.locator, sides[1])
    else:
        partial = gates.is_partial(diagnostics)
        output = rendered_diff(found.diff, format_, partial=partial, unresolved=found.unresolved)
        diagnostics = (*diagnostics, *_left_out(found.diff, format_))
    return answered(options, output, diagnostics, name, changes=tally(found.diff))


def _left_out(found: ConnectivityDiff, format_: str) -> Iterator[Diagnostic]:
    """What the lists that scripts read leave out."""
    number = tally(found).rows - tally(found.within_input()).rows if format_ in ("csv", "json") else 0
    if number:
        yield note(
            "pods-beyond-the-input",
            f"{counted(number, 'change')} of connections with pods that are not in the input: {format_} lists those of "
            "its workloads alone, txt and md all of them",
        )


def _load(options: argparse.Namespace, side: str, other: str, stdin: Stdin) -> pipeline.Loaded:
    """One version; empty where it does not have what the other one has: manifests come and go as a whole too."""
    if not is_new(side, other):
        return load_from(options, [side], stdin)
    return pipeline.nothing(note("counts-as-empty", f"there is no {side}, and it counts as empty beside {other}"))


def _sides(options: argparse.Namespace) -> tuple[str, str]:
    """The two versions, by position or by roxctl's options. Raises UsageError where one is missing."""
    named = (options.dir1, options.dir2)
    given = (options.before, options.after)
    if any(named) and any(given):
        raise UsageError("say what to compare either as BEFORE AFTER or with --dir1 and --dir2")
    before, after = named if any(named) else given
    if not before or not after:
        raise UsageError("diff takes two versions: BEFORE AFTER, each a directory, a file or REF:PATH")
    if before == after == "-":
        raise UsageError("only one of the two versions can come from standard input")
    return before, after
