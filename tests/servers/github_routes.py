"""Which request of the API for git data and pull requests asks for what."""

from __future__ import annotations

import re
from typing import Any

from github_git import GitData, Refused
from github_pulls import Pulls

Answer = tuple[int, Any]


class UnknownPath(Exception):  # noqa: N818  # no error of the test
    """No request that this knows."""


class Routes:
    """Answers requests of somebody, by the login."""

    def __init__(self, data: GitData, pulls: Pulls, login: str) -> None:
        self.data, self.pulls, self.login = data, pulls, login

    def answer(self, method: str, path: str, query: dict[str, str], sent: dict[str, Any]) -> Answer:
        """`path` counts from the repository's own."""
        if found := re.fullmatch(r"/git/(refs?)(?:/heads/(.+))?", path):
            return self._ref(method, found[2] or "", sent)
        if found := re.fullmatch(r"/git/(commits|trees|blobs)(?:/(\w+))?", path):
            return self._object(found[1], found[2] or "", sent)
        if found := re.fullmatch(r"/(?:pulls|issues)/(\d+)(/\w+)?", path):
            return self._pull(method, int(found[1]), found[2] or "", sent)
        if path == "/pulls":
            return (200, self.pulls.listed(query)) if method == "GET" else (201, self.pulls.create(sent, self.login))
        return self._history(path, query)

    def _history(self, path: str, query: dict[str, str]) -> Answer:
        size, page = int(query.get("per_page", "30")), int(query.get("page", "1"))
        if found := re.fullmatch(r"/compare/(\w+)\.\.\.(\w+)", path):
            return 200, self.data.compare(found[1], found[2], size, page)
        if path == "/commits":
            return 200, self.data.listed(query["sha"], size=size, page=page)
        raise UnknownPath(path)

    def _ref(self, method: str, branch: str, sent: dict[str, Any]) -> Answer:
        if method == "GET":
            return 200, self.data.read_ref(branch)
        if method == "POST":
            return 201, self.data.create_ref(sent["ref"], sent["sha"])
        if method == "PATCH":
            return 200, self.data.update_ref(branch, sent["sha"], force=sent.get("force", False))
        self.data.delete_ref(branch)
        self.pulls.close_without_branch()
        return 204, None

    def _object(self, kind: str, sha: str, sent: dict[str, Any]) -> Answer:
        read = {"commits": self.data.read_commit, "trees": self.data.read_tree, "blobs": self.data.read_blob}
        if sha:
            return 200, read[kind](sha)
        if kind == "commits":
            return 201, self.data.create_commit(sent, self.login)
        return 201, (self.data.create_tree if kind == "trees" else self.data.create_blob)(sent)

    def _pull(self, method: str, number: int, what: str, sent: dict[str, Any]) -> Answer:
        match what:
            case "/labels":
                return 200, self.pulls.add_labels(number, sent["labels"])
            case "/assignees":
                return 201, self.pulls.assign(number, sent["assignees"])
            case "/reviews":
                return 200, self.pulls.reviewed(number)
            case "/requested_reviewers":
                return 201, self.pulls.ask(number, sent)
        return 200, self.pulls.one(number) if method == "GET" else self.pulls.update(number, sent)


def graphql(data: GitData, pulls: Pulls, sent: dict[str, Any], *, known: bool, refusal: str = "") -> dict[str, Any]:
    """The answer of GraphQL; `known` is whether this server has updateRefs, `refusal` why that is not for the token."""
    query, given = sent["query"], sent["variables"].get("input", {})
    if "repository(" in query:
        return {"data": {"repository": {"id": "R_2"}}}
    if "convertPullRequestToDraft" in query:
        pulls.one(int(given["pullRequestId"].removeprefix("PR_")))["draft"] = True
        return {"data": {"convertPullRequestToDraft": {"clientMutationId": None}}}
    if refusal:
        return {"errors": [{"type": "FORBIDDEN", "message": refusal}]}
    if not known:
        return {"errors": [{"message": "Field 'updateRefs' doesn't exist on type 'Mutation'"}]}
    (update,) = given["refUpdates"]
    try:
        data.swap(update["name"], update["beforeOid"], update["afterOid"], force=update["force"])
    except Refused as refused:
        return {"errors": [{"message": refused.message, "type": "UNPROCESSABLE"}]}
    pulls.close_without_branch()
    return {"data": {"updateRefs": {"clientMutationId": None}}}
