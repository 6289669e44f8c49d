"""A repository's branches and commits, as far as publishing needs them: seen through GitHub's API or through git.

What is to be done with them is decided elsewhere, once for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from netpol_action.author import Author
from netpol_action.publish.effects import WriteFile

LINK: Final = "120000"
"""The mode of a symbolic link."""

LFS_POINTER: Final = b"version https://git-lfs.github.com/spec/"
"""How what git has of a file begins that Git LFS keeps."""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit. `by_github` tells those that GitHub itself makes, as with its button "Update branch".

    `verified` is whether GitHub has found its signature good; git alone cannot tell, and says no.
    """

    sha: str
    tree: str
    parents: tuple[str, ...]
    message: str = field(repr=False)
    by_github: bool = False
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """What a tree holds at a path: `kind` is `blob`, `tree` or `commit` (a submodule), `id` the object's name."""

    mode: str
    kind: str
    id: str


class Repository(Protocol):
    """A repository on a server. Methods raise PublishingError, and PassingError where trying again may help."""

    def tip(self, branch: str) -> Commit | None:
        """The commit that a branch is at, None where there is no such branch."""

    def beyond(self, base: str, tip: str) -> Sequence[Commit]:
        """The commits, by sha, that `tip` has and `base` does not, in any order."""

    def entry(self, commit: str, path: str) -> Entry | None:
        """What the commit, by sha, holds at a path, None for nothing. A way through a submodule ends at that."""

    def directory(self, commit: str, path: str) -> Mapping[str, Entry]:
        """What the commit, by sha, holds in a directory, by name; empty for none. The path of the top is empty."""

    def content(self, blob: str, most: int) -> bytes:
        """At least the first `most` bytes of a file, by the object's name."""

    def owner(self) -> Author:
        """Whom commits without an author are by."""

    def tree(self, parent: str, files: Sequence[WriteFile]) -> str:
        """Makes the tree of a commit, by sha, with these files replaced or added; returns the object's name."""

    def commit(self, parent: str, tree: str, message: str, author: Author | None) -> Commit:
        """Makes a commit of a tree, on no branch as yet."""

    def move(self, branch: str, before: str, after: str) -> bool:
        """Moves the branch from one commit to another, in one step; False where it is not, or no longer, at `before`.

        Without `before` the branch is made, without `after` it is removed. What is not reachable from `after` is
        lost: that it may be is for the caller to know. Raises ForbiddenError for a protected branch.
        """
