"""The exact place of a field, found when a message needs it; for renderings, the file that a person would edit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from netpol_action.manifests import trace
from netpol_action.manifests.limits import LOCATED_BYTES
from netpol_action.manifests.load import pieces
from netpol_action.manifests.places import Place, places
from netpol_action.manifests.stream import Chunk, EncodingError, split, text_of
from netpol_action.model.documents import STDIN, SourceText
from netpol_action.origin import UNKNOWN, Origin


class Locator:
    """Refines the origins of the documents that `reader` made from the same texts."""

    def __init__(self, texts: Iterable[SourceText]) -> None:
        self._texts: dict[str, SourceText] = {}
        for text in texts:
            self._texts.setdefault(text.path, text)
        self._documents: dict[str, list[Chunk]] = {}
        self._standing: dict[str, list[trace.Standing]] = {}
        self._places: dict[tuple[str, int], Place] = {}
        self._places_size = 0
        self._lines: dict[str, list[str]] = {}

    def refine(self, origin: Origin) -> Origin:
        """The origin with the line of its field, or of the deepest ancestor of the field that stands in the text.

        An object out of a rendering gets the path, document and line of the file that it was made from, where
        kustomize's annotation or Helm's comment names one of the rendering's `sources`: the line of the field where
        that file holds the object as plain YAML, the line of the object otherwise; for an object of a kustomize
        generator, the generator's line. What cannot be traced is named instead: the path becomes
        `overlays/dev (kustomize): Deployment web`, without document and line. Origins that name no document of the
        texts come back as they are. Fields in documents too large to scan twice keep the line of their document.
        """
        source = self._texts.get(origin.path)
        document = self._document(source, origin.document) if source else None
        if not source or not document:
            return origin
        if source.rendered_by:
            return self._trace(origin, source, document)
        return self._in_document(origin, source, document) if origin.field else origin

    def line(self, origin: Origin) -> str | None:
        """The text of the line that a refined origin names, without its end; None where it stands in no input file.

        Places in a rendering that cannot be traced, directories and standard input are no files. An origin without a
        line means the first one.
        """
        if origin.path not in self._lines:
            content = self._files.get(origin.path)
            if content is None:
                return None
            self._lines[origin.path] = _lines(content)
        lines, number = self._lines[origin.path], max(origin.line, 1)
        return lines[number - 1] if number <= len(lines) else ""

    def file_near(self, path: str) -> Origin:
        """The first input file below a directory, or else the first there is; UNKNOWN where there is none."""
        below = (each for each in self._files if each.startswith(f"{path}/"))
        found = next(below, next(iter(self._files), ""))
        return Origin(found, line=1) if found else UNKNOWN

    def file(self, path: str) -> str:
        """The file that a path of an origin means."""
        return path

    @cached_property
    def _files(self) -> dict[str, bytes]:
        """What stands in the files that a person would edit, by the path that messages call them by."""
        edited = (each for text in self._texts.values() for each in ((text,) if not text.rendered_by else text.sources))
        return {self._shown(each.path): each.content for each in edited if each.path != STDIN}

    def _shown(self, path: str) -> str:
        return path

    def _in_document(self, origin: Origin, source: SourceText, document: Chunk) -> Origin:
        """The line of the field within the document that holds it."""
        if len(document.text) > LOCATED_BYTES:
            return origin
        place, steps = self._places_of(source.path, origin.document, document).find(origin.field)
        return replace(origin, line=place.line) if steps else replace(origin, line=document.content_line)

    def _trace(self, origin: Origin, rendering: SourceText, document: Chunk) -> Origin:
        made = trace.made_from(rendering, document)
        source = next((text for text in rendering.sources if trace.normal(text.path) == made.path), None)
        if source is None:
            what = f": {made}" if str(made) else ""
            return Origin(f"{rendering.path} ({rendering.rendered_by}){what}", field=origin.field)
        documents = self._documents_of(source)
        if made.generator and documents:
            return Origin(source.path, 1, trace.generator_line(made, documents[0]), origin.field)
        if source.path not in self._standing:
            self._standing[source.path] = trace.standing_in(documents)
        found = trace.find(made, self._standing[source.path])
        if found is None:
            return Origin(source.path, field=origin.field)
        traced = Origin(source.path, found.document, found.line, origin.field)
        document = documents[found.document - 1]
        return self._in_document(traced, source, document) if origin.field and "{{" not in document.text else traced

    def _document(self, source: SourceText, number: int) -> Chunk | None:
        documents = self._documents_of(source) if number > 0 else []
        return documents[number - 1] if number <= len(documents) and documents else None

    def _documents_of(self, source: SourceText) -> list[Chunk]:
        """The documents of a file as `reader` numbers them."""
        if source.path not in self._documents:
            self._documents[source.path] = list(_documents(source))
        return self._documents[source.path]

    def _places_of(self, path: str, number: int, document: Chunk) -> Place:
        found = self._places.get((path, number))
        if found is None:
            self._places_size += len(document.text)
            if self._places_size > LOCATED_BYTES:
                self._places.clear()
                self._places_size = len(document.text)
            found = self._places[path, number] = places(document)
        return found


def _lines(content: bytes) -> list[str]:
    try:
        return text_of(content).split("\n")
    except EncodingError:
        return []


def _documents(source: SourceText) -> Iterator[Chunk]:
    try:
        text = text_of(source.content)
    except EncodingError:
        return
    for chunk in split(text):
        yield from pieces(chunk)
