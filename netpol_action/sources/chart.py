"""One Helm chart: what Chart.yaml says, and whether all that it depends on is there."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from netpol_action.model.diagnostics import Diagnostic, error
from netpol_action.model.documents import SourceText
from netpol_action.model.endpoints import Json
from netpol_action.origin import Origin
from netpol_action.sources import declarations
from netpol_action.sources.declarations import DeclarationError
from netpol_action.sources.files import Files, UnreadableError
from netpol_action.sources.places import Place, is_file
from netpol_action.sources.tree import CHART_NAME, is_chart

_REQUIREMENTS = "requirements.yaml"  # where Helm 2 charts list their dependencies
_LOCAL = "file://"
RELEASE_NAME = re.compile(r"(?=.{1,53}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
"""What helm takes as the name of a release."""
_NO_RELEASE_NAME = "release-name"  # what helm itself takes where none is given


@dataclass(slots=True)
class Chart:
    """A chart's directory. It can be rendered if `diagnostics` is empty and it is no library."""

    directory: Place
    metadata: Mapping[str, Json] = field(default_factory=dict)
    local_dependencies: list[Path] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def is_library(self) -> bool:
        """Whether it only defines templates for other charts."""
        return self.metadata.get("type") == "library"

    @property
    def release_name(self) -> str:
        """The name of a release that no one named: the chart's."""
        name = self.metadata.get("name")
        return name if isinstance(name, str) and RELEASE_NAME.fullmatch(name) else _NO_RELEASE_NAME


def load(directory: Place, files: Files) -> Chart:
    """Reads a chart's metadata and looks for its dependencies in `charts/`, as nothing is downloaded."""
    chart = Chart(directory)
    for name in (CHART_NAME, _REQUIREMENTS):
        place = directory.below(name)
        if not is_file(place.real):
            continue
        try:
            text = files.text(Place(place.shown, place.real.resolve()))
            value = declarations.mapping(text)
        except UnreadableError as problem:
            chart.diagnostics.append(error("unreadable-file", f"the file {problem}", Origin(place.shown)))
        except DeclarationError as problem:
            chart.diagnostics.append(problem.diagnostic)
        else:
            chart.metadata = value if name == CHART_NAME else chart.metadata
            _check_dependencies(chart, text, value)
    return chart


def _check_dependencies(chart: Chart, text: SourceText, value: Mapping[str, Json]) -> None:
    for index, dependency in _dependencies(value):
        repository, name = dependency.get("repository"), dependency.get("name")
        if isinstance(repository, str) and repository.startswith(_LOCAL):
            target = chart.directory.real / repository.removeprefix(_LOCAL)
            chart.local_dependencies.append(Path(os.path.normpath(target)))
        if not _is_there(chart.directory.real, str(name)):
            sentence = (
                f"the chart depends on `{name}`, which is not in its charts directory, and nothing is downloaded: "
                "run `helm dependency build` first"
            )
            origin = declarations.place_in(text, ("dependencies", index))
            chart.diagnostics.append(error("missing-dependency", sentence, origin))


def _dependencies(value: Mapping[str, Json]) -> Iterator[tuple[int, Mapping[str, Json]]]:
    given = value.get("dependencies")
    for index, dependency in enumerate(given if isinstance(given, list) else []):
        if isinstance(dependency, dict):
            yield index, dependency


def _is_there(chart: Path, name: str) -> bool:
    """Whether the dependency was fetched: a packed chart, or a directory whose name or chart has that name."""
    vendored = chart / "charts"
    for entry in _entries(vendored):
        packed = re.fullmatch(rf"{re.escape(name)}-v?\d[^/]*\.tgz", entry.name)
        if packed or (is_chart(entry) and _has_name(entry, name)):
            return True
    return False


def _entries(directory: Path) -> list[Path]:
    try:
        return sorted(directory.iterdir())
    except OSError:
        return []


def _has_name(directory: Path, name: str) -> bool:
    if directory.name == name:
        return True
    try:
        metadata = declarations.mapping(Files().text(Place(str(directory), (directory / CHART_NAME).resolve())))
    except (UnreadableError, DeclarationError):
        return False
    return metadata.get("name") == name
