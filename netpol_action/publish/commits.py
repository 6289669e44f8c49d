"""Decides how files get into a branch: once, for GitHub's API and for git.

All begins by looking, so that it can be begun again at any point: what is there already is not done twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from netpol_action.publish.effects import ListResource, PushCommit, UpsertPullRequest, WriteFile
from netpol_action.publish.errors import PublishingError
from netpol_action.publish.kustomizations import edited_there, is_listed
from netpol_action.publish.repository import LFS_POINTER, LINK, Commit, Repository
from netpol_action.publish.runs import is_later, marks_of, message_of, purpose_of
from netpol_action.publish.staleness import refuse_stale

ROUNDS: Final = 5
"""How often a branch that others move is looked at, before that is reported."""

OVERTAKEN: Final = "a later run has written to the branch {} already, and this one leaves it as it is"

GONE: Final = "the branch {} has been removed while this ran, and is not made again"

_SHA1: Final = 40


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of a commit: None where there was nothing to commit, or something against it, as a warning says."""

    commit: Commit | None = None
    warnings: tuple[str, ...] = ()


class Maker:
    """Makes the commits of what is wanted, and knows them again. The one on a parent is made once."""

    def __init__(self, repository: Repository, wanted: PushCommit | UpsertPullRequest) -> None:
        self.repository = repository
        self.change = wanted.change
        self.purpose = purpose_of(wanted)
        self._made: dict[str, Commit] = {}

    def on(self, parent: str) -> Commit:
        """The commit of the change on a parent, on no branch as yet."""
        if parent not in self._made:
            change = self.change
            signer = (change.author or self.repository.owner()) if change.sign_off else None
            tree = self.repository.tree(parent, written(self.repository, parent, change.files))
            message = message_of(change, self.purpose, tree, signer)
            self._made[parent] = self.repository.commit(parent, tree, message, change.author)
        return self._made[parent]

    def made(self, commit: Commit | None) -> bool:
        """Whether a commit was made here."""
        return commit is not None and any(each.sha == commit.sha for each in self._made.values())

    def owns(self, commit: Commit) -> bool:
        """Whether a run for the same purpose made a commit, and nobody has amended it since."""
        marks = marks_of(commit.message)
        return marks is not None and (marks.purpose, marks.tree) == (self.purpose, commit.tree)

    def is_by_later(self, commit: Commit | None) -> bool:
        """Whether a later run for the same purpose made a commit, amended or not."""
        marks = marks_of(commit.message) if commit else None
        return marks is not None and marks.purpose == self.purpose and is_later(marks.run, self.change.run)


def push_commit(maker: Maker, wanted: PushCommit) -> Pushed:
    """Brings the change to the branch as a commit on its tip; without a commit where the files are there already.

    On a branch other than that of the run, what a later run for the same files has committed is left alone as well.
    Begun again after a lost answer, it gives the commit that had landed. Raises PublishingError where a file changed
    on the branch since the run looked at it, or one that it was made from, where the branch does not come to rest, and
    where a path cannot be written.
    """
    repository, files = maker.repository, wanted.change.files
    for _ in range(ROUNDS):
        tip = repository.tip(wanted.branch)
        if maker.made(tip):
            return Pushed(tip)
        if tip is None and not wanted.begin:
            return Pushed(warnings=(GONE.format(wanted.branch),))
        at = tip.sha if tip else wanted.start
        if not at:
            raise PublishingError(f"there is no branch {wanted.branch}, and no commit is known that it could begin at")
        if not differing(repository, at, files):
            return Pushed()
        if not wanted.exact and maker.is_by_later(tip):
            return Pushed(warnings=(OVERTAKEN.format(wanted.branch),))
        if tip and wanted.exact and wanted.start not in ("", tip.sha):
            _refuse_changed(repository, wanted, tip.sha)
            refuse_stale(repository, wanted.change, wanted.branch, tip.sha)
        commit = maker.on(at)
        if repository.move(wanted.branch, tip.sha if tip else "", commit.sha):
            return Pushed(commit)
    raise PublishingError(f"the branch {wanted.branch} moved {ROUNDS} times while this ran: run again")


def differing(
    repository: Repository, commit: str, files: Sequence[WriteFile | ListResource]
) -> tuple[WriteFile | ListResource, ...]:
    """What a commit does not have as it is wanted: files with another content, kustomizations that do not list one.

    Raises PublishingError where one of them cannot be written there: in a submodule, below a file or a link, in the
    place of a directory, or where Git LFS keeps the file.
    """
    return tuple(file for file in files if _differs(repository, commit, file))


def written(repository: Repository, commit: str, files: Sequence[WriteFile | ListResource]) -> tuple[WriteFile, ...]:
    """The files to be written to a commit: the kustomizations among them are edited as they are there."""
    return tuple(file if isinstance(file, WriteFile) else edited_there(repository, commit, file) for file in files)


def blob_id(content: bytes, pattern: str) -> str:
    """The name that git gives to a file's content, in the hash of another object's name."""
    kind = "sha1" if len(pattern) == _SHA1 else "sha256"
    return hashlib.new(kind, b"blob %d\0%b" % (len(content), content), usedforsecurity=False).hexdigest()


def _differs(repository: Repository, commit: str, file: WriteFile | ListResource) -> bool:
    if isinstance(file, ListResource):
        return not is_listed(repository, commit, file)
    entry = repository.entry(commit, file.path)
    if entry is None:
        _refuse_in_the_way(repository, commit, file.path)
        return True
    if entry.kind == "commit":
        raise PublishingError(f"{file.path} lies in a submodule: publish from a checkout of that repository")
    if entry.kind == "tree":
        raise PublishingError(f"{file.path} is a directory there: name another file in `policies-path`")
    if entry.id == blob_id(file.content, entry.id) and entry.mode != LINK:
        return False
    if repository.content(entry.id, len(LFS_POINTER)).startswith(LFS_POINTER):
        raise PublishingError(f"{file.path} is kept by Git LFS, which is not written to: exclude it in .gitattributes")
    return True


def _refuse_in_the_way(repository: Repository, commit: str, path: str) -> None:
    """Refuses to replace a file or a link by a directory: what it leads to is not what the run looked at."""
    for directory in PurePosixPath(path).parents:
        there = repository.entry(commit, str(directory)) if directory.name else None
        if there and there.kind == "blob":
            kind = "symbolic link" if there.mode == LINK else "file"
            raise PublishingError(f"{path} cannot be written there: {directory} is a {kind}")


def _refuse_changed(repository: Repository, wanted: PushCommit, tip: str) -> None:
    """Refuses to overwrite what somebody else made of a file since the run looked at it."""
    for file in differing(repository, tip, wanted.change.files):
        if isinstance(file, WriteFile) and repository.entry(wanted.start, file.path) != repository.entry(
            tip, file.path
        ):
            raise PublishingError(
                f"the branch {wanted.branch} moved while this ran, and {file.path} changed there: run again"
            )
