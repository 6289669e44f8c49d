"""Where input really is, the name by which messages call it, and how far a link or a reference may lead."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

GIT = ".git"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A file or directory: its name in messages, and its absolute path without symbolic links, which identifies it."""

    shown: str = field(compare=False)
    real: Path

    def below(self, *names: str) -> Place:
        """The place of something in this directory, links not resolved."""
        return Place(_printable(os.path.normpath(Path(self.shown, *names))), self.real.joinpath(*names))

    def reached(self, real: Path) -> Place:
        """The place `real`, named relative to this one: `../base` as seen from `overlays/dev` is `overlays/base`."""
        away = os.path.relpath(real, self.real)
        return Place(_printable(os.path.normpath(Path(self.shown, away))), real)


def place_of(path: str) -> Place:
    """The place of a path that a user wrote.

    It is shown relative to the working directory where it is below it, as written otherwise. Where a symbolic link is
    on the way to a directory, its real path is shown, so that names relative to it stay true.
    """
    real = Path(path).resolve()
    absolute = Path(path).absolute()
    through_link = is_directory(real) and Path(os.path.normpath(absolute)) != real
    here = Path.cwd().resolve()
    if through_link:
        return Place(_printable(str(real.relative_to(here) if real.is_relative_to(here) else real)), real)
    written = Path(os.path.normpath(absolute))
    if written.is_relative_to(Path.cwd()):
        return Place(_printable(str(written.relative_to(Path.cwd()))), real)
    return Place(_printable(os.path.normpath(path)), real)


def exists(path: str | Path) -> bool:
    """Whether there may be something; False also for a text that is too long to be a path.

    True where the way to it may not be searched: whoever reads it says so, rather than take it for missing.
    """
    try:
        return bool(Path(path).stat())
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False


def is_file(path: Path) -> bool:
    """Whether there is a file to be seen; False also where the way to it may not be searched."""
    try:
        return path.is_file()
    except OSError:
        return False


def is_directory(path: Path) -> bool:
    """Whether there is a directory to be seen; False also where the way to it may not be searched."""
    try:
        return path.is_dir()
    except OSError:
        return False


def repository_of(place: Path) -> Path | None:
    """The top of the git repository that holds the place, None outside of any."""
    gits = (directory / GIT for directory in (place, *place.parents))
    return next((git.parent for git in gits if is_directory(git) or is_file(git)), None)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far the reading of one input may go; nothing in git's own directory is ever inside.

    `links` holds what symbolic links may lead to: the workspace where there is one, else the repository, else the
    input itself. `references` holds the directories that a kustomization may name: the same, but outside of a
    repository the working directory where it encloses the input, and else any directory (None), as with kustomize.
    """

    links: Path
    references: Path | None

    def allow_link(self, target: Path) -> bool:
        """Whether a symbolic link to this real path is followed."""
        return _inside(target, self.links)

    def allow_reference(self, directory: Path) -> bool:
        """Whether a kustomization may use this directory."""
        return _inside(directory, self.references or Path(directory.anchor))


def bounds_of(real: Path, workspace: Path | None) -> Bounds:
    """The bounds for an input at this real path."""
    directory = real if is_directory(real) else real.parent
    top = workspace or repository_of(directory)
    if top:
        return Bounds(top, top)
    here = Path.cwd().resolve()
    return Bounds(directory, here if directory.is_relative_to(here) else None)


def _inside(target: Path, top: Path) -> bool:
    return target.is_relative_to(top) and GIT not in target.relative_to(top).parts


def _printable(path: str) -> str:
    """A name as text: bytes of file names that are not UTF-8 become escapes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
