"""Pods and what owns them: the topmost owner gives the name, and pods of one owner with other labels are variants."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from netpol_action.manifests.workloads import Found, Owner
from netpol_action.model.endpoints import Workload
from netpol_action.model.labels import Labels

_CONTROLLED = frozenset({"ReplicaSet", "Job", "ReplicationController", "VirtualMachineInstance", "Pod"})
"""Kinds that a workload makes. Others (a StatefulSet of some operator's resource) keep their own name."""

_REVISIONS = frozenset({"ReplicaSet", "ReplicationController"})
_GENERATED = frozenset(
    {
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/controller-uid",
        "batch.kubernetes.io/job-completion-index",
        "batch.kubernetes.io/job-name",
        "controller-revision-hash",
        "controller-uid",
        "deployment",
        "deploymentconfig",
        "job-name",
        "pod-template-generation",
        "pod-template-hash",
        "rollouts-pod-template-hash",
        "statefulset.kubernetes.io/pod-name",
    }
)
"""Labels that controllers put on pods. They tell pods apart only where some selector speaks of them."""

_Key = tuple[str, str, str]


def topmost(found: Iterable[Found], selected_keys: Callable[[], frozenset[str]]) -> list[Workload]:
    """One workload for each topmost owner and set of labels.

    `selected_keys` gives the label keys that the input's selectors speak of; it is asked only where owners matter.
    """
    members = [each for each in found if not _superseded(each)]
    if all(each.owner is None for each in members):
        return [each.workload for each in members]
    above = {_key(each.workload): each.owner for each in members}
    groups: dict[_Key, list[Workload]] = {}
    for each in members:
        groups.setdefault(_top(each, above), []).append(each.workload)
    unspoken = _GENERATED - selected_keys()
    return [each for top, pods in groups.items() for each in _variants(top, pods, unspoken)]


def _key(workload: Workload) -> _Key:
    return (workload.namespace, workload.kind, workload.name)


def _superseded(found: Found) -> bool:
    """Whether this is an old revision, scaled to nothing by the owner that replaced it."""
    workload = found.workload
    return found.owner is not None and workload.replicas == 0 and workload.kind in _REVISIONS


def _top(found: Found, above: dict[_Key, Owner | None]) -> _Key:
    """The topmost owner, in the input or only named by a reference."""
    key = _key(found.workload)
    owner = found.owner
    seen = {key}
    while owner is not None and key[1] in _CONTROLLED and owner.kind != "Node":
        key = (key[0], owner.kind or key[1], owner.name)
        if key in seen:
            return min(seen)
        seen.add(key)
        owner = above.get(key)
    return key


def _variants(top: _Key, pods: list[Workload], unspoken: frozenset[str]) -> list[Workload]:
    """The owner's pods, one workload for each set of labels; its own template comes first, then the pods by name."""
    _, kind, name = top
    pods = sorted(pods, key=lambda pod: (_key(pod) != top, pod.kind, pod.name))
    distinct: dict[frozenset[tuple[str, str]], Workload] = {}
    for pod in pods:
        telling = frozenset(pair for pair in pod.labels.items() if pair[0] not in unspoken)
        distinct.setdefault(telling, pod)
    if len(distinct) == 1:
        return [pods[0] if _key(pods[0]) == top else replace(pods[0], name=name, kind=kind)]
    common = frozenset.intersection(*distinct)
    keys = sorted({key for telling in distinct for key, _ in telling - common})
    return [replace(pod, name=name, kind=kind, variant=_variant(pod.labels, keys)) for pod in distinct.values()]


def _variant(labels: Labels, keys: list[str]) -> str:
    return ",".join(f"{key}={labels[key]}" if key in labels else f"!{key}" for key in keys)
