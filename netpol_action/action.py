"""`run`: what the GitHub Action does, from its inputs to the effects on the workspace and the job."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from netpol_action import gates, pipeline
from netpol_action.connectivity import EvaluationOptions
from netpol_action.discovery import DiscoveryOptions
from netpol_action.errors import NetpolActionError, UsageError
from netpol_action.inputs import Runner, RunOptions, read_inputs, read_runner
from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.model.report import Report
from netpol_action.publish.effects import Annotate, Level
from netpol_action.publish.files import place
from netpol_action.publish.graphviz import NoPicture
from netpol_action.publish.plan import Artifact, Outcome, plan
from netpol_action.publish.policy_files import Holding, holding
from netpol_action.publish.workflow import describe, perform
from netpol_action.render.check import txt_lines
from netpol_action.render.markdown import partial_first
from netpol_action.render.messages import diagnostic_lines, requirement_lines
from netpol_action.render.report import report_lines
from netpol_action.render.summary import summary_sections
from netpol_action.sources.gather import SourceOptions
from netpol_action.synthesis import SynthesisOptions
from netpol_action.views import View, drawn, lines

ENDINGS = {"mermaid": "mmd"}
"""The endings of the files in the output directory, where they are not the format's name."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: lines for the log, and a sentence for each gate that failed."""

    log: tuple[str, ...]
    failed: tuple[str, ...]


def run(environment: Mapping[str, str], stdin: Callable[[], bytes], commands: TextIO, *, dry_run: bool) -> Ended:
    """Reads the inputs, does the work and performs its effects; with `dry_run` it only lists them.

    `commands` is where workflow commands are written. Raises NetpolActionError where the inputs are unusable, after
    the runner has been told.
    """
    runner = read_runner(environment)
    try:
        options = read_inputs(environment)
        loaded = _load(options, runner, stdin)
        report = _report(options, loaded)
        outcome = _outcome(options, runner, report)
        effects = plan(outcome, options, runner.workspace)
        log = (
            *diagnostic_lines(outcome.diagnostics),
            *(txt_lines(report.check) if report.check else ()),
            *requirement_lines(report.requirements, loaded.locator.refine),
        )
        if dry_run:
            return Ended((*log, *(f"would {describe(effect)}" for effect in effects)), outcome.failures)
        perform(effects, runner, commands)
    except NetpolActionError as problem:
        perform([Annotate(Level.ERROR, str(problem))], replace(runner, output_file=""), commands)
        raise
    return Ended((*log, *(f"failed: {sentence}" for sentence in outcome.failures)), outcome.failures)


def _load(options: RunOptions, runner: Runner, stdin: Callable[[], bytes]) -> pipeline.Loaded:
    sources = SourceOptions(
        render=options.render,
        helm_values=options.helm_values,
        namespace=options.namespace,
        workspace=runner.workspace if runner.in_workflow else "",
    )
    return pipeline.load(pipeline.InputOptions(options.paths, sources, options.config), stdin)


def _report(options: RunOptions, loaded: pipeline.Loaded) -> Report:
    """What the run found. Without `generate` the policies are those of the input, and what is required is said too."""
    if not options.generate:
        return _report_on_present(options, loaded)
    generation = pipeline.generated(loaded, DiscoveryOptions(), SynthesisOptions())
    before = pipeline.evaluated(loaded, pipeline.without_ours(loaded.cluster), EvaluationOptions())
    after = pipeline.held(loaded, generation.cluster, generation.requirements, EvaluationOptions())
    found = [*loaded.diagnostics, *generation.diagnostics, *after.diagnostics]
    return Report(
        pipeline.placed(generation.requirements, loaded.locator),
        generation.policies,
        before.map,
        after.allowed,
        pipeline.refined(found, loaded.locator),
        options.policies_path,
        generation.yaml(),
        after.refined(loaded.locator),
    )


def _report_on_present(options: RunOptions, loaded: pipeline.Loaded) -> Report:
    """Where there is no policy, that everything is open goes without saying, but for a gate that asks."""
    asked = bool(loaded.cluster.policies) or "not-required" in options.fail_on
    checked = pipeline.checked(loaded, DiscoveryOptions(), EvaluationOptions())
    return Report(
        pipeline.placed(checked.requirements, loaded.locator),
        (),
        None,
        checked.allowed,
        pipeline.refined((*loaded.diagnostics, *checked.diagnostics), loaded.locator),
        check=checked.refined(loaded.locator) if asked else None,
    )


def _outcome(options: RunOptions, runner: Runner, report: Report) -> Outcome:
    artifacts, undrawn = _artifacts(options, report)
    report = replace(report, diagnostics=(*report.diagnostics, *undrawn))
    return Outcome(
        artifacts=(*artifacts, Artifact("report.json", _bytes(report_lines(report)))),
        policies=report.policies_yaml.encode() if options.generate else None,
        policies_before=_policies_before(runner, options.policies_path) if options.generate else None,
        summary=summary_sections(report),
        diagnostics=report.diagnostics,
        unresolved=report.requirements.unresolved,
        findings=report.check.findings if report.check else (),
        failures=gates.failures(options.fail_on, report.diagnostics, report.requirements, check=report.check),
    )


def _artifacts(options: RunOptions, report: Report) -> tuple[list[Artifact], list[Diagnostic]]:
    """The map in each format that is asked for; a picture that cannot be drawn is a warning, and no file."""
    artifacts: list[Artifact] = []
    undrawn: list[Diagnostic] = []
    view = View(report.after, partial=report.partial)
    for format_ in options.formats:
        name = f"connectivity.{ENDINGS.get(format_, format_)}"
        if format_ not in ("png", "svg"):
            shown = lines(view, format_)
            document = format_ == "md" and report.partial
            artifacts.append(Artifact(name, _bytes(partial_first(shown) if document else shown)))
            continue
        picture = drawn(view, format_)
        if isinstance(picture, NoPicture):
            undrawn.append(warning("no-picture", f"{name}: {picture.reason}"))
        else:
            artifacts.append(Artifact(name, picture.content))
    return artifacts, list(dict.fromkeys(undrawn))


def _bytes(text: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in text).encode()


def _policies_before(runner: Runner, path: str) -> bytes | None:
    """The file of policies as it is now. Raises UsageError where it holds documents that this program did not write."""
    try:
        content = place(Path(runner.workspace), path).read_bytes()
    except FileNotFoundError:
        return None
    if holding(content) in (Holding.MIXED, Holding.OTHERS):
        raise UsageError(f"policies-path: {path} holds documents that this program did not write; name another file")
    return content
