"""What the evaluation takes for granted where the API or the manifests leave something open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from netpol_action.connectivity.universe import Network
from netpol_action.model.addresses import AddressRange, subtract
from netpol_action.model.cluster import Cluster
from netpol_action.model.diagnostics import Diagnostic, note
from netpol_action.model.endpoints import Workload
from netpol_action.model.policies import Action, Direction, IpPeer, Policy, PolicyTier

SHOWN = 5
"""How many names a note lists before it only counts."""


def assumptions(
    cluster: Cluster, policies: Sequence[Policy], exempt: Sequence[Workload], network: Network
) -> tuple[Diagnostic, ...]:
    """A note for each assumption that the result rests on."""
    return (*_host_network(cluster, exempt), *_networks(policies, network), *_one_family(policies, network))


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


def _networks(policies: Sequence[Policy], network: Network) -> Iterator[Diagnostic]:
    """Blocks of which it cannot be said, or not for all pods, whether they hold the pods' addresses."""
    for policy in policies:
        for rule in policy.rules:
            for i, peer in enumerate(rule.peers or ()):
                said = _doubt(policy, peer, network) if isinstance(peer, IpPeer) else ""
                if said:
                    yield note("networks-outside", f"{policy} {said}", rule.origin.at(_FIELD[rule.direction], i))
                    break


def _doubt(policy: Policy, peer: IpPeer, network: Network) -> str:
    """What is assumed of a block and the pods, if anything; NetworkPolicies match pods only with podCIDRs."""
    whole = AddressRange.whole(peer.block.family)
    homes = [block for block in network.pod_cidrs if block.family == peer.block.family]
    shown = "/".join(peer.block.cidrs())
    if homes:
        parts = subtract(peer.block, peer.excepts)
        meets = any(part.overlaps(home) for part in parts for home in homes)
        if meets and not all(any(home in part for part in parts) for home in homes):
            return f"matches pods by address too; {shown} holds a part of podCIDRs, and is taken to hold no pod"
        return ""
    if policy.tier is PolicyTier.NAMESPACE or peer.block == whole:
        return ""
    return (
        f"matches pods by address too; {shown} is taken to lie outside the pod network "
        "(podCIDRs in netpol.yaml says where that is)"
    )


def _one_family(policies: Sequence[Policy], network: Network) -> Iterator[Diagnostic]:
    """Rules that deny pods over one family where two are in use: over the other they stay open."""
    families = set(network.families)
    for policy in policies if len(families) > 1 else ():
        for rule in policy.rules:
            whole = {p.block.family for p in rule.peers or () if isinstance(p, IpPeer) and not _is_part(p)}
            if rule.action is Action.DENY and whole and policy.tier is not PolicyTier.NAMESPACE and families - whole:
                yield note(
                    "one-family",
                    f"{policy} denies pods over IPv{min(whole)}, and not over IPv{min(families - whole)}: "
                    "pods are taken to have addresses of both families (--ip-family says which are in use)",
                    rule.origin,
                )


def _is_part(peer: IpPeer) -> bool:
    return bool(peer.excepts) or peer.block != AddressRange.whole(peer.block.family)


_FIELD = {Direction.INGRESS: "from", Direction.EGRESS: "to"}
