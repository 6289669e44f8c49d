"""A fast reader of the block style in which nearly all manifests are written.

Manifests repeat their lines: `      containers:` stands in each. So a line is taken apart once, into a token that is
remembered, and a document is put together from tokens in one loop. Values, and memory, are shared by equal lines. The
reader declines whatever it does not fully understand; what it does read, `events` reads the same (a law in the tests).
"""

from __future__ import annotations

from netpol_action.manifests import lines
from netpol_action.manifests.limits import DEPTH
from netpol_action.manifests.lines import (
    BLANK,
    ITEM,
    ITEM_LITERAL,
    ITEM_OPEN,
    ITEM_VALUE,
    OPEN,
    OTHER,
    VALUE,
    Token,
)
from netpol_action.model.endpoints import Json

_REMEMBERED = 200_000
"""Lines remembered at once, about 60 MB: those of some thousands of different workloads."""


class Declined(Exception):  # noqa: N818  # no error: the other reader takes the document
    """The document holds something that this reader does not understand."""


class BlockReader:
    """Reads documents one after another, remembering lines from one to the next."""

    def __init__(self) -> None:
        self._tokens = _Tokens()

    def read(self, text: str) -> Json:
        """The value of the one document in `text`. Raises Declined."""
        if len(self._tokens) > _REMEMBERED:
            self._tokens.clear()
        rest = text.removeprefix("---\n").split("\n")
        rest.reverse()
        return _assemble(rest, self._tokens)


class _Tokens(dict[str, Token]):
    """The token of each line met so far."""

    def __missing__(self, line: str) -> Token:
        found = self[line] = lines.token(line)
        return found


def _assemble(rest: list[str], tokens: _Tokens) -> Json:  # noqa: C901, PLR0912, PLR0915  # the hot loop: calls cost
    """The value that lines make, the next line last in `rest`.

    `indents` and `containers` are the open collections, outermost first, below a holder for the root at column -1.
    `open_key` is the key in `container` whose value stands on the lines to come, None where there is none.
    """
    root: dict[str, Json] = {}
    indents, containers = [-1], [root]
    indent: int = -1
    container: Json = root
    open_key: str | None = ""
    pop = rest.pop
    while rest:
        form, at, key, value, inner = tokens[pop()]
        if form <= OTHER:
            if form == BLANK:
                continue
            raise Declined
        if open_key is not None:
            child: Json = None
            if at > indent or (at == indent and form >= ITEM):
                child = [] if form >= ITEM else {}
                indents.append(at)
                containers.append(child)
            container[open_key] = child
            open_key = None
            container, indent = containers[-1], indents[-1]
        if at != indent:
            while at < indent:
                containers.pop()
                indents.pop()
                indent = indents[-1]
            container = containers[-1]
            if at != indent:
                raise Declined
        if form >= ITEM:
            if container.__class__ is not list:
                raise Declined
            if form == ITEM:
                container.append(value)
            elif form == ITEM_LITERAL:
                container.append(_literal(rest, value, at))
            else:
                child = {}
                container.append(child)
                indents.append(inner)
                containers.append(child)
                container, indent = child, inner
                if form == ITEM_VALUE:
                    container[key] = value
                elif form == ITEM_OPEN:
                    open_key = key
                else:
                    container[key] = _literal(rest, value, indent)
            if len(containers) > DEPTH:
                raise Declined
            continue
        if container.__class__ is list:  # a list in the column of its own key ends with the next key
            containers.pop()
            indents.pop()
            container = containers[-1]
            if at != indents[-1]:
                raise Declined
        if form == VALUE:
            container[key] = value
        elif form == OPEN:
            open_key = key
            if len(containers) > DEPTH:
                raise Declined
        else:
            container[key] = _literal(rest, value, indent)
    if open_key:
        container[open_key] = None
    return root.get("")


def _literal(rest: list[str], header: str, indent: int) -> str:
    """The text of a literal block below a key or dash in column `indent`; takes its lines off `rest`."""
    taken: list[str] = []
    width = 0
    while rest:
        line = rest.pop()
        stripped = line.lstrip(" ")
        if stripped:
            at = len(line) - len(stripped)
            if at <= indent:
                rest.append(line)
                break
            width = width or at
            if at < width or not lines.PRINTABLE.fullmatch(line):
                raise Declined
            taken.append(line[width:])
        elif len(line) > (width or indent + 1):
            raise Declined  # spaces that may count
        else:
            taken.append("")
    if not width or (not rest and taken[-1]):
        raise Declined  # no text, or no line break at its end
    text = "\n".join(taken).rstrip("\n")
    return text if header == "|-" else text + "\n"
