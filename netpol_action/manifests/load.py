"""The values in one chunk of a stream, by the fastest reader that understands it."""

from __future__ import annotations

from netpol_action.manifests import events, json_text
from netpol_action.manifests.block import BlockReader, Declined
from netpol_action.manifests.events import Loaded, ReadingError
from netpol_action.manifests.stream import Chunk, content_start
from netpol_action.model.endpoints import Json


def load(chunk: Chunk, block: BlockReader | None = None) -> list[tuple[Loaded, Chunk]]:
    """The values in a chunk, each with its own text: one in YAML, several where JSON objects follow one another.

    With `block`, its values may share parts with those of earlier chunks. Raises ReadingError.
    """
    values = _json(chunk)
    if values is not None:
        return [(Loaded(value), piece) for value, piece in values]
    return [(_yaml(chunk.text, block), chunk)]


def _yaml(text: str, block: BlockReader | None) -> Loaded:
    if block:
        try:
            return Loaded(block.read(text))
        except Declined:
            pass
    return events.load(text)


def pieces(chunk: Chunk) -> list[Chunk]:
    """The texts that `load` gives with its values, without reading YAML; a chunk that it refuses is one piece."""
    try:
        return [piece for _, piece in _json(chunk) or [(None, chunk)]]
    except ReadingError:
        return [chunk]


def _json(chunk: Chunk) -> list[tuple[Json, Chunk]] | None:
    return json_text.load_all(chunk) if chunk.text.startswith(("{", "["), content_start(chunk.text)) else None
