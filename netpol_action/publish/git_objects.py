"""Commits as git stores them. Pure.

Their own bytes are read, not git's view of them: in a clone of limited depth that leaves parents out.
"""

from __future__ import annotations

from netpol_action.publish.repository import Commit

GITHUB = b"GitHub <noreply@github.com>"
"""The committer of what GitHub's own buttons make."""


def commits(batch: bytes) -> list[Commit]:
    """The commits in what `git cat-file --batch` writes, in its order. Raises ValueError where one is missing."""
    found = []
    while batch:
        head, _, rest = batch.partition(b"\n")
        sha, kind, size = head.decode("ascii", "replace").rsplit(" ", 2)
        if kind != "commit":
            raise ValueError(f"{sha} is no commit")
        found.append(_commit(sha, rest[: int(size)]))
        batch = rest[int(size) + 1 :]
    return found


def _commit(sha: str, content: bytes) -> Commit:
    head, _, message = content.partition(b"\n\n")
    lines = head.split(b"\n")
    return Commit(
        sha,
        next((_value(line) for line in lines if line.startswith(b"tree ")), ""),
        tuple(_value(line) for line in lines if line.startswith(b"parent ")),
        message.decode("utf-8", "replace"),
        by_github=any(line.startswith(b"committer " + GITHUB + b" ") for line in lines),
    )


def _value(line: bytes) -> str:
    return line.partition(b" ")[2].decode("ascii", "replace")
