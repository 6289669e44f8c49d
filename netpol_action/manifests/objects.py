"""Which documents are Kubernetes objects, and the objects inside of Lists.

Directories hold YAML of every trade: Helm values, CI workflows, patches. What does not claim to be a manifest is passed
over; what claims to be one and is not is an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from netpol_action.model.diagnostics import Diagnostic, error
from netpol_action.model.documents import Document
from netpol_action.model.endpoints import Json
from netpol_action.origin import Origin

NOT_AN_OBJECT = "not-an-object"
_MANIFEST_FIELDS = ("apiVersion", "kind", "metadata", "spec")


def claims_to_be_manifest(value: Json) -> bool:
    """Whether a document means to be a Kubernetes object, whole or not.

    It does with two of `apiVersion`, `kind`, `metadata` and `spec`. Chart.yaml has an `apiVersion` alone, and other
    tools' files a `kind` of their own.
    """
    return isinstance(value, dict) and sum(field in value for field in _MANIFEST_FIELDS) >= 2  # noqa: PLR2004


def not_a_manifest(value: Json, origin: Origin) -> Diagnostic | None:
    """What to say about a document that does not claim to be a manifest; mostly nothing."""
    if isinstance(value, list) and any(claims_to_be_manifest(item) for item in value):
        message = "a document must be one object; put several under `items` of a `kind: List`, or apart with ---"
    elif value is None or isinstance(value, dict | list):
        return None
    else:
        message = "the document must be an object with apiVersion and kind, not a single value"
    return error(NOT_AN_OBJECT, message, origin)


def objects(value: dict[str, Json], origin: Origin) -> Iterator[Document | Diagnostic]:
    """The objects of a document that claims to be a manifest: itself, or the items of a List, of nested ones too."""
    for name in ("apiVersion", "kind"):
        if name not in value or value[name] is None:
            yield error(NOT_AN_OBJECT, f"{name} is missing", origin)
            return
        if not isinstance(value[name], str):
            yield error(NOT_AN_OBJECT, f"{name} must be text", origin.at(name))
            return
    kind: str = value["kind"]
    if kind == "List" or (kind.endswith("List") and "items" in value):
        yield from _items(value, kind.removesuffix("List"), origin)
    else:
        yield Document(value, origin)


def _items(value: dict[str, Json], kind: str, origin: Origin) -> Iterator[Document | Diagnostic]:
    """The items of a List; those of a typed one, such as PodList, need not say their own kind."""
    items = value.get("items")
    if items is None:
        return
    if not isinstance(items, list):
        yield error(NOT_AN_OBJECT, "items must be a list", origin.at("items"))
        return
    defaults = {"apiVersion": value["apiVersion"], "kind": kind} if kind else {}
    for index, item in enumerate(items):
        place = origin.at("items", index)
        if isinstance(item, dict):
            complete = item if "kind" in item and "apiVersion" in item else {**defaults, **item}
            yield from objects(complete, place)
        else:
            yield error(NOT_AN_OBJECT, "an item of a List must be an object", place)
