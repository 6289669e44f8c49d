"""The version that a change is compared with, found in the repository of the working directory."""

from __future__ import annotations

import os
import re
from pathlib import Path

from netpol_action.errors import InputError, UsageError
from netpol_action.manifests.limits import FILE_BYTES
from netpol_action.sources import git
from netpol_action.sources.places import exists, repository_of

_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def version_before(base: str, head: str, path: str = "") -> str:
    """The commit with which a pull request or a merge group is compared: what `path` is read from, less the change.

    `base` and `head` are the tips of its two branches; `path` is read from the version that it names, or from what is
    checked out. Where that is the pull request's merge commit, it is compared with the commit's first parent: the base
    branch as it was merged, which may be newer than `base`. Else it is the merge base of `base` and that version: for
    a merge group `base` itself, on which it is put, by most ways of merging as the first parent of its one commit.
    Raises UsageError with what to do where the clone does not hold it.
    """
    top = repository_of(Path.cwd().resolve())
    if top is None:
        raise UsageError("the working directory is in no git repository: check it out before, with actions/checkout")
    version = commit_of(path) or "HEAD"
    parents = _parents(top, version)
    if parents[:1] == [base] or parents[1:] == [head]:
        if not _holds(top, parents[0]):
            raise UsageError(_shallow(parents[0], "fetch-depth: 2"))
        return parents[0]
    if not _COMMIT.fullmatch(base):
        raise UsageError("the event names no commit of the base branch: say what to compare with in `before`")
    try:
        return git.output(top, ["merge-base", base, version]).decode().strip()
    except InputError as problem:
        raise UsageError(_shallow(base, "fetch-depth: 0")) from problem


def commit_of(path: str) -> str:
    """The commit that `REF:PATH` reads from, empty for any other path. Raises UsageError for an unknown version."""
    reference = git.reference(path)
    return git.commit_of(reference) if reference else ""


def is_version(text: str) -> bool:
    """Whether a text alone names a version of the repository of the working directory."""
    top = repository_of(Path.cwd().resolve())
    return top is not None and git.is_version(top, text)


def path_at(version: str, path: str) -> str:
    """The argument that means `path`, which counts from the working directory or is `REF:PATH`, in another version."""
    reference = git.reference(path)
    return f"{version}:{reference.path}" if reference else f"{version}:./{os.path.relpath(path)}"


def holds(argument: str) -> bool:
    """Whether the version has the path, for an argument of `path_at`. Raises UsageError for an unknown version."""
    reference = git.reference(argument)
    if reference is None:
        return exists(argument)
    tree = git.tree_of(reference)
    if not reference.path:
        return True
    return bool(git.output(reference.top, ["ls-tree", "--full-tree", tree, "--", reference.path]))


def is_new(argument: str, other: str) -> bool:
    """Whether a version lacks a path that is there on the other side of a comparison, so that it counts as empty.

    Both have to name the same place in the repository: anything else is more likely a mistake. Raises UsageError for
    an unknown version.
    """
    reference = git.reference(argument)
    if reference is None or reference.path != _inside(reference.top, other):
        return False
    return holds(other) and not holds(argument)


def _inside(top: Path, argument: str) -> str | None:
    """The path in the repository that an argument names, None where it lies outside."""
    if reference := git.reference(argument):
        return reference.path if reference.top == top else None
    path = Path(argument).resolve()
    return path.relative_to(top).as_posix() if path.is_relative_to(top) else None


def version_of(path: str) -> str:
    """The version that `REF:PATH` reads from as the user named it, empty for any other path."""
    reference = git.reference(path)
    return reference.ref if reference else ""


def content_at(argument: str) -> bytes | None:
    """The file at a path or in a version, None where there is none, or none of a size that is read.

    Raises UsageError for an unknown version, and for a file that cannot be read.
    """
    reference = git.reference(argument)
    if reference is None:
        return _content_of(Path(argument))
    if not holds(argument):
        return None
    blob = git.output(reference.top, ["rev-parse", "--verify", "--end-of-options", f"{reference.ref}:{reference.path}"])
    kind = git.output(reference.top, ["cat-file", "-t", blob.decode().strip()])
    return git.output(reference.top, ["cat-file", "blob", blob.decode().strip()]) if kind == b"blob\n" else None


def _content_of(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.is_file() and path.stat().st_size <= FILE_BYTES else None
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}") from problem


def _parents(top: Path, version: str) -> list[str]:
    """The parents that the commit itself names: a shallow clone hides those that it lacks from other commands."""
    header = git.output(top, ["cat-file", "commit", version]).partition(b"\n\n")[0]
    return [line.removeprefix(b"parent ").decode() for line in header.split(b"\n") if line.startswith(b"parent ")]


def _holds(top: Path, commit: str) -> bool:
    try:
        git.output(top, ["cat-file", "-e", f"{commit}^{{tree}}"])
    except InputError:
        return False
    return True


def _shallow(commit: str, line: str) -> str:
    return (
        f"the version to compare with ({commit[:12]}) is not in this clone: "
        f"in the workflow, give actions/checkout the line `{line}` below `with:`"
    )
