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


@dataclass(frozen=True, slots=True)
class UpsertComment:
    """The one comment of this key on a pull request, made or updated in place.

    `mark` is hidden text at its beginning by which it is found again; `run` is the run that says so, since a later run
    is not overwritten by an earlier one. Where it does not `apply`, an existing one is updated and hidden as
    outdated, and none is made.
    """

    pull_request: int
    mark: str
    run: tuple[int, int]
    markdown: str = field(repr=False)
    applies: bool = True


LocalEffect = WriteFile | SetOutput | AppendSummary | Annotate
Effect = LocalEffect | UpsertComment
