"""One version of a repository as files: its blobs are written as they are, so that no setting of it has a say.

A checkout or an archive would obey `.gitattributes`: filters, line ends, `export-ignore`. Here nothing does.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from netpol_action.errors import InputError
from netpol_action.manifests.limits import FILE_BYTES
from netpol_action.model.diagnostics import Diagnostic, error, warning
from netpol_action.origin import Origin
from netpol_action.sources import git
from netpol_action.sources.tree import MANIFEST_ENDINGS

ELSEWHERE_BYTES = 1024 * 1024
"""A file outside of the path that is asked for: a rendering may use it, and the API server takes no larger object."""

TOTAL_BYTES = 1024 * 1024 * 1024
"""All files of a version together."""

_LFS = b"version https://git-lfs.github.com/spec/"
_LINK_BYTES = 4096  # Linux's PATH_MAX
_FILE_MODES = ("100644", "100755", "100664")
_LINK_MODE, _SUBMODULE_MODE = "120000", "160000"


@dataclass(frozen=True, slots=True)
class Entry:
    """A file, symbolic link or submodule of a tree."""

    mode: str
    id: str
    path: str

    def lies_in(self, paths: Sequence[str]) -> bool:
        """Whether it is at one of these paths or below it."""
        return any(not path or self.path == path or self.path.startswith(f"{path}/") for path in paths)


def write_tree(reference: git.Reference, paths: Sequence[str], directory: Path) -> list[Diagnostic]:
    """Writes the files of a version to an empty directory: all below the paths, and elsewhere all but large ones.

    The path of `reference` itself does not count. Returns what there is to say of it; the origins are paths in the
    tree. Raises UsageError where the version does not exist, InputError where it cannot be read.
    """
    entries = _entries(reference)
    found = [_submodule(entry) for entry in entries if entry.mode == _SUBMODULE_MODE and entry.lies_in(paths)]
    files = [entry for entry in entries if entry.mode in _FILE_MODES]
    links = [entry for entry in entries if entry.mode == _LINK_MODE]
    sizes = _sizes(reference.top, (*files, *links))
    wanted, left_out = _chosen(files, sizes, paths)
    found += left_out
    kept_links = [entry for entry in links if sizes[entry.id] <= _LINK_BYTES]
    # Links come last: while files are written, there is none that could lead out of the directory.
    for entry, content in _contents(reference.top, [*wanted, *kept_links]):
        inside = entry.lies_in(paths)
        if content.startswith(_LFS) and entry.mode != _LINK_MODE:
            if inside and entry.path.endswith(MANIFEST_ENDINGS):
                found.append(_pointer(entry))
            continue
        problem = _write(directory, entry, content)
        if problem and inside:
            found.append(error("unreadable-file", f"the file cannot be written out: {problem}", Origin(entry.path)))
    return found


def _entries(reference: git.Reference) -> list[Entry]:
    tree = git.tree_of(reference)
    listing = git.output(reference.top, ["ls-tree", "-r", "-z", "--full-tree", tree])
    entries = []
    for line in listing.split(b"\0")[:-1]:
        head, _, path = line.partition(b"\t")
        mode, _, identifier = head.decode().split(" ")
        entry = Entry(mode, identifier, os.fsdecode(path))
        if {"", ".", "..", ".git"} & {part.lower() for part in entry.path.split("/")}:
            raise InputError(f"{reference.ref} holds {entry.path!r}, which no repository may hold")
        entries.append(entry)
    return entries


def _sizes(top: Path, entries: Iterable[Entry]) -> dict[str, int]:
    """The size of each blob by its id."""
    identifiers = sorted({entry.id for entry in entries})
    with _lines(identifiers) as given:
        answer = git.output(top, ["cat-file", "--batch-check"], given)
    sizes: dict[str, int] = {}
    for line in answer.decode().splitlines():
        words = line.split(" ")
        if words[-1] == "missing":
            raise InputError(git.LEFT_OUT)
        sizes[words[0]] = int(words[-1])
    return sizes


def _chosen(
    files: Sequence[Entry], sizes: dict[str, int], paths: Sequence[str]
) -> tuple[list[Entry], list[Diagnostic]]:
    """The files to write; a manifest among them that is too large is an error."""
    wanted, problems, total = [], [], 0
    for entry in files:
        inside = entry.lies_in(paths)
        if sizes[entry.id] <= (FILE_BYTES if inside else ELSEWHERE_BYTES):
            wanted.append(entry)
            total += sizes[entry.id]
        elif inside and entry.path.endswith(MANIFEST_ENDINGS):
            limit = FILE_BYTES // 1024**2
            sentence = f"the file is larger than {limit} MB, the limit for such a file"
            problems.append(error("unreadable-file", sentence, Origin(entry.path)))
    if total > TOTAL_BYTES:
        raise InputError(f"the files of this version have more than {TOTAL_BYTES // 1024**2} MB in all")
    return wanted, problems


def _contents(top: Path, entries: Sequence[Entry]) -> Iterator[tuple[Entry, bytes]]:
    """The content of each entry, one at a time."""
    with (
        _lines([entry.id for entry in entries]) as given,
        subprocess.Popen(  # noqa: S603  # no shell; the program comes from `find`
            git.command(top, ["cat-file", "--batch"]),
            cwd=top,
            env=git.environment(),
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process,
    ):
        try:
            assert process.stdout  # noqa: S101  # it was asked for
            for entry in entries:
                yield entry, _content(process.stdout)
        finally:
            process.kill()


def _content(stream: IO[bytes]) -> bytes:
    head = stream.readline().split()
    if not head or not head[-1].isdigit():
        raise InputError("git cat-file ended before it had given every file")
    size = int(head[-1])
    content = stream.read(size)
    stream.read(1)  # the line's end after each object
    if len(content) != size:
        raise InputError("git cat-file ended before it had given every file")
    return content


def _lines(words: Sequence[str]) -> IO[bytes]:
    """A file with a word a line, to be read from its start: a pipe could fill up on both sides at once."""
    given = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    given.write("".join(f"{word}\n" for word in words).encode())
    given.seek(0)
    return given


def _write(directory: Path, entry: Entry, content: bytes) -> str:
    """Writes a file or link that is not there yet; returns why where it cannot be written."""
    path = directory / entry.path
    # A malformed tree may hold `a` twice, as a link and as a directory: nothing is written through the link.
    if entry.mode == _LINK_MODE and path.parent.resolve() != directory.resolve() / Path(entry.path).parent:
        return "a link stands where its directory should be"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if entry.mode == _LINK_MODE:
            path.symlink_to(os.fsdecode(content))
        else:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
    except (OSError, ValueError) as problem:
        return getattr(problem, "strerror", None) or str(problem)
    return ""


def _submodule(entry: Entry) -> Diagnostic:
    sentence = "the submodule is not read: its files are not part of this repository"
    return warning("submodule", sentence, Origin(entry.path))


def _pointer(entry: Entry) -> Diagnostic:
    sentence = "the file is a pointer of Git LFS, whose content is not part of the repository, and is not read"
    return error("lfs-pointer", sentence, Origin(entry.path))
