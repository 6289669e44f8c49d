"""Decides whether and how generated policies are published. Pure: results in, an effect or the reason for none out."""

from __future__ import annotations

import posixpath
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from netpol_action.errors import UsageError
from netpol_action.inputs import PULL_REQUEST_BRANCH, RunOptions
from netpol_action.publish.effects import Change, ListResource, PushCommit, UpsertPullRequest, WriteFile
from netpol_action.publish.outcome import Outcome
from netpol_action.publish.runs import PULL_REQUEST_MARK
from netpol_action.publish.target import ON_PULL_REQUEST, Target
from netpol_action.runner import Runner

_ON_FORKS: Final = (ON_PULL_REQUEST, "pull_request_review", "pull_request_review_comment")
"""The events of a fork's pull request whose token may only read."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What is to be published: an effect, or a sentence on why there is none, or neither where none is wanted."""

    effect: PushCommit | UpsertPullRequest | None = None
    reason: str = ""


def publication(outcome: Outcome, options: RunOptions, runner: Runner, target: Target | None) -> Publication:
    """How the policies are published.

    What failed a gate is not, and neither is what a token could not that may only read. Raises UsageError where an
    input is missing: a branch that nothing else tells.
    """
    if options.publish == "none" or outcome.policies is None or target is None:
        return Publication()
    if outcome.failures:
        failed = "; ".join(outcome.failures)
        return Publication(reason=f"The policies are not published, because a gate failed: {failed}")
    why = _fork(outcome, runner)
    if why:
        return Publication(reason=f"The policies are not published: {why}. {_whereabouts(options)}")
    change = Change(
        target.repository,
        (WriteFile(target.path, outcome.policies), *_listing(outcome, target)),
        options.commit_message,
        options.author,
        options.sign_off,
        runner.run,
        target.inputs,
    )
    if options.publish == "commit":
        of_run = (runner.branch, outcome.pull_request.head_ref if outcome.pull_request else "")
        there = of_run if target.repository == runner.repository else ()
        return Publication(_commit(change, options, target, there))
    return Publication(_pull_request(change, outcome, options, target))


def _listing(outcome: Outcome, target: Target) -> tuple[ListResource, ...]:
    if not (outcome.listing and target.kustomization):
        return ()
    return (ListResource(target.kustomization, outcome.listing.resource),)


def _fork(outcome: Outcome, runner: Runner) -> str:
    """What a fork has to do with the run, empty for nothing.

    On its own events the token may only read, whatever the job says (docs.github.com, "Events that trigger workflows").
    On `workflow_run` it may write: so what the fork proposes, unreviewed, could come to stand on a branch.
    """
    if outcome.follows_fork:
        return "this run follows one for a pull request from a fork"
    if runner.event_name in _ON_FORKS and outcome.pull_request and outcome.pull_request.from_fork:
        return "this is a pull request from a fork, whose token may only read"
    return ""


def _whereabouts(options: RunOptions) -> str:
    places = [
        *(["the job summary"] if options.summary else []),
        *(["the artifact"] if options.artifacts else []),
        f"the directory {posixpath.normpath(options.output_directory)} and the file {options.policies_path}",
    ]
    return f"They are in {', '.join(places)}"


def _commit(change: Change, options: RunOptions, target: Target, there: Collection[str]) -> PushCommit:
    """The commit; `there` are branches that exist as long as nobody removes them."""
    branch = options.branch or target.branch
    if not branch:
        raise UsageError("branch: no branch is checked out, so name the one to commit to")
    exact = branch == target.branch
    change = replace(change, seen=target.start if exact else "")
    return PushCommit(change, branch, target.start, exact=exact, begin=not (exact and branch in there))


def _pull_request(change: Change, outcome: Outcome, options: RunOptions, target: Target) -> UpsertPullRequest:
    base = options.base or target.branch
    if not base:
        raise UsageError("base: no branch is checked out, so name the one that the pull request is to be merged into")
    branch = f"{options.branch or PULL_REQUEST_BRANCH}{target.suffix}"
    if branch == base:
        raise UsageError(f"branch: a pull request from {branch} cannot be merged into {base}: name another branch")
    how = options.pull_request
    return UpsertPullRequest(
        replace(change, seen=target.start if base == target.branch else ""),
        branch,
        base,
        how.title,
        PULL_REQUEST_MARK,
        "\n\n".join(filter(None, (how.body, outcome.proposal))),
        how.labels,
        how.assignees,
        how.reviewers,
        how.team_reviewers,
        how.draft,
        how.delete_branch,
    )
