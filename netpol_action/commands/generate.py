"""`generate`: the policies to standard output, to one file, or to a directory with one file a workload."""

from __future__ import annotations

import argparse
from pathlib import Path

from netpol_action import gates, pipeline
from netpol_action.commands.call import Answer, Stdin, judged, load, verdicts
from netpol_action.discovery import DiscoveryOptions
from netpol_action.errors import UsageError
from netpol_action.model.generated import GeneratedPolicy
from netpol_action.publish.files import write_file
from netpol_action.render.messages import diagnostic_lines, requirement_lines
from netpol_action.synthesis import SynthesisOptions


def command(options: argparse.Namespace, stdin: Stdin) -> Answer:
    """Writes the policies; with `--check` it only compares, and fails where the files are out of date."""
    wanted = gates.chosen(options.fail_on)
    loaded = load(options, stdin)
    discovery = DiscoveryOptions(dns_port=options.dns_port) if options.dns_port else DiscoveryOptions()
    generation = pipeline.generated(loaded, discovery, SynthesisOptions(default_deny=options.default_deny))
    diagnostics = judged(options, (*loaded.diagnostics, *generation.diagnostics), loaded)
    notices = [*diagnostic_lines(diagnostics), *requirement_lines(generation.requirements, loaded.locator.refine)]
    files = _files(options, generation)
    outdated = ""
    if options.check:
        if not files:
            raise UsageError("--check compares files: say which with -f or -d")
        stale = [str(path) for path, text in files.items() if _content(path) != text]
        outdated = f"{', '.join(stale)} {'is' if len(stale) == 1 else 'are'}" if stale else ""
        wanted = (*wanted, "outdated")
    else:
        for path, text in files.items():
            write_file(path, text.encode())
    failed = gates.failures(wanted, diagnostics, generation.requirements, outdated=outdated)
    output = () if files else generation.yaml().splitlines()
    return Answer(output, (*notices, *verdicts(failed)), failed)


def _files(options: argparse.Namespace, generation: pipeline.Generation) -> dict[Path, str]:
    """The files that `generate` is asked to write, with their text."""
    if options.output_file:
        return {Path(options.output_file): generation.yaml()}
    if not options.output_dir:
        return {}
    parts: dict[str, list[GeneratedPolicy]] = {}
    for generated in generation.policies:
        namespace = generated.policy.declared_namespace
        name = f"{namespace}-{generated.policy.name}" if namespace else generated.policy.name
        parts.setdefault(f"{name}.yaml", []).append(generated)
    return {Path(options.output_dir) / name: generation.yaml(policies) for name, policies in parts.items()}


def _content(path: Path) -> str | None:
    try:
        return path.read_bytes().decode(errors="replace")
    except FileNotFoundError:
        return None
