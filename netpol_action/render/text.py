"""Untrusted text made safe for each format. Names come from manifests, and manifests come from anywhere.

Every function first makes control characters visible (`plain`), so no output of this package holds one.
"""

from __future__ import annotations

import re

from netpol_action.model.characters import is_seen

_CODE_SAFE = re.compile(r"[A-Za-z0-9 ._/\[\](){}:=,+!*'-]*[A-Za-z0-9._/\[\](){}:=,+!*'-]")
_MARKUP = re.compile(
    r"[&<>*_`\[\]|\\~#@$^!]"
    r"|:(?=//|(?![0-9a-f]{1,4}:)[a-z0-9_+-]{1,50}:)"  # a link; an emoji, unless it is a part of an address of IPv6
    r"|(?<=www)\.|(?<=GH)-"
    r"|(?<![0-9a-z])[0-9a-f]{7,40}(?![0-9a-z])",  # the name of a commit
    re.IGNORECASE,
)
_BROKEN = "@#-:."
"""Marks after which a zero-width space stands: GitHub looks for mentions, issues and emoji in the rendered text."""

_COMMIT = 7
"""From so many digits on GitHub takes a word for the name of a commit."""

_MERMAID_SAFE = re.compile(r"[A-Za-z0-9 ./,+=…-]")
_DOT_STRING = 16_000
"""Bytes of a string of the dot language; some versions of Graphviz read no more than 16,384."""

_FORMULA = ("=", "+", "-", "@")


def plain(text: str) -> str:
    r"""The text on one line: characters that show nothing are written out, as `\x1b` or `\u202e`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(char) for char in text)


def shortened(text: str, limit: int) -> str:
    """The text in at most `limit` characters; the middle gives way, since names differ at both ends."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 3
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def code(text: str) -> str:
    """A Markdown code span, also in a table cell: nothing in it is markup, a mention or a reference.

    Backticks where that is enough. Else a `code` element of character references, since no fence of backticks survives
    a backslash before a pipe in a table, and GitHub looks for mentions in rendered text, but not inside of `code`.
    """
    text = plain(text)
    if _CODE_SAFE.fullmatch(text) and not text.startswith(" "):
        return f"`{text}`"
    return "<code>" + "".join(c if c.isalnum() and c.isascii() else f"&#{ord(c)};" for c in text) + "</code>"


def prose(text: str) -> str:
    """Markdown that shows the text as it is: no markup, no links, no mentions, no references to issues."""
    text = plain(text)
    start = "" if text[:1].isalpha() else "&#8203;"  # so that no list, heading or quotation begins here
    return start + _MARKUP.sub(_reference, text)


def fenced(text: str, language: str = "") -> str:
    """A Markdown code block whose fence is longer than any run of backticks in it; lines are kept."""
    lines = [plain(line.replace("\t", "    ")) for line in text.rstrip("\n").split("\n")]
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([fence + language, *lines, fence])


def html(text: str) -> str:
    """The text for an HTML-like label of Graphviz, and for XML."""
    text = plain(text).replace("&", "&amp;").replace("<", "&lt;")
    return text.replace(">", "&gt;").replace('"', "&quot;").replace("'", "&#39;")


def dot_string(text: str) -> str:
    r"""A quoted string of the dot language that shows the lines of `text`.

    Graphviz reads entities and backslash escapes (`\N` is the node's name) in such strings: once in labels, twice in
    tooltips, after the entities. No way of writing a backslash holds in both, so a sign that looks like it stands in.
    Lines that it has no room for are left out.
    """
    lines: list[str] = []
    room = _DOT_STRING
    for line in text.split("\n"):
        lines.append(plain(line).replace("&", "&amp;").replace("\\", "∖").replace('"', "&quot;"))  # noqa: RUF001
        room -= len(lines[-1].encode()) + 2
        if room < 0:
            lines[-1] = "…"
            break
    return '"' + "\\n".join(lines) + '"'


def mermaid(text: str) -> str:
    """The text for the inside of a quoted label of mermaid: all but letters and a few marks as numeric references."""
    return "".join(c if _MERMAID_SAFE.fullmatch(c) else f"#{ord(c)};" for c in plain(text))


def csv_field(text: str) -> str:
    """One field as RFC 4180 has it, quoted where needed.

    A field that a spreadsheet would take for a formula gets an apostrophe; no valid Kubernetes name begins that way.
    """
    text = plain(text)
    if text.startswith(_FORMULA):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"' if any(char in text for char in ',"') else text


def _visible(char: str) -> str:
    return char if is_seen(char) else char.encode("unicode_escape", "surrogatepass").decode("ascii")


def _reference(match: re.Match[str]) -> str:
    char = match.group()
    if len(char) > 1:
        return "&#8203;".join(char[i : i + _COMMIT - 1] for i in range(0, len(char), _COMMIT - 1))
    return f"&#{ord(char)};" + ("&#8203;" if char in _BROKEN else "")
