"""Decides what a run writes, and where. Pure: results in, effects out; nothing is written here.

The limits are GitHub's: ten annotations of each level a step, a message of 4,096 characters, a summary of 1 MiB
(a longer one is dropped whole), a comment of 65,536 characters.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from netpol_action.inputs import RunOptions
from netpol_action.model.diagnostics import Severity
from netpol_action.origin import UNKNOWN, Origin
from netpol_action.publish.effects import (
    OUTPUTS_OF,
    Annotate,
    AppendSummary,
    Effect,
    Level,
    PushCommit,
    RemoteEffect,
    SetOutput,
    UploadArtifacts,
    UpsertComment,
    WriteFile,
)
from netpol_action.publish.links import LINKS_CHARACTERS
from netpol_action.publish.outcome import Difference, Outcome
from netpol_action.publish.plan_policies import publication
from netpol_action.publish.sticky import mark
from netpol_action.publish.target import Target
from netpol_action.publish.upload_plan import upload
from netpol_action.render.fitting import characters
from netpol_action.render.text import prose
from netpol_action.runner import Runner

SUMMARY_BYTES: Final = 1024 * 1024 - 4096
"""What is left to say after the effects on GitHub has the rest."""

COMMENT_CHARACTERS: Final = 65_536 - 512 - LINKS_CHARACTERS
"""The mark at the beginning of a comment and the links at its end have the rest."""

PULL_REQUEST_CHARACTERS: Final = 65_536 - 512 - LINKS_CHARACTERS
"""The mark at the beginning of a pull request's body and the links at its end have the rest."""

ANNOTATIONS: Final = 10
MESSAGE_CHARACTERS: Final = 4096

_LEVELS: Final = {Severity.ERROR: Level.ERROR, Severity.WARNING: Level.WARNING, Severity.NOTE: Level.NOTICE}


def proposal_characters(options: RunOptions) -> int:
    """What a pull request's body has room for below the user's own text."""
    return PULL_REQUEST_CHARACTERS - characters(options.pull_request.body)


def plan(outcome: Outcome, options: RunOptions, runner: Runner, target: Target | None = None) -> tuple[Effect, ...]:
    """The effects in the order in which they are performed: files, outputs, summary, annotations, then the remote ones.

    What is written on GitHub comes after the artifacts, since it links them.

    `target` is what policies are published to, where they are. Paths below the workspace become relative to it; a path
    outside stays as it is, for `publish.files` to refuse. Raises UsageError where an input is missing.
    """
    directory = _relative(options.output_directory, runner.workspace)
    policies_path = _relative(options.policies_path, runner.workspace)
    policies = publication(outcome, options, runner, target)
    remote: tuple[RemoteEffect, ...] = (
        *upload(outcome, options, runner, directory, policies_path),
        *([policies.effect] if policies.effect else []),
        *_comment(outcome, options, runner),
    )
    return (
        *_files(outcome, directory, policies_path),
        *_outputs(outcome, directory, policies_path),
        *_difference(outcome.difference),
        *_pending(remote),
        *([AppendSummary(f"{outcome.summary}\n\n")] if options.summary and outcome.summary else ()),
        *([AppendSummary(f"{prose(policies.reason)}.\n\n")] if policies.reason else ()),
        *_annotations(outcome, policies.reason, remote),
        *remote,
    )


def _files(outcome: Outcome, directory: str, policies_path: str) -> Iterator[WriteFile]:
    """The policies come before the kustomization that lists them: a run that is ended leaves none that misses them."""
    if outcome.policies is not None and outcome.policies != outcome.policies_before:
        yield WriteFile(policies_path, outcome.policies)
    if outcome.listing and outcome.listing.content != outcome.listing.before:
        yield WriteFile(outcome.listing.path, outcome.listing.content)
    for artifact in outcome.artifacts:
        yield WriteFile(posixpath.join(directory, artifact.name), artifact.content)


def _outputs(outcome: Outcome, directory: str, policies_path: str) -> Iterator[SetOutput]:
    names = {artifact.name for artifact in outcome.artifacts}

    def path_of(name: str) -> str:
        return posixpath.join(directory, name) if name in names else ""

    changed = outcome.policies is not None and outcome.policies != outcome.policies_before
    yield SetOutput("policies-path", "" if outcome.policies is None else policies_path)
    yield SetOutput("policies-changed", "true" if changed else "false")
    yield SetOutput("connectivity-dot", path_of("connectivity.dot"))
    yield SetOutput("connectivity-png", path_of("connectivity.png"))
    yield SetOutput("report", path_of("report.json"))
    yield SetOutput("sarif-file", path_of("netpol-action.sarif"))
    yield SetOutput("output-directory", directory)
    yield SetOutput("unresolved-count", str(len(outcome.unresolved)))


def _pending(remote: Sequence[RemoteEffect]) -> Iterator[SetOutput]:
    """Empty values for what no effect will say: the others are known when they have been performed."""
    coming = {name for effect in remote for name in OUTPUTS_OF[type(effect)]}
    for name in dict.fromkeys(name for names in OUTPUTS_OF.values() for name in names):
        if name not in coming:
            yield SetOutput(name, "")


def _difference(difference: Difference | None) -> Iterator[SetOutput]:
    """Empty values where nothing was compared, or not all: that is not the same as no change."""
    yield SetOutput("connections-added", str(difference.added) if difference else "")
    yield SetOutput("connections-removed", str(difference.removed) if difference else "")
    yield SetOutput("risk", difference.risk if difference else "")
    changed = difference.changed if difference else None
    yield SetOutput("changed", "" if changed is None else str(changed).lower())


def _comment(outcome: Outcome, options: RunOptions, runner: Runner) -> Iterator[UpsertComment]:
    difference, pull_request = outcome.difference, outcome.pull_request
    if options.comment == "never" or not pull_request:
        return
    key = options.comment_key or _key(options, runner)
    if not difference:
        if outcome.not_compared:
            yield UpsertComment(pull_request.number, mark(key), runner.run, outcome.not_compared, may_create=False)
        return
    applies = options.comment == "always" or difference.worth_a_comment
    yield UpsertComment(pull_request.number, mark(key), runner.run, difference.comment, applies)


def _key(options: RunOptions, runner: Runner) -> str:
    """The name of the comment: workflow and job, and the paths, which steps and the jobs of a matrix differ in.

    Of `REF:PATH` the version does not count: another run reads another one.
    """
    paths = ",".join(_relative(path.rpartition(":")[2], runner.workspace) for path in options.paths)
    return f"{runner.workflow}/{runner.job}{'' if paths == '.' else f': {paths}'}"


def _annotations(outcome: Outcome, unpublished: str, remote: Sequence[RemoteEffect]) -> Iterator[Annotate]:
    """At most ten of each level, less those that the remote effects may need.

    What failed and what is not published comes first, then the rest by severity, as in the input.
    """
    wanted = [Annotate(Level.ERROR, failure) for failure in outcome.failures]
    wanted += [_annotation(Level.WARNING, unpublished, "not-published", UNKNOWN)] if unpublished else []
    wanted += [_annotation(_LEVELS[d.severity], d.message, d.rule, d.origin) for d in outcome.diagnostics]
    wanted += [_annotation(_LEVELS[f.severity], f.message, f.rule, f.origin) for f in outcome.findings]
    wanted += [_annotation(Level.WARNING, u.message, f"unresolved: {u.workload}", u.place) for u in outcome.unresolved]
    for level in Level:
        most = ANNOTATIONS - sum(_may_say(effect).count(level) for effect in remote)
        yield from _at_most(most, level, [annotation for annotation in wanted if annotation.level is level])


def _may_say(effect: RemoteEffect) -> tuple[Level, ...]:
    """The levels of what may be said of an effect once it has been performed, each as often as it may be."""
    if isinstance(effect, UploadArtifacts):
        return (Level.WARNING, Level.NOTICE)
    if isinstance(effect, UpsertComment):
        return (Level.WARNING,)
    if isinstance(effect, PushCommit):
        return (Level.ERROR, Level.WARNING)
    asked = (effect.labels, effect.assignees, effect.reviewers, effect.team_reviewers, effect.draft != "false")
    return (Level.ERROR, Level.WARNING, *(Level.WARNING for each in asked if each))


def _at_most(most: int, level: Level, annotations: Sequence[Annotate]) -> Iterable[Annotate]:
    if len(annotations) <= most:
        return annotations
    shown = annotations[: most - 1]
    rest = len(annotations) - len(shown)
    return (*shown, Annotate(level, f"{rest} more of this kind; report.json has all of them"))


def _annotation(level: Level, message: str, title: str, origin: Origin) -> Annotate:
    if len(message) > MESSAGE_CHARACTERS:
        message = f"{message[: MESSAGE_CHARACTERS - 1]}…"
    return Annotate(level, message, title, origin.path, origin.line)


def _relative(path: str, workspace: str) -> str:
    if posixpath.isabs(path) and posixpath.isabs(workspace):
        inside = posixpath.relpath(path, workspace)
        return path if inside.startswith("..") else inside
    return posixpath.normpath(path)
