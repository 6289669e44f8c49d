"""Results of runs of any size, for the tests of the report and of the summary."""

from __future__ import annotations

from drawn_changes import hostile_map
from drawn_maps import INTERNET, services

from netpol_action.model.connections import EVERYTHING, ConnectionSet
from netpol_action.model.connectivity import Block, ConnectivityMap
from netpol_action.model.demands import Assumption, Confidence, Demand, Evidence, Gap, Requirements, Unresolved
from netpol_action.model.diagnostics import error, note, warning
from netpol_action.model.endpoints import Workload
from netpol_action.model.generated import GeneratedPolicy
from netpol_action.model.policies import Policy, PolicyTier
from netpol_action.model.report import Report
from netpol_action.origin import Origin

WEB, DB = Workload("shop", "web", "Deployment"), Workload("shop", "db", "StatefulSet")
EVIDENCE = (Evidence("Deployment web", "env DB_HOST", "db:5432", Origin("k8s/web.yaml", 2, 31, ("spec", 0))),)


def run(workloads: int, unresolved: int = 2) -> Report:
    """A run over an application of this many workloads, each with a required connection."""
    after = services(workloads, max(2, workloads // 30))
    everyone = (1 << len(after.endpoints)) - 1
    before = ConnectivityMap(after.endpoints, (Block(everyone, everyone, EVERYTHING),))
    return Report(
        Requirements(
            tuple(
                Demand(row.source, row.destination, row.allowed, EVIDENCE)
                for row in after.connections()
                if row.destination != INTERNET
            ),
            (Demand(WEB, DB, ConnectionSet.single("TCP", 80), EVIDENCE, Confidence.CANDIDATE),),
            tuple(open_end(i) for i in range(unresolved)),
            (Assumption("any source may be the ingress controller", "ingressControllers:\n- ops/nginx", EVIDENCE),),
        ),
        (GeneratedPolicy(Policy(PolicyTier.NAMESPACE, "NetworkPolicy", "web", "shop", "shop"), workload=WEB),),
        before,
        after,
        (
            warning("unused-service", "Service old selects nothing", Origin("k8s/old.yaml", 1, 4)),
            note("default-namespace", "objects without a namespace are taken to be in default"),
        ),
        "network-policies.yaml",
    )


def open_end(number: int) -> Unresolved:
    """A dependency whose host a Secret holds."""
    return Unresolved(
        Gap.SECRET_HOST,
        WEB,
        outbound=True,
        message=f"env DB_{number} comes from key host of Secret db-{number}, which the input does not hold",
        key=f"DB_{number}",
        resolution=f"dependencies:\n- from: shop/web\n  to: {{host: db-{number}.example.com}}\n  ports: [TCP 5432]\n",
        connections=ConnectionSet.single("TCP", 5432),
        evidence=(Evidence("Deployment web", f"env DB_{number}", "", Origin("k8s/web.yaml", 2, 31)),),
    )


def hostile_report(payload: str) -> Report:
    workload = Workload(payload, payload, payload)
    evidence = (Evidence(payload, payload, payload, Origin(payload, 1, 2)),)
    requirements = Requirements(
        (Demand(workload, INTERNET, EVERYTHING, evidence),),
        (Demand(workload, INTERNET, EVERYTHING, evidence, Confidence.CANDIDATE),),
        (
            Unresolved(
                Gap.SECRET_HOST, workload, True, payload, payload, f"dependencies:\n- {payload}", evidence=evidence
            ),
        ),
        (Assumption(payload, payload, evidence),),
    )
    connectivity = hostile_map(payload)
    return Report(requirements, (), connectivity, connectivity, (error("rule", payload, Origin(payload)),))
