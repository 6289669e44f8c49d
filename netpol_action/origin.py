"""Where a thing stands in the input, so that every message can name it."""

from __future__ import annotations

from dataclasses import dataclass

FieldPath = tuple[str | int, ...]
"""The way from a document's root to a field: `("spec", "ingress", 0, "from")`."""


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """A place in the input.

    `line` counts from 1 and is the first line of the document until `pipeline` refines it with `field`
    (finding the line of every field while reading would cost three times the reading itself).
    `document` counts from 1 within `path`; 0 means the file as a whole.
    """

    path: str
    document: int = 0
    line: int = 0
    field: FieldPath = ()

    def at(self, *field: str | int) -> Origin:
        """The origin of a field below this one."""
        return Origin(self.path, self.document, self.line, self.field + field)

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place} (document {self.document})" if self.document > 1 else place


UNKNOWN = Origin("")
"""The origin of things that no input names, such as the cluster's default."""
