"""Objects that several renderings contain: two overlays of one application, which must not be taken for one cluster."""

from __future__ import annotations

from collections.abc import Sequence

from netpol_action.manifests.reader import read
from netpol_action.model.documents import SourceText

_SHARED_KINDS = frozenset(("Namespace", "CustomResourceDefinition"))
"""What applications that live side by side each bring along."""

_Identity = tuple[str, str, str]


def sentence(renderings: Sequence[SourceText]) -> str:
    """What to tell the user about renderings that hold the same objects; empty where none do."""
    groups: list[tuple[set[str], _Identity]] = []
    for identity, paths in sorted(_holders(renderings).items()):
        if len(paths) > 1:
            _join(groups, paths, identity)
    if not groups:
        return ""
    lines = [
        f"  {', '.join(sorted(paths))} (each renders {_text(identity)})"
        for paths, identity in sorted(groups, key=lambda group: sorted(group[0]))
    ]
    return "\n".join(
        (
            "several directories render the same objects, as the overlays of one application do; name one of each line as PATH:",
            *lines,
        )
    )


def _holders(renderings: Sequence[SourceText]) -> dict[_Identity, set[str]]:
    holders: dict[_Identity, set[str]] = {}
    for rendering in renderings:
        for document in read((rendering,))[0]:
            value = document.value
            kind, metadata = (value.get("kind"), value.get("metadata")) if isinstance(value, dict) else (None, None)
            if kind not in _SHARED_KINDS and isinstance(metadata, dict):
                identity = (str(kind), str(metadata.get("namespace") or ""), str(metadata.get("name") or ""))
                holders.setdefault(identity, set()).add(rendering.path)
    return holders


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
