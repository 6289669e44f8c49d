"""The lines of a document's fields, for the few documents that a message speaks of.

Reading keeps no lines but the first; here a document that reading has accepted, and so within the limits, is scanned
once more for the places alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from yaml import CSafeLoader, YAMLError
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from netpol_action.manifests import scalars
from netpol_action.manifests.stream import Chunk
from netpol_action.origin import FieldPath


@dataclass(slots=True)
class Place:
    """The line of a value, from 1 in its file (for a mapping's value, its key's line), and the values inside of it."""

    line: int
    inside: dict[str | int, Place] = field(default_factory=dict)

    def find(self, path: FieldPath) -> tuple[Place, int]:
        """The deepest value that exists on the way along `path`, and how many steps lead to it."""
        place = self
        for steps, step in enumerate(path):
            below = place.inside.get(step)
            if below is None:
                return place, steps
            place = below
        return place, len(path)


def places(chunk: Chunk) -> Place:
    """The places of all values in one document; as far as it can be scanned where it is JSON that is not quite YAML."""
    root = Place(chunk.content_line)
    scan = _Scan(chunk)
    try:
        scan.document(root)
    except (YAMLError, UnicodeEncodeError):
        return root
    return root


@dataclass(frozen=True, slots=True)
class RepeatedKey:
    """A key that a mapping has twice, of which only the last counts; lines are those of the file, from 1."""

    key: str
    first: int
    line: int


def repeated_keys(chunk: Chunk) -> tuple[RepeatedKey, ...]:
    """The keys that stand twice in one mapping of the document, in their order; a merge key repeats nothing."""
    scan = _Scan(chunk)
    try:
        scan.document(Place(chunk.content_line))
    except (YAMLError, UnicodeEncodeError):
        return tuple(scan.repeated)
    return tuple(scan.repeated)


class _Scan:
    def __init__(self, chunk: Chunk) -> None:
        self.repeated: list[RepeatedKey] = []
        self._chunk = chunk
        self._anchors: dict[str, Place] = {}

    def document(self, root: Place) -> None:
        self._parser = CSafeLoader(self._chunk.text)
        self._next()  # the start of the stream
        if isinstance(self._next(), DocumentStartEvent):
            self._fill(root, self._next())

    def _next(self) -> Event:
        return cast("Event", self._parser.get_event())

    def _line(self, event: Event) -> int:
        return self._chunk.line + (event.start_mark.line if event.start_mark else 0)

    def _fill(self, place: Place, event: Event) -> None:
        """Puts into `place` what the value that starts with `event` holds."""
        if isinstance(event, AliasEvent):
            anchored = self._anchors.get(str(event.anchor))
            place.inside = anchored.inside if anchored else {}
            return
        anchor = cast("ScalarEvent | CollectionStartEvent", event).anchor
        if anchor:
            self._anchors[anchor] = place
        if isinstance(event, MappingStartEvent):
            self._fill_mapping(place)
        elif isinstance(event, SequenceStartEvent):
            self._fill_sequence(place)

    def _fill_mapping(self, place: Place) -> None:
        own: dict[str, int] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            key = self._key(event)
            value = Place(self._line(event))
            self._fill(value, self._next())
            if isinstance(event, ScalarEvent) and event.value == "<<" and event.implicit[0]:
                merged = [item.inside for item in value.inside.values()] if 0 in value.inside else [value.inside]
                for inside in reversed(merged):
                    place.inside.update(inside)
            elif key is not None:
                if key in own:
                    self.repeated.append(RepeatedKey(key, own[key], value.line))
                own.setdefault(key, value.line)
                place.inside[key] = value

    def _fill_sequence(self, place: Place) -> None:
        index = 0
        while not isinstance(event := self._next(), SequenceEndEvent):
            item = place.inside[index] = Place(self._line(event))
            self._fill(item, event)
            index += 1

    def _key(self, event: Event) -> str | None:
        if isinstance(event, ScalarEvent):
            return scalars.key(event.value) if event.implicit[0] else event.value
        self._fill(Place(0), event)
        return None
