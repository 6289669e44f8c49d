"""A repository on GitHub, by the Git Data API: so that GitHub signs the commits, and nothing has to be cloned.

Commits, trees and their parts never change under their names, and are asked for once.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlsplit

from netpol_action.author import Author
from netpol_action.publish.connection import Connection
from netpol_action.publish.effects import WriteFile
from netpol_action.publish.errors import ForbiddenError, MissingError, PublishingError, RefusedError
from netpol_action.publish.failures import understood
from netpol_action.publish.repository import Commit, Entry

WEB_FLOW: Final = "web-flow"
"""The account that commits what GitHub makes itself."""

_UPDATE: Final = """mutation($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }"""
_REPOSITORY: Final = "query($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { id } }"
_VIEWER: Final = "query { viewer { login databaseId } }"
_UNKNOWN: Final = ("doesn't exist on type", "isn't a defined input type")
"""What GraphQL says of a mutation that a server does not have."""

_NO_ANCESTOR: Final = "no common ancestor"
_MODES: Final = ("100644", "100755")


class GitHubRepository:
    """`repository.Repository`, by GitHub's API. `server_url` is where people see it."""

    def __init__(self, connection: Connection, server_url: str) -> None:
        self._connection = connection
        self._host = urlsplit(server_url).hostname or "github.com"
        self._commits: dict[str, Commit] = {}
        self._trees: dict[str, Mapping[str, Entry]] = {}
        self._identity = ""

    @understood()
    def tip(self, branch: str) -> Commit | None:
        """The commit that a branch is at, None where there is no such branch."""
        try:
            found = self._connection.get(f"/git/ref/heads/{quote(branch)}")
        except MissingError:
            return None
        return self._commit(found["object"]["sha"])

    @understood()
    def beyond(self, base: str, tip: str) -> Sequence[Commit]:
        """The commits that `tip` has and `base` does not; all of `tip` where they have no common history."""
        try:
            return [_beyond(each) for each in self._connection.listed(f"/compare/{base}...{tip}", "commits")]
        except MissingError as problem:
            if _NO_ANCESTOR not in str(problem).lower():
                raise
        return [_beyond(each) for each in self._connection.listed("/commits", sha=tip)]

    @understood()
    def entry(self, commit: str, path: str) -> Entry | None:
        """What the commit holds at a path, None for nothing. A way through a submodule ends at that."""
        tree = self._commit(commit).tree
        names = path.split("/")
        for depth, name in enumerate(names, 1):
            found = self._tree(tree).get(name)
            if found is None or depth == len(names) or found.kind == "commit":
                return found
            if found.kind != "tree":
                return None
            tree = found.id
        return None

    @understood()
    def directory(self, commit: str, path: str) -> Mapping[str, Entry]:
        """What the commit holds in a directory, by name; empty for none. The path of the top is empty."""
        there = self.entry(commit, path) if path else Entry("", "tree", self._commit(commit).tree)
        return self._tree(there.id) if there and there.kind == "tree" else {}

    @understood()
    def content(self, blob: str, most: int) -> bytes:
        """At least the first `most` bytes of a file, by the object's name."""
        return base64.b64decode(self._connection.get(f"/git/blobs/{blob}")["content"])[: max(most, 1)]

    @understood()
    def owner(self) -> Author:
        """Whom the token belongs to, with the address that GitHub gives to those who show none."""
        viewer = self._connection.graphql(_VIEWER)["viewer"]
        return Author(viewer["login"], f"{viewer['databaseId']}+{viewer['login']}@users.noreply.{self._host}")

    @understood()
    def tree(self, parent: str, files: Sequence[WriteFile]) -> str:
        """Makes the tree of a commit with these files replaced or added; returns the object's name."""
        entries = [self._changed(parent, file) for file in files]
        wanted = {"base_tree": self._commit(parent).tree, "tree": entries}
        return str(self._connection.send("POST", "/git/trees", wanted)["sha"])

    @understood()
    def commit(self, parent: str, tree: str, message: str, author: Author | None) -> Commit:
        """Makes a commit of a tree, on no branch as yet. Without an author GitHub signs it."""
        made = {"message": message, "tree": tree, "parents": [parent]}
        by = {"author": {"name": author.name, "email": author.address}} if author else {}
        return self._kept(_of_git(self._connection.send("POST", "/git/commits", {**made, **by})))

    @understood()
    def move(self, branch: str, before: str, after: str) -> bool:
        """Moves the branch, in one step; False where it is not, or no longer, at `before`.

        REST makes a branch in one step. To move or to remove one in one step needs GraphQL, which compares with
        `before`. Where a server does not have that, or does not allow it to the token, REST does it right after a look
        at the branch. Forward, what others push in between is safe, but a branch that they reset to an ancestor in
        between goes forward again; any other way, what they push in between is lost.
        """
        if not before:
            return self._created(branch, after)
        forward = bool(after) and self._commit(after).parents == (before,)
        try:
            self._swapped(branch, before, after, force=not forward)
        except (RefusedError, ForbiddenError) as problem:
            # Whatever the reason is that it was refused: where the branch is elsewhere by now, that is reason enough.
            if self._is_elsewhere(branch, before):
                return False
            if forward:
                return self._forwarded(branch, after)
            if not (_is_forbidden(problem) or any(sign in str(problem) for sign in _UNKNOWN)):
                raise
            return self._replaced(branch, after)
        return True

    def _created(self, branch: str, after: str) -> bool:
        try:
            self._connection.send("POST", "/git/refs", {"ref": f"refs/heads/{branch}", "sha": after})
        except RefusedError as problem:
            if "already exists" in str(problem).lower():
                return False
            raise
        return True

    def _swapped(self, branch: str, before: str, after: str, *, force: bool) -> None:
        update = {"name": f"refs/heads/{branch}", "beforeOid": before, "afterOid": after or "0" * len(before)}
        if not self._identity:
            owner, _, name = self._connection.repository.partition("/")
            self._identity = str(self._connection.graphql(_REPOSITORY, owner=owner, name=name)["repository"]["id"])
        wanted = {"repositoryId": self._identity, "refUpdates": [{**update, "force": force}]}
        self._connection.graphql(_UPDATE, input=wanted)

    def _forwarded(self, branch: str, after: str) -> bool:
        """By REST, whose word counts where GraphQL refuses: it never loses a commit, and says why it does not do it."""
        try:
            self._connection.send("PATCH", f"/git/refs/heads/{quote(branch)}", {"sha": after, "force": False})
        except RefusedError as problem:
            said = str(problem).lower()
            if "fast forward" in said or "does not exist" in said:
                return False
            raise
        return True

    def _replaced(self, branch: str, after: str) -> bool:
        """By REST, for servers without the mutation and tokens that it is not for: not in one step."""
        path = f"/git/refs/heads/{quote(branch)}"
        if after:
            self._connection.send("PATCH", path, {"sha": after, "force": True})
        else:
            self._connection.send("DELETE", path)
        return True

    def _is_elsewhere(self, branch: str, before: str) -> bool:
        tip = self.tip(branch)
        return tip is None or tip.sha != before

    def _changed(self, parent: str, file: WriteFile) -> dict[str, object]:
        """One file of a new tree. An executable one stays that."""
        there = self.entry(parent, file.path)
        mode = there.mode if there and there.mode in _MODES else _MODES[0]
        new: dict[str, object] = {"path": file.path, "mode": mode, "type": "blob"}
        try:
            return {**new, "content": file.content.decode()}
        except UnicodeDecodeError:
            body = {"content": base64.b64encode(file.content).decode(), "encoding": "base64"}
            return {**new, "sha": self._connection.send("POST", "/git/blobs", body)["sha"]}

    def _commit(self, sha: str) -> Commit:
        if sha not in self._commits:
            self._kept(_of_git(self._connection.get(f"/git/commits/{sha}")))
        return self._commits[sha]

    def _kept(self, commit: Commit) -> Commit:
        self._commits[commit.sha] = commit
        return commit

    def _tree(self, tree: str) -> Mapping[str, Entry]:
        if tree not in self._trees:
            found = self._connection.get(f"/git/trees/{tree}")
            if found.get("truncated"):
                raise PublishingError("a directory on the way to the file is too large for GitHub to list")
            self._trees[tree] = {each["path"]: Entry(each["mode"], each["type"], each["sha"]) for each in found["tree"]}
        return self._trees[tree]


def _is_forbidden(problem: PublishingError) -> bool:
    return isinstance(problem, ForbiddenError) and not isinstance(problem, MissingError)


def _of_git(found: Mapping[str, Any]) -> Commit:
    """A commit as the Git Data API gives it, which does not say whose account made it."""
    parents = tuple(each["sha"] for each in found["parents"])
    return Commit(
        found["sha"], found["tree"]["sha"], parents, found["message"], verified=found["verification"]["verified"]
    )


def _beyond(found: Mapping[str, Any]) -> Commit:
    """A commit as lists of commits give it; accounts can be deleted."""
    by_github = (found["committer"] or {}).get("login") == WEB_FLOW
    parents = tuple(each["sha"] for each in found["parents"])
    commit = found["commit"]
    return Commit(found["sha"], commit["tree"]["sha"], parents, commit["message"], by_github=by_github)
