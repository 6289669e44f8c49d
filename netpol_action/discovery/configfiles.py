"""Configuration files as named values, read line by line: YAML, JSON, properties, INI, TOML, nginx, XML, scripts.

Reads no format in full. A line gives a name and a value, its indentation or section the names above it; what a line
holds beyond that is scanned for addresses as it is. JSON that parses is read as JSON, since it may be on one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from netpol_action.model.endpoints import Json

_MAX_TEXT = 1 << 20
_MAX_LINE = 1 << 14
_MAX_PART = 500
_MAX_DEPTH = 32
_COMMENT = re.compile(r"\s*(?:#|//|;|--\s|<!--|\*|!)")
_TRAILING = re.compile(r"\s#.*")
_SECTION = re.compile(r"\[\[?([\w.\-\" ]{1,200})\]\]?")
_BLOCK = re.compile(r"([\w.\-]{1,100})\b[^{}]{0,200}\{")
_PAIR = re.compile(r"[\"']?([A-Za-z_@$][\w.\-/@$]{0,200})[\"']?(?:\s*(?:=>|:=|=)\s*|\s*:\s+|(?<=[\"'])\s*:\s*)(\S.*)")
_KEY = re.compile(r"[\"']?([A-Za-z_@$][\w.\-/@$ ]{0,200})[\"']?\s*:\s*(?:[|>][+-]?)?[\[{]?")
_FLOW = re.compile(r"[\[\s\"']{0,8}\{\s*[\"']?[A-Za-z_@$][\w.\-/@$]{0,200}[\"']?\s*:")
_FLOW_TOKEN = re.compile(r"[{}\[\],]|(?:\"[^\"]*\"|'[^']*'|[^{}\[\],\"'])+")
_FLOW_KEY = re.compile(
    r"(?:\"([^\"]{1,200})\"\s*:|'([^']{1,200})'\s*:|([A-Za-z_@$][\w.\-/@$]{0,200})\s*:(?=\s|$))(.*)", re.DOTALL
)
_DIRECTIVE = re.compile(r"([A-Za-z_][\w.\-]{0,100})\s+(\S+)")
_ELEMENT = re.compile(r"<([\w.:\-]{1,100})>([^<>]{1,2000})</")
_UPSTREAM = re.compile(r"(?:^|[{};])[ \t]*upstream[ \t]+([\w.\-]{1,200})\s*\{", re.MULTILINE)
_PASSES = re.compile(r"\b(?:proxy|fastcgi|grpc|uwsgi|scgi|memcached)_pass\s")
_INLINE_BLOCK = re.compile(r"^.*\{[ \t]*[^\s{}#].*$", re.MULTILINE)
_STATEMENT_END = re.compile(r"(?<=[{};])[ \t]*(?=[^\s{;#])")
_PASSED = re.compile(r"\b(?:https?|grpcs?|uwsgi|fastcgi)://([\w.\-]{1,200})(?=[/;\s}]|$)", re.MULTILINE)
_SUB_PAIR = re.compile(
    r"(?:^|[\s;(&?])(?:-D|--)?([A-Za-z][\w.\-]{0,60}(?: [A-Za-z][\w.\-]{0,60})?)\s?=\s?([^;\s()&\"']"
    f"{{1,{_MAX_PART}}})"
)
_HOST_AND_PORT = re.compile(r"(?<![\w.:-])([A-Za-z][\w.-]{0,252})\s+([0-9]{2,5})(?![\w.:-])")


@dataclass(frozen=True, slots=True)
class Entry:
    """One named value; `name` is the dotted path to it.

    `strict`: a part of a connection string. `argument`: one of a command, in a script.
    """

    name: str
    value: str = field(repr=False)
    strict: bool = False
    argument: bool = False


def entries(text: str, file: str) -> Iterator[Entry]:
    """The named values in a file, or in a value that has become one, such as a single host in a key of its own."""
    text = text[:_MAX_TEXT]
    found = json_entries(text)
    if found is not None:
        yield from found
        return
    lines = _without_upstreams(text).splitlines()
    only = _PAIR.fullmatch(text.strip()) if len(lines) <= 1 else None
    if len(lines) <= 1 and not (only and _FLOW.match(only[2])):
        yield Entry(file, text.strip())
        yield from pairs(file, text)
        return
    yield from _lines(lines)


def json_entries(text: str) -> tuple[Entry, ...] | None:
    """The named values in a JSON object or list; None where the text is neither."""
    if text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        return tuple(_flattened(json.loads(text), ""))
    except (ValueError, RecursionError):
        return None


def pairs(name: str, value: str) -> Iterator[Entry]:
    """The parts of a connection string: `Server=db,1433;Database=x`, `host=db port=5432`, `(HOST=db)(PORT=1521)`."""
    if "=" in value:
        for match in _SUB_PAIR.finditer(value[:_MAX_LINE]):
            cut = len(match[2]) == _MAX_PART  # what is left of an item could name another host
            part = match[2].rpartition(",")[0] if cut else match[2]
            yield Entry(f"{name}.{match[1]}", part, strict=True)


def _without_upstreams(text: str) -> str:
    """The text of a configuration of nginx with a line for each statement, without the names that it gives itself."""
    upstreams = set(_UPSTREAM.findall(text))
    if upstreams:
        text = _PASSED.sub(lambda match: "" if match[1] in upstreams else match[0], text)
    if upstreams or _PASSES.search(text):
        text = _INLINE_BLOCK.sub(lambda line: _STATEMENT_END.sub("\n", line[0]), text)
    return text


def _flattened(value: Json, path: str) -> Iterator[Entry]:
    match value:
        case dict():
            for key, child in value.items():
                yield from _flattened(child, f"{path}.{key}" if path else str(key))
        case list():
            for index, child in enumerate(value):
                yield from _flattened(child, f"{path}.{index}")
        case str() | int():
            yield Entry(path, str(value))
            yield from pairs(path, str(value))
        case _:  # null and fractions are no addresses
            return


def _lines(lines: list[str]) -> Iterator[Entry]:
    above: list[tuple[int, str]] = []
    section, items = "", 0
    for line in lines:
        if not line.strip() or _COMMENT.match(line):
            continue
        text = _TRAILING.sub("", line[:_MAX_LINE]).replace("\\:", ":").replace("\\=", "=").rstrip()
        content = text.lstrip()
        indent = len(text) - len(content)
        heading = _SECTION.fullmatch(content)
        if heading:
            section, above, items = heading[1].strip('" '), [], items + 1
            continue
        while above and _is_over(above[-1], indent, is_item=content.startswith("- ")):
            above.pop()
        while content.startswith("- "):
            items += 1
            above.append((indent, str(items)))
            indent, content = indent + 2, content[2:].lstrip()
        path = ".".join(filter(None, (section, *(name for _, name in above))))
        key = _opened(content)
        if key:
            above.append((indent, key))
        yield from _entry(content, path)


def _is_over(last: tuple[int, str], indent: int, *, is_item: bool) -> bool:
    """Whether a line at this indentation ends what stands above it; items of a list may stand right under its key."""
    return last[0] > indent or (last[0] == indent and not (is_item and not last[1].isdigit()))


def _opened(content: str) -> str:
    """The name that the lines below stand under: of `database:`, `upstream backend {` and `targets: [`."""
    match = _KEY.fullmatch(content) or _BLOCK.fullmatch(content)
    return match[1] if match else ""


def _entry(content: str, path: str) -> Iterator[Entry]:
    prefix = f"{path}." if path else ""
    element = _ELEMENT.search(content)
    pair = _PAIR.fullmatch(content) or _DIRECTIVE.fullmatch(content.rstrip(";"))
    flow, name = (pair[2], prefix + pair[1]) if pair else (content, path)
    if element:
        yield Entry(prefix + element[1], element[2].strip())
    elif _FLOW.match(flow):
        yield from _flow(flow.strip("\"' "), name)
    elif pair:
        value = pair[2].strip().rstrip(";,").strip()
        yield Entry(prefix + pair[1], value.strip("\"'[]{} ") if value[:1] in "\"'[{" else value)
        yield from pairs(prefix + pair[1], value)
    else:
        yield Entry(path, content.strip("\"'[]{},; "))
        yield from pairs(path, content)
    # `keepalive 16;` as a whole line is a directive with a number, and not a host with its port.
    for match in () if _DIRECTIVE.fullmatch(content.rstrip(";")) else _HOST_AND_PORT.finditer(content):
        yield Entry(path, f"{match[1]}:{match[2]}", strict=True)


def _flow(text: str, path: str) -> Iterator[Entry]:
    """The scalars of a mapping or list that stands in one line: `{address: db, port: 5432}`."""
    above: list[str] = []
    key, items = "", 0
    for part in _FLOW_TOKEN.findall(text):
        place = above[-1] if above else path
        if part in ("{", "["):
            items += 1
            is_named = 0 < len(above) <= _MAX_DEPTH
            above.append(f"{place}.{key or items}" if is_named else place)
            key = ""
        elif part in ("}", "]"):
            above, key = above[:-1], ""
        elif part == ",":
            key = ""
        else:
            found = _FLOW_KEY.fullmatch(part.strip())
            key = next(filter(None, found.groups()[:3]), "") if found else key
            value = (found[4] if found else part).strip().strip("\"'")
            if value:
                name = f"{place}.{key}".strip(".") if key else place
                yield Entry(name, value)
                yield from pairs(name, value)
