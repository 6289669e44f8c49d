"""Finding netpol.yaml: at the root of an input, else at the root of the repository or in the working directory."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from netpol_action.sources.places import Place, exists, is_directory, is_file, place_of, repository_of

NAMES = (("netpol.yaml",), (".github", "netpol.yaml"))
_MANIFEST = re.compile(rb"""^["']?(apiVersion|kind)["']?\s*:""", re.MULTILINE)
_START = 1 << 16


def find_configs(inputs: Iterable[Place], workspace: str) -> list[Place]:
    """Every netpol.yaml that belongs to the inputs, the one that counts first.

    `workspace`, where not empty, is the top of the repository. A symbolic link does not count: it may lead anywhere.
    """
    candidates = (root.below(*name) for root in _roots(list(inputs), workspace) for name in NAMES)
    found = (place for place in candidates if is_file(place.real) and place.real.resolve() == place.real)
    return list(dict.fromkeys(place for place in found if not _is_manifest(place.real)))


def free_place(inputs: Iterable[Place]) -> Place | None:
    """Where a new netpol.yaml would be found; None where every such place is taken by something else.

    It is the repository of the first input: beside manifests kubectl takes the file for one. Outside of any repository
    it is the input itself, or the working directory where that is no directory: wherever it is read from, it counts.
    """
    places = list(inputs)
    top = repository_of(places[0].real) if places else None
    roots = list(_tops(places[:1], "")) if top else _roots(places, "")
    candidates = (root.below(*name) for root in roots[:1] for name in NAMES)
    return next((place for place in candidates if not exists(place.real) and not place.real.is_symlink()), None)


def _roots(inputs: list[Place], workspace: str) -> list[Place]:
    """The directories where a netpol.yaml may be, those of the inputs before those of their repositories."""
    return [place for place in inputs if is_directory(place.real)] + list(_tops(inputs, workspace))


def _is_manifest(path: Path) -> bool:
    """Whether a file of this name is a Kubernetes object instead: many keep their policies in a netpol.yaml."""
    try:
        with path.open("rb") as file:
            return _MANIFEST.search(file.read(_START)) is not None
    except OSError:  # what reads the file later says why it cannot be read
        return False


def _tops(inputs: list[Place], workspace: str) -> Iterator[Place]:
    """The repositories of the inputs; for those outside of any, and for standard input, the working directory."""
    here = place_of(".")
    if workspace:
        yield place_of(workspace)
        return
    for place in inputs or [here]:
        top = repository_of(place.real)
        if top:
            yield place_of(_relative(top, here.real))
        elif place.real.is_relative_to(here.real):
            yield here


def _relative(top: Path, here: Path) -> str:
    """`../..` where the working directory is inside of the repository, as a person would write it."""
    return os.path.relpath(top, here) if here.is_relative_to(top) else str(top)
