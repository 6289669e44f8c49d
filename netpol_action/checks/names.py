"""The demands for DNS: a workload that connects by name has to resolve the name first."""

from __future__ import annotations

from collections.abc import Iterator

from netpol_action.model.addresses import AddressRange
from netpol_action.model.config import CidrRef, DnsServer
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand, Evidence, Requirements
from netpol_action.model.endpoints import DomainName, Endpoint, IpBlock, Unseen, Workload

ANY_PORT = ConnectionSet.whole("TCP") | ConnectionSet.whole("UDP")
"""The connections of a demand for a name server of which one port is enough, and nobody knows which."""

_HOST = "host/"


def name_demands(requirements: Requirements) -> tuple[Demand, ...]:
    """For each workload that connects to something by name a demand for each server that may resolve it.

    A server whose port is known by name alone is asked for on ANY_PORT: the number is on pods outside of the input.
    """
    needs: dict[Workload, tuple[Evidence, ...]] = {}
    for demand in requirements.demands:
        by_name = isinstance(demand.destination, Workload | Unseen | DomainName)
        if by_name and isinstance(demand.source, Workload) and demand.source is not demand.destination:
            needs.setdefault(demand.source, demand.evidence[:1])
    for row in requirements.unresolved:
        if row.outbound and row.key.startswith(_HOST) and not _is_address(row.key.removeprefix(_HOST)):
            needs.setdefault(row.workload, row.evidence[:1])
    return tuple(
        Demand(workload, server, ANY_PORT if each.port_name else each.connections, evidence)
        for workload, evidence in needs.items()
        for each in requirements.dns
        for server in _servers(each)
    )


def _servers(dns: DnsServer) -> Iterator[Endpoint]:
    if isinstance(dns.server, CidrRef):
        yield from (IpBlock(AddressRange.parse(cidr)) for block in dns.server.ranges for cidr in block.cidrs())
    else:
        yield Unseen(dns.server.namespaces, dns.server.pods)


def _is_address(host: str) -> bool:
    try:
        AddressRange.parse(host)
    except ValueError:
        return False
    return True
