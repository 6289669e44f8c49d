"""`--kustomize`, `kustomize: true`: the policies as resources of a kustomization, and what its transformers make of it.

A kustomization that adds labels adds them to the selectors of NetworkPolicies too. For workloads that it renders itself
that changes nothing; for the pods of others, such as the cluster's DNS, the peer stops matching. So the result is
rendered again and held against what was meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from netpol_action import pipeline
from netpol_action.connectivity import EvaluationOptions
from netpol_action.connectivity.openings import openings
from netpol_action.errors import InputError, UsageError
from netpol_action.manifests.resource_list import UneditableError, edited
from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import NOTHING
from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.publish.outcome import Listing
from netpol_action.publish.policy_files import FilePlan
from netpol_action.sources.files import UnreadableError, read
from netpol_action.sources.tree import kustomization_files

RULE = "changed-by-kustomize"
ALTERED = "what the kustomization renders does not allow exactly what is required"
"""The sentence that fails a run."""

_ADVICE = (
    "`commonLabels`, and `labels` with includeSelectors, change the peers of policies too: set includeSelectors to "
    "false, or add the files in a kustomization above this one that adds no labels"
)
_MOST = 5


def extended(plan: FilePlan, files: Iterable[Path], root: Path) -> FilePlan:
    """The plan with the kustomization that uses the files edited: it lists them, and no more what is removed.

    It is the nearest one to the files, `root` or below it. Raises UsageError where there is none or it cannot be
    edited.
    """
    files = list(files)
    removed = [path for path, content in plan.changes.items() if content is None]
    if not files and not removed:
        return plan
    path = _kustomization((files or removed)[0].parent, root)
    before, content = _edited(path, _names(files, path), _names(removed, path))
    if before == content:
        return plan
    return replace(plan, changes={**plan.changes, path: content}, before={**plan.before, path: before})


def listing(file: Path, root: Path) -> Listing:
    """The kustomization as `extended` edits it for one file. Raises UsageError where there is none, or none to edit."""
    path = _kustomization(file.parent, root)
    (name,) = _names([file], path)
    return Listing(str(path), name, *_edited(path, [name], []))


def pending(listed: Listing, file: Path, policies: bytes) -> dict[Path, bytes]:
    """The kustomization and the file that it lists as they are to be, for reading them before they are written."""
    contents = {Path(listed.path): listed.content, file: policies}
    return {path.parent.resolve() / path.name: content for path, content in contents.items()}


def alterations(meant: pipeline.Generation, rendered: pipeline.Loaded) -> tuple[Diagnostic, ...]:
    """What the rendered policies allow otherwise than those that were generated, as warnings.

    Raises InputError where they do not come out of the kustomization, or not as ours: the next run would take them for
    policies of the user, and its own for unnecessary.
    """
    arrived = sum(pipeline.is_ours(policy.labels) for policy in rendered.cluster.policies)
    if arrived != len(meant.policies):
        raise InputError(
            f"of {len(meant.policies)} generated policies {arrived} come out of the kustomization with their label "
            "app.kubernetes.io/managed-by, so that nothing was written: no transformer may change this label, and the "
            "kustomization that lists the files has to be part of PATH"
        )
    before, after = (dict(_allowed(rendered, cluster)) for cluster in (meant.cluster, rendered.cluster))
    nothing = str(NOTHING)
    different = [key for key in sorted({*before, *after}) if before.get(key, nothing) != after.get(key, nothing)]
    found = [
        warning(RULE, f"after rendering, {key} is {after.get(key, nothing)} instead of {before.get(key, nothing)}")
        for key in different[:_MOST]
    ]
    if different[_MOST:]:
        found.append(warning(RULE, f"and {len(different) - _MOST} more connections differ after rendering"))
    return (*found, warning(RULE, _ADVICE)) if found else ()


def _allowed(loaded: pipeline.Loaded, cluster: Cluster) -> Iterator[tuple[str, str]]:
    """What policies allow between ends of the input, and open to pods that are not in it."""
    options = pipeline.configured(EvaluationOptions(), loaded)
    for row in pipeline.evaluated(loaded, cluster, EvaluationOptions()).map.connections():
        yield f"{row.source} => {row.destination}", str(row.allowed)
    for opening in openings(cluster, options).rows:
        if not opening.in_input:
            arrow = "=>" if opening.direction.value == "Egress" else "<="
            yield f"{opening.workload} {arrow} {opening.other}", str(opening.connections)


def _edited(path: Path, add: Iterable[str], remove: Iterable[str]) -> tuple[bytes, bytes]:
    """A kustomization file as it is, and with resources added and removed."""
    if path.is_symlink():
        raise UsageError(f"{path} is a symbolic link, and is not edited: name the directory that it leads to")
    try:
        content = read(path)
        return content, edited(content.decode("utf-8"), add, remove).encode("utf-8")
    except UnicodeDecodeError as problem:
        raise UsageError(f"{path} is not UTF-8") from problem
    except (UneditableError, UnreadableError) as problem:
        raise UsageError(f"{path} {problem}") from problem


def _kustomization(directory: Path, root: Path) -> Path:
    """The kustomization file nearest to a directory, on the way up to the root."""
    root = root if root.is_dir() else root.parent
    top, place = root.resolve(), directory.resolve()
    if not place.is_relative_to(top):
        raise UsageError(
            f"{directory} does not lie in {root}: kustomize reads files only in or below the kustomization's directory"
        )
    for candidate in (place, *place.parents):
        found = kustomization_files(candidate)
        if len(found) == 1:
            return root / found[0].relative_to(top)
        if found or candidate == top:
            break
    raise UsageError(f"to list the policies, {root} has to be a directory with one kustomization file")


def _names(files: Iterable[Path], kustomization: Path) -> list[str]:
    """The files as the kustomization names them."""
    home = kustomization.parent.resolve()
    return sorted((path.parent.resolve().relative_to(home) / path.name).as_posix() for path in files)
