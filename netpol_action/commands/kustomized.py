"""`generate --kustomize`: the policies as resources of a kustomization, and what its transformers make of them.

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
from netpol_action.publish.policy_files import FilePlan
from netpol_action.sources.tree import kustomization_files

RULE = "changed-by-kustomize"
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
    root = root if root.is_dir() else root.parent
    files = list(files)
    removed = [path for path, content in plan.changes.items() if content is None]
    if not files and not removed:
        return plan
    path = _kustomization((files or removed)[0].parent, root)
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
        new = edited(text, _names(files, path), _names(removed, path)).encode("utf-8")
    except (UneditableError, UnicodeDecodeError) as problem:
        reason = problem if isinstance(problem, UneditableError) else "is not UTF-8"
        raise UsageError(f"{path} {reason}") from problem
    if new == content:
        return plan
    return replace(plan, changes={**plan.changes, path: new}, before={**plan.before, path: content})


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


def _kustomization(directory: Path, root: Path) -> Path:
    """The kustomization file nearest to a directory, on the way up to the root."""
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
    raise UsageError(f"--kustomize needs PATH to be a directory with one kustomization file, and {root} is none")


def _names(files: Iterable[Path], kustomization: Path) -> list[str]:
    """The files as the kustomization names them."""
    home = kustomization.parent.resolve()
    return sorted((path.parent.resolve().relative_to(home) / path.name).as_posix() for path in files)
