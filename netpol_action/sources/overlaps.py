"""Objects that several renderings contain: two overlays of one application, which must not be taken for one cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from netpol_action.manifests.reader import read
from netpol_action.model.documents import SourceText
from netpol_action.model.endpoints import Json

_COMMON = frozenset(("Namespace", "CustomResourceDefinition"))
"""Kinds that applications which live side by side each bring along."""

_COMMON_IF_EQUAL = frozenset(
    ("ConfigMap", "Secret", "ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
)
"""Kinds whose objects parts of one application share by each rendering the same."""

_TELLING = ("Deployment", "StatefulSet", "DaemonSet", "Service")
"""The kinds that a message rather names."""

_ADVICE = (
    "several directories render the same objects, as the overlays of one application do; name one of each line as PATH:"
)

_Identity = tuple[str, str, str]


@dataclass(slots=True)
class _Object:
    """One object, the directories whose renderings hold it, and whether it counts as an overlap there."""

    value: Json
    paths: list[str] = field(default_factory=list)
    differs: bool = False


def sentence(renderings: Sequence[SourceText]) -> str:
    """What to tell the user about renderings that hold the same objects; empty where none do."""
    groups: list[tuple[set[str], _Identity]] = []
    if len(renderings) > 1:
        for paths, identity in _overlaps(renderings):
            _join(groups, paths, identity)
    if not groups:
        return ""
    lines = sorted(f"  {', '.join(sorted(paths))} (each renders {_text(identity)})" for paths, identity in groups)
    return "\n".join((_ADVICE, *lines))


def _overlaps(renderings: Sequence[SourceText]) -> Iterator[tuple[set[str], _Identity]]:
    """The objects that several directories render, those that tell a reader most first."""
    found: dict[_Identity, _Object] = {}
    for rendering in renderings:
        for identity, value in _objects(rendering):
            known = found.setdefault(identity, _Object(value))
            known.differs |= known.value != value or identity[0] not in _COMMON_IF_EQUAL
            known.paths.append(rendering.path)
    for identity in sorted(found, key=lambda identity: (identity[0] not in _TELLING, identity)):
        paths = set(found[identity].paths)
        if len(paths) > 1 and found[identity].differs:
            yield paths, identity


def _objects(rendering: SourceText) -> Iterator[tuple[_Identity, Json]]:
    for document in read((rendering,))[0]:
        metadata = document.value.get("metadata")
        name = metadata.get("name") if isinstance(metadata, dict) else None
        kind = document.value.get("kind")
        if isinstance(metadata, dict) and name and kind not in _COMMON:
            yield (str(kind), str(metadata.get("namespace") or ""), str(name)), document.value


def _join(groups: list[tuple[set[str], _Identity]], paths: set[str], identity: _Identity) -> None:
    """Adds the directories to the groups, merging those that they connect; a group keeps its first object."""
    touching = [group for group in groups if group[0] & paths]
    for group in touching:
        groups.remove(group)
    merged = set(paths).union(*(group[0] for group in touching))
    groups.append((merged, touching[0][1] if touching else identity))


def _text(identity: _Identity) -> str:
    kind, namespace, name = identity
    return f"{kind} {namespace}/{name}" if namespace else f"{kind} {name}"
