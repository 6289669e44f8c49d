"""What an input covers: whether a file that is going to be written would be read with it, and so deployed with it.

A kustomization deploys what it lists and a chart what lies in its templates; a file beside them is deployed by nobody.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.model.report import UNDEPLOYED
from netpol_action.origin import Origin
from netpol_action.sources.places import Bounds, Place
from netpol_action.sources.tree import CHART_NAME, MANIFEST_ENDINGS, is_chart, kustomization_files

_MOST_NAMES = 3
_NOTHING = "does not apply these policies"
_TEMPLATE = re.compile(r"(?:charts/[^/]+/)*templates/(?:.+/)?[^_/][^/]*", re.DOTALL)
"""Files of a chart that Helm makes objects of: those whose name begins with an underscore only help others."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a user changes: where the policies are written, and how the kustomization comes to list them."""

    place: str
    listing: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A directory that a tool renders. `members` are the kustomizations behind it, itself first; a chart has none.

    `files` are the real paths that a kustomization uses.
    """

    directory: Place
    bounds: Bounds
    members: tuple[Place, ...] = ()
    files: frozenset[Path] = frozenset()

    def uses(self, file: Path) -> bool:
        """Whether the file, by its real path, is part of what is deployed."""
        if self.members:
            return file in self.files
        inside = file.is_relative_to(self.directory.real) and file.relative_to(self.directory.real).as_posix()
        return bool(inside and _TEMPLATE.fullmatch(inside))

    def used(self) -> Iterator[Path]:
        """All that is rendered from: the files of a kustomization, a chart's directory and what links in it lead to."""
        if self.members:
            yield from self.files
            return
        yield self.directory.real
        yield from (Path(os.path.realpath(path)) for path in self.directory.real.rglob("*") if path.is_symlink())

    def holds(self, file: Path) -> bool:
        """Whether the file lies in the directory, or below it."""
        return file.is_relative_to(self.directory.real)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an input leads to: files and searched directories by their real paths, and what is rendered.

    What symbolic links lead a search to is among the former.
    """

    plain: tuple[Path, ...] = ()
    rendered: tuple[Rendered, ...] = ()

    def undeployed(self, files: Iterable[Path], wording: Wording) -> tuple[Diagnostic, ...]:
        """A warning where a kustomization or a chart of the input does not use files with policies.

        Without any of these the files are manifests among others, and whoever deploys them names them. Nor is anything
        said of files outside of the repository: those are nobody's to deploy yet.
        """
        real = [Path(os.path.realpath(path.parent), path.name) for path in files]  # does not mind loops of links
        left = [path for path in real if not self._covers(path)]
        if not left or not self.rendered:
            return ()
        home = max((each for each in self.rendered if each.holds(left[0])), key=_depth, default=self.rendered[0])
        if not left[0].is_relative_to(home.bounds.links):
            return ()
        return (_unlisted(home, left, wording) if home.members else _untemplated(home, left, wording),)

    def uses(self) -> Iterator[Path]:
        """What is rendered from: files, and directories of which any file may count."""
        return (path for each in self.rendered for path in each.used())

    def _covers(self, file: Path) -> bool:
        return any(each.uses(file) for each in self.rendered) or any(_is_found(file, place) for place in self.plain)


def _depth(rendered: Rendered) -> int:
    return len(rendered.directory.real.parts)


def _is_found(file: Path, place: Path) -> bool:
    """Whether the search of a directory would find the file as a plain manifest, or the file is named by itself."""
    if file == place:
        return True
    if not file.is_relative_to(place) or file.suffix not in MANIFEST_ENDINGS or kustomization_files(file.parent):
        return False
    above = [each for each in file.parents if each.is_relative_to(place)]
    return not any(is_chart(each) for each in above) and not any(
        name.startswith(".") for name in file.relative_to(place).parts
    )


def _unlisted(home: Rendered, files: Sequence[Path], wording: Wording) -> Diagnostic:
    """The kustomization to edit is the one nearest to the files, on the way up to the one that is deployed."""
    if not home.holds(files[0]):
        sentence = (
            f"{_names(files, Path.cwd())} cannot be listed by the kustomization, which uses files in and below "
            f"{home.directory.shown} only, so that deploying it {_NOTHING}: name a place there with {wording.place}, "
            f"and {wording.listing}"
        )
        return warning(UNDEPLOYED, sentence, Origin(home.members[0].shown))
    near = [each for each in home.members if files[0].is_relative_to(each.real.parent)]
    member = max(near, key=lambda each: len(each.real.parts))
    sentence = (
        f"the kustomization does not list {_names(files, member.real.parent)}, so that deploying it {_NOTHING}: "
        f"{wording.listing}, or add it to the `resources` once it is there"
    )
    return warning(UNDEPLOYED, sentence, Origin(member.shown))


def _untemplated(home: Rendered, files: Sequence[Path], wording: Wording) -> Diagnostic:
    sentence = (
        f"the chart does not render {_names(files, Path.cwd())}, so that installing it {_NOTHING}: name a place in "
        f"{home.directory.below('templates').shown} with {wording.place}"
    )
    return warning(UNDEPLOYED, sentence, Origin(home.directory.below(CHART_NAME).shown))


def _names(files: Sequence[Path], directory: Path) -> str:
    """The first files, as seen from a directory."""
    here = Place(".", directory)
    names = [here.below(os.path.relpath(each, directory)).shown for each in files]
    rest = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
