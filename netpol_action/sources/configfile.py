"""Finding netpol.yaml: at the root of an input, else at the root of the repository or in the working directory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from netpol_action.sources.places import Place, place_of, repository_of

_NAMES = (("netpol.yaml",), (".github", "netpol.yaml"))


def find_config(inputs: Iterable[Place]) -> Place | None:
    """The first netpol.yaml that belongs to the inputs. A symbolic link does not count: it may lead anywhere."""
    places = list(inputs)
    here = place_of(".")
    roots = [place for place in places if place.real.is_dir()]
    for place in places:
        top = repository_of(place.real)
        if top:
            roots.append(place_of(str(top)))
        elif place.real.is_relative_to(here.real):
            roots.append(here)
    candidates = (root.below(*name) for root in (roots or [here]) for name in _NAMES)
    return next((place for place in candidates if _is_own_file(place.real)), None)


def _is_own_file(path: Path) -> bool:
    return path.is_file() and path.resolve() == path
