"""`run`: what the GitHub Action does, from its inputs to the effects on the workspace and the job."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

from netpol_action import gates, kustomized, pipeline
from netpol_action.belonging import belonging
from netpol_action.comparing import Compared, change_of, compare, without_repetition
from netpol_action.connectivity import EvaluationOptions
from netpol_action.deploying import deployment, unwritten
from netpol_action.discovery import DiscoveryOptions
from netpol_action.earlier_policies import Read, load_with_policies
from netpol_action.errors import NetpolActionError, UsageError
from netpol_action.following import Concerned, concerned
from netpol_action.inputs import RunOptions, read_inputs, unknown_inputs
from netpol_action.model.cluster import Cluster
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.diff import Kind
from netpol_action.model.documents import SourceText
from netpol_action.model.report import Report
from netpol_action.model.tally import Tally, tally
from netpol_action.output_files import diff_files, map_files, report_files
from netpol_action.publish.describe import describe
from netpol_action.publish.destination import destination
from netpol_action.publish.effects import Annotate, Level
from netpol_action.publish.files import place
from netpol_action.publish.outcome import Difference, Listing, Outcome
from netpol_action.publish.plan import COMMENT_CHARACTERS, SUMMARY_BYTES, plan, proposal_characters
from netpol_action.publish.policy_files import Holding, holding
from netpol_action.publish.remote import perform_all
from netpol_action.publish.repeating import waiting_in_all
from netpol_action.publish.workflow import perform, read_event
from netpol_action.render.change import Reviewed, comment, not_compared
from netpol_action.render.check import txt_lines
from netpol_action.render.messages import diagnostic_lines, requirement_lines
from netpol_action.render.proposal import proposal
from netpol_action.render.sarif import Sources
from netpol_action.render.summary import summary
from netpol_action.runner import Runner, read_runner
from netpol_action.sources.gather import SourceOptions
from netpol_action.synthesis import SynthesisOptions


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: lines for the log, and a sentence for each gate that failed."""

    log: tuple[str, ...]
    failed: tuple[str, ...]


@waiting_in_all()
def run(environment: Mapping[str, str], stdin: Callable[[], bytes], commands: TextIO, *, dry_run: bool) -> Ended:
    """Reads the inputs, does the work and performs its effects; with `dry_run` it only lists them.

    `commands` is where workflow commands are written. Raises NetpolActionError where the inputs are unusable, after
    the runner has been told.
    """
    runner = read_runner(environment)
    try:
        options = read_inputs(environment)
        read = _reader(options, runner, stdin, unwritten(options))
        # What is generated takes the place of what was generated before.
        loaded = read(options.paths) if options.generate else _with_policies(options, read, options.paths)
        report, cluster, listing = _report(options, runner, loaded, stdin)
        replaced, lost = _replaced(options, runner, report, loaded.cluster)
        payload = read_event(runner)
        about = concerned(options, runner, payload)
        report = replace(
            report, diagnostics=(*unknown_inputs(environment), *report.diagnostics, *lost, *about.diagnostics)
        )
        compared = compare(
            options,
            runner,
            change_of(runner, payload, about.pull_request),
            replace(loaded, cluster=cluster),
            lambda paths: _with_policies(options, read, paths),
        )
        outcome = replace(_outcome(options, report, loaded.locator, compared, about, replaced), listing=listing)
        target = destination(options, runner, about.pull_request, loaded.coverage, listing)
        effects = plan(outcome, options, runner, target)
        log = _found(outcome, report, loaded)
        if dry_run or options.dry_run:
            return Ended((*log, *(f"would {describe(effect)}" for effect in effects)), outcome.failures)
        done = perform_all(effects, runner, options.token, commands, target.checkout if target else None)
        failures = (*outcome.failures, *(failure for each in done for failure in each.failures))
    except NetpolActionError as problem:
        perform([Annotate(Level.ERROR, str(problem))], replace(runner, output_file=""), commands)
        raise
    performed = (each.log for each in done if each.log)
    return Ended((*log, *performed, *(f"failed: {sentence}" for sentence in failures)), failures)


def _found(outcome: Outcome, report: Report, loaded: pipeline.Loaded) -> tuple[str, ...]:
    """What the run found, for the log."""
    return (
        *diagnostic_lines(outcome.diagnostics),
        *(txt_lines(report.check) if report.check else ()),
        *requirement_lines(report.requirements, loaded.locator.refine),
    )


def _with_policies(options: RunOptions, read: Read, paths: tuple[str, ...]) -> pipeline.Loaded:
    return load_with_policies(paths, options.policies_path, options.namespace, read)


def _reader(options: RunOptions, runner: Runner, stdin: Callable[[], bytes], pending: Mapping[Path, bytes]) -> Read:
    sources = SourceOptions(
        render=options.render,
        helm_values=options.helm_values,
        namespace=options.namespace,
        workspace=runner.workspace if runner.in_workflow else "",
        pending=pending,
    )
    return lambda paths: pipeline.load(pipeline.InputOptions(paths, sources, options.config), stdin)


def _report(
    options: RunOptions, runner: Runner, loaded: pipeline.Loaded, stdin: Callable[[], bytes]
) -> tuple[Report, Cluster, Listing | None]:
    """What the run found, the cluster with the policies that are in place after it, and what is to list them.

    Without `generate` the policies are those of the input, and what is required is said too.
    """
    if not options.generate:
        return _report_on_present(options, loaded), loaded.cluster, None
    generation = pipeline.generated(loaded, DiscoveryOptions(), SynthesisOptions())
    before = pipeline.evaluated(loaded, pipeline.without_ours(loaded.cluster), EvaluationOptions())
    after = pipeline.held(loaded, generation.cluster, generation.requirements, EvaluationOptions())

    def read(pending: Mapping[Path, bytes]) -> pipeline.Loaded:
        return _reader(options, runner, stdin, pending)(options.paths)

    deployed = deployment(options, runner, loaded, generation, read)
    found = [*loaded.diagnostics, *generation.diagnostics, *after.diagnostics, *deployed.diagnostics]
    report = Report(
        pipeline.placed(generation.requirements, loaded.locator),
        generation.policies,
        before.map,
        after.allowed,
        pipeline.refined(found, loaded.locator),
        options.policies_path,
        generation.yaml(),
        after.refined(loaded.locator),
    )
    return report, generation.cluster, deployed.listing


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


def _outcome(  # noqa: PLR0913, PLR0917  # what a run has found out, bit by bit
    options: RunOptions,
    report: Report,
    sources: Sources,
    compared: Compared,
    about: Concerned,
    replaced: bytes | None,
) -> Outcome:
    diff = compared.found.diff if compared.found else None
    counts = tally(diff) if diff else None
    artifacts, undrawn = map_files(report, options.formats)
    further = (*without_repetition(compared, report.diagnostics), *undrawn)
    report = replace(report, diff=diff, compared_with=compared.before, diagnostics=(*report.diagnostics, *further))
    if diff:
        partial = report.partial or bool(compared.found and compared.found.errors_before)
        further_artifacts, undrawn = diff_files(diff, partial=partial, unresolved=len(report.requirements.unresolved))
        artifacts += further_artifacts
        report = replace(report, diagnostics=(*report.diagnostics, *undrawn))
    failures = _failures(options, report, compared, counts)
    reviewed = Reviewed(diff, failures, report.diagnostics, report.requirements.unresolved) if diff else None
    return Outcome(
        artifacts=(*artifacts, *report_files(report, sources, ",".join(options.paths))),
        policies=report.policies_yaml.encode() if options.generate else None,
        policies_before=replaced,
        summary=summary(report, reviewed, SUMMARY_BYTES) if options.summary else "",
        diagnostics=report.diagnostics,
        unresolved=report.requirements.unresolved,
        findings=report.check.findings if report.check else (),
        failures=failures,
        difference=_difference(reviewed, counts) if reviewed and counts else None,
        pull_request=about.pull_request,
        proposal=proposal(report, proposal_characters(options)) if options.publish == "pull-request" else "",
        not_compared=not_compared(compared.hindrance) if compared.hindrance else "",
        follows_fork=about.follows_fork,
    )


def _failures(options: RunOptions, report: Report, compared: Compared, counts: Tally | None) -> tuple[str, ...]:
    failures = gates.failures(
        options.fail_on,
        report.diagnostics,
        report.requirements,
        check=report.check,
        changes=counts,
        given_up=compared.found.given_up if compared.found else 0,
    )
    altered = any(each.rule == kustomized.RULE for each in report.diagnostics)
    return (*failures, kustomized.ALTERED) if altered else failures


def _difference(reviewed: Reviewed, counts: Tally) -> Difference:
    return Difference(
        counts.kinds.get(Kind.ADDED, 0),
        counts.kinds.get(Kind.REMOVED, 0),
        str(next(iter(counts.gravest), "")),
        counts.rows > 0 or (False if reviewed.whole else None),
        reviewed.says_something,
        comment(reviewed, COMMENT_CHARACTERS),
    )


def _policies_before(runner: Runner, path: str) -> bytes | None:
    """The file of policies as it is now.

    Raises UsageError where it cannot be read, or holds documents that this program did not write.
    """
    try:
        content = place(Path(runner.workspace), path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise UsageError(f"policies-path: {path} cannot be read: {problem.strerror}") from problem
    if holding(content) in (Holding.MIXED, Holding.OTHERS):
        raise UsageError(f"policies-path: {path} holds documents that this program did not write; name another file")
    return content


def _replaced(
    options: RunOptions, runner: Runner, report: Report, cluster: Cluster
) -> tuple[bytes | None, tuple[Diagnostic, ...]]:
    """The file of policies as it is now, and what it loses.

    Raises UsageError where it holds what is not ours, or would lose the policies of another application.
    """
    path = options.policies_path
    content = _policies_before(runner, path) if options.generate else None
    if content is None or content == report.policies_yaml.encode():
        return content, ()
    found = belonging([SourceText(path, content)], cluster, options.namespace, report.policies)
    if found.foreign:
        raise UsageError(
            f"policies-path: {path} {found.refusal}: give each application its own policies-path, and for pull "
            "requests its own branch; if it is the same application and all of it was renamed, remove the file first"
        )
    return content, found.diagnostics(path)
