"""The kustomizations of the input and how they use one another: which are roots, and what each root needs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from netpol_action.model.diagnostics import Diagnostic, error, note
from netpol_action.origin import Origin
from netpol_action.sources import kustomization
from netpol_action.sources.files import Files
from netpol_action.sources.kustomization import Kustomization
from netpol_action.sources.places import Bounds, Place


@dataclass(slots=True)
class Graph:
    """Kustomizations by directory, each loaded once."""

    files: Files
    _known: dict[tuple[Path, bool], Kustomization] = field(default_factory=dict)

    def closure(self, directory: Place, bounds: Bounds, *, plugins: bool = False) -> list[Kustomization]:
        """The kustomization of a directory and all that it uses, itself first."""
        found: dict[tuple[Path, bool], Kustomization] = {}
        waiting = [(directory, plugins)]
        while waiting:
            place, as_plugins = waiting.pop()
            key = (place.real, as_plugins)
            if key not in found:
                found[key] = self._load(place, bounds, plugins=as_plugins)
                waiting += reversed(found[key].directories.values())
        return list(found.values())

    def _load(self, directory: Place, bounds: Bounds, *, plugins: bool) -> Kustomization:
        key = (directory.real, plugins)
        if key not in self._known:
            self._known[key] = kustomization.load(directory, bounds, self.files, plugins=plugins)
        return self._known[key]


@dataclass(frozen=True, slots=True)
class Roots:
    """The directories to build, and what there is to say about those that are none."""

    directories: tuple[Place, ...]
    diagnostics: tuple[Diagnostic, ...]


def roots_among(directories: Iterable[tuple[Place, Bounds]], graph: Graph) -> Roots:
    """The directories whose kustomization no other one among them uses, and which are no components.

    A component that nothing uses is named in a note, kustomizations that use one another in a circle in an error.
    """
    closures = {place: graph.closure(place, bounds) for place, bounds in directories}
    used = {
        member.directory.real
        for place, closure in closures.items()
        for member in closure
        if member.directory.real != place.real
    }
    roots = [place for place, closure in closures.items() if place.real not in used and not closure[0].is_component]
    reached = {member.directory.real for place in roots for member in closures[place]}
    diagnostics = []
    for place, closure in closures.items():
        if place.real in reached:
            continue
        if closure[0].is_component and place.real not in used:
            sentence = "the component is not rendered, since no kustomization of the input uses it"
            diagnostics.append(note("unused-component", sentence, Origin(place.shown)))
        elif any(place.real == target.real for m in closure for target, _ in m.directories.values()):
            sentence = "the kustomization uses itself by way of others, so that none of them can be built"
            diagnostics.append(error("broken-kustomization", sentence, Origin(place.shown)))
    return Roots(tuple(sorted(roots)), tuple(diagnostics))
