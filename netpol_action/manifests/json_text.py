"""JSON text to plain values, many times faster than as YAML. Anything unusual is left to the YAML reader."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from netpol_action.manifests.events import LIMIT, ReadingError
from netpol_action.manifests.limits import DEPTH, DOCUMENTS
from netpol_action.manifests.stream import Chunk
from netpol_action.model.endpoints import Json

_NO_SPACE = re.compile(r"[^ \t\n]")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def load_all(chunk: Chunk) -> list[tuple[Json, Chunk]] | None:
    """The JSON objects and arrays that follow one another in a chunk, each with its own text; None if it is not JSON.

    `kubectl get -o json` and JSON lines both come out. Raises ReadingError for one nested too deeply.
    """
    text, line, position = chunk.text, chunk.line, 0
    values: list[tuple[Json, Chunk]] = []
    while (start := _next_value(text, position)) is not None:
        line += text.count("\n", position, start)
        if text[start] not in "{[":
            return None
        try:
            value, position = _DECODER.raw_decode(text, start)
        except RecursionError:
            raise _too_deep(line - chunk.line) from None
        except ValueError:
            return None
        if not _is_shallow(text, start, position, value):
            raise _too_deep(line - chunk.line)
        piece = text[start:position]
        if len(values) == DOCUMENTS:
            raise ReadingError(f"more than {DOCUMENTS} JSON values follow one another", line - chunk.line, LIMIT)
        values.append((_without_lone_surrogates(value) if _SURROGATE.search(piece) else value, Chunk(line, piece)))
        line += piece.count("\n")
    return values


def _next_value(text: str, position: int) -> int | None:
    """Where the next value starts, or None at the end."""
    found = _NO_SPACE.search(text, position)
    return found.start() if found else None


def _is_shallow(text: str, start: int, end: int, value: Json) -> bool:
    """Whether `value` nests at most DEPTH levels; text with few brackets needs no walk."""
    if text.count("{", start, end) + text.count("[", start, end) <= DEPTH:
        return True
    level: list[Json] = [value]
    for _ in range(DEPTH):
        level = [child for node in level for child in _children(node) if isinstance(child, dict | list)]
        if not level:
            return True
    return False


def _children(node: Json) -> Iterator[Json]:
    yield from node.values() if isinstance(node, dict) else node


def _without_lone_surrogates(value: Json) -> Json:
    """Half of a surrogate pair becomes a replacement character, as in Go; it could not be written out again."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list():
            return [_without_lone_surrogates(item) for item in value]
        case dict():
            return {_without_lone_surrogates(key): _without_lone_surrogates(item) for key, item in value.items()}
        case _:
            return value


def _refuse_constant(name: str) -> Json:
    raise ValueError(name)  # NaN and Infinity are not JSON


def _too_deep(line: int) -> ReadingError:
    return ReadingError(f"the document nests more than {DEPTH} levels deep", line, LIMIT)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)
