"""What a run publishes policies to: repository, branch, commit and path. Pure: what git says comes in as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from netpol_action.errors import UsageError
from netpol_action.event import PullRequest
from netpol_action.publish.effects import MadeFrom
from netpol_action.runner import Runner

ON_PULL_REQUEST = "pull_request"
"""The event whose checkout is the merge of a pull request, on no branch."""

_SHORT = 7


@dataclass(frozen=True, slots=True)
class Checkout:
    """A repository as it is checked out.

    `top` is absolute, with links resolved. `head` is the commit, by sha, and `branch` empty where that is detached.
    `remote` is the URL of origin; `repository` its `owner/name`, empty where it does not lie on the runner's server.
    """

    top: Path
    head: str
    branch: str = ""
    repository: str = ""
    remote: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the policies are to go: `path` counts from the top of the repository (`owner/name`).

    `repository` is empty where only the checkout's remote is known, to which git leads.
    `branch` is the one that the run is on, empty where it is on none; `start` the commit of it that the run saw.
    `suffix` is added to the name of a pull request's branch. `checkout` is what all that was found in.
    `inputs` are what the run reads of the repository. `kustomization` is the file in it that is to list the policies,
    empty for none.
    """

    repository: str
    path: str
    branch: str = ""
    start: str = ""
    suffix: str = ""
    checkout: Checkout | None = None
    inputs: MadeFrom = field(default_factory=MadeFrom)
    kustomization: str = ""


def target(file: Path, runner: Runner, checkout: Checkout | None, pull_request: PullRequest | None) -> Target:
    """What the policies in `file` (absolute, with links resolved) are to be published to.

    Raises UsageError where the file does not lie in the repository that is checked out.
    """
    repository = _repository(runner, checkout, pull_request)
    path = path_in(checkout, runner, file)
    if checkout and checkout.branch:
        return Target(repository, path, checkout.branch, checkout.head)
    if repository != runner.repository:
        return Target(repository, path, "", checkout.head if checkout else "")
    head = checkout.head if checkout else runner.sha
    if runner.event_name == ON_PULL_REQUEST and pull_request and head in (runner.sha, pull_request.head_sha):
        own = not pull_request.from_fork
        return Target(repository, path, pull_request.head_ref if own else "", pull_request.head_sha)
    return Target(repository, path, runner.branch if head == runner.sha else "", head)


def _repository(runner: Runner, checkout: Checkout | None, pull_request: PullRequest | None) -> str:
    """The repository that is checked out, empty where only its remote is known.

    GitHub does not tell names apart by case. A remote elsewhere, a mirror or an alias of SSH, is one of the run's
    repository where the run's commit is checked out; else it may be any other's.
    """
    if checkout and checkout.repository and checkout.repository.lower() != runner.repository.lower():
        return checkout.repository
    of_run = (runner.sha, pull_request.head_sha if pull_request else "")
    if checkout and checkout.remote and not checkout.repository and checkout.head not in of_run:
        return ""
    return runner.repository


def path_in(checkout: Checkout | None, runner: Runner, file: Path) -> str:
    """A file by its path in the repository. Raises UsageError where it does not lie in the one that is checked out."""
    top = checkout.top if checkout else Path(runner.workspace)
    if not file.is_relative_to(top):
        raise UsageError(f"{file} does not lie in the repository that is checked out, and publish needs it")
    return file.relative_to(top).as_posix()


def suffix(kind: str, start: str, moment: float, random: str) -> str:
    """What is added to the name of a branch, by one of `inputs.SUFFIXES`; `moment` is in seconds since 1970."""
    endings = {"random": random, "timestamp": str(int(moment)), "short-commit-hash": start[:_SHORT]}
    return f"-{endings[kind]}" if endings.get(kind) else ""
