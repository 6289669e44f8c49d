"""Brings a commit to its branch: by GitHub's API where that can be used, so that GitHub signs, else by git."""

from __future__ import annotations

from collections.abc import Callable

from netpol_action.publish.checkout import lies_on
from netpol_action.publish.commits import Maker, Pushed, push_commit
from netpol_action.publish.connection import Connection
from netpol_action.publish.effects import PushCommit
from netpol_action.publish.errors import ForbiddenError, PublishingError
from netpol_action.publish.git_access import Access, by_token, of_checkout
from netpol_action.publish.git_repository import git_repository
from netpol_action.publish.github_repository import GitHubRepository
from netpol_action.publish.repeating import repeated
from netpol_action.publish.target import Checkout
from netpol_action.runner import Runner

Hide = Callable[[str], None]
"""Has a secret taken out of the log."""


def landed(wanted: PushCommit, runner: Runner, token: str, checkout: Checkout | None, hide: Hide) -> Pushed:
    """What became of the commit on its branch. Raises PublishingError where it cannot be done.

    Where the API forbids it, the checkout may hold credentials of its own that may do more: a deploy key, another
    token. They are good for its own remote only, which need not be where the commit is to go.
    """
    name = wanted.change.repository.lower()
    here = checkout if checkout and checkout.remote and checkout.repository.lower() == name else None
    if not (token and runner.api_url and wanted.change.repository):
        if here is None:
            raise PublishingError(_no_way(wanted, runner, token, checkout))
        return _by_git(wanted, here, _access(here, runner, token), hide, runner)
    try:
        return _by_api(wanted, runner, token)
    except ForbiddenError as problem:
        access = of_checkout(here.top) if here else None
        if here is None or access is None or not access.own:
            raise
        try:
            return _by_git(wanted, here, access, hide, runner)
        except ForbiddenError:
            raise problem from None  # most often these are the credentials of the same token


def _no_way(wanted: PushCommit, runner: Runner, token: str, checkout: Checkout | None) -> str:
    """Why neither GitHub's API nor git can be used."""
    lacking = f"there is no {'address of' if token else 'token for'} GitHub's API"
    if checkout is None or not checkout.remote:
        return f"{lacking}, and no remote named origin for git"
    meant = f"{wanted.change.repository} on {runner.server_url or 'GitHub'}"
    advice = "" if token else ": give the action a token for it"
    return f"{lacking}, and git's remote origin, {checkout.remote}, is not {meant}{advice}"


def _by_api(wanted: PushCommit, runner: Runner, token: str) -> Pushed:
    connection = Connection(runner.api_url, token, wanted.change.repository)
    maker = Maker(GitHubRepository(connection, runner.server_url), wanted)
    return connection.repeated(lambda: push_commit(maker, wanted))


def _by_git(wanted: PushCommit, checkout: Checkout, access: Access, hide: Hide, runner: Runner) -> Pushed:
    for secret in access.secrets:
        hide(secret)
    with git_repository(checkout.top, access, in_workflow=runner.in_workflow) as repository:
        maker = Maker(repository, wanted)
        return repeated(lambda: push_commit(maker, wanted))


def _access(checkout: Checkout, runner: Runner, token: str) -> Access:
    """The token goes to the server that a workflow's is for; elsewhere, to the HTTP server that its user has as origin.

    Without one, the checkout's own way is tried. In a workflow nobody but the checkout knows a password; elsewhere the
    user's own settings may.
    """
    remote = checkout.remote
    if token and (lies_on(remote, runner.server_url) if runner.server_url else remote.startswith(("https:", "http:"))):
        return by_token(remote, token)
    access = of_checkout(checkout.top)
    if runner.in_workflow and not access.own:
        raise ForbiddenError("there is no token, and the checkout holds nothing that opens its remote")
    return access
