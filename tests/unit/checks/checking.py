"""Checks of small clusters in few words."""

from __future__ import annotations

from netpol_action.checks import check, name_demands
from netpol_action.connectivity import EvaluationOptions, evaluate
from netpol_action.connectivity.beyond import looking_beyond
from netpol_action.connectivity.judge import judge
from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Cluster
from netpol_action.model.config import DnsServer, PodsRef
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand, Evidence, Requirements, Unresolved
from netpol_action.model.endpoints import Endpoint, Workload
from netpol_action.model.findings import Check
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Selector
from netpol_action.origin import Origin

KUBE_SYSTEM = Selector.labels({NAMESPACE_NAME_LABEL: "kube-system"})
DNS = (DnsServer(PodsRef(KUBE_SYSTEM), ConnectionSet.parse("TCP 53,UDP 53")),)
EVIDENCE = Evidence("Deployment web", "env DB", "db:5432", Origin("web.yaml", 1, 9))


def needs(cluster: Cluster, source: str | Endpoint, destination: str | Endpoint, ports: str) -> Demand:
    """A demand; workloads by `namespace/name`."""
    return Demand(_end(cluster, source), _end(cluster, destination), ConnectionSet.parse(ports), (EVIDENCE,))


def checked(
    cluster: Cluster,
    *demands: Demand,
    unresolved: tuple[Unresolved, ...] = (),
    dns: tuple[DnsServer, ...] = (),
    pod_cidrs: tuple[AddressRange, ...] = (),
) -> Check:
    requirements = Requirements(demands, unresolved=unresolved, dns=dns)
    options = EvaluationOptions(pod_cidrs=pod_cidrs)
    return check(
        cluster,
        requirements,
        evaluate(cluster, looking_beyond(cluster, options)).map,
        judge(cluster, options, (*demands, *name_demands(requirements))),
        pod_cidrs,
    )


def lines(found: Check, *rules: str) -> list[str]:
    """The findings of these rules (of all, where none is named) as `severity rule: message`, Deployments by name."""
    return [
        f"{each.severity} {each.rule}: {each.message}".replace("[Deployment]", "")
        for each in found.findings
        if not rules or each.rule in rules
    ]


def _end(cluster: Cluster, end: str | Endpoint) -> Endpoint:
    if not isinstance(end, str):
        return end
    return workload_of(cluster, end)


def workload_of(cluster: Cluster, place: str) -> Workload:
    namespace, name = place.split("/")
    return next(each for each in cluster.workloads if (each.namespace, each.name) == (namespace, name))
