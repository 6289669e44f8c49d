"""Effects: the writes that a run intends, as values. `plan` makes them, the other modules perform one kind each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from netpol_action.author import Author


class Level(StrEnum):
    """The kinds of annotations, by the names of their workflow commands."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class WriteFile:
    """A file of the workspace; `path` is relative to it, with forward slashes."""

    path: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class ListResource:
    """A kustomization of a branch, by its path there, that is to list a file among its resources.

    All else in it stays as it is on that branch, whatever became of it in the workspace or since the run looked.
    """

    path: str
    resource: str


@dataclass(frozen=True, slots=True)
class SetOutput:
    """One output of the action's step."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class AppendSummary:
    """Markdown for the job summary, within the runner's limit."""

    markdown: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Annotate:
    """A message beside the code. `path` is empty and `line` 0 where it belongs to no place."""

    level: Level
    message: str
    title: str = ""
    path: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class UpsertComment:
    """The one comment of this key on a pull request, made or updated in place.

    `mark` is hidden text at its beginning by which it is found again; `run` is the run that says so, since a later run
    is not overwritten by an earlier one. Where it does not `apply`, an existing one is updated and hidden as
    outdated, and none is made; nor is one made unless it `may_create` one.
    """

    pull_request: int
    mark: str
    run: tuple[int, int]
    markdown: str = field(repr=False)
    applies: bool = True
    may_create: bool = True


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """What policies are made from, by paths from the top of the repository, which itself is empty.

    All counts that lies at or below the paths of `whole`; below the directories `searched` what a search for manifests
    finds.
    """

    whole: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be committed to a repository (`owner/name`), with paths relative to its top.

    `message` is the whole text but for a line of sign-off, which waits for the author to be known: without `author` it
    is whom the token belongs to, and only then does GitHub sign the commit. `run` is the run that wants it. `inputs`
    are what it was made from, as it is in the commit `seen`, empty where no branch that the change is for was seen.
    """

    repository: str
    files: tuple[WriteFile | ListResource, ...]
    message: str
    author: Author | None = None
    sign_off: bool = False
    run: tuple[int, int] = (0, 0)
    inputs: MadeFrom = field(default_factory=MadeFrom)
    seen: str = ""


@dataclass(frozen=True, slots=True)
class PushCommit:
    """The change as a commit on a branch; nothing where the branch has these files already.

    `start` is the commit that the run looked at. A branch that does not exist begins there. Where `exact` is set, the
    branch is the one that `start` was on: should one of the files have changed there since, nothing is overwritten.
    Where it does not `begin`, the branch was there when the run began, and is not made again where it has gone.
    """

    change: Change
    branch: str
    start: str
    exact: bool = True
    begin: bool = True


@dataclass(frozen=True, slots=True)
class UpsertPullRequest:
    """The one pull request from a branch of ours into `base`, made, updated, or closed where nothing is left to change.

    The branch is reset to the tip of `base` with the change on top, unless others have committed to it. `mark` is
    hidden text at the beginning of the body. `draft` is one of `inputs.DRAFTS`.
    """

    change: Change
    branch: str
    base: str
    title: str
    mark: str
    body: str = field(repr=False)
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    team_reviewers: tuple[str, ...] = ()
    draft: str = "false"
    delete_branch: bool = False


@dataclass(frozen=True, slots=True)
class UploadArtifacts:
    """The files as one zip, and `picture`, where there is one, by itself as well, so that it opens in a browser.

    A name that is taken is an end of it where `exact` is set; otherwise a number is added. `directory` is where people
    find the files on the machine.
    """

    name: str
    files: tuple[WriteFile, ...]
    picture: WriteFile | None = None
    exact: bool = False
    directory: str = ""


LocalEffect = WriteFile | SetOutput | AppendSummary | Annotate
RemoteEffect = UploadArtifacts | PushCommit | UpsertPullRequest | UpsertComment
Effect = LocalEffect | RemoteEffect

OUTPUTS_OF: Final[Mapping[type[RemoteEffect], tuple[str, ...]]] = {
    UploadArtifacts: ("artifact-url", "picture-url"),
    PushCommit: ("commit-sha", "commit-verified"),
    UpsertPullRequest: (
        "commit-sha",
        "commit-verified",
        "pull-request-number",
        "pull-request-url",
        "pull-request-operation",
    ),
    UpsertComment: ("comment-url",),
}
"""The outputs that whoever performs an effect sets, in every case."""
