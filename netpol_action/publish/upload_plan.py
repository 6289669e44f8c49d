"""Decides what is uploaded as an artifact of the workflow run, and under which name. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from netpol_action.inputs import MOST_OF_A_NAME, RunOptions
from netpol_action.publish.effects import UploadArtifacts, WriteFile
from netpol_action.publish.outcome import Outcome
from netpol_action.runner import Runner

_UNUSABLE: Final = re.compile(r'[\x00-\x1f\x7f":<>|*?\\]')
"""What no path in an artifact may hold (actions/toolkit, path-and-artifact-name-validation.ts)."""


def upload(
    outcome: Outcome, options: RunOptions, runner: Runner, directory: str, policies_path: str
) -> Iterator[UploadArtifacts]:
    """The upload of a run in a workflow: everything that it found, under the paths that the workspace has it at.

    `directory` is the output directory; both paths are relative to the workspace.
    """
    found = {posixpath.join(directory, artifact.name): artifact.content for artifact in outcome.artifacts}
    if outcome.policies is not None:
        listing = outcome.listing
        found = {policies_path: outcome.policies, **({listing.path: listing.content} if listing else {}), **found}
    if not (options.artifacts and runner.in_workflow and found):
        return
    yield UploadArtifacts(
        options.artifact_name or _name(runner.job),
        tuple(WriteFile(_UNUSABLE.sub("_", path), content) for path, content in found.items()),
        _picture(outcome),
        bool(options.artifact_name),
        directory,
    )


def _name(job: str) -> str:
    inert = _UNUSABLE.sub("-", job).replace("/", "-")
    return f"netpol-action-{inert}"[:MOST_OF_A_NAME] if inert else "netpol-action"


def _picture(outcome: Outcome) -> WriteFile | None:
    """What changed, where something did, or else the map."""
    drawn = {artifact.name: artifact.content for artifact in outcome.artifacts}
    changed = outcome.difference is not None and outcome.difference.changed
    wanted = ("diff.svg", "connectivity.svg") if changed else ("connectivity.svg",)
    return next((WriteFile(name, drawn[name]) for name in wanted if name in drawn), None)
