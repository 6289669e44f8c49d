"""Argo Rollouts that refer to a Deployment's pod template instead of carrying their own (`spec.workloadRef`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from netpol_action.manifests.fields import FieldError, mapping, shown, text
from netpol_action.manifests.identity import BROKEN, Manifest
from netpol_action.model.diagnostics import Diagnostic

_Key = tuple[str, str, str]


def with_templates(manifests: Iterable[Manifest], problems: list[Diagnostic]) -> list[Manifest]:
    """The manifests with each such Rollout in the place of the object that holds its template.

    The Rollout runs the pods, and scales the other down to none. The object keeps its origin, where the template is.
    """
    found = list(manifests)
    rollouts = [each for each in found if _refers(each)]
    if not rollouts:
        return found
    targets = {(each.namespace, each.kind, each.name): each for each in found}
    taken: dict[_Key, Manifest] = {}
    for rollout in rollouts:
        try:
            target = _target(rollout, targets)
            key = (target.namespace, target.kind, target.name)
            taken[key] = replace(target, group=rollout.group, kind=rollout.kind, name=rollout.name)
        except FieldError as problem:
            problems.append(problem.diagnostic(BROKEN, rollout.origin))
    others = [each for each in found if not _refers(each)]
    return [taken.get((each.namespace, each.kind, each.name), each) for each in others]


def _refers(manifest: Manifest) -> bool:
    spec = manifest.body.get("spec") if manifest.kind == "Rollout" else None
    return isinstance(spec, dict) and spec.get("workloadRef") is not None and spec.get("template") is None


def _target(rollout: Manifest, targets: Mapping[_Key, Manifest]) -> Manifest:
    path = ("spec", "workloadRef")
    reference = mapping(rollout.body["spec"]["workloadRef"], *path)
    kind, name = text(reference.get("kind"), *path, "kind"), text(reference.get("name"), *path, "name")
    target = targets.get((rollout.namespace, kind, name))
    if target is None:
        where = f"{shown(kind)} {shown(rollout.namespace)}/{shown(name)}"
        raise FieldError(f"names {where}, which is not in the input", *path)
    return target
