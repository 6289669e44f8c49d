"""Performs the effects on GitHub, and says what became of them. None of them fails a run: there is the summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TextIO

from netpol_action.publish.effects import (
    Annotate,
    AppendSummary,
    Effect,
    Level,
    LocalEffect,
    RemoteEffect,
    SetOutput,
    UpsertComment,
    WriteFile,
)
from netpol_action.publish.errors import ForbiddenError, PublishingError
from netpol_action.publish.github import GitHub
from netpol_action.publish.workflow import perform
from netpol_action.render.text import prose
from netpol_action.runner import Runner

READ_ONLY = (
    "The pull request gets no comment: {}. The job needs the permission `pull-requests: write`; pull requests from "
    "forks and by Dependabot do not get it. The job summary and the output directory have all of it"
)
FAILED = "The pull request gets no comment: {}. The job summary and the output directory have all of it"


@dataclass(frozen=True, slots=True)
class Performed:
    """What follows from an effect: outputs, and what there is to say. `failures` fail the run, a sentence each."""

    following: tuple[LocalEffect, ...] = ()
    failures: tuple[str, ...] = ()


def perform_all(effects: Iterable[Effect], runner: Runner, token: str, commands: TextIO) -> tuple[str, ...]:
    """Performs the effects: files first, then those outside the machine, then the others and what follows from those.

    Returns a sentence for each failure that fails the run. Raises UsageError where a file cannot be written; nothing
    after it is then performed.
    """
    listed = list(effects)
    perform([effect for effect in listed if isinstance(effect, WriteFile)], runner, commands)
    done = [_performed(effect, runner, token) for effect in listed if isinstance(effect, RemoteEffect)]
    rest = [effect for effect in listed if isinstance(effect, LocalEffect) and not isinstance(effect, WriteFile)]
    perform([*(following for each in done for following in each.following), *rest], runner, commands)
    return tuple(failure for each in done for failure in each.failures)


def _performed(effect: RemoteEffect, runner: Runner, token: str) -> Performed:
    match effect:
        case UpsertComment():
            return Performed(tuple(_commented(effect, runner, token)))
        case _:
            raise NotImplementedError(effect)


def _commented(comment: UpsertComment, runner: Runner, token: str) -> Iterator[LocalEffect]:
    try:
        if not (token and runner.api_url and runner.repository):
            raise ForbiddenError("there is no token, or no repository to use it with")
        url = GitHub(runner.api_url, token, runner.repository).upsert_comment(comment)
    except PublishingError as problem:
        sentence = (READ_ONLY if isinstance(problem, ForbiddenError) else FAILED).format(problem)
        yield SetOutput("comment-url", "")
        yield Annotate(Level.WARNING, sentence, "no-comment")
        yield AppendSummary(f"{prose(sentence)}.\n")
    else:
        yield SetOutput("comment-url", url)
