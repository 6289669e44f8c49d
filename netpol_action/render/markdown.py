"""Pieces of Markdown that documents are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

FOLD_FROM = 15
"""Rows from which a table is folded away."""

FILES = "this run's files"
"""What the output directory is to readers on GitHub: it may be an artifact by then, or on nobody's disk."""

PARTIAL = "> **Partial:** a part of the input could not be used."
"""The first line of a document that shows a partial result."""


def partial_first(lines: Iterable[str]) -> Iterator[str]:
    """The lines of a document below the one that says that its result is partial."""
    yield from (PARTIAL, "")
    yield from lines


def folded(title: str, body: str) -> str:
    """A body that opens when its title is clicked; `title` is Markdown that holds no lines."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def folded_if_long(title: str, body: str, rows: int) -> str:
    """The body below its title, folded where it has many rows."""
    return folded(title, body) if rows >= FOLD_FROM else f"**{title}**\n\n{body}"


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table of cells that are Markdown already."""
    head = list(header)
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join((*lines, *("| " + " | ".join(row) + " |" for row in rows)))


def counted(number: int, one: str, many: str = "") -> str:
    """`1 workload`, `2 workloads`; `many` where the plural is irregular."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"
