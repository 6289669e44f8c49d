"""What a change may break: the requirements after it, between ends that the comparison of two maps has.

Most demands are between workloads and addresses, and stand as they are. The other end of the rest is not in the input:
pods that a selector describes, a host of which nobody knows the address, the cluster's name servers. Whether policies
leave such an end open is a judgement: what they block after the change is required of all that may be meant, so that
the change that closes it is known for what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from netpol_action.checks import name_demands, name_findings
from netpol_action.connectivity import EvaluationOptions
from netpol_action.connectivity.beyond import possible, shared
from netpol_action.connectivity.judge import judge
from netpol_action.model.cluster import Cluster
from netpol_action.model.demands import Demand, Requirements
from netpol_action.model.endpoints import Anywhere, Endpoint, IngressController, IpBlock, Unseen, Workload
from netpol_action.model.findings import BLOCKED
from netpol_action.model.judgements import Judgement
from netpol_action.model.known_labels import implies
from netpol_action.model.labels import NAMESPACE_NAME_LABEL

_PLACED = (Workload, IpBlock, Anywhere, IngressController)
"""Ends that a map has as they are."""


@dataclass(frozen=True, slots=True, eq=False)
class After:
    """The cluster after a change, and what it is compared over.

    `beyond` are the pods that are not in the input which are endpoints of both maps, `controllers` who sends what is
    exposed, where that is known.
    """

    cluster: Cluster
    options: EvaluationOptions
    beyond: Sequence[Unseen] = ()
    controllers: Sequence[Endpoint] = ()


def unseen_ends(requirements: Requirements) -> set[Unseen]:
    """The pods that are not in the input of which the requirements speak."""
    demands = (*requirements.demands, *name_demands(requirements))
    return {end for each in demands for end in (each.source, each.destination) if isinstance(end, Unseen)}


def required_after(after: After, requirements: Requirements) -> Iterator[Demand]:
    """What the application requires after the change, as far as the change may close it."""
    others = []
    for demand in requirements.demands:
        if isinstance(demand.source, _PLACED) and isinstance(demand.destination, _PLACED):
            yield from _of_controllers(demand, after.controllers)
        else:
            others.append(demand)
    names = name_demands(requirements)
    judgements = judge(after.cluster, after.options, (*others, *names))
    blocked = [*judgements[: len(others)], *_without_names(judgements[len(others) :])]
    meant = cache(lambda end: tuple(_meant(end, after)))
    for each in (each for each in blocked if each.blocked):
        for source in meant(each.demand.source):
            for destination in meant(each.demand.destination):
                yield Demand(source, destination, each.blocked, each.demand.evidence, each.demand.confidence)


def _of_controllers(demand: Demand, controllers: Sequence[Endpoint]) -> Iterator[Demand]:
    """The demand, of those who send what is exposed where they are known."""
    if not isinstance(demand.source, IngressController) or not controllers:
        yield demand
        return
    yield from (replace(demand, source=each) for each in controllers)


def _without_names(judgements: Sequence[Judgement]) -> Iterator[Judgement]:
    """Those of the workloads that reach no name server: of several, one is enough."""
    cut_off = {end for each in name_findings(judgements) if each.rule == BLOCKED for end in each.sources}
    return (each for each in judgements if each.demand.source in cut_off)


def _meant(end: Endpoint, after: After) -> Iterator[Endpoint]:
    """All endpoints of the maps that an end of a demand may be."""
    yield end
    if isinstance(end, Unseen):
        yield from (each for each in after.beyond if each != end and _may_be(end, each, after.cluster))
        yield from (each for each in after.cluster.workloads if _is_one(each, end, after.cluster))
    elif not isinstance(end, _PLACED):  # a host or a node: its address may be any
        yield Anywhere()


def _may_be(end: Unseen, other: Unseen, cluster: Cluster) -> bool:
    """Whether some of the pods meant are also described otherwise; what is said of more pods says it of these too."""
    wider = implies(end.namespaces, other.namespaces) and implies(end.pods, other.pods)
    return not wider and possible(shared(end, other), cluster)


def _is_one(workload: Workload, end: Unseen, cluster: Cluster) -> bool:
    space = cluster.namespaces.get(workload.namespace)
    labels = {**(space.labels if space else {}), NAMESPACE_NAME_LABEL: workload.namespace}
    return end.pods.matches(workload.labels) and end.namespaces.matches(labels)
