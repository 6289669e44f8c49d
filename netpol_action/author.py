"""The author of a commit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Author:
    """As git writes it: `Name <address>`."""

    name: str
    address: str

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"
