"""Rules about the cluster IP of a Service: an address that no packet has by the time policies see it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Cluster, Service
from netpol_action.model.diagnostics import Severity
from netpol_action.model.findings import Cause, Finding
from netpol_action.model.policies import Direction, IpPeer
from netpol_action.origin import Origin

CLUSTER_IP_PEER = "cluster-ip-peer"
_FIELD = {Direction.INGRESS: "from", Direction.EGRESS: "to"}


def cluster_ip_findings(cluster: Cluster) -> Iterator[Finding]:
    """A warning for each address block of a rule that is one address, and that a cluster IP.

    A wider block around cluster IPs may be meant for other addresses too.
    """
    services = _by_cluster_ip(cluster)
    for policy in cluster.policies if services else ():
        numbers: Counter[Direction] = Counter()
        for rule in policy.rules:
            numbers[rule.direction] += 1
            name = f"{policy} {rule.direction.value.lower()} rule {numbers[rule.direction]}"
            for index, peer in enumerate(rule.peers or ()):
                if isinstance(peer, IpPeer) and peer.block in services and rule.direction in policy.directions:
                    origin = rule.origin.at(_FIELD[rule.direction], index)
                    yield _finding(name, peer.block, services[peer.block], origin)


def _finding(name: str, address: AddressRange, service: Service, origin: Origin) -> Finding:
    message = (
        f"{name} speaks of {address.cidrs()[0]}, the cluster IP of Service {service.namespace}/{service.name}: "
        "policies act on the addresses of pods, into which that of a Service is translated before: select its pods"
    )
    return Finding(CLUSTER_IP_PEER, Severity.WARNING, message, origin, causes=(Cause(name, "", origin),))


def _by_cluster_ip(cluster: Cluster) -> dict[AddressRange, Service]:
    found: dict[AddressRange, Service] = {}
    for service in cluster.services:
        for address in service.cluster_ips:
            try:
                found.setdefault(AddressRange.parse(address), service)
            except ValueError:
                continue  # an address that is none is the API server's to refuse
    return found
