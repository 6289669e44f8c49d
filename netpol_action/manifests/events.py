"""One YAML document to plain JSON values, event by event, as Kubernetes reads it.

The C scanner of libyaml yields events; limits are held between them, so that a bomb is refused before it unfolds. This
is the reader that defines what a document means; `block` is a faster one for the common case that must agree with it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from yaml import CSafeLoader, YAMLError
from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)
from yaml.reader import ReaderError

from netpol_action.manifests import scalars
from netpol_action.manifests.limits import ALIASED_NODES, DEPTH, DIRECTIVES
from netpol_action.manifests.stream import content_start
from netpol_action.model.endpoints import Json

BROKEN = "broken-document"
LIMIT = "limit"
TEMPLATE_RULE = "unrendered-template"
TEMPLATE = "the file looks like a template ({{ ... }}), which has to be rendered first"

_TAG = "tag:yaml.org,2002:"
_SCALAR_TYPES: Mapping[str, type | tuple[type, ...]] = {
    _TAG + "int": int,
    _TAG + "float": (int, float),
    _TAG + "bool": bool,
    _TAG + "null": type(None),
}
_TEXT_TAGS = frozenset(("!", _TAG + "str", _TAG + "timestamp"))
_STRAY_MARK = re.compile(r"^\ufeff", re.MULTILINE)
"""The scanner skips a byte order mark at the start of any line; to Kubernetes it is a letter of the key behind it."""
_LONGEST_NAME = 60
"""Names out of the input are cut to this in messages."""


class ReadingError(ValueError):
    """A document that cannot be read. The text is a sentence; `line` counts from 0 within the document's text."""

    def __init__(self, message: str, line: int, rule: str = BROKEN) -> None:
        super().__init__(message)
        self.line = line
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Loaded:
    """A document's value, None where it has no content, and what makes good YAML unfit as a manifest."""

    value: Json = field(repr=False)
    flaw: ReadingError | None = None


def load(text: str) -> Loaded:
    """The value of the one YAML document in `text`. Raises ReadingError."""
    if "%" in text and text.count("%", 0, content_start(text)) > DIRECTIVES:
        raise ReadingError(f"the document has more than {DIRECTIVES} directives", 0, LIMIT)
    if mark := _STRAY_MARK.search(text):
        raise ReadingError("a byte order mark stands within the file", text.count("\n", 0, mark.start()))
    try:
        return _Builder(text).document()
    except ReaderError as problem:
        raise _unreadable_character(text, problem) from problem
    except UnicodeEncodeError as problem:
        line = text.count("\n", 0, problem.start)
        raise ReadingError("the document holds bytes that are not UTF-8", line) from problem
    except MarkedYAMLError as problem:
        raise _syntax_error(text, problem) from problem
    except YAMLError as problem:
        raise ReadingError("the document is not valid YAML", 0) from problem


@dataclass(frozen=True, slots=True)
class _Anchor:
    """An anchored value, the number of nodes in it with all aliases expanded, and how deep they go."""

    value: Json
    nodes: int
    height: int


class _Builder:
    """Builds one document. Depth and nodes are counted as if every alias were written out."""

    def __init__(self, text: str) -> None:
        self._parser = CSafeLoader(text)
        self._anchors: dict[str, _Anchor | None] = {}
        self._is_template = "{{" in text
        self._nodes = 0
        self._aliased = 0
        self._deepest = 0
        self._flaw: ReadingError | None = None

    def document(self) -> Loaded:
        self._next()  # the start of the stream
        start = self._next()
        if not isinstance(start, DocumentStartEvent):
            return Loaded(None)
        value = self._node(self._next(), 1)
        self._next()  # the end of the document
        after = self._next()
        if not isinstance(after, StreamEndEvent):
            raise ReadingError("a second document follows without a `---` line before it", _line(after))
        return Loaded(value, self._flaw)

    def _next(self) -> Event:
        return cast("Event", self._parser.get_event())

    def _node(self, event: Event, depth: int) -> Json:
        if isinstance(event, AliasEvent):
            return self._alias(event, depth)
        before, outer_deepest = self._nodes, self._deepest
        self._nodes += 1
        anchor = cast("ScalarEvent | CollectionStartEvent", event).anchor
        if anchor:
            self._anchors[anchor] = None
        value: Json
        if isinstance(event, ScalarEvent):
            self._deepest = depth - 1
            value = self._scalar(event)
        else:
            self._deepest = depth
            self._check_depth(event)
            value = (
                self._mapping(event, depth) if isinstance(event, MappingStartEvent) else self._sequence(event, depth)
            )
        if anchor:
            self._anchors[anchor] = _Anchor(value, self._nodes - before, self._deepest - depth)
        self._deepest = max(self._deepest, outer_deepest)
        return value

    def _alias(self, event: AliasEvent, depth: int) -> Json:
        name, line = str(event.anchor), _line(event)
        if name not in self._anchors:
            raise ReadingError(f"the alias *{_short(name)} names no anchor before it", line)
        anchor = self._anchors[name]
        if anchor is None:
            raise ReadingError(f"the alias *{_short(name)} stands inside of what it names", line)
        self._nodes += anchor.nodes
        self._aliased += anchor.nodes
        if self._aliased > ALIASED_NODES:
            message = f"aliases and merge keys expand to more than {ALIASED_NODES} nodes"
            raise ReadingError(message, line, LIMIT)
        self._deepest = max(self._deepest, depth + anchor.height)
        self._check_depth(event)
        return anchor.value

    def _check_depth(self, event: Event) -> None:
        if self._deepest > DEPTH:
            message = f"the document nests more than {DEPTH} levels deep"
            raise ReadingError(message, _line(event), LIMIT)

    def _mapping(self, start: MappingStartEvent, depth: int) -> dict[str, Json]:
        self._check_tag(start, "map")
        mapping: dict[str, Json] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            if isinstance(event, ScalarEvent) and _is_merge(event):
                self._merge(mapping, self._next(), depth + 1)
            else:
                key = self._key(event, depth + 1)
                mapping[key] = self._node(self._next(), depth + 1)
        return mapping

    def _sequence(self, start: Event, depth: int) -> list[Json]:
        self._check_tag(start, "seq")
        sequence: list[Json] = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            sequence.append(self._node(event, depth + 1))
        return sequence

    def _key(self, event: Event, depth: int) -> str:
        if isinstance(event, ScalarEvent) and event.implicit[0] and not (event.tag or event.anchor):
            self._nodes += 1
            key = scalars.key(event.value)
        else:
            value = self._node(event, depth)
            key = value if isinstance(value, str) else _key_of(value)
        if key is None:
            self._template_or("a key must be text", event)
            return ""
        return key

    def _merge(self, mapping: dict[str, Json], event: Event, depth: int) -> None:
        """Kubernetes takes merge keys in their turn: a later one overrides what stands before it."""
        value = self._node(event, depth)
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            self._note("a merge key (<<) takes a mapping or a list of mappings", event)
            return
        for source in reversed(sources):
            mapping.update(source)

    def _scalar(self, event: ScalarEvent) -> scalars.Scalar:
        text: str = event.value
        tag = event.tag
        if tag is None:
            value = scalars.value(text) if event.implicit[0] else text
        elif tag in _TEXT_TAGS:
            value = text
        elif tag in _SCALAR_TYPES:
            value = scalars.value(text)
            if not isinstance(value, _SCALAR_TYPES[tag]) or (tag == _TAG + "int" and isinstance(value, bool)):
                self._note(f"the value is not what its tag !!{tag.removeprefix(_TAG)} says", event)
        else:
            value = text
            self._foreign_tag(event)
        if isinstance(value, float) and not math.isfinite(value):
            self._note("infinity and not-a-number are no values of a manifest", event)
        return value

    def _check_tag(self, event: Event, expected: str) -> None:
        if cast("CollectionStartEvent", event).tag not in (None, "!", _TAG + expected):
            self._foreign_tag(event)

    def _foreign_tag(self, event: Event) -> None:
        tag = _short(str(cast("CollectionStartEvent | ScalarEvent", event).tag).replace(_TAG, "!!"))
        self._note(f"the tag {tag} is not one that a manifest may carry here", event)

    def _template_or(self, message: str, event: Event) -> None:
        """A value `{{ ... }}` alone is a mapping as a key of a mapping: valid YAML, and never meant as such."""
        if self._is_template:
            self._note(TEMPLATE, event, TEMPLATE_RULE)
        else:
            self._note(message, event)

    def _note(self, message: str, event: Event, rule: str = BROKEN) -> None:
        if self._flaw is None:
            self._flaw = ReadingError(message, _line(event), rule)


def _line(event: Event) -> int:
    return event.start_mark.line if event.start_mark else 0


def _is_merge(event: ScalarEvent) -> bool:
    return event.value == "<<" and event.implicit[0] and event.tag in (None, _TAG + "merge")


def _key_of(value: Json) -> str | None:
    """The key that a value by alias, or with an anchor or tag, makes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return scalars.key(str(value)) if isinstance(value, int | float) else None


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else name[:_LONGEST_NAME] + "..."


def _unreadable_character(text: str, problem: ReaderError) -> ReadingError:
    """The scanner gives the offset in bytes of the UTF-8 text."""
    before = text.encode()[: problem.position]
    return ReadingError("the document holds a control character, which YAML forbids", before.count(b"\n"))


def _syntax_error(text: str, problem: MarkedYAMLError) -> ReadingError:
    mark = problem.problem_mark or problem.context_mark
    line = mark.line if mark else 0
    if "{{" in text:
        return ReadingError(TEMPLATE, line, TEMPLATE_RULE)
    what = " ".join(str(part) for part in (problem.context, problem.problem) if part)
    return ReadingError(f"the document is not valid YAML: {what}", line)
