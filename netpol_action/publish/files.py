"""Writes files: whole or not at all, and for an action in the workspace only."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from netpol_action.errors import UsageError
from netpol_action.publish.effects import WriteFile

_DEVICES: Final = Path("/dev")
_PROCESSES: Final = Path("/proc")


def write_into(workspace: Path, files: Iterable[WriteFile]) -> None:
    """Writes the files below `workspace`, which must exist; all paths are checked before the first is written.

    Raises UsageError where a path leads out of the workspace, through a symbolic link too, or cannot be written.
    Run by root, as in a container, files and new directories are handed to the owner of the workspace: a self-hosted
    runner could not clean them up otherwise.
    """
    root = workspace.resolve()
    owner = root.stat() if os.geteuid() == 0 else None
    for path, content in [(place(root, file.path), file.content) for file in files]:
        write_file(path, content, owner)


def place(workspace: Path, path: str) -> Path:
    """The file that `path` means in the workspace, with the links of its directories resolved.

    A link in the last place is not followed: it is replaced. Raises UsageError where the path leads out.
    """
    root = workspace.resolve()
    given = root / path
    try:
        resolved = given.parent.resolve() / given.name
    except (OSError, RuntimeError, ValueError) as problem:  # a loop of links, a null byte
        raise UsageError(f"{path!r} cannot be written: {problem}") from problem
    if "\0" in path or given.name in ("", "..") or resolved == root or not resolved.is_relative_to(root):
        raise UsageError(f"{path} cannot be written: it does not lie in the workspace")
    if ".git" in resolved.relative_to(root).parts:
        raise UsageError(f"{path} cannot be written: it lies in .git")
    return resolved


def write_file(path: Path, content: bytes | Iterable[bytes], owner: os.stat_result | None = None) -> None:
    """Writes one file, whole or not at all: a reader sees the old content or the new, also where this run is ended.

    Content in parts is never held as a whole. Missing directories are made. A file that is replaced keeps its
    permissions. Raises UsageError where it cannot be written.
    """
    try:
        _make_directories(path.parent, owner)
        with _replacement(path) as descriptor:
            if owner:
                os.fchown(descriptor, owner.st_uid, owner.st_gid)
            with open(descriptor, "wb", closefd=False) as stream:
                stream.writelines([content] if isinstance(content, bytes) else content)
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}") from problem


def write_output(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Writes what a user asked for, to a file (`write_file`) or to a stream as it is.

    Raises UsageError where it cannot be written, BrokenPipeError where the reader of a pipe is gone.
    """
    if not is_stream(path):
        write_file(path, content)
        return
    try:
        with path.open("ab") as stream:
            stream.writelines([content] if isinstance(content, bytes) else content)
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}") from problem


def is_stream(path: Path) -> bool:
    """Whether a path leads on to a pipe, a device or an open file, as /dev/stdout does, and is not to be replaced.

    Nor to be read: who reads a pipe that nobody writes to waits for ever.
    """
    try:
        parent = path.parent.resolve()
        return (
            parent == _DEVICES
            or parent.is_relative_to(_PROCESSES)
            or (path.exists() and not path.is_file() and not path.is_dir())
        )
    except (OSError, RuntimeError, ValueError):  # writing says what is wrong with it
        return False


def is_stdout(path: Path) -> bool:
    """Whether a path is another name for standard output, which `cli` writes to: a runner may obey what it reads."""
    try:
        return is_stream(path) and os.path.samestat(path.stat(), os.fstat(1))
    except OSError:
        return False


def _make_directories(directory: Path, owner: os.stat_result | None) -> None:
    missing = [parent for parent in (directory, *directory.parents) if not parent.exists()]
    for parent in reversed(missing):
        parent.mkdir(exist_ok=True)
        if owner:
            os.chown(parent, owner.st_uid, owner.st_gid)


@contextlib.contextmanager
def _replacement(path: Path) -> Iterator[int]:
    """A new file beside `path` that takes its place at the end, and vanishes where something goes wrong."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o666)
    try:
        with contextlib.suppress(FileNotFoundError):
            before = path.lstat()
            if stat.S_ISREG(before.st_mode):
                os.fchmod(descriptor, stat.S_IMODE(before.st_mode))
        yield descriptor
        os.close(descriptor)
        descriptor = -1
        temporary.replace(path)
    finally:
        if descriptor >= 0:
            os.close(descriptor)
        temporary.unlink(missing_ok=True)
