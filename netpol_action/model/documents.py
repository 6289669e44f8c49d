"""Manifest text on its way from `sources` to `manifests`, and the documents that come out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from netpol_action.model.endpoints import Json
from netpol_action.origin import Origin

STDIN: Final = "-"
"""What messages call standard input."""


@dataclass(frozen=True, slots=True)
class SourceText:
    """The bytes of one file or of one rendering, and the name by which messages call it.

    `path` is relative to the working directory where the file is below it, as the user gave it otherwise; `-` for
    standard input; for a rendering, the directory that was rendered. `rendered_by` is "" for plain files, `kustomize`
    or `helm` otherwise. `sources` are, for a rendering, the files that it was made from, by their shown path, so that
    an object can be traced to the file and line that a person would edit.
    """

    path: str
    content: bytes = field(repr=False)
    rendered_by: str = ""
    sources: tuple[SourceText, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document, or one item of a List: plain JSON values, and where it stands.

    Values may share parts with one another, so that nobody may change one.
    """

    value: Json = field(repr=False)
    origin: Origin
