"""Performs the effects on GitHub, and says what became of them. None of them fails a run: there is the summary."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TextIO

from netpol_action.inputs import Runner
from netpol_action.publish.effects import (
    Annotate,
    AppendSummary,
    Effect,
    Level,
    LocalEffect,
    SetOutput,
    UpsertComment,
    WriteFile,
)
from netpol_action.publish.github import ForbiddenError, GitHub, GitHubError
from netpol_action.publish.workflow import perform
from netpol_action.render.text import prose

READ_ONLY = (
    "The pull request gets no comment: {}. The job needs the permission `pull-requests: write`; pull requests from "
    "forks and by Dependabot do not get it. The job summary and the output directory have all of it"
)
FAILED = "The pull request gets no comment: {}. The job summary and the output directory have all of it"


def perform_all(effects: Iterable[Effect], runner: Runner, token: str, commands: TextIO) -> None:
    """Performs the effects: files first, then those on GitHub, then the others and what follows from the former.

    Raises UsageError where a file cannot be written; nothing after it is then performed.
    """
    listed = list(effects)
    perform([effect for effect in listed if isinstance(effect, WriteFile)], runner, commands)
    comments = [effect for effect in listed if isinstance(effect, UpsertComment)]
    rest = [effect for effect in listed if not isinstance(effect, WriteFile | UpsertComment)]
    perform([*published(comments, runner, token), *rest], runner, commands)


def published(comments: Iterable[UpsertComment], runner: Runner, token: str) -> Iterator[LocalEffect]:
    """Performs the effects; yields those that follow: outputs, and where it failed, what there is to say."""
    for comment in comments:
        yield from _commented(comment, runner, token)


def _commented(comment: UpsertComment, runner: Runner, token: str) -> Iterator[LocalEffect]:
    try:
        if not (token and runner.api_url and runner.repository):
            raise ForbiddenError("there is no token, or no repository to use it with")
        url = GitHub(runner.api_url, token, runner.repository).upsert_comment(comment)
    except GitHubError as problem:
        sentence = (READ_ONLY if isinstance(problem, ForbiddenError) else FAILED).format(problem)
        yield SetOutput("comment-url", "")
        yield Annotate(Level.WARNING, sentence, "no-comment")
        yield AppendSummary(f"{prose(sentence)}.\n")
    else:
        yield SetOutput("comment-url", url)
