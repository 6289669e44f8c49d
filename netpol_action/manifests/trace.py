"""From an object in a rendering back to the file, document and line that a person would edit.

kustomize, asked with `buildMetadata: [originAnnotations]`, annotates each object with the file or the generator that it
comes from; Helm writes a comment `# Source: <chart>/templates/<file>` before each.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from netpol_action.manifests.events import ReadingError
from netpol_action.manifests.load import load
from netpol_action.manifests.places import places
from netpol_action.manifests.renderings import ORIGIN_ANNOTATION
from netpol_action.manifests.stream import Chunk
from netpol_action.model.documents import SourceText
from netpol_action.model.endpoints import Json

_HELM_COMMENT = re.compile(r"^# Source: [^/\n]+/(\S.*)$", re.MULTILINE)
_KIND_LINE = re.compile(r"^kind:[ \t]*(\w+)", re.MULTILINE)
_GENERATORS = {"ConfigMap": "configMapGenerator", "Secret": "secretGenerator"}


@dataclass(frozen=True, slots=True)
class Made:
    """What a rendering says about one of its objects: the file it comes from, or "" where it does not say.

    `generator` is the kustomization's field whose generator made the object, "" for an object out of a file.
    """

    path: str
    kind: str
    name: str
    generator: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class Standing:
    """An object in a source file: its document and line, from 1, and its name, "" where the template computes it."""

    document: int
    line: int
    kind: str
    name: str


def made_from(rendering: SourceText, document: Chunk) -> Made:
    """What the rendering says about the object in one of its documents; paths are as in `rendering.sources`."""
    value = _value(document)
    metadata = _field(value, "metadata")
    kind, name = _text(_field(value, "kind")), _text(_field(metadata, "name"))
    if rendering.rendered_by == "helm":
        comment = _HELM_COMMENT.search(document.text)
        return Made(_below(rendering, comment[1]) if comment else "", kind, name)
    note = _text(_field(_field(metadata, "annotations"), ORIGIN_ANNOTATION))
    said = _value(Chunk(1, note))
    if path := _text(_field(said, "path")):
        return Made(_below(rendering, path), kind, name)
    if path := _text(_field(said, "configuredIn")):
        return Made(_below(rendering, path), kind, name, _GENERATORS.get(kind, "generators"))
    return Made("", kind, name)


def standing_in(documents: Sequence[Chunk]) -> list[Standing]:
    """The objects of a file, for `find`; of a template that is no YAML yet, what its `kind:` lines say."""
    found = []
    for number, document in enumerate(documents, start=1):
        value = _value(document)
        if isinstance(value, dict):
            name = _text(_field(_field(value, "metadata"), "name"))
            found.append(Standing(number, document.content_line, _text(_field(value, "kind")), name))
        elif kind := _KIND_LINE.search(document.text):
            line = document.line + document.text.count("\n", 0, kind.start())
            found.append(Standing(number, line, kind[1], ""))
    return found


def find(made: Made, standing: Sequence[Standing]) -> Standing | None:
    """The object in the file that it was made from; None where it is not there.

    kustomize may give an object a prefix, a suffix or a hash, and in a Helm template names are expressions: so the
    object of the same kind with the longest name that is part of the rendered one is taken, or else the first of the
    kind.
    """
    of_kind = [one for one in standing if one.kind == made.kind]
    return max(of_kind, key=lambda one: len(one.name) if one.name in made.name else -1, default=None)


def generator_line(made: Made, kustomization: Chunk) -> int:
    """The line of the generator in a kustomization that made an object, which bears its name and a hash."""
    generators = _field(_value(kustomization), made.generator)
    names = [_text(_field(one, "name")) for one in generators] if isinstance(generators, list) else []
    fitting = [index for index, name in enumerate(names) if name and name in made.name]
    best = max(fitting, key=lambda index: len(names[index]), default=None)
    path = (made.generator,) if best is None else (made.generator, best)
    return places(kustomization).find(path)[0].line


def normal(path: str) -> str:
    """A path in the form in which paths are compared: `a/./b/../c` is `a/c`."""
    return posixpath.normpath(path)


def _below(rendering: SourceText, path: str) -> str:
    return normal(posixpath.join(rendering.path, path))


def _value(document: Chunk) -> Json:
    """The value of a document, None where it has none that can be read."""
    try:
        loaded = load(document)
    except ReadingError:
        return None
    return loaded[0][0].value if loaded else None


def _field(value: Json, name: str) -> Json:
    return value.get(name) if isinstance(value, dict) else None


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""
