"""Judges of what people and runners read line by line: is there anything in it that acts?

Each returns the reasons against, so that an empty list means inert.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections.abc import Iterator

OURS = ("error", "warning", "notice")
"""The workflow commands that the program gives."""

SPREADSHEET = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How a cell begins that a spreadsheet may take for a formula (OWASP, "CSV Injection")."""

_ADDITIONAL = re.compile(r"[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
"""Characters that show nothing and are in no category of such (Unicode, Default_Ignorable_Code_Point)."""


def unseen(text: str, allowed: str = "\n") -> Iterator[str]:
    """Characters that show nothing, turn the direction, end lines, or steer a terminal."""
    for char in dict.fromkeys(text.replace("\u26a0\ufe0f", "")):  # our own warning sign
        hidden = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or _ADDITIONAL.match(char)
        if hidden and char not in allowed:
            yield f"holds U+{ord(char):04X}"


def commands(log: str) -> list[tuple[str, str, str]]:
    """What a runner obeys in a log: name, properties and message, as ActionCommand.cs reads them, on the wide side.

    .NET's Trim takes away all white space of Unicode; its search for `::` ignores, by culture, what shows nothing.
    """
    found = []
    for line in re.split(r"\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", log):
        seen = line.strip().lstrip("\ufeff\u200e\u200f\u2060\u00ad\x00 \t").strip()
        command = re.match(r"::([^: ]*)(?: ([^:]*))?::(.*)", seen, re.DOTALL)
        if command:
            found.append((command[1], command[2] or "", command[3]))
        elif seen.startswith("::"):
            found.append((seen, "", ""))
        if "##[" in line:
            found.append(("##[", "", line))
    return found


def log(text: str) -> Iterator[str]:
    """A log with commands among its lines."""
    for name, properties, message in commands(text):
        if name not in OURS:
            yield f"command {name[:80]!r}"
        if message.lstrip().startswith(("injected", "qzx")) and not properties:
            yield f"command with a message of its own: {message[:80]!r}"
        keys = [part.partition("=")[0] for part in properties.split(",") if part]
        if len(set(keys)) != len(keys) or not set(keys) <= {"file", "line", "title"}:
            yield f"properties {properties[:80]!r}"
    yield from unseen(text, "\n\u200b")


def log_without_commands(text: str) -> Iterator[str]:
    """Standard error in a workflow, where none of ours is written."""
    yield from (f"command {name[:80]!r}" for name, _, _ in commands(text))
    yield from unseen(text, "\n\u200b")


def terminal(text: str) -> Iterator[str]:
    """What is printed outside of a workflow."""
    yield from unseen(text)


def outputs(text: str) -> dict[str, str]:
    """The outputs as the runner reads them (FileCommandManager.cs). Raises ValueError where it would fail the step."""
    found: dict[str, str] = {}
    lines = text.split("\n")
    position = 0
    while position < len(lines):
        line = lines[position]
        position += 1
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            name, _, value = line.partition("=")
        elif heredoc >= 0:
            name, _, end = line.partition("<<")
            stop = next((i for i in range(position, len(lines)) if lines[i] == end), None)
            if not name or not end or stop is None:
                raise ValueError(f"no end of {line!r}")
            value, position = "\n".join(lines[position:stop]), stop + 1
        else:
            raise ValueError(f"invalid line {line!r}")
        if name in found:
            raise ValueError(f"{name} twice")
        found[name] = value
    return found


def table(text: str) -> Iterator[str]:
    """A CSV file: as many cells in each row, and no formula."""
    csv.field_size_limit(1 << 30)
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if {len(row) for row in rows} != {len(rows[0])}:
        yield f"rows of {sorted({len(row) for row in rows})} cells"
    for row in rows:
        yield from (f"formula {cell[:40]!r}" for cell in row if cell.startswith(SPREADSHEET))
    yield from unseen(text)


def json_text(text: str) -> Iterator[str]:
    """JSON that any reader takes: ASCII alone, each member once, the same after a round trip."""

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a member twice")
        return dict(pairs)

    try:
        value = json.loads(text, object_pairs_hook=unique)
    except ValueError as problem:
        yield str(problem)
        return
    if json.loads(json.dumps(value)) != value:
        yield "does not read back"
    if not text.isascii():
        yield "holds more than ASCII"


def sarif(text: str) -> Iterator[str]:
    """A SARIF file: its messages link to its own places alone, and its places are files below the workspace."""
    yield from json_text(text)
    for result in json.loads(text)["runs"][0]["results"]:
        message = result["message"]["text"]
        related = {str(each["id"]) for each in result.get("relatedLocations", [])}
        yield from (f"links to {end!r}" for end in re.findall(r"\]\(([^)]*)\)", message) if end not in related)
        yield from unseen(message)
        for place in (*result["locations"], *result.get("relatedLocations", [])):
            uri = place["physicalLocation"]["artifactLocation"]["uri"]
            if not re.fullmatch(r"(?!\.\./)[\w.~%-]+(/[\w.~%-]+)*", uri, re.ASCII):
                yield f"leads to {uri!r}"
