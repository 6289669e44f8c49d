"""Objects out of a rendering, as a cluster would get them."""

from __future__ import annotations

from dataclasses import replace

from netpol_action.model.documents import Document, SourceText

ORIGIN_ANNOTATION = "config.kubernetes.io/origin"
"""kustomize's annotation: YAML with `path` (a file) or `configuredIn` (a kustomization with a generator), relative to
the directory that was built."""


def as_applied(document: Document, source: SourceText) -> Document:
    """The document as a cluster would get it: without kustomize's annotation, which only the tracing asked for."""
    metadata = document.value.get("metadata") if source.rendered_by == "kustomize" else None
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(metadata, dict) or not isinstance(annotations, dict) or ORIGIN_ANNOTATION not in annotations:
        return document
    kept = {key: value for key, value in annotations.items() if key != ORIGIN_ANNOTATION}
    others = {key: value for key, value in metadata.items() if key != "annotations"}
    metadata = {**others, "annotations": kept} if kept else others
    return replace(document, value={**document.value, "metadata": metadata})
