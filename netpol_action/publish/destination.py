"""Finds out what a run publishes policies to: asks git about the checkout, and `target` what follows."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from netpol_action.event import PullRequest
from netpol_action.inputs import RunOptions
from netpol_action.publish.checkout import checkout_of
from netpol_action.publish.effects import MadeFrom
from netpol_action.publish.files import place
from netpol_action.publish.outcome import Listing
from netpol_action.publish.target import Target, path_in, suffix, target
from netpol_action.runner import Runner
from netpol_action.sources.configfile import NAMES
from netpol_action.sources.coverage import Coverage
from netpol_action.sources.places import is_directory


def destination(
    options: RunOptions,
    runner: Runner,
    pull_request: PullRequest | None,
    coverage: Coverage,
    listing: Listing | None = None,
) -> Target | None:
    """What the policies are published to, None where they are not to be; `listing` is of the same repository.

    `coverage` is what the input leads to.

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
        inputs=_inputs(options, workspace, checkout.top, coverage) if checkout else MadeFrom(),
    )


def _inputs(options: RunOptions, workspace: Path, top: Path, coverage: Coverage) -> MadeFrom:
    """What the run reads of the repository, less what is in other versions."""
    searched = [path for path in coverage.plain if is_directory(path)]
    whole = [*coverage.plain, *coverage.uses(), *_configs(options, workspace, top)]
    whole += [link for path in options.paths for link in _links(workspace / path)]
    if coverage.rendered:
        whole += [workspace / path for path in options.helm_values]
    return MadeFrom(
        _in_repository((path for path in whole if path not in searched), top), _in_repository(searched, top)
    )


def _configs(options: RunOptions, workspace: Path, top: Path) -> Iterator[Path]:
    """Where a netpol.yaml counts."""
    if options.config:
        yield workspace / options.config
        return
    for directory in (top, *(workspace / path for path in options.paths)):
        yield from (directory.joinpath(*name) for name in NAMES)


def _in_repository(paths: Iterable[Path], top: Path) -> tuple[str, ...]:
    """The paths from the top of the repository, with links resolved, and the links on the way to them."""
    found = {each for path in paths for each in (*_links(path), Path(os.path.realpath(path)))}
    inside = (each.relative_to(top).as_posix() for each in found if each.is_relative_to(top))
    return tuple(sorted("" if each == "." else each for each in inside))


def _links(path: Path) -> Iterator[Path]:
    return (each.parent.resolve() / each.name for each in (path, *path.parents) if each.is_symlink())
