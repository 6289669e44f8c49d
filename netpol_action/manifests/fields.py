"""Readers of single fields, with Kubernetes' rules: null means missing, and a wrong type is an error with its path."""

from __future__ import annotations

from functools import lru_cache

from netpol_action.model.addresses import AddressRange
from netpol_action.model.characters import is_seen
from netpol_action.model.connections import FIRST_PORT, LAST_PORT
from netpol_action.model.diagnostics import Diagnostic, error
from netpol_action.model.endpoints import Json
from netpol_action.model.labels import Labels
from netpol_action.origin import FieldPath, Origin

_CACHE = 1 << 16
_SHOWN = 60


class FieldError(Exception):
    """A field does not hold what the API wants. `path` leads to it from where the error is caught.

    `problem` completes the sentence that the path begins: `must be a list`.
    """

    def __init__(self, problem: str, *path: str | int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.path: FieldPath = path

    def below(self, *prefix: str | int) -> FieldError:
        """The same error as seen from further up."""
        return FieldError(self.problem, *prefix, *self.path)

    def diagnostic(self, rule: str, origin: Origin) -> Diagnostic:
        """The error as a diagnostic; `path` must lead from the root of the document by now."""
        return error(rule, f"{dotted(self.path)} {self.problem}", origin.at(*self.path))


def dotted(path: FieldPath) -> str:
    """A path as people write it: `spec.ingress[0].from`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{shown(part)}" if text else shown(part)
    return text or "the document"


def shown(value: object) -> str:
    """A value from a manifest, fit for a message: on one line, printable, and short."""
    text = str(value)
    text = text if all(map(is_seen, text)) else ascii(text)[1:-1]
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def mapping(value: Json, *path: str | int) -> dict[str, Json]:
    """The value as a mapping; missing is an empty one."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise FieldError("must be a mapping", *path)
    return value


def sequence(value: Json, *path: str | int) -> list[Json]:
    """The value as a list; missing is an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise FieldError("must be a list", *path)
    return value


def text(value: Json, *path: str | int) -> str:
    """The value as a string; missing is an empty one."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise FieldError(f"must be a string, not {kind_of(value)}", *path)
    return value


def whole_number(value: Json, *path: str | int) -> int:
    """The value as an integer; `1e3` is one, as in Kubernetes, and `true` is none."""
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value is None:
        raise FieldError("is missing", *path)
    raise FieldError(f"must be a whole number, not {kind_of(value)}", *path)


def port_number(value: Json, *path: str | int) -> int:
    """The value as a port, 1 to 65535."""
    number = whole_number(value, *path)
    if not FIRST_PORT <= number <= LAST_PORT:
        raise FieldError(f"must be between {FIRST_PORT} and {LAST_PORT}", *path)
    return number


def labels(value: Json, *path: str | int) -> Labels:
    """The value as labels, without copying it where that is possible; a null value is an empty one, as in the API."""
    found = mapping(value, *path)
    for item in found.values():
        if type(item) is not str:
            return {key: text(each, *path, key) for key, each in found.items()}
    return found


def cidr(value: Json, *path: str | int) -> AddressRange:
    """The value as a CIDR; an address without a prefix length is none."""
    notation = text(value, *path)
    if "/" not in notation:
        raise FieldError("must be a CIDR like 10.0.0.0/8 or 2001:db8::/32", *path)
    try:
        return _cidr(notation)
    except ValueError:
        raise FieldError("must be a CIDR like 10.0.0.0/8 or 2001:db8::/32", *path) from None


def only(value: dict[str, Json], known: frozenset[str], what: str) -> None:
    """Raises where the mapping has a field that is not known: whatever it means, ignoring it would be a guess."""
    for key in value:
        if key not in known:
            raise FieldError(f"is not a known field of {what}", key)


def kind_of(value: Json) -> str:
    """What a JSON value is, in words; never the value itself, which may be a Secret's."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "a mapping"


@lru_cache(maxsize=_CACHE)
def _cidr(notation: str) -> AddressRange:
    return AddressRange.parse(notation)
