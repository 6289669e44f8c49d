"""All checks in their order."""

from __future__ import annotations

from collections.abc import Sequence

from netpol_action.checks.blocked import blocked_findings, name_findings
from netpol_action.checks.cluster_ips import cluster_ip_findings
from netpol_action.checks.excess import excess
from netpol_action.checks.idle import idle_findings
from netpol_action.checks.needless import Protection
from netpol_action.checks.selection import Selection
from netpol_action.model.cluster import Cluster
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Requirements
from netpol_action.model.diagnostics import Severity
from netpol_action.model.findings import Check, Finding
from netpol_action.model.judgements import Judgement

_ORDER = tuple(Severity)


def check(
    cluster: Cluster,
    requirements: Requirements,
    allowed: ConnectivityMap,
    judgements: Sequence[Judgement],
    names: Sequence[Judgement],
) -> Check:
    """What the policies of a cluster block that is required, leave open for nothing, and say in vain.

    `allowed` is what they allow, `judgements` those of the demands, `names` those of `name_demands`.
    """
    selection = Selection(cluster)
    protection = Protection(selection)
    labels = {name: namespace.labels for name, namespace in cluster.namespaces.items()}
    findings = [
        *blocked_findings(judgements),
        *name_findings(names),
        *protection.needless(excess(allowed, requirements, labels, protection.protected())),
        *protection.unprotected(),
        *idle_findings(selection),
        *cluster_ip_findings(cluster),
    ]
    lookups = len({judgement.demand.source for judgement in names})
    ordered = tuple(sorted(dict.fromkeys(findings), key=_order))
    required = len(judgements) + lookups
    return Check(ordered, required, len(cluster.policies), len(requirements.unresolved), lookups)


def _order(finding: Finding) -> tuple[int, str]:
    return _ORDER.index(finding.severity), finding.rule
