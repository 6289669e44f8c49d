"""Performs what publishes the policies: the commit and the pull request. That it cannot be done fails the run.

GitHub's API does it where it can be used, git where it cannot.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TextIO
from urllib.parse import quote

from netpol_action.errors import InputError, NetpolActionError
from netpol_action.publish.commits import Maker
from netpol_action.publish.connection import Connection
from netpol_action.publish.decorations import decorate
from netpol_action.publish.describe import paths_of
from netpol_action.publish.effects import (
    OUTPUTS_OF,
    Annotate,
    AppendSummary,
    Level,
    LocalEffect,
    PushCommit,
    SetOutput,
    UpsertPullRequest,
)
from netpol_action.publish.errors import ForbiddenError, PublishingError
from netpol_action.publish.github_pull_requests import GitHubPullRequests
from netpol_action.publish.github_repository import GitHubRepository
from netpol_action.publish.landing import landed
from netpol_action.publish.performed import Performed, warned
from netpol_action.publish.proposals import Proposal, Proposed
from netpol_action.publish.repository import Commit
from netpol_action.publish.target import Checkout
from netpol_action.publish.workflow import hide
from netpol_action.render.text import prose
from netpol_action.runner import Runner

NO_COMMIT: Final = "The policies are not committed: {}"
NO_PULL_REQUEST: Final = "There is no pull request with the policies as they are now: {}"
COMMIT_RIGHTS: Final = ". The job needs the permission `contents: write`, and a branch that is not protected"
PUSH_RIGHTS: Final = (
    ". Whoever's token or login this is needs the right to write to the branch, even a protected one; or name another "
    "branch"
)
PULL_REQUEST_RIGHTS: Final = ". The job needs the permissions `contents: write` and `pull-requests: write`"
PULL_REQUEST_MEANS: Final = ". A pull request needs GitHub's API and a token that may write: run it in a workflow"
NOT_PERMITTED: Final = (
    ". Allow it in the settings of the repository or its organisation (Actions, General, “Allow GitHub Actions to "
    "create and approve pull requests”), or open it by hand: {}"
)
DEPENDABOT: Final = "dependabot[bot]"
_READ_ONLY: Final = "resource not accessible by integration"
"""What GitHub says to a token of a workflow that the job gives no rights to."""
_NOT_PERMITTED: Final = "not permitted to create or approve pull requests"


def committed(wanted: PushCommit, runner: Runner, token: str, checkout: Checkout | None, commands: TextIO) -> Performed:
    """Brings the change to the branch as a commit. `checkout` knows the way for git."""
    try:
        pushed = landed(wanted, runner, token, checkout, lambda secret: hide(secret, runner, commands))
    except (PublishingError, InputError) as problem:  # the latter says that git cannot be used
        rights = _rights(wanted, runner) if isinstance(problem, ForbiddenError) else ""
        return _failed(NO_COMMIT.format(problem) + rights, _outputs(PushCommit, ()), fails=_fails(problem, runner))
    said = [effect for warning in pushed.warnings for effect in warned(warning, "not-published")]
    outputs = _outputs(PushCommit, _of_commit(pushed.commit))
    return Performed((*outputs, *said), log="" if said else _log_of_commit(wanted, pushed.commit))


def proposed(wanted: UpsertPullRequest, runner: Runner, token: str) -> Performed:
    """Makes, updates or closes the pull request, and adds what belongs to it."""
    proposal = None
    try:
        connection = _connection(wanted.change.repository, runner, token)
        pulls = GitHubPullRequests(connection)
        proposal = Proposal(pulls, Maker(GitHubRepository(connection, runner.server_url), wanted), wanted)
        done = connection.repeated(proposal.settled)
        warnings = (*done.warnings, *decorate(pulls, wanted, done, connection.repeated))
    except PublishingError as problem:
        outputs = _outputs(UpsertPullRequest, _of_commit(proposal.commit if proposal else None))
        if _NOT_PERMITTED not in str(problem):
            needed = PULL_REQUEST_RIGHTS if runner.in_workflow else PULL_REQUEST_MEANS
            rights = needed if isinstance(problem, ForbiddenError) else ""
            return _failed(NO_PULL_REQUEST.format(problem) + rights, outputs, fails=_fails(problem, runner))
        by_hand = _by_hand(wanted, runner)
        link = AppendSummary(f"[Open it by hand](<{by_hand}>)\n\n")
        return _failed(NO_PULL_REQUEST.format(problem) + NOT_PERMITTED.format(by_hand), (*outputs, link))
    said = [effect for warning in warnings for effect in warned(warning, "pull-request")]
    outputs = _outputs(UpsertPullRequest, (*_of_commit(proposal.commit), *_of_pull_request(done)))
    return Performed((*outputs, *_links(done), *said), log=_log_of_pull_request(wanted, done))


def _rights(wanted: PushCommit, runner: Runner) -> str:
    """What a commit needs: in a workflow, to a repository of its server, the job's permissions."""
    return COMMIT_RIGHTS if runner.in_workflow and wanted.change.repository else PUSH_RIGHTS


def _connection(repository: str, runner: Runner, token: str) -> Connection:
    if not (token and runner.api_url and repository):
        raise ForbiddenError("there is no token, or no repository to use it with")
    return Connection(runner.api_url, token, repository)


def _by_hand(wanted: UpsertPullRequest, runner: Runner) -> str:
    """Where a person makes a pull request from the branch, with the mark by which later runs keep it up to date."""
    ends = f"{quote(wanted.base)}...{quote(wanted.branch)}"
    return f"{runner.server_url}/{wanted.change.repository}/compare/{ends}?expand=1&body={quote(wanted.mark)}"


def _fails(problem: NetpolActionError, runner: Runner) -> bool:
    """Whether the run fails. Runs by Dependabot may only read unless the job says otherwise: that is nobody's fault.

    Whatever else is forbidden, a protected branch or a token that has run out, fails them as any other run.
    """
    may_only_read = isinstance(problem, ForbiddenError) and _READ_ONLY in str(problem).lower()
    return not (may_only_read and runner.actor == DEPENDABOT)


def _failed(sentence: str, outputs: Iterable[LocalEffect], *, fails: bool = True) -> Performed:
    if not fails:
        return Performed((*outputs, *warned(sentence, "not-published")))
    said = (Annotate(Level.ERROR, sentence, "not-published"), AppendSummary(f"**{prose(sentence)}.**\n\n"))
    return Performed((*outputs, *said), (sentence,))


def _outputs(effect: type[PushCommit | UpsertPullRequest], known: Iterable[tuple[str, str]]) -> tuple[SetOutput, ...]:
    """All outputs of the effect, empty where they are not known."""
    values = dict(known)
    return tuple(SetOutput(name, values.get(name, "")) for name in OUTPUTS_OF[effect])


def _of_commit(commit: Commit | None) -> tuple[tuple[str, str], ...]:
    if commit is None:
        return ()
    return (("commit-sha", commit.sha), ("commit-verified", "true" if commit.verified else "false"))


def _of_pull_request(done: Proposed) -> tuple[tuple[str, str], ...]:
    found = done.pull_request
    known = (("pull-request-number", str(found.number)), ("pull-request-url", found.url)) if found else ()
    return (*known, ("pull-request-operation", done.operation))


def _log_of_commit(wanted: PushCommit, commit: Commit | None) -> str:
    place = f"{wanted.branch} of {wanted.change.repository or 'origin'}"
    if commit is None:
        return f"nothing to commit to {place}"
    return f"committed {paths_of(wanted.change.files)} to {place} as {commit.sha[:7]}"


def _log_of_pull_request(wanted: UpsertPullRequest, done: Proposed) -> str:
    found = done.pull_request
    if found is None:
        return f"nothing to propose to {wanted.base} of {wanted.change.repository}"
    what = f"pull request {found.number} of {wanted.change.repository}: {found.url}"
    return f"nothing to change in {what}" if done.operation == "none" else f"{done.operation} {what}"


def _links(done: Proposed) -> tuple[AppendSummary, ...]:
    found = done.pull_request
    if found is None:
        return ()
    what = "is closed: nothing is left to change" if done.operation == "closed" else "has the policies"
    return (AppendSummary(f"[Pull request {found.number}]({found.url}) {what}.\n\n"),)
