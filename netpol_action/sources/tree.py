"""What a directory holds: manifests, kustomizations and charts, found without leaving it by symbolic links."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from netpol_action.model.diagnostics import Diagnostic, error, warning
from netpol_action.origin import Origin
from netpol_action.sources.places import Bounds, Place, is_directory, is_file

MANIFEST_ENDINGS = (".yaml", ".yml", ".json")
KUSTOMIZATION_NAMES = ("kustomization.yaml", "kustomization.yml", "Kustomization")
CHART_NAME = "Chart.yaml"


@dataclass(slots=True)
class Tree:
    """What was found: files with a manifest's ending, and directories that a tool renders.

    `linked` are the real paths that links have led to.
    """

    manifests: list[Place] = field(default_factory=list)
    kustomizations: list[Place] = field(default_factory=list)
    charts: list[Place] = field(default_factory=list)
    linked: list[Path] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)


def kustomization_files(directory: Path) -> list[Path]:
    """The kustomization files of a directory; kustomize wants exactly one."""
    return [directory / name for name in KUSTOMIZATION_NAMES if is_file(directory / name)]


def is_chart(directory: Path) -> bool:
    """Whether the directory is a Helm chart."""
    return is_file(directory / CHART_NAME)


def walk(root: Place, bounds: Bounds, *, charts_apart: bool) -> Tree:
    """Searches a directory. Hidden files and directories, such as `.git` and `.github`, are left out.

    With `charts_apart` a chart's directory is named and not searched: all that it holds belongs to the chart. Links
    come last, so that a file is known by its own name, and each file and directory counts once.
    """
    search = _Search(root, bounds, charts_apart=charts_apart)
    search.directories([root])
    while search.links:
        search.follow(search.links.pop(0))
    tree = search.tree
    tree.manifests.sort()
    tree.kustomizations.sort()
    tree.charts.sort()
    return tree


class _Search:
    def __init__(self, root: Place, bounds: Bounds, *, charts_apart: bool) -> None:
        self.tree = Tree()
        self.links: list[Place] = []
        self._root = root
        self._bounds = bounds
        self._charts_apart = charts_apart
        self._seen: set[Path] = set()

    def directories(self, places: Iterable[Place]) -> None:
        """Searches these directories and all below them."""
        waiting = list(places)
        while waiting:
            place = waiting.pop()
            if place.real in self._seen:
                continue
            self._seen.add(place.real)
            if self._charts_apart and is_chart(place.real):
                self.tree.charts.append(place)
            else:
                waiting += self._entries(place)
            if kustomization_files(place.real):
                self.tree.kustomizations.append(place)

    def follow(self, link: Place) -> None:
        """Takes a symbolic link for what it leads to, if that is within bounds."""
        origin = Origin(link.shown)
        is_manifest = link.shown.endswith(MANIFEST_ENDINGS)
        try:
            target = link.real.resolve(strict=True)
        except (OSError, RuntimeError):
            if is_manifest:
                self.tree.diagnostics.append(error("broken-link", "the symbolic link leads nowhere", origin))
            return
        if not (is_manifest or is_directory(target)):
            return
        if not self._bounds.allow_link(target):
            sentence = "the symbolic link leads out of the input and is not followed"
            say = error if is_manifest else warning
            self.tree.diagnostics.append(say("link-leads-out", sentence, origin))
            return
        self.tree.linked.append(target)
        if is_directory(target):
            self.directories([self._root.reached(target)])
        else:
            self._file(Place(link.shown, target))

    def _entries(self, directory: Place) -> list[Place]:
        """Files go to the tree, links to the list of links; the result is the directories."""
        try:
            with os.scandir(directory.real) as found:
                entries = sorted((entry for entry in found if _counts(directory, entry.name)), key=lambda e: e.name)
        except OSError as problem:
            sentence = f"the directory cannot be read: {problem.strerror or problem}"
            self.tree.diagnostics.append(error("unreadable-directory", sentence, Origin(directory.shown)))
            return []
        below = []
        for entry in entries:
            place = directory.below(entry.name)
            if entry.is_symlink():
                self.links.append(place)
            elif entry.is_dir(follow_symlinks=False):
                below.append(place)
            elif entry.name.endswith(MANIFEST_ENDINGS) and entry.name not in KUSTOMIZATION_NAMES:
                self._file(place)
        return below

    def _file(self, place: Place) -> None:
        if place.real not in self._seen:
            self._seen.add(place.real)
            self.tree.manifests.append(place)


def _counts(directory: Place, name: str) -> bool:
    """Hidden entries and GitHub's workflow files are no input."""
    return not name.startswith(".") and not (directory.real.name == ".github" and name == "workflows")
