"""Whether deploying the input applies the policies that a run generates: a kustomization is edited, or a warning said.

Nothing is written here: what the kustomization makes of the policies is found out before anything is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from netpol_action import kustomized, pipeline
from netpol_action.errors import UsageError
from netpol_action.inputs import RunOptions
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.publish.files import place
from netpol_action.publish.outcome import Listing
from netpol_action.runner import Runner
from netpol_action.sources.coverage import Wording

ReadPending = Callable[[Mapping[Path, bytes]], pipeline.Loaded]
"""Reads the input as it will be with these files, by their real paths."""

_WORDING: Final = Wording("`policies-path`", "set `kustomize: true`")


@dataclass(frozen=True, slots=True)
class Deployment:
    """The kustomization that is to list the policies, None for none, and what there is to say."""

    listing: Listing | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


def deployment(
    options: RunOptions, runner: Runner, loaded: pipeline.Loaded, generation: pipeline.Generation, read: ReadPending
) -> Deployment:
    """What is to be done so that deploying the input applies the policies, where the options ask for it.

    Raises UsageError where there is no kustomization in the workspace that can be edited, InputError where the policies
    do not come out of it.
    """
    file = Path(options.policies_path)
    if not options.kustomize:
        return Deployment(diagnostics=loaded.coverage.undeployed([file], _WORDING))
    try:
        listed = kustomized.listing(file, Path(options.paths[0]))
        path = place(Path(runner.workspace), listed.path).relative_to(Path(runner.workspace).resolve())
    except UsageError as problem:
        raise UsageError(f"kustomize: {problem}") from problem
    rendered = read(kustomized.pending(listed, file, generation.yaml().encode()))
    return Deployment(replace(listed, path=path.as_posix()), kustomized.alterations(generation, rendered))


def unwritten(options: RunOptions) -> Mapping[Path, bytes]:
    """The file of policies as an empty one, where it is yet to be written: a kustomization may list it already."""
    path = Path(options.policies_path)
    if not options.generate or path.is_symlink() or path.exists():
        return {}
    return {path.parent.resolve() / path.name: b""}
