"""`init`: a first netpol.yaml for what is unresolved; run again, it adds what is new and keeps what is there."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from netpol_action import gates
from netpol_action.commands.call import Answer, Stdin, judged, load, verdicts
from netpol_action.config import read_config
from netpol_action.discovery import DiscoveryOptions, discover
from netpol_action.discovery.first_config import extended, first_config
from netpol_action.errors import InputError
from netpol_action.model.demands import Requirements
from netpol_action.publish.files import is_stdout, is_stream, write_output
from netpol_action.render.messages import diagnostic_lines
from netpol_action.sources.gather import config_place, read_text
from netpol_action.sources.places import exists, is_directory

STDOUT = "-"


def command(options: argparse.Namespace, stdin: Stdin) -> Answer:
    """Writes the file, or to standard output with `-f -`. A file that has errors is left as it is."""
    wanted = gates.chosen(options.fail_on, options.command)
    target = options.output_file or options.config or config_place(options.paths)
    if is_stdout(Path(target)):
        target = STDOUT
    if options.output_file and target != STDOUT and _is_there(target):
        options.config = options.config or target
    loaded = load(options, stdin)
    discovery = DiscoveryOptions(dns_port=options.dns_port) if options.dns_port else DiscoveryOptions()
    requirements = discover(loaded.cluster, loaded.config, discovery)
    diagnostics = judged(options, (*loaded.diagnostics, *requirements.diagnostics), loaded)
    failed = gates.failures(wanted, diagnostics, requirements)
    advice = "" if target == STDOUT or _is_there(target) else _advice(target, options.paths)
    text, said = _text(target, requirements)
    notices = (*diagnostic_lines(diagnostics), said + advice, *verdicts(failed))
    if target == STDOUT:
        return Answer(text.splitlines(), notices, failed)
    write_output(Path(target), text.encode())
    return Answer((), notices, failed)


def _is_there(target: str) -> bool:
    return exists(target) and not is_stream(Path(target))


def _advice(target: str, paths: Iterable[str]) -> str:
    """What to do about a new file among the manifests."""
    home = Path(target).resolve().parent
    inside = [path for path in paths if is_directory(Path(path)) and home.is_relative_to(Path(path).resolve())]
    if not inside:
        return ""
    return f"; where kubectl applies {inside[0]}, move it to the repository's root or to .github: it is no manifest"


def _text(target: str, requirements: Requirements) -> tuple[str, str]:
    """What the file is to hold, and what to say of it."""
    count = len(requirements.unresolved)
    what = f"{count} unresolved dependenc{'y' if count == 1 else 'ies'}"
    if target == STDOUT or not _is_there(target):
        return first_config(requirements), f"{target}: written, with {what} to review"
    source = read_text(target)
    problems = read_config(source)[1]
    if problems:
        raise InputError("\n".join([f"{target} has errors and is left as it is:", *map(str, problems)]))
    text = extended(source.content.decode(), requirements.unresolved)
    return text, f"{target}: {what} added to review" if count else f"{target}: nothing is unresolved, nothing added"
