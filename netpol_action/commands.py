"""What each command does: options in, an answer out. Files are written here; printing is left to `cli`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from netpol_action import gates, pipeline
from netpol_action.connectivity import EvaluationOptions
from netpol_action.discovery import DiscoveryOptions
from netpol_action.errors import UsageError
from netpol_action.model.diagnostics import Diagnostic, Severity
from netpol_action.model.generated import GeneratedPolicy
from netpol_action.publish.files import write_file
from netpol_action.render.messages import diagnostic_lines, requirement_lines
from netpol_action.sources.gather import SourceOptions
from netpol_action.synthesis import SynthesisOptions
from netpol_action.views import FORMATS_BY_ENDING, View, rendered

Stdin = Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """`output` is for standard output, in lines without their ends or as bytes; `notices` are for standard error.

    `failed` holds a sentence for each gate that failed.
    """

    output: Iterable[str] | bytes = ()
    notices: Sequence[str] = ()
    failed: tuple[str, ...] = ()


def perform(options: argparse.Namespace, stdin: Stdin, environment: Mapping[str, str], commands: TextIO) -> Answer:
    """Does what the command line asks. Raises NetpolActionError where the call or its input is unusable.

    `commands` is where a workflow's runner reads its commands.
    """
    match options.command:
        case "generate":
            return generate(options, stdin)
        case "map":
            return show_map(options, stdin)
        case "run":
            from netpol_action.action import run  # noqa: PLC0415  # the other commands need none of it

            ended = run(environment, stdin, commands, dry_run=options.dry_run)
            return Answer((), ended.log, ended.failed)
        case command:
            raise UsageError(f"{command} is not a command")


def generate(options: argparse.Namespace, stdin: Stdin) -> Answer:
    """`generate`: the policies to standard output, to one file, or to a directory with one file a workload."""
    wanted = gates.chosen(options.fail_on)
    loaded = _load(options, stdin)
    generation = _generate(loaded, options)
    diagnostics = _judged(options, (*loaded.diagnostics, *generation.diagnostics), loaded)
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
    return Answer(output, (*notices, *_verdicts(failed)), failed)


def show_map(options: argparse.Namespace, stdin: Stdin) -> Answer:
    """`map`: what the policies in the input allow, or would allow, in any format."""
    wanted = gates.chosen(options.fail_on)
    format_ = _format(options)
    evaluation = EvaluationOptions(ip_family=options.ip_family, host_network=options.host_network)
    loaded = _load(options, stdin)
    cluster, found = loaded.cluster, loaded.diagnostics
    if options.generated:
        generation = pipeline.generated(loaded, DiscoveryOptions(), SynthesisOptions())
        cluster, found = generation.cluster, (*found, *generation.diagnostics)
    after = pipeline.evaluated(loaded, cluster, evaluation)
    before = None
    if options.side_by_side:
        before = pipeline.evaluated(loaded, pipeline.without_policies(cluster), evaluation).map
    diagnostics = _judged(options, (*found, *after.diagnostics), loaded)
    output = rendered(View(after.map, before), format_)
    failed = gates.failures(wanted, diagnostics)
    notices = (*diagnostic_lines(diagnostics), *_verdicts(failed))
    path = _output_file(options, format_)
    if path is None:
        return Answer(output, notices, failed)
    write_file(path, output if isinstance(output, bytes) else "\n".join((*output, "")).encode())
    return Answer((), notices, failed)


def _load(options: argparse.Namespace, stdin: Stdin) -> pipeline.Loaded:
    sources = SourceOptions(
        render=options.render,
        helm_values=tuple(options.helm_values),
        helm_set=tuple(options.helm_set),
        kube_version=options.kube_version,
        release_name=options.release_name,
        namespace=options.namespace,
    )
    return pipeline.load(pipeline.InputOptions(tuple(options.paths), sources, options.config or ""), stdin)


def _generate(loaded: pipeline.Loaded, options: argparse.Namespace) -> pipeline.Generation:
    discovery = DiscoveryOptions(dns_port=options.dns_port) if options.dns_port else DiscoveryOptions()
    return pipeline.generated(loaded, discovery, SynthesisOptions(default_deny=options.default_deny))


def _judged(
    options: argparse.Namespace, diagnostics: Iterable[Diagnostic], loaded: pipeline.Loaded
) -> tuple[Diagnostic, ...]:
    """The diagnostics with their lines; `--strict` takes warnings as errors."""
    if options.strict:
        diagnostics = [
            replace(d, severity=Severity.ERROR) if d.severity is Severity.WARNING else d for d in diagnostics
        ]
    return pipeline.refined(diagnostics, loaded.locator)


def _verdicts(failed: Iterable[str]) -> list[str]:
    return [f"failed: {sentence}" for sentence in failed]


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


def _format(options: argparse.Namespace) -> str:
    if options.output_format:
        return str(options.output_format)
    ending = Path(options.output_file).suffix if options.output_file else ""
    return FORMATS_BY_ENDING.get(ending, "txt")


def _output_file(options: argparse.Namespace, format_: str) -> Path | None:
    if options.output_file:
        return Path(options.output_file)
    return Path(f"connlist.{format_}") if options.save_to_file else None
