"""Edits the `resources` of a kustomization.yaml and leaves every other byte of it as it is, comments included."""

from __future__ import annotations

import contextlib
import json
import posixpath
import re
from collections.abc import Collection, Iterable, Sequence

import yaml

from netpol_action.manifests import events
from netpol_action.model.endpoints import Json

KEY = "resources"
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*\.(?:yaml|yml|json)")


class UneditableError(ValueError):
    """A kustomization that is written in a way that this cannot edit; the text says why, after the file's name."""


def edited(text: str, add: Iterable[str], remove: Iterable[str]) -> str:
    """The kustomization with resources added at the end of the list, where they are not in it, and others removed.

    Paths count as equal where they are so in their normal form. The result has been read again: nothing but the list
    differs. Raises UneditableError.
    """
    before = _value(text)
    listed = _resources(before)
    gone = {posixpath.normpath(each) for each in remove}
    known = {posixpath.normpath(each) for each in listed}
    new = [each for each in dict.fromkeys(add) if posixpath.normpath(each) not in known]
    expected = [*(each for each in listed if posixpath.normpath(each) not in gone), *new]
    if expected == listed:
        return text
    with contextlib.suppress(yaml.YAMLError, UneditableError):
        result = _removed(_added(text, new), gone)
        if _value(result) == {**before, KEY: expected}:
            return result
    raise UneditableError(f"is written in a way that cannot be edited: give it these {KEY}: {', '.join(expected)}")


def _value(text: str) -> dict[str, Json]:
    """The kustomization, read as manifests are: what else stands in it is anybody's, and of any size and kind."""
    try:
        loaded = events.load(text.removeprefix("\ufeff"))
    except events.ReadingError as problem:
        raise UneditableError("is not valid YAML, or more than one document") from problem
    if loaded.flaw:
        raise UneditableError(f"cannot be edited: {loaded.flaw}")
    if loaded.value is not None and not isinstance(loaded.value, dict):
        raise UneditableError("is not a mapping")
    return loaded.value or {}


def _resources(value: dict[str, Json]) -> list[str]:
    listed = value.get(KEY)
    if listed is None:
        return []
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise UneditableError(f"has {KEY} that are not a list of paths")
    return listed


def _root(text: str) -> yaml.MappingNode | None:
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    return root if isinstance(root, yaml.MappingNode) else None


def _entry(text: str) -> tuple[yaml.Node, yaml.Node] | None:
    """The key `resources` and its value; None where there is none."""
    root = _root(text)
    return next(((key, value) for key, value in root.value if key.value == KEY), None) if root else None


def _list(text: str) -> yaml.SequenceNode | None:
    """The list of resources; None where there is none, or nothing in its place."""
    found = _entry(text)
    return found[1] if found and isinstance(found[1], yaml.SequenceNode) else None


def _removed(text: str, gone: Collection[str]) -> str:
    while (found := _list(text)) is not None:
        items = found.value
        at = next((i for i, each in enumerate(items) if posixpath.normpath(each.value) in gone), None)
        if at is None:
            break
        if found.flow_style:
            text = _without_flow_item(text, items, at)
        elif len(items) == 1:
            colon = _after_key(text)
            start, end = _line(text, items[0])
            text = f"{text[:colon]} []{text[colon:start]}{text[end:]}"
        else:
            start, end = _line(text, items[at])
            text = text[:start] + text[end:]
    return text


def _without_flow_item(text: str, items: Sequence[yaml.Node], at: int) -> str:
    if at:
        return text[: items[at - 1].end_mark.index] + text[items[at].end_mark.index :]
    end = items[1].start_mark.index if len(items) > 1 else items[0].end_mark.index
    return text[: items[0].start_mark.index] + text[end:]


def _added(text: str, new: Sequence[str]) -> str:
    if not new:
        return text
    names = [each if _PLAIN.fullmatch(each) else json.dumps(each) for each in new]
    newline = "\r\n" if "\r\n" in text else "\n"
    found = _list(text)
    if found is None:
        return _with_list(text, names, newline)
    if found.flow_style:
        at = found.value[-1].end_mark.index if found.value else found.start_mark.index + 1
        return text[:at] + (", " if found.value else "") + ", ".join(names) + text[at:]
    at = _line_end(text, found.value[-1].end_mark.index)
    if text[at - 1 : at] == "\r":
        at -= 1
    indent = " " * found.start_mark.column
    return text[:at] + "".join(f"{newline}{indent}- {name}" for name in names) + text[at:]


def _with_list(text: str, names: Sequence[str], newline: str) -> str:
    """The text with a list where it has none: in place of nothing or a null after `resources:`, or else at the end."""
    items = "".join(f"{newline}- {name}" for name in names)
    found = _entry(text)
    if found:
        nothing = found[1]
        return text[: nothing.start_mark.index].rstrip() + items + text[nothing.end_mark.index :]
    separator = "" if not text or text.endswith("\n") else newline
    return f"{text}{separator}{KEY}:{items}{newline}"


def _after_key(text: str) -> int:
    """The place after `resources:`, 0 where there is none."""
    found = _entry(text)
    return text.index(":", found[0].end_mark.index) + 1 if found else 0


def _line(text: str, node: yaml.Node) -> tuple[int, int]:
    """Where the lines of a list's item start, and where the next line does."""
    end = text.find("\n", node.end_mark.index)
    return text.rfind("\n", 0, node.start_mark.index) + 1, len(text) if end < 0 else end + 1


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end
