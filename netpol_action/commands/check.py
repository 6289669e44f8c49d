"""`check`: what the policies block that is required, and what they leave open for nothing."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from netpol_action import pipeline
from netpol_action.commands.call import Answer, Stdin, answered, evaluation_options, format_of, judged, load
from netpol_action.discovery import DiscoveryOptions
from netpol_action.model.report import Report
from netpol_action.render.check import json_lines, md_lines, txt_lines
from netpol_action.render.sarif import sarif_lines


def command(options: argparse.Namespace, stdin: Stdin) -> Answer:
    """Shows the findings, the worst first."""
    loaded = load(options, stdin)
    discovery = DiscoveryOptions(dns_port=options.dns_port) if options.dns_port else DiscoveryOptions()
    checked = pipeline.checked(loaded, discovery, evaluation_options(options, loaded))
    diagnostics = judged(options, (*loaded.diagnostics, *checked.diagnostics), loaded)
    check = checked.refined(loaded.locator)
    lines: Iterable[str]
    requirements = pipeline.placed(checked.requirements, loaded.locator)
    match format_of(options):
        case "json":
            lines = json_lines(check, diagnostics, requirements.unresolved)
        case "md":
            lines = md_lines(check)
        case "sarif":
            report = Report(requirements, (), None, checked.allowed, diagnostics, check=check)
            lines = sarif_lines(report, loaded.locator, ",".join(options.paths))
        case _:
            lines = txt_lines(check)
    return answered(options, lines, diagnostics, checked=checked)
