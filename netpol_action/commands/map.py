"""`map`: what the policies in the input allow, or would allow, in any format."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from types import ModuleType
from typing import cast

from netpol_action import gates, pipeline
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
from netpol_action.connectivity import EvaluationOptions, evaluate, openings
from netpol_action.connectivity.focus import Focus, focused
from netpol_action.connectivity.groups import grouped
from netpol_action.discovery import DiscoveryOptions
from netpol_action.errors import UsageError
from netpol_action.model.cluster import Cluster
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.policies import Direction
from netpol_action.render import groups as group_lines
from netpol_action.render import openings as opening_lines
from netpol_action.synthesis import SynthesisOptions
from netpol_action.views import View, rendered


def command(options: argparse.Namespace, stdin: Stdin) -> Answer:
    """Shows the map; with `--group` by groups, with `--exposure` what it opens beyond the input."""
    format_ = format_of(options)
    _check(options, format_)
    focus = _focus(options)
    loaded = load(options, stdin)
    cluster, found = loaded.cluster, loaded.diagnostics
    if options.generated:
        generation = pipeline.generated(loaded, DiscoveryOptions(), SynthesisOptions())
        cluster, found = generation.cluster, (*found, *generation.diagnostics)
    evaluation = evaluation_options(options, loaded)
    if options.exposure:
        opened = openings.openings(cluster, evaluation)
        diagnostics = judged(options, (*found, *opened.diagnostics), loaded)
        with names_looked_up(loaded):
            opened = openings.focused(opened, focus, cluster.workloads)
        return answered(options, _tabular(opening_lines, opened, format_, diagnostics), diagnostics)
    after = evaluate(cluster, evaluation)
    diagnostics = judged(options, (*found, *after.diagnostics), loaded)
    with names_looked_up(loaded):
        shown = focused(after.map, focus)
    if options.group:
        return answered(options, _tabular(group_lines, grouped(shown), format_, diagnostics), diagnostics)
    before = focused(_open(cluster, evaluation), focus) if options.side_by_side else None
    view = View(shown, before, partial=gates.is_partial(diagnostics))
    return answered(options, rendered(view, format_), diagnostics, f"connlist.{format_}")


def _check(options: argparse.Namespace, format_: str) -> None:
    """Raises UsageError where options exclude each other."""
    if options.group and options.exposure:
        raise UsageError("--group and --exposure are answers of their own: ask for one of them")
    special = "--group" if options.group else "--exposure" if options.exposure else ""
    if special and options.side_by_side:
        raise UsageError(f"{special} shows one map: leave --side-by-side out")
    if special and format_ not in _TABULAR:
        raise UsageError(f"{special} is written as {', '.join(_TABULAR)}, not {format_}")
    if options.exposure and options.focus_peer:
        raise UsageError("--exposure is about peers that are not in the input: leave --focus-peer out")


_TABULAR = ("txt", "md", "csv", "json")


def _tabular(module: ModuleType, value: object, format_: str, diagnostics: Iterable[Diagnostic]) -> Iterable[str]:
    """The lines of a value by the functions of its renderer; JSON answers carry the diagnostics."""
    if format_ == "json":
        return cast("Iterable[str]", module.json_lines(value, diagnostics))
    return cast("Iterable[str]", getattr(module, f"{format_}_lines")(value))


def _focus(options: argparse.Namespace) -> Focus:
    ports = ports_of(options)
    direction = Direction(options.direction.capitalize()) if options.direction else None
    return Focus(tuple(options.focus), tuple(options.focus_peer), direction, ports)


def _open(cluster: Cluster, options: EvaluationOptions) -> ConnectivityMap:
    return evaluate(pipeline.without_policies(cluster), options).map
