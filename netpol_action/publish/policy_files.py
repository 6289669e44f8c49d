"""The files of generated policies: what to write, what to remove since nothing needs it, and what to leave alone.

Only documents with the label of this program are ever replaced or removed. Everything is planned before anything is
written, and what is written takes its place together.
"""

from __future__ import annotations

import contextlib
import secrets
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from netpol_action.errors import UsageError
from netpol_action.manifests.block import BlockReader
from netpol_action.manifests.events import ReadingError
from netpol_action.manifests.load import load
from netpol_action.manifests.stream import EncodingError, split, text_of
from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.model.endpoints import Json
from netpol_action.model.generated import MANAGED_BY, MANAGED_BY_LABEL
from netpol_action.origin import Origin
from netpol_action.publish.files import is_stream, write_file, write_output

_ENDINGS = (".yaml", ".yml", ".json")


class Holding(Enum):
    """Whose documents a file holds."""

    NOTHING = auto()
    OURS = auto()
    MIXED = auto()
    OTHERS = auto()


@dataclass(frozen=True, slots=True)
class FilePlan:
    """What changes: the new content of each file, None where it is to be removed.

    `before` is the content now, None where there is no such file.
    """

    changes: Mapping[Path, bytes | None]
    before: Mapping[Path, bytes | None]
    diagnostics: tuple[Diagnostic, ...] = field(default=())

    @property
    def reverse(self) -> FilePlan:
        """The plan that takes this one back."""
        return FilePlan(self.before, self.changes)


def planned(wanted: Mapping[Path, bytes], directory: Path | None = None, *, force: bool = False) -> FilePlan:
    """The plan that leaves the wanted files, and in `directory` no other file with policies of ours alone.

    A file there that holds other documents beside ours is left, with a warning. Raises UsageError where a wanted file
    would replace documents that are not ours, unless `force` is set, or where a file cannot be read.
    """
    before = {path: _content(path) for path in wanted}
    changes: dict[Path, bytes | None] = {path: new for path, new in wanted.items() if before[path] != new}
    foreign = [] if force else [str(path) for path in changes if _is_foreign(before[path] or b"")]
    if foreign:
        verb = "holds" if len(foreign) == 1 else "hold"
        raise UsageError(
            f"{', '.join(foreign)} {verb} documents that this program did not write: name another place, or replace "
            "them with --remove"
        )
    diagnostics: list[Diagnostic] = []
    for path in _others(directory, wanted):
        content = _content(path)
        match holding(content or b""):
            case Holding.OURS:
                changes[path] = None
                before[path] = content
            case Holding.MIXED:
                message = "holds policies of ours that are no longer generated beside other documents: edit it by hand"
                diagnostics.append(warning("not-pruned", message, Origin(str(path))))
            case Holding.NOTHING | Holding.OTHERS:
                pass
    return FilePlan(changes, {path: before[path] for path in changes}, tuple(diagnostics))


def perform(plan: FilePlan) -> None:
    """Writes and removes. Raises UsageError where a file cannot be written; then every file is as it was.

    A stream, which cannot be taken back, is written last.
    """
    streams = {path for path in plan.changes if is_stream(path)}
    staged: dict[Path, Path] = {}
    try:
        for path, content in plan.changes.items():
            if content is not None and path not in streams:
                staged[path] = path.with_name(f".{secrets.token_hex(8)}.tmp")
                _stage(path, staged[path], content)
        for path, temporary in staged.items():
            temporary.replace(path)
        for path, content in plan.changes.items():
            if content is None and path not in streams:
                path.unlink(missing_ok=True)
    except OSError as problem:
        raise UsageError(f"{problem.filename} cannot be written: {problem.strerror}") from problem
    finally:
        for temporary in staged.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    for path in streams:
        write_output(path, plan.changes[path] or b"")


def holding(content: bytes) -> Holding:
    """Whose documents the content of a file is. What is no manifest, or cannot be read, is not ours."""
    block = BlockReader()
    try:
        loaded = [one for chunk in split(text_of(content)) for one, _ in load(chunk, block)]
    except (ReadingError, EncodingError):
        return Holding.OTHERS
    values = [one.value for one in loaded if one.value is not None or one.flaw]
    if not values:
        return Holding.NOTHING
    ours = sum(map(_is_ours, values))
    if ours == len(values):
        return Holding.OURS
    return Holding.MIXED if ours else Holding.OTHERS


def _is_foreign(content: bytes) -> bool:
    return holding(content) in (Holding.MIXED, Holding.OTHERS)


def _is_ours(value: Json) -> bool:
    if not isinstance(value, dict) or value.get("kind") != "NetworkPolicy":
        return False
    metadata = value.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return isinstance(labels, dict) and labels.get(MANAGED_BY_LABEL) == MANAGED_BY


def _content(path: Path) -> bytes | None:
    if is_stream(path):
        return None
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}") from problem


def _others(directory: Path | None, wanted: Iterable[Path]) -> list[Path]:
    """The manifests in the directory, not below it, that are not wanted. Symbolic links are left alone."""
    if directory is None or not directory.is_dir():
        return []
    known = set(wanted)
    found = (path for path in directory.iterdir() if path.suffix in _ENDINGS and path not in known)
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def _stage(path: Path, temporary: Path, content: bytes) -> None:
    """Writes what is to take the place of a file, with the file's permissions."""
    try:
        write_file(temporary, content)
    except UsageError as problem:
        raise UsageError(str(problem).replace(str(temporary), str(path))) from problem
    if path.is_file() and not path.is_symlink():
        temporary.chmod(stat.S_IMODE(path.stat().st_mode))
