"""Decides how a branch of ours and its pull request come to be as they are wanted.

All begins by looking, so that it can be begun again at any point. Of two runs at once the later one wins: a branch or
a body that it has written is left alone. A branch is only reset or removed where a run for the same purpose made it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from netpol_action.inputs import PULL_REQUEST_BRANCH
from netpol_action.publish.commits import OVERTAKEN, ROUNDS, Maker, differing
from netpol_action.publish.effects import UpsertPullRequest
from netpol_action.publish.errors import ForbiddenError, PassingError, PublishingError, RefusedError
from netpol_action.publish.pull_requests import PullRequests, PullRequestState
from netpol_action.publish.repository import Commit
from netpol_action.publish.runs import body_of, is_later, is_marked, marks_of, run_of_body, same_content
from netpol_action.publish.staleness import refuse_stale

NO_DRAFTS: Final = "the pull request is no draft: this repository offers none"
NOT_OURS: Final = (
    "the pull request {} was not made by this action, and keeps its title, text, labels and people as they are"
)
NOT_REMOVED: Final = "the branch {} is not needed any more, and could not be removed: {}"
_MERGE: Final = 2


@dataclass(frozen=True, slots=True)
class Proposed:
    """What became of the pull request, None for none: `operation` is created, updated, closed or none."""

    operation: str
    pull_request: PullRequestState | None = None
    warnings: tuple[str, ...] = ()


class _Standing(Enum):
    READY = auto()
    NOTHING_LEFT = auto()
    LATER = auto()


@dataclass(slots=True)
class Proposal:
    """One pull request that is wanted, and what has been done for it, which lost answers do not tell.

    `commit` is the one that was made and is on the branch.
    """

    pulls: PullRequests
    maker: Maker
    wanted: UpsertPullRequest
    commit: Commit | None = None
    _creating: bool = False
    _editing: bool = False
    _closing: PullRequestState | None = None
    _warnings: list[str] = field(default_factory=list)

    def settled(self) -> Proposed:
        """Makes, updates or closes the pull request.

        Raises PublishingError where the branch holds commits by others or does not come to rest, PassingError where
        all is to be begun again.
        """
        standing, base, tip = self._branch()
        self.commit = tip if self.maker.made(tip) else None
        found = self.pulls.find(self.wanted.branch, self.wanted.base)
        if standing is _Standing.LATER:
            return Proposed("none", found, (OVERTAKEN.format(self.wanted.branch),))
        if standing is _Standing.NOTHING_LEFT:
            return self._closed(base, tip, found)
        if found is None:
            found = self._created()
        elif not is_marked(found.body):
            self._warnings.append(NOT_OURS.format(found.number))
        elif self._is_outdated(found) and not self._is_overtaken():
            self._editing = True
            self.pulls.edit(found.number, self.wanted.title, body_of(self.wanted))
        operation = "created" if self._creating else "updated" if self._editing or self.commit else "none"
        return Proposed(operation, found, tuple(self._warnings))

    def _branch(self) -> tuple[_Standing, Commit, Commit | None]:
        """Brings the branch to where it is to be: how it stands, the tip of the base, and its own."""
        repository, wanted, files = self.maker.repository, self.wanted, self.wanted.change.files
        for _ in range(ROUNDS):
            base, tip = repository.tip(wanted.base), repository.tip(wanted.branch)
            if base is None:
                raise PublishingError(f"there is no branch {wanted.base} in {wanted.change.repository}")
            if self.maker.is_by_later(tip):
                return _Standing.LATER, base, tip
            if not differing(repository, base.sha, files):
                return _Standing.NOTHING_LEFT, base, tip
            refuse_stale(repository, wanted.change, wanted.base, base.sha)
            if tip and tip.parents == (base.sha,) and not differing(repository, tip.sha, files):
                return _Standing.READY, base, tip
            if tip:
                self._refuse_to_lose(base, tip)
            commit = self.maker.on(base.sha)
            if repository.move(wanted.branch, tip.sha if tip else "", commit.sha):
                return _Standing.READY, base, commit
        raise PublishingError(f"the branch {wanted.branch} moved {ROUNDS} times while this ran: run again")

    def _refuse_to_lose(self, base: Commit, tip: Commit) -> None:
        """Refuses to reset a branch that no run for this purpose made, or that holds more than runs put there."""
        branch, beyond = self.wanted.branch, self.maker.repository.beyond(base.sha, tip.sha)
        others = [each for each in beyond if self._is_by_others(each)]
        people = ", ".join([each.sha[:7] for each in others if not _is_whole(each)][:3])
        if people:
            raise PublishingError(
                f"the branch {branch} holds commits by others ({people}), which would be lost: "
                "delete it, or name another in `branch`"
            )
        if others:
            purposes = sorted({marks.purpose for marks in (marks_of(each.message) for each in others) if marks})
            raise PublishingError(
                f"the branch {branch} holds policies of another job ({', '.join(purposes)}): give each its own `branch`"
            )
        is_default = branch.startswith(PULL_REQUEST_BRANCH) and not beyond
        if not (is_default or self._is_ours(beyond, tip)):
            raise PublishingError(
                f"the branch {branch} exists and was not made by this action: delete it, or name another in `branch`"
            )

    def _is_ours(self, beyond: Sequence[Commit], tip: Commit) -> bool:
        """Whether a run for this purpose made the branch: what it has beyond its base, or its tip where that is merged.

        The tip may be what the button "Update branch" made of ours.
        """
        if not beyond and len(tip.parents) == _MERGE:
            beyond = self.maker.repository.beyond(tip.parents[1], tip.sha)
        made = beyond or (tip,)
        return any(map(self.maker.owns, made)) and not any(map(self._is_by_others, made))

    def _is_by_others(self, commit: Commit) -> bool:
        """Whether a commit is neither by a run for this purpose nor a merge by GitHub's button "Update branch"."""
        return not self.maker.owns(commit) and not self._is_update(commit)

    def _is_update(self, commit: Commit) -> bool:
        """Whether GitHub merged, and our files are those of one side: in its editor for conflicts people write more."""
        if not (commit.by_github and len(commit.parents) == _MERGE):
            return False
        entry, paths = self.maker.repository.entry, [file.path for file in self.wanted.change.files]
        return all(entry(commit.sha, path) in [entry(each, path) for each in commit.parents] for path in paths)

    def _created(self) -> PullRequestState:
        wanted = self.wanted
        self._creating = True
        draft = wanted.draft != "false" and not self._warnings
        try:
            return self.pulls.create(wanted.branch, wanted.base, wanted.title, body_of(wanted), draft=draft)
        except RefusedError as problem:
            if draft and "draft pull requests are not supported" in str(problem).lower():
                self._warnings.append(NO_DRAFTS)
                return self._created()
            self._creating = False
            if "already exists" in str(problem).lower():
                raise PassingError("another run has made the pull request meanwhile", wait=0) from problem
            raise

    def _is_outdated(self, found: PullRequestState) -> bool:
        if is_later(run_of_body(found.body), self.wanted.change.run):
            return False
        return found.title.strip() != self.wanted.title.strip() or not same_content(found.body, body_of(self.wanted))

    def _is_overtaken(self) -> bool:
        """Whether a later run has been here since; asked right before writing, since nothing can be locked."""
        return self.maker.is_by_later(self.maker.repository.tip(self.wanted.branch))

    def _closed(self, base: Commit, tip: Commit | None, found: PullRequestState | None) -> Proposed:
        """Closes the pull request that has nothing left to change, but not what holds the work of others."""
        repository, wanted = self.maker.repository, self.wanted
        beyond = repository.beyond(base.sha, tip.sha) if tip else ()
        if any(map(self._is_by_others, beyond)):
            return Proposed("none", found if any(map(self.maker.owns, beyond)) else None)
        if found and not is_later(run_of_body(found.body), wanted.change.run):
            self._closing = found
            self.pulls.close(found.number)
        if tip and wanted.delete_branch and self._is_ours(beyond, tip):
            self._remove(tip)
        return Proposed("closed" if self._closing else "none", self._closing, tuple(self._warnings))

    def _remove(self, tip: Commit) -> None:
        """Removes the branch, unless somebody needs it by now or rules forbid it: the pull request is closed anyway."""
        try:
            self.maker.repository.move(self.wanted.branch, tip.sha, "")
        except (ForbiddenError, RefusedError) as problem:
            self._warnings.append(NOT_REMOVED.format(self.wanted.branch, problem))


def _is_whole(commit: Commit) -> bool:
    """Whether a run made a commit, for whatever purpose, and nobody has amended it since."""
    marks = marks_of(commit.message)
    return marks is not None and marks.tree == commit.tree
