"""Reading files within limits: regular files only, each once."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from netpol_action.manifests.limits import FILE_BYTES, TOTAL_BYTES
from netpol_action.model.documents import SourceText
from netpol_action.sources.places import Place

_MEGABYTE = 1024 * 1024


class UnreadableError(Exception):
    """A file that cannot be read; the text says why, and reads on after the file's name."""


@dataclass(slots=True)
class Files:
    """The files of one run. Those that were read stay known, so that a base of many overlays is read once.

    `pending` are files that are yet to be written, by their real paths: they are read as they will be.
    """

    left: int = TOTAL_BYTES
    pending: Mapping[Path, bytes] = field(default_factory=dict)
    _known: dict[Path, bytes] = field(default_factory=dict)

    def resolved(self, path: Path) -> Path:
        """The file with links resolved. Raises OSError or RuntimeError where there is none."""
        return path if path in self.pending else path.resolve(strict=True)

    def text(self, place: Place) -> SourceText:
        """The file as a source text. Raises UnreadableError."""
        if place.real not in self._known:
            content = self.pending[place.real] if place.real in self.pending else read(place.real)
            if len(content) > self.left:
                limit = TOTAL_BYTES // _MEGABYTE
                raise UnreadableError(f"is not read, since the input has more than {limit} MB in all")
            self.left -= len(content)
            self._known[place.real] = content
        return SourceText(place.shown, self._known[place.real])


def read(real: Path, limit: int = FILE_BYTES) -> bytes:
    """The bytes of a regular file that is no symbolic link. Raises UnreadableError, also for a file above the limit."""
    try:
        # A device or pipe is not even opened; the second look is at what was opened in fact.
        _check(real.stat(), limit)
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
        with os.fdopen(descriptor, "rb") as file:
            _check(os.fstat(descriptor), limit)
            content = file.read(limit + 1)
    except OSError as problem:
        raise UnreadableError(f"cannot be read: {problem.strerror or problem}") from problem
    _check_size(len(content), limit)
    return content


def _check(status: os.stat_result, limit: int) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise UnreadableError("is not a regular file")
    _check_size(status.st_size, limit)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise UnreadableError(f"is larger than {limit // _MEGABYTE} MB, the limit for such a file")
