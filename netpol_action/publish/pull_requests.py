"""A repository's pull requests, as far as publishing needs them. What is to be done with them is decided elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class PullRequestState:
    """An open pull request as it is. Accounts are logins, teams their short names (`slug`).

    `reviewers` are those asked for a review and those who gave one.
    """

    number: int
    url: str
    title: str
    body: str = field(repr=False)
    node: str = ""
    draft: bool = False
    author: str = ""
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    team_reviewers: tuple[str, ...] = ()


class PullRequests(Protocol):
    """The pull requests of a repository. Methods raise PublishingError, PassingError where trying again may help."""

    def find(self, branch: str, base: str) -> PullRequestState | None:
        """The open pull request from a branch of the repository into another, without those who reviewed it."""

    def look(self, number: int) -> PullRequestState:
        """An open pull request with those who reviewed it."""

    def create(self, branch: str, base: str, title: str, body: str, *, draft: bool) -> PullRequestState:
        """Makes one. Raises RefusedError where there is one from the branch, or where drafts are not to be had."""

    def edit(self, number: int, title: str, body: str) -> None:
        """Replaces its title and body."""

    def close(self, number: int) -> None:
        """Closes it."""

    def make_draft(self, node: str) -> None:
        """Turns it back into a draft."""

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """Adds labels, which are made where there are none of that name."""

    def add_assignees(self, number: int, assignees: Sequence[str]) -> Sequence[str]:
        """Assigns it to more people; returns who is assigned then, since some may silently not be taken."""

    def request_reviews(self, number: int, reviewers: Sequence[str], teams: Sequence[str]) -> None:
        """Asks for reviews."""
