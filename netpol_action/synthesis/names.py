"""Names of generated policies: stable, unique and valid as DNS subdomains (RFC 1123)."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from netpol_action.model.cluster import Cluster
from netpol_action.model.endpoints import Workload
from netpol_action.model.generated import MANAGED_BY, MANAGED_BY_LABEL

_LONGEST = 253
_HASH = 8
DEFAULT_DENY = "default-deny"


class Names:
    """Gives names; a name that a policy of the user has is never given."""

    def __init__(self, cluster: Cluster) -> None:
        self._taken = {
            (each.namespace, each.name) for each in cluster.policies if each.labels.get(MANAGED_BY_LABEL) != MANAGED_BY
        }

    def give(self, namespace: str, wanted: str, identity: str) -> str:
        """`wanted` where it is valid and free; a name derived from `identity` beside it otherwise."""
        name = valid(wanted)
        if name != wanted or (namespace, name) in self._taken:
            suffix = "-" + hashlib.sha256(identity.encode("utf-8", "replace")).hexdigest()[:_HASH]
            name = name[: _LONGEST - len(suffix)].rstrip("-.") + suffix
        self._taken.add((namespace, name))
        return name


def wanted_names(workloads: Sequence[Workload]) -> Mapping[int, str]:
    """The name for each workload's policy, by the workload's identity: its own, with its kind where two share it.

    It depends on nothing but the workloads of the same name in the same namespace, so that it stays.
    """
    same: dict[tuple[str, str], list[Workload]] = defaultdict(list)
    for workload in workloads:
        same[workload.namespace, workload.name].append(workload)
    return {id(workload): _wanted(workload, group) for group in same.values() for workload in group}


def valid(text: str) -> str:
    """The text as a name that the API takes: lower case, no other characters than letters, digits, `-` and `.`."""
    name = re.sub(r"[^a-z0-9.-]+", "-", text.lower()).strip("-.")
    name = re.sub(r"-*\.[.-]*", ".", name)
    return name[:_LONGEST].rstrip("-.") or "policy"


def _wanted(workload: Workload, group: Iterable[Workload]) -> str:
    kinds = {each.kind for each in group}
    parts = [
        workload.name,
        *([workload.kind.lower()] if len(kinds) > 1 else ()),
        *([workload.variant] if workload.variant else ()),
    ]
    return "-".join([*parts, "netpol"])
