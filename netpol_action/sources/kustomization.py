"""One kustomization: what its file says, which files and directories it uses, and what in it is refused.

Everything that a kustomization names is looked at before a tool is started. Remote references, plugins and chart
inflation are refused here, as is what does not exist, since kustomize would take it for something to download.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from netpol_action.model.diagnostics import Diagnostic, error
from netpol_action.model.documents import SourceText
from netpol_action.model.endpoints import Json
from netpol_action.origin import FieldPath, Origin
from netpol_action.sources import declarations
from netpol_action.sources.declarations import DeclarationError
from netpol_action.sources.files import Files, UnreadableError
from netpol_action.sources.places import Bounds, Place, is_directory
from netpol_action.sources.tree import kustomization_files

_MOST_PROBLEMS = 20
_HELM = frozenset(("helmcharts", "helmchartinflationgenerator"))
_REMOTE = re.compile(r"//|\?|^[^/]*[:@]|^github\.com", re.IGNORECASE)
"""All that kustomize may take for a URL or a git repository, and more: such names are not worth a risk."""


class Role(Enum):
    """What a name in a kustomization may stand for."""

    FILE = auto()
    FILE_OR_INLINE = auto()
    RESOURCE = auto()  # a file or a directory
    PLUGIN = auto()  # a file, a directory or inline YAML that configures generators or transformers


@dataclass(frozen=True, slots=True)
class Reference:
    """A name in a kustomization, and the field that it stands in."""

    text: str
    role: Role
    field: FieldPath


@dataclass(slots=True)
class Kustomization:
    """What a directory's kustomization says and uses. It can be built if `diagnostics` is empty.

    `directories` maps each name of a directory, as written, to its place and whether plugins are configured there.
    """

    directory: Place
    text: SourceText | None = None
    value: Mapping[str, Json] = field(default_factory=dict)
    files: list[Place] = field(default_factory=list)
    directories: dict[str, tuple[Place, bool]] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)

    @property
    def is_component(self) -> bool:
        """Whether it is a Component, which only other kustomizations can use."""
        return self.value.get("kind") == "Component"


def load(directory: Place, bounds: Bounds, files: Files, *, plugins: bool = False) -> Kustomization:
    """Reads the kustomization of a directory; with `plugins`, its resources configure generators or transformers."""
    result = Kustomization(directory)
    names = kustomization_files(directory.real)
    if len(names) != 1:
        sentence = "the directory holds more than one kustomization file" if names else "there is no kustomization file"
        result.diagnostics.append(error("broken-kustomization", sentence, Origin(directory.shown)))
        return result
    try:
        place = _own_file(directory, directory.below(names[0].name), files)
        result.text = files.text(place)
        result.files.append(place)
        result.value = declarations.mapping(result.text)
    except UnreadableError as problem:
        shown = directory.below(names[0].name).shown
        result.diagnostics.append(error("unreadable-file", f"the kustomization {problem}", Origin(shown)))
    except DeclarationError as problem:
        result.diagnostics.append(problem.diagnostic)
    else:
        _Resolution(result, bounds, files).resolve(plugins=plugins)
    return result


def _own_file(directory: Place, place: Place, files: Files) -> Place:
    """The file with links resolved. Raises UnreadableError where it leads out of the kustomization's directory."""
    try:
        real = files.resolved(place.real)
    except (OSError, RuntimeError) as problem:
        raise UnreadableError("does not exist") from problem
    if not (real.is_relative_to(directory.real) and place.real.is_relative_to(directory.real)):
        raise UnreadableError("is not in or below the kustomization's directory, where kustomize reads files only")
    return Place(place.shown, real)


class _Resolution:
    """Follows the names in one kustomization to files and directories."""

    def __init__(self, target: Kustomization, bounds: Bounds, files: Files) -> None:
        self._target = target
        self._bounds = bounds
        self._files = files

    def resolve(self, *, plugins: bool) -> None:
        for reference in _references(self._target.value, plugins=plugins):
            if len(self._target.diagnostics) < _MOST_PROBLEMS:
                self._follow(reference)
        for key in self._target.value:
            if key.lower() in _HELM:
                sentence = f"`{key}` is not supported: render the chart with helm template and refer to the result"
                self._refuse("chart-inflation", sentence, (key,))

    def _refuse(self, rule: str, sentence: str, where: FieldPath) -> None:
        text = self._target.text
        origin = declarations.place_in(text, where) if text else Origin(self._target.directory.shown)
        self._target.diagnostics.append(error(rule, sentence, origin))

    def _follow(self, reference: Reference) -> None:
        name, role = reference.text, reference.role
        if role in (Role.FILE_OR_INLINE, Role.PLUGIN) and _is_inline(name):
            if role is Role.PLUGIN:
                self._check_plugins(SourceText("", name.encode("utf-8", "replace")), reference)
            return
        if _REMOTE.search(name):
            sentence = f"`{name}` is remote, and nothing is downloaded: copy it into the repository and name the copy"
            self._refuse("remote-reference", sentence, reference.field)
            return
        if Path(name).is_absolute():
            self._refuse("broken-kustomization", f"`{name}` must be a relative path", reference.field)
            return
        place = self._target.directory.below(name)
        place = Place(place.shown, Path(os.path.normpath(place.real)))
        if is_directory(place.real) and role in (Role.RESOURCE, Role.PLUGIN):
            self._use_directory(reference, place)
        else:
            self._use_file(reference, place)

    def _use_directory(self, reference: Reference, place: Place) -> None:
        real = place.real.resolve()
        if not self._bounds.allow_reference(real):
            sentence = f"`{reference.text}` leads out of the repository or working directory and is not followed"
            self._refuse("reference-leads-out", sentence, reference.field)
        elif not kustomization_files(real):
            self._refuse("broken-kustomization", f"`{reference.text}` holds no kustomization", reference.field)
        else:
            target = self._target.directory.reached(real)
            self._target.directories[reference.text] = (target, reference.role is Role.PLUGIN)

    def _use_file(self, reference: Reference, place: Place) -> None:
        try:
            own = _own_file(self._target.directory, place, self._files)
            text = self._files.text(own)
        except UnreadableError as problem:
            self._refuse("broken-kustomization", f"`{reference.text}` {problem}", reference.field)
            return
        # Kept by the name that the kustomization uses, which may be a link.
        self._target.files.append(Place(place.shown, place.real))
        if reference.role is Role.PLUGIN:
            self._check_plugins(text, reference)

    def _check_plugins(self, text: SourceText, reference: Reference) -> None:
        """Only kustomize's own generators and transformers, which start no program, and their files."""
        try:
            values = declarations.documents(text)
        except DeclarationError as problem:
            self._refuse("broken-kustomization", problem.diagnostic.message, reference.field)
            return
        for value in values:
            if not isinstance(value, dict) or value.get("apiVersion") != "builtin":
                sentence = "generators and transformers that start programs or containers are not run"
                self._refuse("plugin", sentence, reference.field)
            elif "helm" in str(value.get("kind")).lower():
                sentence = "charts are not inflated: render the chart with helm template and refer to the result"
                self._refuse("chart-inflation", sentence, reference.field)
            else:
                for name in _plugin_files(value):
                    self._follow(Reference(name, Role.FILE, reference.field))


def _references(value: Mapping[str, Json], *, plugins: bool) -> Iterator[Reference]:
    """All names of files and directories. Keys count in any case, as with kustomize."""
    for key, content in value.items():
        match key.lower():
            case "resources" | "bases" | "components":
                yield from _names(content, Role.PLUGIN if plugins else Role.RESOURCE, (key,))
            case "generators" | "transformers" | "validators":
                yield from _names(content, Role.PLUGIN, (key,))
            case "crds" | "configurations":
                yield from _names(content, Role.FILE, (key,))
            case "patches" | "patchesjson6902" | "patchesstrategicmerge" | "replacements":
                yield from _names(content, Role.FILE_OR_INLINE, (key,))
                yield from _in_items(content, ("path",), (key,))
            case "configmapgenerator" | "secretgenerator":
                yield from _in_items(content, ("files", "envs", "env"), (key,))
            case "openapi":
                yield from _in_items([content], ("path",), (key,))
            case _:
                pass


def _names(content: Json, role: Role, where: FieldPath) -> Iterator[Reference]:
    for index, text in enumerate(content if isinstance(content, list) else [content]):
        if isinstance(text, str) and text:
            yield Reference(text, role, (*where, index))


def _in_items(content: Json, keys: tuple[str, ...], where: FieldPath) -> Iterator[Reference]:
    for index, item in enumerate(content if isinstance(content, list) else []):
        for key, value in item.items() if isinstance(item, dict) else ():
            if key.lower() not in keys:
                continue
            for text in value if isinstance(value, list) else [value]:
                if isinstance(text, str) and text:
                    name = text.split("=", 1)[-1] if key.lower() == "files" else text
                    yield Reference(name, Role.FILE, (*where, index, key))


def _plugin_files(value: Mapping[str, Json]) -> Iterator[str]:
    """The files that the configuration of one of kustomize's own generators or transformers names."""
    keys = ("path", "paths", "files", "envs", "env")
    for reference in (*_in_items([dict(value)], keys, ()), *_in_items(value.get("replacements"), keys, ())):
        if not _is_inline(reference.text):
            yield reference.text


def _is_inline(text: str) -> bool:
    """Whether an entry is YAML itself and no name of a file."""
    return "\n" in text or text.lstrip().startswith("{")
