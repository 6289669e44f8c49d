"""Effects as lines for a person: what `--dry-run` prints."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from netpol_action.publish.effects import (
    Annotate,
    AppendSummary,
    Effect,
    ListResource,
    LocalEffect,
    PushCommit,
    RemoteEffect,
    SetOutput,
    UploadArtifacts,
    UpsertComment,
    UpsertPullRequest,
    WriteFile,
)


def describe(effect: Effect) -> str:
    """The effect as one line for a person."""
    return _local(effect) if isinstance(effect, LocalEffect) else _remote(effect)


def _local(effect: LocalEffect) -> str:
    match effect:
        case WriteFile(path=path, content=content):
            return f"write {path} ({len(content)} bytes)"
        case SetOutput(name=name, value=value):
            return f"set the output {name}={value}"
        case AppendSummary(markdown=markdown):
            return f"write the job summary ({len(markdown)} characters)"
        case Annotate(level=level, message=message, path=path, line=line):
            place = f"{path}:{line}: " if path and line else f"{path}: " if path else ""
            return f"{level}: {place}{message}"
        case _:
            assert_never(effect)


def _remote(effect: RemoteEffect) -> str:
    match effect:
        case UploadArtifacts(name=name, files=files):
            return f"upload the artifact {name} ({len(files)} files)"
        case PushCommit(change=change, branch=branch):
            return f"commit {paths_of(change.files)} to {branch} of {change.repository or 'origin'}"
        case UpsertPullRequest(change=change, branch=branch, base=base, title=title):
            ends = f"from {branch} into {base} of {change.repository}"
            return f"open or update a pull request with {paths_of(change.files)} {ends}: {title}"
        case UpsertComment(pull_request=number, markdown=markdown, applies=applies, may_create=may_create):
            if not applies:
                return f"hide the comment on pull request {number}, if there is one"
            if not may_create:
                return f"update the comment on pull request {number}, if there is one"
            return f"comment on pull request {number}: {markdown.partition(chr(10))[0]}"
        case _:
            assert_never(effect)


def paths_of(files: Iterable[WriteFile | ListResource]) -> str:
    """The files by their paths."""
    return ", ".join(file.path for file in files)
