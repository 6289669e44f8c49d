"""ConfigMaps that several workloads take as a whole: every address in one counts for each of them, used or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from netpol_action.discovery.environment import mappings, name_of
from netpol_action.discovery.netpol_yaml import shown
from netpol_action.discovery.settings import subject_of
from netpol_action.model.demands import Assumption, Demand, Evidence
from netpol_action.model.endpoints import Workload

_MOST_NAMED = 3


def shared_config(demands: Iterable[Demand]) -> Iterator[Assumption]:
    """One assumption for each ConfigMap on which alone, by `envFrom`, demands of more than one workload rest."""
    takers: dict[tuple[str, str], dict[Workload, Evidence]] = defaultdict(dict)
    for demand in demands:
        workload = demand.source
        if not isinstance(workload, Workload):
            continue
        names = [_taken_whole(workload, each) for each in demand.evidence]
        if all(names):
            for name, evidence in zip(names, demand.evidence, strict=True):
                takers[workload.namespace, name].setdefault(workload, evidence)
    for (_, name), found in sorted(takers.items(), key=lambda item: item[0]):
        if len(found) > 1:
            subjects = sorted(map(subject_of, found))
            more = len(subjects) - _MOST_NAMED
            who = ", ".join(subjects[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
            message = f"{who} take all of ConfigMap {shown(name)} (envFrom): each may connect to all that it names"
            yield Assumption(f"{message}, which may be more than it uses", "", tuple(sorted(found.values())))


def _taken_whole(workload: Workload, evidence: Evidence) -> str:
    """The ConfigMap that an `envFrom` takes, where the evidence is one; else the empty string."""
    match evidence.origin.field:
        case (*_, str(kind), int(index), "envFrom", int(number)):
            container = list(mappings(workload.pod_spec.get(kind)))[index]
            return name_of(list(mappings(container.get("envFrom")))[number].get("configMapRef"))
        case _:
            return ""
