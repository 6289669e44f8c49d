"""What a run compares its input with: another path, another version, or the base of the change."""

from __future__ import annotations

from dataclasses import dataclass, replace

from netpol_action import pipeline
from netpol_action.arguments import RISKS
from netpol_action.connectivity import EvaluationOptions
from netpol_action.earlier_policies import Read
from netpol_action.errors import NetpolActionError, UsageError
from netpol_action.event import MergeGroup, PullRequest, merge_group
from netpol_action.inputs import RunOptions
from netpol_action.manifests.locate import Locator
from netpol_action.model.diagnostics import Diagnostic, Severity, warning
from netpol_action.render.change import INCOMPLETE_BASE
from netpol_action.runner import Runner
from netpol_action.sources.history import holds, is_version, path_at, version_before
from netpol_action.sources.places import exists

QUEUE = "merge_group"
"""The event of a merge queue, which puts pull requests on its branch one by one and merges those that pass."""

BASE_OF = ("pull_request", QUEUE, "workflow_run")
"""The events on which the base is compared with by default. On pull_request_target the base is what is checked out; on
workflow_run it is too, and `following` sees to it that what is read is the head."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The comparison with the version that `before` names; None where there is none, and `diagnostics` say why.

    `hindrance` is the reason in a sentence where a comparison was to be made.
    """

    found: pipeline.Comparison | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    before: str = ""
    hindrance: str = ""


def change_of(runner: Runner, payload: bytes, pull_request: PullRequest | None) -> PullRequest | MergeGroup | None:
    """The change that a run may have to judge: the pull request, or the merge group that the event's payload names."""
    return merge_group(payload) if runner.event_name == QUEUE else pull_request


def compare(
    options: RunOptions, runner: Runner, change: PullRequest | MergeGroup | None, after: pipeline.Loaded, load: Read
) -> Compared:
    """Compares the input with what the options name, or else with the base of the change.

    Raises UsageError where a comparison was asked for, by the input `before` or by a gate, and there can be none.
    """
    risks = [gate for gate in options.fail_on if gate in RISKS]
    by_default = change if runner.event_name in BASE_OF else None
    if not options.before and by_default is None:
        return Compared(diagnostics=_nothing_to_judge(risks))
    try:
        paths = _paths_before(options, by_default)
        # Only of the run's own paths a version may have none yet: what was named by itself may be mistyped.
        before = load(paths) if paths == (options.before,) else load_before(paths, load)
    except NetpolActionError as problem:
        if options.before or risks:
            raise type(problem)(f"there is nothing to compare with: {problem}") from problem
        sentence = f"this change is not compared: {problem}"
        return Compared(diagnostics=(warning("no-comparison", sentence),), hindrance=sentence)
    found = _reviewable(pipeline.compared(before, after, EvaluationOptions()))
    return Compared(found, before=", ".join(paths))


def _reviewable(found: pipeline.Comparison) -> pipeline.Comparison:
    """The errors of the version before as warnings: they must not fail the change that repairs them."""
    errors = found.errors_before
    if not errors:
        return found
    sentence = "the version before could not be read whole, so what the change opens and closes may be more or less"
    said = (replace(d, severity=Severity.WARNING) if d in errors else d for d in found.diagnostics)
    return replace(found, diagnostics=pipeline.refined((*said, warning(INCOMPLETE_BASE, sentence)), Locator(())))


def load_before(paths: tuple[str, ...], load: Read) -> pipeline.Loaded:
    """The input at these paths or in a version; empty where the version has none of them yet."""
    there = tuple(path for path in paths if holds(path))
    return load(there) if there else pipeline.nothing()


def _paths_before(options: RunOptions, change: PullRequest | MergeGroup | None) -> tuple[str, ...]:
    """What to read. Raises UsageError where the version is unknown, or may be a path as well."""
    before = options.before
    if ":" in before:
        return (before,)
    if before and exists(before):
        if is_version(before):  # nobody who proposes a change may put a directory in the place of a branch
            either = f"write ./{before} for the path, or {before}:PATH for a path at the version"
            raise UsageError(f"{before} is there as a path, and names a version too: {either}")
        return (before,)
    if not before and change:
        before = version_before(change.base_sha, change.head_sha, options.paths[0])
    return tuple(path_at(before, path) for path in options.paths)


def _nothing_to_judge(risks: list[str]) -> tuple[Diagnostic, ...]:
    if not risks:
        return ()
    sentence = f"fail-on names {', '.join(risks)}, but this run compares nothing: say with what in `before`"
    return (warning("no-comparison", sentence),)


def without_repetition(compared: Compared, known: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """What the comparison says beyond what is known of the input already."""
    found = (*compared.diagnostics, *(compared.found.diagnostics if compared.found else ()))
    return tuple(each for each in found if each not in known)
