"""Finds out what a run publishes policies to: asks git about the checkout, and `target` what follows."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from netpol_action.event import PullRequest
from netpol_action.inputs import RunOptions
from netpol_action.publish.checkout import checkout_of
from netpol_action.publish.files import place
from netpol_action.publish.outcome import Listing
from netpol_action.publish.target import Target, path_in, suffix, target
from netpol_action.runner import Runner
from netpol_action.sources.configfile import NAMES


def destination(
    options: RunOptions, runner: Runner, pull_request: PullRequest | None, listing: Listing | None = None
) -> Target | None:
    """What the policies are published to, None where they are not to be; `listing` is of the same repository.

    Raises UsageError where their file lies in no place that can be published.
    """
    if options.publish == "none":
        return None
    workspace = Path(runner.workspace).resolve()
    file = place(workspace, options.policies_path)
    there = next(parent for parent in file.parents if parent.is_dir())
    checkout = checkout_of(there, runner.server_url)
    runner = replace(runner, workspace=str(workspace))
    found = target(file, runner, checkout, pull_request)
    if listing:
        found = replace(found, kustomization=path_in(checkout, runner, place(workspace, listing.path)))
    kind = options.pull_request.branch_suffix
    return replace(
        found,
        suffix=suffix(kind, found.start, time.time(), secrets.token_hex(4)),
        checkout=checkout,
        inputs=tuple(_inputs(options, workspace, checkout.top)) if checkout else (),
    )


def _inputs(options: RunOptions, workspace: Path, top: Path) -> Iterator[str]:
    """What the run reads of the repository: its paths, less those in other versions, and netpol.yaml."""
    configs = (workspace / options.config,) if options.config else tuple(top.joinpath(*name) for name in NAMES)
    for path in (*(workspace / path for path in options.paths), *configs):
        real = path.resolve()
        if real.is_relative_to(top):
            yield "" if real == top else real.relative_to(top).as_posix()
