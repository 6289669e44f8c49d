"""The bytes of a file as text, and the text cut into documents, each with its number and its line.

Cutting before parsing is what lets one broken document cost only itself. It is exact: YAML forbids a line that starts
with `---` or `...` and white space inside any document, quoted and block scalars included.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_OTHER_ENCODINGS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_MARKER = re.compile(r"^(---|\.\.\.)(?=[ \t\n]|\Z)", re.MULTILINE)
_PROLOGUE = re.compile(r"(?:[ \t]*+(?:#[^\n]*+)?(?:\n|\Z(?<!\n))|%[^\n]*+\n)*+")
_LEADING = re.compile(r"(?:[ \t]*+(?:#[^\n]*+)?\n|%[^\n]*+\n|---[ \t]*+(?:#[^\n]*+)?\n)*+")


class EncodingError(ValueError):
    """A file that is not in UTF-8 as a whole; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """The text of one document, its markers included, and the line of the file on which it starts, from 1."""

    line: int
    text: str = field(repr=False)

    @property
    def content_line(self) -> int:
        """The line of the document's first content."""
        return self.line + self.text.count("\n", 0, content_start(self.text))


def text_of(content: bytes) -> str:
    """The text of a file, without a byte order mark, every line break a line feed (as YAML reads them anyway).

    Bytes that are not UTF-8 become lone surrogates, so that only the document that holds them is lost. Raises
    EncodingError for other encodings, which Kubernetes does not read.
    """
    for mark, name in _OTHER_ENCODINGS:
        if content.startswith(mark):
            raise EncodingError(f"the file is in {name}; Kubernetes reads UTF-8 only, so save it as UTF-8")
    if _looks_like_utf16(content[:4]):
        raise EncodingError("the file seems to be in UTF-16; Kubernetes reads UTF-8 only, so save it as UTF-8")
    text = content.removeprefix(codecs.BOM_UTF8).decode("utf-8", "surrogateescape")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def split(text: str) -> Iterator[Chunk]:
    """The documents of a stream in order; a stretch of comments alone is none."""
    start, line = 0, 1
    for cut in _cuts(text):
        piece = text[start:cut]
        if not _PROLOGUE.fullmatch(piece):
            yield Chunk(line, piece)
        line += piece.count("\n")
        start = cut
    if not _PROLOGUE.fullmatch(text, start):
        yield Chunk(line, text[start:])


def content_start(text: str) -> int:
    """Where a document's content starts: past comments, directives and the `---` line."""
    leading = _LEADING.match(text)
    return leading.end() if leading else 0


def _cuts(text: str) -> Iterator[int]:
    """Where documents begin, the first one's beginning left out."""
    start = 0
    ended = True  # whether directives may stand here: at the start of the stream and after `...`
    for match in _MARKER.finditer(text):
        position = match.start()
        if match[1] == "...":
            end = text.find("\n", position) + 1
            if end and end < len(text):
                yield end
                start, ended = end, True
        elif position > start:
            if not (ended and _has_directives(text, start, position)):
                yield position
                start = position
            ended = False
        else:
            ended = False


def _has_directives(text: str, start: int, end: int) -> bool:
    return "%" in text[start:end] and _PROLOGUE.fullmatch(text, start, end) is not None


def _looks_like_utf16(start: bytes) -> bool:
    """Two ASCII characters in UTF-16 without a byte order mark: every other byte is NUL."""
    return len(start) == 4 and (start[::2] == b"\0\0") != (start[1::2] == b"\0\0")  # noqa: PLR2004
