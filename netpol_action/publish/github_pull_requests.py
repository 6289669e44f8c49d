"""The pull requests of a repository on GitHub."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from netpol_action.publish.connection import Connection
from netpol_action.publish.failures import understood
from netpol_action.publish.pull_requests import PullRequestState

_DRAFT: Final = """mutation($input: ConvertPullRequestToDraftInput!) {
  convertPullRequestToDraft(input: $input) { clientMutationId }
}"""


class GitHubPullRequests:
    """`pull_requests.PullRequests`, by GitHub's API."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @understood()
    def find(self, branch: str, base: str) -> PullRequestState | None:
        """The open pull request from a branch of the repository into another, without those who reviewed it."""
        repository = self._connection.repository
        owner = repository.partition("/")[0]
        for each in self._connection.listed("/pulls", state="open", head=f"{owner}:{branch}", base=base):
            # GitHub ignores a filter that it does not understand, and repositories of one owner can be forks.
            head = each["head"]
            where = (head["repo"] or {}).get("full_name", "")
            if head["ref"] == branch and each["base"]["ref"] == base and where.lower() == repository.lower():
                return _state(each)
        return None

    @understood()
    def look(self, number: int) -> PullRequestState:
        """An open pull request with those who reviewed it."""
        reviews = self._connection.listed(f"/pulls/{number}/reviews")
        reviewed = (each["user"]["login"] for each in reviews if each["user"])
        return _state(self._connection.get(f"/pulls/{number}"), *reviewed)

    @understood()
    def create(self, branch: str, base: str, title: str, body: str, *, draft: bool) -> PullRequestState:
        """Makes one. Raises RefusedError where there is one from the branch, or where drafts are not to be had."""
        wanted = {"head": branch, "base": base, "title": title, "body": body, "draft": draft}
        return _state(self._connection.send("POST", "/pulls", wanted))

    def edit(self, number: int, title: str, body: str) -> None:
        """Replaces its title and body."""
        self._connection.send("PATCH", f"/pulls/{number}", {"title": title, "body": body})

    def close(self, number: int) -> None:
        """Closes it."""
        self._connection.send("PATCH", f"/pulls/{number}", {"state": "closed"})

    def make_draft(self, node: str) -> None:
        """Turns it back into a draft, which REST cannot."""
        self._connection.graphql(_DRAFT, input={"pullRequestId": node})

    def add_labels(self, number: int, labels: Sequence[str]) -> None:
        """Adds labels, which are made where there are none of that name."""
        self._connection.send("POST", f"/issues/{number}/labels", {"labels": list(labels)})

    @understood()
    def add_assignees(self, number: int, assignees: Sequence[str]) -> Sequence[str]:
        """Assigns it to more people; returns who is assigned then. GitHub says nothing of whom it does not take."""
        found = self._connection.send("POST", f"/issues/{number}/assignees", {"assignees": list(assignees)})
        return [each["login"] for each in found["assignees"]]

    def request_reviews(self, number: int, reviewers: Sequence[str], teams: Sequence[str]) -> None:
        """Asks for reviews."""
        asked = {"reviewers": list(reviewers), "team_reviewers": list(teams)}
        self._connection.send("POST", f"/pulls/{number}/requested_reviewers", asked)


def _state(found: Mapping[str, Any], *reviewed: str) -> PullRequestState:
    return PullRequestState(
        found["number"],
        found["html_url"],
        found["title"],
        found["body"] or "",
        found["node_id"],
        bool(found.get("draft")),
        (found["user"] or {}).get("login", ""),
        tuple(each["name"] for each in found["labels"]),
        tuple(each["login"] for each in found["assignees"] or ()),
        (*(each["login"] for each in found["requested_reviewers"] or ()), *reviewed),
        tuple(each["slug"] for each in found["requested_teams"] or ()),
    )
