"""One line of the block style in which nearly all manifests are written, as a token for `block`.

Understands much less than YAML: plain keys, values and items that are whole on their line, and the first lines of
literal blocks. Whatever else a line may be, it is OTHER, and its document is left to `events`.
"""

from __future__ import annotations

import math
import re

from netpol_action.manifests import scalars
from netpol_action.model.endpoints import Json

BLANK = 0
OTHER = 1
VALUE = 2
OPEN = 3
LITERAL = 4
ITEM = 5
ITEM_LITERAL = 6
ITEM_VALUE = 7
ITEM_OPEN = 8
ITEM_KEY_LITERAL = 9

Token = tuple[int, int, str, Json, int]
"""Form, column of the key or dash, key, value, column of the key after a dash.

The forms are `key: value` (VALUE), `key:` (OPEN), `key: |` (LITERAL), `- value` (ITEM), `- |` (ITEM_LITERAL),
`- key: value` (ITEM_VALUE), `- key:` (ITEM_OPEN) and `- key: |` (ITEM_KEY_LITERAL); those from ITEM on start with a
dash. The value of a literal is its header, `|` or `|-`.
"""

# The printable characters of YAML, without tabs and without the line breaks beyond ASCII.
_PRINTABLE = r"[ -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
PRINTABLE = re.compile(rf"{_PRINTABLE}*")
_SHAPE = re.compile(rf"( *)(- +)?(?:([A-Za-z0-9_./][A-Za-z0-9_./-]{{0,200}}):(?: +|$))?({_PRINTABLE}*)")
_COMMENT = re.compile(r"(?:^| )#")
_PLAIN_START = re.compile(r"[A-Za-z0-9_./$+~()^=<;\\\xa0-\U0010ffff]|-[^ ]")
_QUOTED = re.compile(r"""(?:'([^']*+(?:''[^']*+)*+)'|"([^"\\]*)")(?: +#.*| *)""")
_FLOW_ITEM = r"""(?:'([^']*)'|"([^"\\]*)"|([A-Za-z0-9_./][A-Za-z0-9_./-]*))"""
_EACH_ITEM = re.compile(_FLOW_ITEM)
_FLOW_LIST = re.compile(rf"(\[ *(?:{_FLOW_ITEM}(?: *, *{_FLOW_ITEM})* *)?\])(?: +#.*| *)")
_LONGEST_FLOW_LIST = 1000
"""Longer lists are rare, and matching one takes 600 bytes a character."""
_ONLY_EMPTY = re.compile(r"\{ *\}")
_FORMS = {
    # the value follows below, is a literal block, or stands on the line
    (False, True): (OPEN, LITERAL, VALUE),
    (True, True): (ITEM_OPEN, ITEM_KEY_LITERAL, ITEM_VALUE),
    (True, False): (OTHER, ITEM_LITERAL, ITEM),
    (False, False): (OTHER, OTHER, OTHER),
}
_OTHER: Token = (OTHER, 0, "", None, 0)
_BLANK: Token = (BLANK, 0, "", None, 0)


def token(line: str) -> Token:
    """What a line without its line break is."""
    shape = _SHAPE.fullmatch(line)
    if not shape:
        return _OTHER
    spaces, dash, key_text, text = shape.groups()
    key = scalars.key(key_text) if key_text else ""
    indent = len(spaces)
    inner = indent + len(dash or "")
    below, literal, whole = _FORMS[bool(dash), bool(key_text)]
    rest = _without_comment(text)
    if key is None:
        return _OTHER
    if not rest:
        return (below, indent, key, None, inner) if key_text or dash else _BLANK
    if rest in ("|", "|-"):
        return literal, indent, key, rest, inner
    value = _value(text, rest)
    return _OTHER if value is _NOT_READ else (whole, indent, key, value, inner)


_NOT_READ = object()


def _without_comment(text: str) -> str:
    """The text of an unquoted value."""
    comment = _COMMENT.search(text)
    return (text[: comment.start()] if comment else text).rstrip(" ")


def _value(text: str, plain: str) -> Json:
    if text[0] in "'\"":
        quoted = _QUOTED.fullmatch(text)
        if not quoted:
            return _NOT_READ
        return quoted[2] if quoted[1] is None else quoted[1].replace("''", "'")
    if text[0] == "[":
        return _flow_list(text)
    if text[0] == "{":
        return {} if _ONLY_EMPTY.fullmatch(plain) else _NOT_READ
    if not _PLAIN_START.match(plain) or ": " in plain or plain[-1] == ":":
        return _NOT_READ
    value = scalars.value(plain)
    return _NOT_READ if isinstance(value, float) and not math.isfinite(value) else value


def _flow_list(text: str) -> Json:
    whole = _FLOW_LIST.fullmatch(text) if len(text) <= _LONGEST_FLOW_LIST else None
    if not whole:
        return _NOT_READ
    items = _EACH_ITEM.findall(whole[1])
    values = [scalars.value(plain) if plain else single or double for single, double, plain in items]
    return values if all(not isinstance(value, float) or math.isfinite(value) for value in values) else _NOT_READ
