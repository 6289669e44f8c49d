"""`REF:PATH` as an input: a version of the repository, written to a directory of its own while it is read.

What is read there is called by the name that the user knows: `origin/main:deploy/web.yaml`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from netpol_action.errors import NetpolActionError, UsageError
from netpol_action.manifests.locate import Locator
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.documents import SourceText
from netpol_action.origin import Origin
from netpol_action.sources import git
from netpol_action.sources.gather import SourceOptions
from netpol_action.sources.git_tree import write_tree
from netpol_action.sources.places import exists


@dataclass(frozen=True, slots=True)
class Inputs:
    """What to gather, and what to call it: `named` turns the text of a message or path into the user's words.

    `placed` finds a file that the user names beside the paths where it is read; empty where the version lacks it.
    `version` is what stands before the names of files of a version of the repository.
    """

    paths: tuple[str, ...]
    options: SourceOptions
    named: Callable[[str], str] = str
    placed: Callable[[str], str] = str
    diagnostics: tuple[Diagnostic, ...] = ()
    version: str = ""


class NamingLocator(Locator):
    """Finds lines as any locator does, and calls the files by the user's words."""

    def __init__(self, texts: Iterable[SourceText], named: Callable[[str], str], version: str = "") -> None:
        super().__init__(texts)
        self._named = named
        self._version = version

    def refine(self, origin: Origin) -> Origin:
        """The exact origin, in the user's words."""
        found = super().refine(origin)
        return replace(found, path=self._named(found.path))

    def file(self, path: str) -> str:
        """The file in the repository."""
        return path.removeprefix(self._version)

    def _shown(self, path: str) -> str:
        return self._named(path)


@contextmanager
def inputs(paths: Sequence[str], options: SourceOptions) -> Iterator[Inputs]:
    """The paths as they are, or in the directory that holds the version that all of them name.

    Raises UsageError where there is no such version, or where paths elsewhere stand beside those in it.
    """
    references = [reference for path in paths if (reference := git.reference(path))]
    if not references:
        yield Inputs(tuple(paths), options)
        return
    first, *others = references
    if len(references) < len(paths) or any((each.top, each.ref) != (first.top, first.ref) for each in others):
        raise UsageError(f"{first.shown}{first.path} can be read together with other paths of the same version only")
    with tempfile.TemporaryDirectory(prefix="netpol-action-") as temporary:
        root = Path(temporary).resolve() / (first.top.name or "repository")
        root.mkdir()
        named = _namer(root, first.shown)
        try:
            yield _written(references, root, options, named)
        except NetpolActionError as problem:
            raise type(problem)(named(str(problem))) from problem


def _written(
    references: Sequence[git.Reference], root: Path, options: SourceOptions, named: Callable[[str], str]
) -> Inputs:
    """The paths of one version, written to `root`."""
    reference = references[0]
    found = write_tree(reference, [each.path for each in references], root)
    targets = [root / each.path for each in references]
    for each, target in zip(references, targets, strict=True):
        if not exists(target) or not target.resolve().is_relative_to(root):
            raise UsageError(f"{each.ref} holds no {each.path}")
    placed = [replace(d, origin=replace(d.origin, path=f"{reference.shown}{d.origin.path}")) for d in found]
    values = tuple(_in_version(path, reference.top, root) for path in options.helm_values)
    options = replace(options, helm_values=values, workspace=str(root))

    def place(path: str) -> str:
        inside = _in_version(path, reference.top, root)
        return inside if exists(inside) or inside == path else ""

    return Inputs(tuple(map(str, targets)), options, named, place, tuple(placed), reference.shown)


def _in_version(path: str, top: Path, root: Path) -> str:
    """A file of the repository as it is in the version; a file from elsewhere as it is."""
    real = Path(path).resolve()
    return str(root / real.relative_to(top)) if real.is_relative_to(top) else path


def _namer(root: Path, shown: str) -> Callable[[str], str]:
    """Paths below the working directory are shown relative to it: if that is `/tmp`, so are those of the version."""
    here = Path.cwd().resolve()
    spellings = [str(root), *([os.path.relpath(root, here)] if root.is_relative_to(here) else [])]

    def named(text: str) -> str:
        for spelling in spellings:
            text = text.replace(f"{spelling}/", shown).replace(spelling, shown)
        return text

    return named
