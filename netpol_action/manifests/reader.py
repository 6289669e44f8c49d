"""Text to documents: YAML and JSON, many documents a file, Lists taken apart, within limits.

Knows where documents begin and which of them are Kubernetes objects; knows nothing of what an object means. A document
that cannot be read costs itself alone and is an ERROR with its place.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from netpol_action.manifests import events, renderings
from netpol_action.manifests.block import BlockReader
from netpol_action.manifests.events import Loaded, ReadingError
from netpol_action.manifests.limits import BROKEN_DOCUMENTS, DOCUMENTS, FILE_BYTES, TOTAL_BYTES
from netpol_action.manifests.load import load
from netpol_action.manifests.objects import claims_to_be_manifest, not_a_manifest, objects
from netpol_action.manifests.stream import Chunk, EncodingError, split, text_of
from netpol_action.model.diagnostics import Diagnostic, error
from netpol_action.model.documents import Document, SourceText
from netpol_action.origin import Origin

_MEBIBYTE = 1024 * 1024
_MANY_OBJECTS = 100_000
"""New objects from which on the collector is told to leave them alone: those of some 500 workloads."""


def read(texts: Iterable[SourceText]) -> tuple[list[Document], list[Diagnostic]]:
    """The Kubernetes objects of all texts in order, and what could not be read.

    An object's origin has its path, the number of its document, and the line of the document's first content; for an
    item of a List, `field` leads to the item. YAML that is no manifest (a Helm values file, a CI workflow) is passed
    over. Values may share parts with one another and are never to be changed.
    """
    with _collector_paused():
        return _read_all(texts)


def _read_all(texts: Iterable[SourceText]) -> tuple[list[Document], list[Diagnostic]]:
    documents: list[Document] = []
    diagnostics: list[Diagnostic] = []
    block = BlockReader()
    size = count = 0
    for source in texts:
        size += len(source.content)
        problem = _size_problem(source, size)
        if problem:
            diagnostics.append(problem)
            continue
        for found in _read_text(source, block):
            count += 1
            if count > DOCUMENTS:
                diagnostics.append(_too_many(source))
                return documents, diagnostics
            if isinstance(found, Document):
                documents.append(found)
            elif found:
                diagnostics.append(found)
    return documents, diagnostics


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Keeps Python's cycle collector away from the values, which hold no cycles.

    Over 30,000 documents it takes 1.4 s of 2.6 s while they are built, and as much again later, each time that it walks
    through them: hence the freeze, which exempts what is there now, once there is enough to matter.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            if gc.get_count()[0] > _MANY_OBJECTS:
                gc.freeze()
            gc.enable()


def _size_problem(source: SourceText, total: int) -> Diagnostic | None:
    if len(source.content) > FILE_BYTES:
        message = f"the file is larger than {FILE_BYTES // _MEBIBYTE} MiB and is not read"
    elif total > TOTAL_BYTES:
        message = f"the input is larger than {TOTAL_BYTES // _MEBIBYTE} MiB in all; this file is not read"
    else:
        return None
    return error(events.LIMIT, message, Origin(source.path))


def _too_many(source: SourceText) -> Diagnostic:
    message = (
        f"the input holds more than {DOCUMENTS} documents; the rest of this file and the files after it are not read"
    )
    return error(events.LIMIT, message, Origin(source.path))


def _read_text(source: SourceText, block: BlockReader) -> Iterator[Document | Diagnostic | None]:
    """What each document of a file turns out to be.

    None for what is not reported: what is no manifest, a template's other documents, what is broken beyond the limit.
    """
    try:
        text = text_of(source.content)
    except EncodingError as problem:
        yield error(events.BROKEN, str(problem), Origin(source.path, 1, 1))
        return
    templates = broken = 0
    for found in _read_chunks(source, text, block):
        if not isinstance(found, Diagnostic):
            yield found
            continue
        broken += 1
        templates += found.rule == events.TEMPLATE_RULE
        repeated = templates > 1 and found.rule == events.TEMPLATE_RULE
        yield None if repeated or broken > BROKEN_DOCUMENTS else found
    if broken > BROKEN_DOCUMENTS:
        message = f"{broken - BROKEN_DOCUMENTS} more documents of this file cannot be used"
        yield error(events.BROKEN, message, Origin(source.path))


def _read_chunks(source: SourceText, text: str, block: BlockReader) -> Iterator[Document | Diagnostic | None]:
    number = 0
    for chunk in split(text):
        try:
            loaded = load(chunk, block)
        except ReadingError as problem:
            number += 1
            yield _broken(problem, Origin(source.path, number, chunk.line))
            continue
        for one, piece in loaded:
            number += 1
            origin = Origin(source.path, number, piece.content_line)
            yield from _objects(one, piece, origin, source)


def _objects(
    loaded: Loaded, piece: Chunk, origin: Origin, source: SourceText
) -> Iterator[Document | Diagnostic | None]:
    value, flaw = loaded.value, loaded.flaw
    if flaw and (claims_to_be_manifest(value) or not isinstance(value, dict)):
        yield _broken(flaw, replace(origin, line=piece.line))
    elif flaw or not claims_to_be_manifest(value):
        yield not_a_manifest(value, origin)
    else:
        for found in objects(value, origin):
            yield renderings.as_applied(found, source) if isinstance(found, Document) else found


def _broken(problem: ReadingError, start: Origin) -> Diagnostic:
    """The diagnostic for a document whose text starts at `start`."""
    return error(problem.rule, str(problem), replace(start, line=start.line + problem.line))
