"""A first netpol.yaml out of what is unresolved, and what is new added to one that is there.

What stands in a file already is kept byte for byte: new items are put in at the end of their section, new sections at
the end of the file. Text in, text out.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from netpol_action.discovery.netpol_yaml import shown
from netpol_action.errors import InputError
from netpol_action.model.characters import is_seen
from netpol_action.model.demands import Assumption, Requirements, Unresolved
from netpol_action.model.endpoints import Json
from netpol_action.model.resolutions import PLATFORM, combined, sections

_WIDTH = 100
_HEADER = """\
# What the manifests do not say: a decision for each dependency, reviewed as code is. `netpol-action init` wrote it; run
# again, it adds what is new and keeps what stands here. What is to stay closed goes under `ignore`, by its key.
# Where kubectl applies this directory, move the file to the repository's root or to .github: it is no manifest.
version: 1
"""
_END = re.compile(r"^\.\.\.[ \t]*(?:#.*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _Item:
    """One new item of a section: why it is there (comments), its lines with a dash in front, and its value."""

    why: tuple[str, ...]
    text: str
    value: Json


def first_config(requirements: Requirements) -> str:
    """The text of a new netpol.yaml."""
    text = _HEADER
    for section, items in _items(requirements.unresolved).items():
        text = _added(text, section, items)
    return text + "".join(map(_offer, requirements.assumptions))


def extended(existing: str, unresolved: Sequence[Unresolved]) -> str:
    """The text of a netpol.yaml with what resolves `unresolved` added; the same text where that is nothing.

    `existing` has been read without a problem. Raises InputError where the file is written in a way that nothing can
    be added to; the error has the lines.
    """
    text = existing
    for section, items in _items(unresolved).items():
        longer = _tried(text, section, items)
        if not longer:
            lines = combined(row.resolution for row in unresolved)
            raise InputError(f"nothing can be added to the file as it is written; add by hand:\n{lines}")
        text = longer
    return text


def _tried(text: str, section: str, items: Sequence[_Item]) -> str:
    """The text with the items, empty where they do not read back, or something else would not."""
    try:
        longer = _added(text, section, items)
        return longer if yaml.safe_load(longer) == _with(yaml.safe_load(text), section, items) else ""
    except (yaml.YAMLError, ValueError):
        return ""


def _items(unresolved: Iterable[Unresolved]) -> Mapping[str, list[_Item]]:
    """What is new in each section, platforms first; a platform is one item for all of its workloads."""
    rows: dict[str, dict[str, list[Unresolved]]] = {PLATFORM: {}}
    for row in unresolved:
        found = sections([row.resolution])
        for name in found.platforms:
            rows[PLATFORM].setdefault(f"- {name}", []).append(row)
        for section, bodies in found.items:
            rows.setdefault(section, {}).setdefault(bodies[0], []).append(row)
    return {section: [_item(*each) for each in texts.items()] for section, texts in rows.items() if texts}


def _item(text: str, rows: Sequence[Unresolved]) -> _Item:
    more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
    (value,) = yaml.safe_load(text)
    return _Item(_comment(f"{rows[0].message}{more}"), text, value)


def _comment(sentence: str) -> tuple[str, ...]:
    text = "".join(char if is_seen(char) else " " for char in sentence)  # YAML ends lines at U+2028 too
    lines = textwrap.wrap(text, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return tuple(f"# {line}" for line in lines)


def _offer(assumption: Assumption) -> str:
    """What would settle an assumption, as a comment: nothing is closed that no one has decided on."""
    if not assumption.resolution:
        return ""
    lines = [*_comment(shown(assumption.message)), *(f"# {line}" for line in assumption.resolution.splitlines())]
    return "\n".join(["", *lines, ""])


def _with(value: Json, section: str, items: Sequence[_Item]) -> Json:
    body = value or {}
    if not isinstance(body, dict):
        return None
    return {**body, section: [*(body.get(section) or []), *(item.value for item in items)]}


def _added(text: str, section: str, items: Sequence[_Item]) -> str:
    """The text with the items in their section; whether it reads back so is for the caller to see."""
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if isinstance(root, MappingNode):
        for key, value in root.value:
            if isinstance(key, ScalarNode) and key.value == section:
                return _in_section(text, items, key, value)
    end = _END.search(text)
    return _put(text, end.start() if end else len(text), ["", *_section(section, items)])


def _section(section: str, items: Sequence[_Item]) -> list[str]:
    if section == PLATFORM:
        names = ", ".join(item.value for item in items)
        return [*(line for item in items for line in item.why), f"{section}: [{names}]"]
    return [f"{section}:", *_lines(items)[1:]]


def _lines(items: Sequence[_Item]) -> list[str]:
    """The items in block style, each below an empty line and its reason."""
    return [line for item in items for line in ("", *item.why, *item.text.splitlines())]


def _in_section(text: str, items: Sequence[_Item], key: Node, value: Node) -> str:
    if isinstance(value, ScalarNode):  # the section is there, and empty
        return _put(text, _line_end(text, key.end_mark.index), _lines(items)[1:])
    if isinstance(value, SequenceNode) and value.flow_style:
        return _in_brackets(text, items, value)
    indent = " " * value.start_mark.column
    lines = [f"{indent}{line}".rstrip() for line in _lines(items)]
    return _put(text, _line_end(text, _end(text, value)), lines)


def _in_brackets(text: str, items: Sequence[_Item], value: SequenceNode) -> str:
    close = value.end_mark.index - 1
    between = text[_end(text, value.value[-1]) : close] if value.value else ","
    comma = "" if "," in between else ","
    names = [item.value for item in items if isinstance(item.value, str)]
    if names:
        return text[:close] + ", ".join(["", *names] if comma else names) + text[close:]
    lines = [comma, *(f"  {line}" for item in items for line in (*item.why, f"{json.dumps(item.value)},")), ""]
    return text[:close] + _newline(text).join(lines) + text[close:]


def _end(text: str, node: Node) -> int:
    """Where the last value of a node ends: a block collection itself ends only where the next token begins."""
    if isinstance(node, SequenceNode | MappingNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end: int = node.end_mark.index
    if isinstance(node, ScalarNode) and node.style in ("|", ">"):
        return len(text[:end].rstrip())
    return end


def _line_end(text: str, position: int) -> int:
    """The start of the line behind the one of `position`."""
    found = text.find("\n", position)
    return len(text) if found < 0 else found + 1


def _put(text: str, position: int, lines: Sequence[str]) -> str:
    newline = _newline(text)
    before = text[:position]
    gap = newline if before and not before.endswith("\n") else ""
    return before + gap + "".join(f"{line}{newline}" for line in lines) + text[position:]


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
