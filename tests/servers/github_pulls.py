"""The pull requests of the small GitHub: one for two branches, with labels, people and teams."""

from __future__ import annotations

from typing import Any

from github_git import GitData, Refused
from github_shapes import issue, label, pull, review, team, user

UNKNOWN = ("nobody", "no-team")
"""An account and a team that cannot be asked for a review."""


class Pulls:
    """The pull requests by number. `drafts` and `permitted` are settings of the repository."""

    def __init__(self, data: GitData) -> None:
        self.data = data
        self.all: dict[int, dict[str, Any]] = {}
        self.reviews: dict[int, list[str]] = {}
        self.drafts = self.permitted = True

    def open(self) -> list[dict[str, Any]]:
        return [each for each in self.all.values() if each["state"] == "open"]

    def listed(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """As GitHub does it, a filter for the head that it does not understand is no filter."""
        found = [each for each in self.all.values() if query.get("state", "open") in (each["state"], "all")]
        owner, colon, ref = query.get("head", "").partition(":")
        if colon:
            found = [each for each in found if (each["head"]["user"]["login"], each["head"]["ref"]) == (owner, ref)]
        return [each for each in found if query.get("base", each["base"]["ref"]) == each["base"]["ref"]]

    def one(self, number: int) -> dict[str, Any]:
        if number not in self.all:
            raise Refused("Not Found", 404)
        return self.all[number]

    def create(self, sent: dict[str, Any], author: str) -> dict[str, Any]:
        if not self.permitted and author == "github-actions[bot]":
            raise Refused("GitHub Actions is not permitted to create or approve pull requests.", 403)
        head, base, branches = sent["head"], sent["base"], self.data.branches()
        if head not in branches or base not in branches:
            raise Refused(f"Validation Failed: {head} or {base} is invalid")
        if any(each["head"]["ref"] == head and each["base"]["ref"] == base for each in self.open()):
            raise Refused(f"A pull request already exists for o:{head}.")
        if not self.data.git("rev-list", f"{branches[base]}..{branches[head]}"):
            raise Refused(f"No commits between {base} and {head}")
        if sent.get("draft") and not self.drafts:
            raise Refused("Draft pull requests are not supported in this repository.")
        self._limit(sent)
        number = 7 + len(self.all)
        made = pull(number, author, (head, branches[head]), (base, branches[base]))
        self.all[number] = {**made, **{name: sent[name] for name in ("title", "body", "draft") if name in sent}}
        return self.all[number]

    def update(self, number: int, sent: dict[str, Any]) -> dict[str, Any]:
        self._limit(sent)
        self.one(number).update(sent)
        return self.one(number)

    def close_without_branch(self) -> None:
        """A pull request whose branch goes is closed."""
        for each in self.open():
            if each["head"]["ref"] not in self.data.branches():
                each["state"] = "closed"

    def add_labels(self, number: int, names: list[str]) -> list[dict[str, Any]]:
        there = self.one(number)["labels"]
        there += [label(name) for name in names if name.lower() not in {each["name"].lower() for each in there}]
        return there

    def assign(self, number: int, logins: list[str]) -> dict[str, Any]:
        there = self.one(number)["assignees"]
        there += [user(login) for login in logins if login not in UNKNOWN]
        return issue(self.one(number))

    def ask(self, number: int, sent: dict[str, Any]) -> dict[str, Any]:
        asked, found = (sent.get("reviewers", []), sent.get("team_reviewers", [])), self.one(number)
        if set(UNKNOWN) & {*asked[0], *asked[1]}:
            raise Refused("Reviews may only be requested from collaborators.")
        if found["user"]["login"] in asked[0]:
            raise Refused("Review cannot be requested from pull request author.")
        found["requested_reviewers"] += [user(login) for login in asked[0]]
        found["requested_teams"] += [team(slug) for slug in asked[1]]
        return found

    def reviewed(self, number: int) -> list[dict[str, Any]]:
        return [review(login, number) for login in self.reviews.get(number, [])]

    def _limit(self, sent: dict[str, Any]) -> None:
        if len(sent.get("body", "").encode("utf-16-le")) > 2 * 65_536:
            raise Refused("body is too long (maximum is 65536 characters)")
