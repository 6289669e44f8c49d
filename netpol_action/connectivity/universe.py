"""Every endpoint as a bit, and every clause that picks endpoints as a bitset."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from netpol_action.model.addresses import BITS, AddressRange, Family, subtract
from netpol_action.model.bits import bits_of
from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import Protocol
from netpol_action.model.endpoints import (
    DomainName,
    Endpoint,
    IngressController,
    IpBlock,
    Node,
    Unseen,
    Workload,
    sort_key,
)
from netpol_action.model.labelled import LabelIndex, NamespaceIndex
from netpol_action.model.labels import Selector
from netpol_action.model.policies import DomainPeer, IpPeer, NodePeer, Peer, PodPeer, PolicyTier
from netpol_action.model.unseen import UnseenIndex


@dataclass(frozen=True, slots=True)
class Network:
    """What the cluster's network does that manifests do not say.

    `families`: those in use. `exempt_host_network`: policies do not apply to host-network pods. `pod_cidrs`: where
    pods have their addresses, for the policies that match pods by address; empty where unknown.
    """

    families: Sequence[Family]
    exempt_host_network: bool = True
    pod_cidrs: tuple[AddressRange, ...] = ()


class Universe:
    """The endpoints of a map and the bitsets over them.

    First the workloads, then pods not in the input (where the question is about those), the ingress controller, the
    symbolic endpoints, and the address blocks, in the order of `sort_key`. `exempt` are the host-network pods where
    policies do not apply to them: they have their node's address, so no selector matches them, and an address block
    does where it covers every address of a family in use.
    """

    def __init__(
        self, cluster: Cluster, peers: Iterable[Peer], network: Network, unseen: Iterable[Unseen] = ()
    ) -> None:
        self.workloads: tuple[Workload, ...] = tuple(sorted(cluster.workloads, key=sort_key))
        self.unseen: tuple[Unseen, ...] = tuple(sorted(unseen, key=sort_key))
        clauses = set(peers)
        symbols: set[Endpoint] = {Node(peer.nodes) for peer in clauses if isinstance(peer, NodePeer)}
        symbols |= {DomainName(name) for peer in clauses if isinstance(peer, DomainPeer) for name in peer.names}
        blocks = _address_blocks(clauses, network.families)
        self.network = network
        self.endpoints: tuple[Endpoint, ...] = (
            *self.workloads,
            *self.unseen,
            IngressController(),
            *sorted(symbols, key=sort_key),
            *(IpBlock(block) for block in blocks),
        )
        pods = len(self.workloads) + len(self.unseen)
        self.controller = 1 << pods
        self._first_block = len(self.endpoints) - len(blocks)
        self._starts = [(block.family, block.first) for block in blocks]
        self.every_workload = _run(0, len(self.workloads))
        self.every_pod = _run(0, pods)
        self.exempt = bits_of(i for i, w in enumerate(self.workloads) if self.is_exempt(w))
        self.outside = _run(self._first_block, len(self.endpoints))
        self.symbols = _run(pods + 1, self._first_block)
        self.everything = _run(0, len(self.endpoints))
        self._pods = LabelIndex([workload.labels for workload in self.workloads])
        self._namespaces = NamespaceIndex(cluster, self.workloads)
        known = {name: namespace.labels for name, namespace in cluster.namespaces.items()}
        self._unseen = UnseenIndex(self.unseen, known) if self.unseen else None
        self._selected: dict[tuple[Selector, Selector | str], int] = {}
        self._named: dict[str, dict[tuple[Protocol, int], int]] | None = None

    def of_family(self, family: Family) -> int:
        """The address blocks of one family."""
        low, high = bisect_left(self._starts, (family, 0)), bisect_left(self._starts, (family + 1, 0))
        return _run(self._first_block + low, self._first_block + high)

    def positions(self, unseen: Iterable[Unseen]) -> int:
        """These of the pods that are not in the input."""
        wanted = set(unseen)
        return bits_of(i for i, each in enumerate(self.unseen, len(self.workloads)) if each in wanted)

    def is_exempt(self, workload: Workload) -> bool:
        """Whether policies do not apply to a workload, since its pods are on the host network."""
        return workload.host_network and self.network.exempt_host_network

    def subjects(self, subject: PodPeer, namespace: str) -> int:
        """The workloads that a policy of `namespace` with this subject selects."""
        return self._select(subject, namespace) & self.every_workload

    def labelled(self, selector: Selector, namespace: str) -> int:
        """The workloads of a namespace with these labels, host-network pods included: what stands behind a Service."""
        return self._pods.matching(selector) & self._namespaces.named(namespace)

    def matching(
        self, peers: tuple[Peer, ...] | None, tier: PolicyTier, namespace: str, family: Family | None = None
    ) -> int:
        """The endpoints that a rule's peers match, seen from a policy of this tier and namespace.

        `family` is the one over which the endpoints are met, for those that have an address of each; None for any.
        """
        if peers is None:
            return self.everything
        result = 0
        for peer in peers:
            if isinstance(peer, PodPeer):
                result |= self._select(peer, namespace)
            else:
                result |= self._outside(peer, tier, family)
        return result

    def ports_named(self, name: str) -> dict[tuple[Protocol, int], int]:
        """For each protocol and number that some pod gives this port name: the workloads that do."""
        if self._named is None:
            found: dict[str, dict[tuple[Protocol, int], list[int]]] = {}
            for i, workload in enumerate(self.workloads):
                for port_name, protocol, number in named_ports(workload):
                    found.setdefault(port_name, {}).setdefault((protocol, number), []).append(i)
            self._named = {n: {key: bits_of(where) for key, where in ports.items()} for n, ports in found.items()}
        return self._named.get(name, {})

    def _outside(self, peer: IpPeer | NodePeer | DomainPeer, tier: PolicyTier, family: Family | None) -> int:
        match peer:
            case IpPeer():
                return self._addresses(peer, tier, family)
            case NodePeer():
                return bits_of(
                    i
                    for i, endpoint in enumerate(self.endpoints)
                    if isinstance(endpoint, Node) and (not peer.nodes.requirements or endpoint.selector == peer.nodes)
                )
            case DomainPeer():
                return bits_of(
                    i
                    for i, endpoint in enumerate(self.endpoints)
                    if isinstance(endpoint, DomainName) and any(_covers(name, endpoint.name) for name in peer.names)
                )

    def _select(self, peer: PodPeer, namespace: str) -> int:
        key = (peer.pods, peer.namespaces if peer.namespaces is not None else namespace)
        known = self._selected.get(key)
        if known is None:
            known = self._selected[key] = self._selecting(peer, namespace)
        return known

    def _selecting(self, peer: PodPeer, namespace: str) -> int:
        found = self._pods.matching(peer.pods)
        if self.exempt:
            found &= ~self.exempt
        if peer.namespaces is None:
            found &= self._namespaces.named(namespace)
        else:
            found &= self._namespaces.matching(peer.namespaces)
            # The controller is a pod of which nothing is known: only what matches a pod without labels matches it.
            if self._namespaces.unlabelled(peer.namespaces) and peer.pods.matches({}):
                found |= self.controller
        if self._unseen is not None:
            found |= self._unseen.matching(peer, namespace) << len(self.workloads)
        return found

    def _addresses(self, peer: IpPeer, tier: PolicyTier, family: Family | None) -> int:
        if peer.block.family not in self.network.families:
            return 0
        result = 0
        for part in subtract(peer.block, peer.excepts):
            low = bisect_left(self._starts, (part.family, part.first))
            high = bisect_left(self._starts, (part.family, part.last + 1))
            result |= _run(self._first_block + low, self._first_block + high)
        return result | self.addressed(peer, tier) if family in (None, peer.block.family) else result

    def addressed(self, peer: IpPeer, tier: PolicyTier) -> int:
        """The endpoints, address blocks aside, that a block of addresses matches over its family.

        Those whose address may be any: where it holds every address. Pods: where it holds every address that they may
        have, in the tiers that match pods by address; in the NAMESPACE tier with `pod_cidrs` alone.
        """
        whole = (AddressRange.whole(peer.block.family),)
        homes = tuple(block for block in self.network.pod_cidrs if block.family == peer.block.family) or whole
        result = 0
        if _holds_all(peer, whole):
            result |= self.exempt | self.symbols
            if tier is not PolicyTier.NAMESPACE:
                result |= self.controller
        if (tier is not PolicyTier.NAMESPACE or self.network.pod_cidrs) and _holds_all(peer, homes):
            result |= self.every_pod & ~self.exempt
        return result


def named_ports(workload: Workload) -> list[tuple[str, Protocol, int]]:
    """The workload's ports by name, each as name, protocol and number."""
    return [(name, protocol, number) for (name, protocol), number in workload.named_ports().items()]


def _address_blocks(peers: Iterable[Peer], families: Sequence[Family]) -> list[AddressRange]:
    """The disjoint address blocks that the peers can tell apart, in order."""
    cuts: dict[Family, set[int]] = {family: {0, 1 << BITS[family]} for family in sorted(families)}
    for peer in peers:
        if isinstance(peer, IpPeer) and peer.block.family in cuts:
            for block in (peer.block, *peer.excepts):
                cuts[peer.block.family].update((block.first, block.last + 1))
    blocks: list[AddressRange] = []
    for family, starts in cuts.items():
        ordered = sorted(starts)
        blocks += [AddressRange(family, a, b - 1) for a, b in pairwise(ordered)]
    return blocks


def _holds_all(peer: IpPeer, wanted: Sequence[AddressRange]) -> bool:
    parts = subtract(peer.block, peer.excepts)
    return all(any(block in part for part in parts) for block in wanted)


def _covers(pattern: str, name: str) -> bool:
    """Whether a domain name pattern covers a name or another pattern: `*.x` covers `a.x`, `a.b.x`, `*.a.x`, not `x`."""
    pattern, name = pattern.rstrip(".").lower(), name.rstrip(".").lower()
    if pattern == name:
        return True
    return pattern.startswith("*.") and name.endswith(pattern[1:]) and name != pattern[2:]


def _run(first: int, stop: int) -> int:
    """The bits from `first` up to, but without, `stop`."""
    return ((1 << (stop - first)) - 1) << first
