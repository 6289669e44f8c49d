"""The event that started a workflow, of whose payload a run needs to know which change it is about."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PullRequest:
    """The pull request of an event. `base_sha` is the tip of its base when the event happened, which may have moved.

    `base_repository` and `head_repository` are `owner/name`; the latter is empty where a fork has been deleted.
    """

    number: int
    base_ref: str
    base_sha: str
    head_sha: str
    head_ref: str = ""
    base_repository: str = ""
    head_repository: str = ""

    @property
    def from_fork(self) -> bool:
        """Whether it comes from another repository, whose runs get a token that may only read."""
        return self.head_repository != self.base_repository


@dataclass(frozen=True, slots=True)
class FinishedRun:
    """The run for a pull request that a `workflow_run` event reports: where the head of that pull request was.

    GitHub vouches for all of it. It names the pull request itself only where that comes from the same repository, and
    what a fork's run leaves behind may say anything: so it is to be looked up.
    """

    head_sha: str
    head_owner: str
    head_repository: str
    head_branch: str

    def is_of(self, pull_request: PullRequest) -> bool:
        """Whether the pull request's head is where the run's was; no longer where it has moved on."""
        return (pull_request.head_sha, pull_request.head_repository) == (self.head_sha, self.head_repository)


@dataclass(frozen=True, slots=True)
class MergeGroup:
    """What a merge queue is about to merge: `base_sha` is what it is put on, another group or the tip of the branch."""

    base_sha: str
    head_sha: str


def merge_group(payload: bytes) -> MergeGroup:
    """The group that the payload of a `merge_group` event names; its texts are empty where it names none."""
    found = _member(_object(payload), "merge_group")
    return MergeGroup(_text(found, "base_sha"), _text(found, "head_sha"))


def pull_request(payload: bytes) -> PullRequest | None:
    """The pull request that the payload (GitHub's JSON) names, None where it names none or is none."""
    return described(_member(_object(payload), "pull_request"))


def described(found: Mapping[str, object]) -> PullRequest | None:
    """A pull request as GitHub describes it in events and in answers of its API, None where it has no number."""
    number = found.get("number")
    if not isinstance(number, int) or number <= 0:
        return None
    base, head = _member(found, "base"), _member(found, "head")
    return PullRequest(
        number,
        _text(base, "ref"),
        _text(base, "sha"),
        _text(head, "sha"),
        _text(head, "ref"),
        _text(_member(base, "repo"), "full_name"),
        _text(_member(head, "repo"), "full_name"),
    )


def finished_run(payload: bytes) -> FinishedRun | None:
    """The run on `pull_request` that the payload of a `workflow_run` event reports, None where it reports no such."""
    run = _member(_object(payload), "workflow_run")
    repository = _member(run, "head_repository")  # null when the fork has been deleted
    owner, name = _text(_member(repository, "owner"), "login"), _text(repository, "full_name")
    sha, branch = _text(run, "head_sha"), _text(run, "head_branch")
    if _text(run, "event") != "pull_request" or not _COMMIT.fullmatch(sha) or not (owner and name and branch):
        return None
    return FinishedRun(sha, owner, name, branch)


def follows_fork(payload: bytes, repository: str) -> bool:
    """Whether the run that a `workflow_run` event reports was for another repository than this one (`owner/name`).

    Only pull requests from forks have such runs. True also where the payload does not say it, as with a fork that has
    been deleted.
    """
    run = _member(_object(payload), "workflow_run")
    return _text(_member(run, "head_repository"), "full_name").lower() != repository.lower()


def _object(payload: bytes) -> object:
    try:
        return json.loads(payload)
    except (ValueError, RecursionError):
        return None


def _member(value: object, name: str) -> Mapping[str, object]:
    member = value.get(name) if isinstance(value, dict) else None
    return member if isinstance(member, dict) else {}


def _text(value: Mapping[str, object], name: str) -> str:
    text = value.get(name)
    return text if isinstance(text, str) else ""
