"""Which file each policy goes to: names that are safe on every file system, unique, and stable from run to run."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal, get_args

from netpol_action.model.demands import Assumption, Evidence, Requirements, Unresolved
from netpol_action.model.generated import GeneratedPolicy
from netpol_action.synthesis.names import valid

Layout = Literal["workload", "namespace"]
LAYOUTS: tuple[Layout, ...] = get_args(Layout)
_WHOLE = "network-policies"
_LONGEST = 200
_HASH = 8


def files(policies: Sequence[GeneratedPolicy], layout: Layout) -> Mapping[str, tuple[GeneratedPolicy, ...]]:
    """The policies by the name of their file, in their order.

    `workload`: a file for each policy, `NAMESPACE-NAME.yaml`. `namespace`: one for each namespace that the policies
    name, `NAMESPACE-network-policies.yaml`. The namespace is left out where the policy names none. Where two would have
    the same name, or one had to be changed to be safe, a hash of what it stands for tells them apart.
    """
    keys = [_key(each, layout) for each in policies]
    wanted = {key: "-".join(filter(None, key)) for key in keys}
    shared = Counter(map(_safe, wanted.values()))
    parts: dict[str, list[GeneratedPolicy]] = {}
    for key, policy in zip(keys, policies, strict=True):
        name = _safe(wanted[key])
        if name != wanted[key] or shared[name] > 1:
            identity = "\0".join(key).encode("utf-8", "replace")
            name = f"{name}-{hashlib.sha256(identity).hexdigest()[:_HASH]}"
        parts.setdefault(f"{name}.yaml", []).append(policy)
    return {name: tuple(parts[name]) for name in sorted(parts)}


def concerning(
    requirements: Requirements, parts: Mapping[str, Sequence[GeneratedPolicy]]
) -> Mapping[str, Requirements]:
    """For each file what its header is about: what is open for the workloads of its policies."""
    file_of = {id(policy.workload): name for name, policies in parts.items() for policy in policies if policy.workload}
    rows: dict[str, list[Unresolved]] = {name: [] for name in parts}
    for row in requirements.unresolved:
        if id(row.workload) in file_of:
            rows[file_of[id(row.workload)]].append(row)
    files_of: dict[Evidence, set[str]] = {}
    for demand in requirements.demands:
        names = {file_of[id(end)] for end in (demand.source, demand.destination) if id(end) in file_of}
        for evidence in demand.evidence:
            files_of.setdefault(evidence, set()).update(names)
    assumed: dict[str, list[Assumption]] = {name: [] for name in parts}
    for assumption in requirements.assumptions:
        for name in {name for evidence in assumption.evidence for name in files_of.get(evidence, ())}:
            assumed[name].append(assumption)
    return {name: Requirements(unresolved=tuple(rows[name]), assumptions=tuple(assumed[name])) for name in parts}


def _key(policy: GeneratedPolicy, layout: Layout) -> tuple[str, str]:
    return policy.policy.declared_namespace, _WHOLE if layout == "namespace" else policy.policy.name


def _safe(name: str) -> str:
    return valid(name)[:_LONGEST].rstrip("-.")
