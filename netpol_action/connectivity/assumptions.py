"""What the evaluation takes for granted where the API or the manifests leave something open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Cluster
from netpol_action.model.diagnostics import Diagnostic, note
from netpol_action.model.endpoints import Workload
from netpol_action.model.policies import IpPeer, Policy, PolicyTier

SHOWN = 5
"""How many names a note lists before it only counts."""


def assumptions(
    cluster: Cluster, policies: Sequence[Policy], exempt: Sequence[Workload], pod_cidrs: Sequence[AddressRange]
) -> tuple[Diagnostic, ...]:
    """A note for each assumption that the result rests on."""
    return (*_host_network(cluster, exempt), *_networks(policies, pod_cidrs))


def _host_network(cluster: Cluster, exempt: Sequence[Workload]) -> Iterator[Diagnostic]:
    if exempt and cluster.policies:
        names = ", ".join(map(str, exempt[:SHOWN]))
        more = f" and {len(exempt) - SHOWN} more" if len(exempt) > SHOWN else ""
        yield note(
            "host-network",
            f"Policies are taken not to apply to host-network pods, as with most network plugins: {names}{more} "
            "(--host-network ordinary takes them as ordinary pods)",
            exempt[0].origin,
        )


def _networks(policies: Sequence[Policy], pod_cidrs: Sequence[AddressRange]) -> Iterator[Diagnostic]:
    if pod_cidrs:
        return
    for policy in policies:
        if policy.tier is PolicyTier.NAMESPACE:
            continue
        for rule in policy.rules:
            for i, peer in enumerate(rule.peers or ()):
                if isinstance(peer, IpPeer) and peer.block != AddressRange.whole(peer.block.family):
                    yield note(
                        "networks-outside",
                        f"{policy} matches pods by address too; {'/'.join(peer.block.cidrs())} is taken to lie outside "
                        "the pod network (podCIDRs in netpol.yaml says where that is)",
                        rule.origin.at("to", i),
                    )
                    break
