"""Finding netpol.yaml: at the root of an input, else at the root of the repository or in the working directory."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from netpol_action.sources.places import Place, is_directory, is_file, place_of, repository_of

_NAMES = (("netpol.yaml",), (".github", "netpol.yaml"))


def find_config(inputs: Iterable[Place], workspace: str) -> Place | None:
    """The first netpol.yaml that belongs to the inputs; `workspace`, where not empty, is the top of the repository.

    A symbolic link does not count: it may lead anywhere.
    """
    places = list(inputs)
    roots = [place for place in places if is_directory(place.real)]
    roots += _tops(places, workspace)
    candidates = (root.below(*name) for root in roots for name in _NAMES)
    return next((place for place in candidates if is_file(place.real) and place.real.resolve() == place.real), None)


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
