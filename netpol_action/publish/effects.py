"""Effects: the writes that a run intends, as values. `plan` makes them, the other modules perform one kind each."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """The kinds of annotations, by the names of their workflow commands."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class WriteFile:
    """A file of the workspace; `path` is relative to it, with forward slashes."""

    path: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SetOutput:
    """One output of the action's step."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class AppendSummary:
    """Markdown for the job summary, within the runner's limit."""

    markdown: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Annotate:
    """A message beside the code. `path` is empty and `line` 0 where it belongs to no place."""

    level: Level
    message: str
    title: str = ""
    path: str = ""
    line: int = 0


Effect = WriteFile | SetOutput | AppendSummary | Annotate
