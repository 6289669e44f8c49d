"""What a plain YAML scalar means to Kubernetes.

kubectl and the API server read YAML 1.1 with extras of their own (sigs.k8s.io/yaml, which turns it into JSON): `y` and
`no` are booleans, `010`, `0o10` and `0x8` are 8, `1e3` is 1000, while dates, times and `=` are strings.
"""

from __future__ import annotations

import math
import re
import struct
from decimal import Decimal

Scalar = str | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_NUMBER_STARTS = frozenset("0123456789+-.")
_INTEGER = re.compile(r"([-+]?)(?:0[bB]([01]+)|0[oO]?([0-7]+)|0[xX]([0-9a-fA-F]+)|(0|[1-9][0-9]*))")
_BASES = (2, 8, 16, 10)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_POINT_FIRST = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?")
"""A number that starts with its point: there, underscores stand only between digits; elsewhere they stand anywhere."""
_INT64_MIN = -(1 << 63)
_INT64_MAX = (1 << 63) - 1
_UINT64_MAX = (1 << 64) - 1
_MOST_DIGITS = 66
"""The digits of a 64-bit number in base 2, with its prefix; more cannot be an integer, and is slow to convert."""
_PLAIN_INTEGER_BELOW = 1e21
"""Go writes a float below this without an exponent, so that a whole one reaches Kubernetes as an integer."""


def value(text: str) -> Scalar:
    """The JSON value of a plain scalar; infinity and not-a-number, which JSON lacks, are for the caller to refuse."""
    resolved = resolve(text)
    if isinstance(resolved, float) and resolved.is_integer() and abs(resolved) < _PLAIN_INTEGER_BELOW:
        return int(Decimal(repr(resolved)))
    return resolved


def key(text: str) -> str | None:
    """The JSON key of a plain scalar: numbers and booleans become text; None where Kubernetes refuses it (null)."""
    resolved = resolve(text)
    match resolved:
        case str():
            return resolved
        case bool():
            return "true" if resolved else "false"
        case int():
            return str(resolved) if resolved <= _INT64_MAX else None
        case float():
            return _float_key(resolved)
        case None:
            return None


def resolve(text: str) -> Scalar:
    """The value of a plain scalar as YAML has it, whole floats still floats."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_STARTS:
        return text
    digits = text.replace("_", "")
    if text[0] == "." and not _POINT_FIRST.fullmatch(text):
        return text
    integer = _INTEGER.fullmatch(digits) if len(digits) <= _MOST_DIGITS else None
    if integer:
        number = _integer(integer)
        if _INT64_MIN <= number <= (_UINT64_MAX if not integer[1] else _INT64_MAX):
            return number
    if _FLOAT.fullmatch(digits):
        real = float(digits)
        return text if math.isinf(real) else real
    return text


def _integer(match: re.Match[str]) -> int:
    sign = -1 if match[1] == "-" else 1
    return next(sign * int(digits, base) for digits, base in zip(match.groups()[1:], _BASES, strict=True) if digits)


def _float_key(number: float) -> str:
    """A float as a key: the fewest digits that tell it apart as a 32-bit float, `1.5` or `1.5e+07`, as Go prints it."""
    if math.isnan(number):
        return ".nan"
    try:
        single = _as_single(number)
    except OverflowError:
        single = math.copysign(math.inf, number)
    if math.isinf(single):
        return ".inf" if single > 0 else "-.inf"
    digits = next(n for n in range(9) if n == 8 or _as_single(float(f"{single:.{n}e}")) == single)  # noqa: PLR2004
    mantissa, exponent = f"{single:.{digits}e}".split("e")
    if -4 <= int(exponent) < 6:  # noqa: PLR2004  # the bounds of Go's %g
        return f"{single:.{max(digits - int(exponent), 0)}f}"
    return f"{mantissa}e{exponent}"


def _as_single(number: float) -> float:
    (single,) = struct.unpack("f", struct.pack("f", number))
    return float(single)
