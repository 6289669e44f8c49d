"""A repository on a server, by git: for servers without GitHub's API, and where a token may not use it.

All happens in a bare repository of its own, which is gone afterwards: the user's checkout is asked for the way to its
remote and who its user is, and not written to. Of the remote, only what is looked at is fetched: one commit deep and
without the contents of files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from netpol_action.author import Author
from netpol_action.publish.checkout import object_format, setting
from netpol_action.publish.effects import WriteFile
from netpol_action.publish.errors import PublishingError
from netpol_action.publish.git_access import Access
from netpol_action.publish.git_failures import failure, names_no_branch, names_no_commit, refusal
from netpol_action.publish.git_objects import commits
from netpol_action.publish.git_process import Done, Git
from netpol_action.publish.repository import Commit, Entry

MOST_COMMITS: Final = 1000
"""How many commits beyond another one are looked at."""

_DEPTHS: Final = (50, 1000, 20_000)
"""How many commits deep history is fetched, one after the other, until it is enough; 20,000 are a few megabytes."""

_FILE, _TREE, _SUBMODULE = "blob", "tree", "commit"
_MODES: Final = ("100644", "100755")
"""Of files that are not links: the usual one, and that of programs."""


BOT: Final = Author("github-actions[bot]", "41898282+github-actions[bot]@users.noreply.github.com")
"""Whom GitHub shows as the author of what workflows do."""

NOBODY: Final = Author("netpol-action", "netpol-action@localhost")
"""Where git has not been told who its user is."""


@contextmanager
def git_repository(top: Path, access: Access, *, in_workflow: bool) -> Iterator[GitRepository]:
    """The remote that `access` leads to, for as long as it is needed; `top` is that of a checkout of it."""
    with tempfile.TemporaryDirectory(prefix="netpol-action-") as directory:
        git = Git(Path(directory), access)
        _succeeded(git.create(object_format(top)))
        yield GitRepository(git, BOT if in_workflow else _user(git, top))


def _user(git: Git, top: Path) -> Author:
    """Who the user is, as the checkout's settings say, or else the user's own."""
    name, address = (setting(top, key) or _setting(git, key) for key in ("user.name", "user.email"))
    return Author(name, address) if name and address else NOBODY


def _setting(git: Git, key: str) -> str:
    return git.run("config", "--get", key).output.decode("utf-8", "replace").strip()


class GitRepository:
    """`publish.repository.Repository`, by git."""

    def __init__(self, git: Git, owner: Author) -> None:
        self._git = git
        self._owner = owner
        self._there: set[str] = set()

    def tip(self, branch: str) -> Commit | None:
        """The commit that a branch is at, None where there is no such branch."""
        ref = f"refs/heads/{branch}"
        done = self._fetched("--filter=blob:none", "--depth=1", "origin", f"+{ref}:{ref}")
        if done.status and names_no_branch(done.complaint):
            return None
        _succeeded(done)
        sha = self._line("rev-parse", "--verify", ref)
        self._there.add(sha)
        return self._read([sha])[0]

    def beyond(self, base: str, tip: str) -> Sequence[Commit]:
        """The commits, by sha, that `tip` has and `base` does not.

        What is not fetched of `base` may make them too many, never too few: who wants to know whether a commit would be
        lost is told yes. Raises PublishingError where there are more than `MOST_COMMITS`, or history is too long.
        """
        self._have(base)
        self._have(tip)
        wanted = [f"+{sha}:refs/seen/{sha}" for sha in dict.fromkeys((base, tip))]
        for depth in (0, *_DEPTHS):
            if depth:
                _succeeded(self._fetched("--filter=tree:0", f"--depth={depth}", "origin", *wanted))
            found = self._beyond(base, tip)
            if found is not None:
                return found
        raise PublishingError(f"{tip} has more than {MOST_COMMITS} commits that {base} does not have")

    def _beyond(self, base: str, tip: str) -> Sequence[Commit] | None:
        """As `beyond`, as far as what is fetched tells it; None where it does not.

        It tells it where all ways from `tip` end in what `base` has. Where none does, all of `base` has to be known.
        """
        below = set(self._lines("rev-list", base))
        # Not `rev-list tip ^base`, which believes the dates of commits and is wrong where a clock was.
        found = [sha for sha in self._lines("rev-list", tip) if sha not in below]
        if len(found) > MOST_COMMITS:
            return None
        read = self._read(found)
        ends = {parent for commit in read for parent in commit.parents}.difference(found)
        meets = bool(ends) or not found or below.isdisjoint(self._git.cut_off())
        return read if meets and ends <= below else None

    def entry(self, commit: str, path: str) -> Entry | None:
        """What the commit, by sha, holds at a path, None for nothing. A way through a submodule ends at that."""
        self._have(commit)
        found, is_all = self._way(commit, path)
        return found if is_all or (found and found.kind == _SUBMODULE) else None

    def _way(self, commit: str, path: str) -> tuple[Entry | None, bool]:
        """What stands at the end of the path, or ends it before, being no directory; whether that was all of it."""
        tree, found = f"{commit}^{{tree}}", None
        names = path.split("/")
        for number, name in enumerate(names, 1):
            line = self._output("ls-tree", "-z", tree, "--", name).rstrip(b"\0").decode("utf-8", "surrogateescape")
            found = Entry(*line.partition("\t")[0].split(" ")) if line else None
            if not found or found.kind != _TREE:
                return found, number == len(names)
            tree = found.id
        return found, True

    def directory(self, commit: str, path: str) -> Mapping[str, Entry]:
        """What the commit, by sha, holds in a directory, by name; empty for none. The path of the top is empty."""
        self._have(commit)
        there = self.entry(commit, path) if path else Entry("", _TREE, f"{commit}^{{tree}}")
        if there is None or there.kind != _TREE:
            return {}
        lines = self._output("ls-tree", "-z", there.id).decode("utf-8", "surrogateescape").split("\0")
        found = (line.partition("\t") for line in lines if line)
        return {name: Entry(*what.split(" ")) for what, _, name in found}

    def content(self, blob: str, most: int) -> bytes:
        """At least the first `most` bytes of a file, by the object's name."""
        return _succeeded(self._git.beginning(most, "cat-file", "blob", blob)).output

    def owner(self) -> Author:
        """Whom commits without an author are by."""
        return self._owner

    def tree(self, parent: str, files: Sequence[WriteFile]) -> str:
        """Makes the tree of a commit with these files replaced or added; returns the object's name."""
        self._have(parent)
        index = {"GIT_INDEX_FILE": "index-of-commit"}
        _succeeded(self._git.run("read-tree", parent, further=index))
        lines = "".join(self._index_line(parent, file) for file in files)
        _succeeded(self._git.run("update-index", "-z", "--index-info", given=lines.encode(), further=index))
        return _succeeded(self._git.run("write-tree", "--missing-ok", further=index)).output.decode().strip()

    def commit(self, parent: str, tree: str, message: str, author: Author | None) -> Commit:
        """Makes a commit of a tree, on no branch as yet."""
        arguments = ("commit-tree", "--no-gpg-sign", "-p", parent, "-F", "-", tree)
        made = _succeeded(self._git.run(*arguments, given=message.encode(), further=self._people(author)))
        sha = made.output.decode().strip()
        self._there.add(sha)
        return self._read([sha])[0]

    def move(self, branch: str, before: str, after: str) -> bool:
        """Moves the branch from one commit to another, in one step; False where it is not, or no longer, at `before`.

        The lease of `before` makes it one step. Raises ForbiddenError where the remote refuses: a protected branch, a
        hook, a token that may only read.
        """
        if after:
            self._have(after)
        ref = f"refs/heads/{branch}"
        quiet = ("--porcelain", "--no-verify", "--no-signed", "--no-follow-tags", "--recurse-submodules=no")
        done = self._git.run("push", *quiet, f"--force-with-lease={ref}:{before}", "origin", f"{after}:{ref}")
        if done.status == 0:
            return not done.output.startswith(b"=") and b"\n=\t" not in done.output
        problem = refusal(done.output.decode("utf-8", "replace"), done.complaint)
        if problem:
            raise problem
        return False

    def _index_line(self, parent: str, file: WriteFile) -> str:
        there, is_all = self._way(parent, file.path)
        if there and not (is_all and there.kind == _FILE):
            raise PublishingError(f"{file.path} cannot be committed: something else is in its place")
        blob = _succeeded(self._git.run("hash-object", "-w", "--stdin", given=file.content)).output.decode().strip()
        mode = there.mode if there and there.mode in _MODES else _MODES[0]
        return f"{mode} {blob}\t{file.path}\0"

    def _people(self, author: Author | None) -> dict[str, str]:
        by = author or self._owner
        return {
            "GIT_AUTHOR_NAME": by.name,
            "GIT_AUTHOR_EMAIL": by.address,
            "GIT_COMMITTER_NAME": self._owner.name,
            "GIT_COMMITTER_EMAIL": self._owner.address,
        }

    def _have(self, sha: str) -> None:
        """Fetches a commit by its name, where it has not been yet."""
        if sha not in self._there:
            wanted = f"+{sha}:refs/seen/{sha}"
            done = self._fetched("--filter=blob:none", "--depth=1", "origin", wanted)
            if done.status and names_no_commit(done.complaint):
                raise PublishingError(f"the remote does not have the commit {sha}: push it first")
            _succeeded(done)
            self._there.add(sha)

    def _fetched(self, *arguments: str) -> Done:
        quiet = ("--quiet", "--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--no-auto-maintenance")
        return self._git.run("fetch", *quiet, *arguments)

    def _read(self, shas: Sequence[str]) -> list[Commit]:
        given = "".join(f"{sha}\n" for sha in shas).encode()
        return commits(_succeeded(self._git.run("cat-file", "--batch", given=given)).output)

    def _output(self, *arguments: str) -> bytes:
        return _succeeded(self._git.run(*arguments)).output

    def _lines(self, *arguments: str) -> list[str]:
        return self._output(*arguments).decode().split()

    def _line(self, *arguments: str) -> str:
        return self._output(*arguments).decode().strip()


def _succeeded(done: Done) -> Done:
    if done.status:
        raise failure(done.complaint)
    return done
