"""Label selectors: from the API's matchLabels and matchExpressions to `Selector`, equal ones shared."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TypeGuard

from netpol_action.manifests.fields import FieldError, mapping, only, sequence, text
from netpol_action.model.endpoints import Json
from netpol_action.model.labels import OPERATORS, SELECT_ALL, Operator, Requirement, Selector

_SELECTOR = frozenset({"matchLabels", "matchExpressions"})
_EXPRESSION = frozenset({"key", "operator", "values"})
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")
_CACHE = 1 << 16


def selector(value: Json, *path: str | int) -> Selector:
    """The value of a LabelSelector field; missing or `{}` selects everything.

    Raises FieldError where the API server would refuse it: a selector that it refuses selects nothing for certain.
    """
    if value is None:
        return SELECT_ALL
    if type(value) is dict and len(value) == 1:  # nearly all are like this, and most of them alike
        wanted = value.get("matchLabels")
        if type(wanted) is dict:
            return label_map(wanted, *path, "matchLabels")
    try:
        return _selector(mapping(value))
    except FieldError as problem:
        raise problem.below(*path) from None


def label_map(value: Json, *path: str | int) -> Selector:
    """The value of a plain map of labels, as Services have it."""
    try:
        return _shared(tuple(mapping(value).items()))
    except FieldError as problem:
        raise problem.below(*path) from None
    except TypeError:  # a value that is no string, and cannot be hashed either
        key = next(key for key, each in value.items() if isinstance(each, dict | list))
        raise FieldError("must be a string", *path, key) from None


def _selector(value: dict[str, Json]) -> Selector:
    only(value, _SELECTOR, "a label selector")
    wanted = label_map(value.get("matchLabels"), "matchLabels").requirements
    expressions = sequence(value.get("matchExpressions"), "matchExpressions")
    return Selector.of(*wanted, *(_expression(each, index) for index, each in enumerate(expressions)))


@lru_cache(maxsize=_CACHE)
def _shared(pairs: tuple[tuple[str, Json], ...]) -> Selector:
    return Selector.of(*(Requirement(_key(key, key), "In", (_value(value, key),)) for key, value in pairs))


def _expression(value: Json, index: int) -> Requirement:
    path = ("matchExpressions", index)
    fields = mapping(value, *path)
    try:
        only(fields, _EXPRESSION, "a label selector requirement")
    except FieldError as problem:
        raise problem.below(*path) from None
    operator = fields.get("operator")
    if not _is_operator(operator):
        raise FieldError(f"must be one of {', '.join(OPERATORS)}", *path, "operator")
    values = sequence(fields.get("values"), *path, "values")
    if bool(values) != (operator in ("In", "NotIn")):
        rule = "must not be empty" if not values else "must be empty"
        raise FieldError(f"{rule} with the operator {operator}", *path, "values")
    read = (_value(each, *path, "values", place) for place, each in enumerate(values))
    return Requirement(_key(fields.get("key"), *path, "key"), operator, tuple(sorted(set(read))))


def _is_operator(value: Json) -> TypeGuard[Operator]:
    return isinstance(value, str) and value in OPERATORS


def _key(value: Json, *path: str | int) -> str:
    key = text(value, *path)
    prefix, slash, name = key.rpartition("/")
    if not _NAME.fullmatch(name) or (slash and not _PREFIX.fullmatch(prefix)):
        raise FieldError("must be a label's key, like app or example.com/app", *path)
    return key


def _value(value: Json, *path: str | int) -> str:
    found = text(value, *path)
    if found and not _NAME.fullmatch(found):
        raise FieldError("must be a label's value: letters, digits, '-', '_' and '.', at most 63", *path)
    return found
