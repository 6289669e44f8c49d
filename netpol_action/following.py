"""Which pull request a run is about. The event says so, but on `workflow_run`, which follows a run for any branch."""

from __future__ import annotations

from dataclasses import dataclass, replace

from netpol_action.arguments import RISKS
from netpol_action.errors import UsageError
from netpol_action.event import FinishedRun, PullRequest, described, finished_run, follows_fork, pull_request
from netpol_action.inputs import RunOptions
from netpol_action.model.diagnostics import Diagnostic, note, warning
from netpol_action.publish.connection import Connection
from netpol_action.publish.errors import ForbiddenError, PublishingError
from netpol_action.publish.target import ON_PULL_REQUEST
from netpol_action.runner import Runner
from netpol_action.sources.history import commit_of

FOLLOWS = "workflow_run"
"""The event that runs on the default branch, with a token that may write, once a run for a pull request has ended."""


@dataclass(frozen=True, slots=True)
class Concerned:
    """The pull request, None for none; `diagnostics` say why there is none where one could be expected.

    `follows_fork` is whether the run follows that of a fork, whatever has become of the pull request.
    """

    pull_request: PullRequest | None = None
    diagnostics: tuple[Diagnostic, ...] = ()
    follows_fork: bool = False


def concerned(options: RunOptions, runner: Runner, payload: bytes) -> Concerned:
    """The pull request that the event is about, as far as this run may say something of it.

    On `workflow_run` what is checked out is the default branch. So a pull request counts only where its head is what is
    read, by `path: SHA:PATH`, and still is its head: what is said of one commit never stands below another.
    Raises UsageError where a gate needs the base of a pull request that the event does not name.
    """
    if runner.event_name != FOLLOWS:
        return _named(options, runner, payload)
    return replace(_followed(options, runner, payload), follows_fork=follows_fork(payload, runner.repository))


def _named(options: RunOptions, runner: Runner, payload: bytes) -> Concerned:
    """The pull request that the payload names, as each of a pull request's own events has to."""
    found = pull_request(payload)
    if found or runner.event_name != ON_PULL_REQUEST or options.before:
        return Concerned(found)
    sentence = "the file of GITHUB_EVENT_PATH names no pull request"
    if any(gate in RISKS for gate in options.fail_on):
        raise UsageError(f"there is nothing to compare with: {sentence}")
    return _none(warning("no-comparison", f"this change is not compared: {sentence}"))


def _followed(options: RunOptions, runner: Runner, payload: bytes) -> Concerned:
    run = finished_run(payload)
    if run is None or commit_of(options.paths[0]) != run.head_sha:
        return Concerned()
    try:
        found = _looked_up(run, options, runner)
    except PublishingError as problem:
        return _none(warning("no-pull-request", f"the pull request of this commit cannot be looked up: {problem}"))
    match found:
        case []:
            return _none(
                note("no-pull-request", "no open pull request is at this commit any more: none gets a comment")
            )
        case [only]:
            return Concerned(only)
        case _:
            numbers = ", ".join(str(each.number) for each in found)
            return _none(
                warning("no-pull-request", f"pull requests {numbers} are all at this commit, so none gets a comment")
            )


def _looked_up(run: FinishedRun, options: RunOptions, runner: Runner) -> list[PullRequest]:
    """By branch: GitHub does not connect the commits of a fork with its pull requests until they are merged."""
    if not (options.token and runner.api_url and runner.repository):
        raise ForbiddenError("there is no token, or no repository to use it with")
    connection = Connection(runner.api_url, options.token, runner.repository)
    head = f"{run.head_owner}:{run.head_branch}"
    listed = connection.repeated(lambda: list(connection.listed("/pulls", state="open", head=head)))
    return [found for each in listed if (found := described(each)) and run.is_of(found)]


def _none(reason: Diagnostic) -> Concerned:
    return Concerned(diagnostics=(reason,))
