"""All checks in their order."""

from __future__ import annotations

from collections.abc import Sequence

from netpol_action.checks.blocked import blocked_findings, name_findings
from netpol_action.checks.cluster_ips import cluster_ip_findings
from netpol_action.checks.excess import excess
from netpol_action.checks.idle import idle_findings
from netpol_action.checks.needless import Protection
from netpol_action.checks.needs import Needs
from netpol_action.checks.selection import Selection
from netpol_action.model.addresses import IPV4, IPV6, AddressRange
from netpol_action.model.cluster import Cluster
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Requirements
from netpol_action.model.diagnostics import Severity
from netpol_action.model.findings import Check, Finding
from netpol_action.model.judgements import Judgement
from netpol_action.model.policies import PolicyTier

_ORDER = tuple(Severity)


def check(
    cluster: Cluster,
    requirements: Requirements,
    allowed: ConnectivityMap,
    judgements: Sequence[Judgement],
    pod_cidrs: Sequence[AddressRange] = (),
) -> Check:
    """What the policies of a cluster block that is required, leave open for nothing, and say in vain.

    `allowed` is what they allow, with the pods that are not in the input as far as they are to be looked at.
    `judgements` are those of the demands, and after them those of `name_demands`. `pod_cidrs` are where pods have
    addresses by which every policy matches them.
    """
    selection = Selection(cluster)
    protection = Protection(selection)
    needs = Needs(allowed, requirements, selection.labels, _pod_addresses(cluster, pod_cidrs))
    demanded = len(requirements.demands)
    names = judgements[demanded:]
    findings = [
        *blocked_findings(judgements[:demanded]),
        *name_findings(names),
        *protection.needless(excess(allowed, needs, protection.protected())),
        *protection.unprotected(),
        *idle_findings(selection),
        *cluster_ip_findings(cluster),
    ]
    lookups = len({judgement.demand.source for judgement in names})
    ordered = tuple(sorted(dict.fromkeys(findings), key=_order))
    required = demanded + lookups
    return Check(ordered, required, len(cluster.policies), len(requirements.unresolved), lookups)


def _pod_addresses(cluster: Cluster, pod_cidrs: Sequence[AddressRange]) -> Sequence[AddressRange]:
    """The addresses that pods may have for policies that match pods by address; empty where none does."""
    by_address = any(policy.tier is not PolicyTier.NAMESPACE for policy in cluster.policies)
    return pod_cidrs or tuple(map(AddressRange.whole, (IPV4, IPV6) if by_address else ()))


def _order(finding: Finding) -> tuple[int, str]:
    return _ORDER.index(finding.severity), finding.rule
