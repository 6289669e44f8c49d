"""The files that tell a tool what to render (kustomization.yaml, Chart.yaml), read as manifests are: within limits."""

from __future__ import annotations

from collections.abc import Mapping

from netpol_action.manifests.events import ReadingError, load
from netpol_action.manifests.locate import Locator
from netpol_action.manifests.stream import EncodingError, split, text_of
from netpol_action.model.diagnostics import Diagnostic, error
from netpol_action.model.documents import SourceText
from netpol_action.model.endpoints import Json
from netpol_action.origin import FieldPath, Origin

_MOST_BYTES = 1024 * 1024
"""No sensible kustomization or Chart.yaml comes near, and each is read several times over."""


class DeclarationError(Exception):
    """A declaration that cannot be used, with the diagnostic that says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(str(diagnostic))
        self.diagnostic = diagnostic


def mapping(text: SourceText) -> Mapping[str, Json]:
    """The one mapping that the file holds. Raises DeclarationError."""
    found = documents(text)
    if len(found) != 1 or not isinstance(found[0], dict):
        origin = Origin(text.path, 1, 1)
        raise DeclarationError(error("broken-declaration", "the file must hold one YAML mapping", origin))
    return found[0]


def documents(text: SourceText) -> list[Json]:
    """The values of all documents in the file, empty ones left out. Raises DeclarationError."""
    if len(text.content) > _MOST_BYTES:
        raise DeclarationError(error("limit", "the file is larger than 1 MB and is not used", Origin(text.path)))
    values = []
    try:
        for chunk in split(text_of(text.content)):
            try:
                loaded = load(chunk.text)
            except ReadingError as problem:
                raise _broken(text, problem, chunk.line) from problem
            if loaded.flaw:
                raise _broken(text, loaded.flaw, chunk.line)
            if loaded.value is not None:
                values.append(loaded.value)
    except EncodingError as problem:
        raise DeclarationError(error("broken-declaration", str(problem), Origin(text.path))) from problem
    return values


def place_in(text: SourceText, field: FieldPath) -> Origin:
    """The origin of a field of the file's first document, with its line."""
    return Locator((text,)).refine(Origin(text.path, 1, 1, field))


def _broken(text: SourceText, problem: ReadingError, line: int) -> DeclarationError:
    return DeclarationError(error("broken-declaration", str(problem), Origin(text.path, 1, line + problem.line)))
