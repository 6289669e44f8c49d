"""The order of the evaluation: endpoints, ports, a fold for each set of equally selected workloads, the blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from netpol_action.connectivity.assumptions import assumptions
from netpol_action.connectivity.blocks import classes, meet
from netpol_action.connectivity.exposure import controller_edges, exposed_spans
from netpol_action.connectivity.fold import Reach, fold
from netpol_action.connectivity.ports import PortSpace
from netpol_action.connectivity.rules import Compiler, active_rules, port_spans
from netpol_action.connectivity.universe import Universe
from netpol_action.connectivity.variants import merge_variants
from netpol_action.model.addresses import IPV4, IPV6, AddressRange, Family
from netpol_action.model.bits import elements
from netpol_action.model.cluster import Cluster
from netpol_action.model.connectivity import Block, ConnectivityMap
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.policies import Direction, DomainPeer, IpPeer, NodePeer, PodPeer, Policy

IpFamily = Literal["auto", "ipv4", "ipv6", "dual"]
HostNetwork = Literal["exempt", "ordinary"]


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """Where the API leaves a choice.

    `ip_family` auto: IPv4, and IPv6 where a policy speaks of it. `host_network` exempt: policies neither apply to
    host-network pods nor match them by selectors, as with most CNIs. `pod_cidrs`: see netpol.yaml.
    """

    ip_family: IpFamily = "auto"
    host_network: HostNetwork = "exempt"
    pod_cidrs: tuple[AddressRange, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the policies allow, and what there is to say about it (assumptions, edges that policies block)."""

    map: ConnectivityMap
    diagnostics: tuple[Diagnostic, ...] = ()


def evaluate(cluster: Cluster, options: EvaluationOptions = EvaluationOptions()) -> Evaluation:
    """Which connections the cluster's policies allow between which endpoints."""
    engine = Engine(cluster, options)
    universe, ports = engine.universe, engine.ports
    met = meet(classes(engine.egress.members(universe)), classes(engine.ingress.members(universe)))
    blocks = [Block(sources, destinations, ports.connections(mask)) for (mask, sources), destinations in met.items()]
    selecting = [[engine.policies[number] for number in numbers] for numbers in engine.ingress.selecting]
    edges = controller_edges(cluster, universe, ports, engine.ingress.of, selecting)
    exempt = [universe.workloads[i] for i in elements(universe.exempt)]
    return Evaluation(
        merge_variants(ConnectivityMap(universe.endpoints, (*blocks, *edges.blocks))),
        (*assumptions(cluster, engine.policies, exempt, options.pod_cidrs), *edges.diagnostics),
    )


@dataclass(frozen=True, slots=True)
class Reaches:
    """One direction's reach of every workload: `of[i]` for workload i; those of everyone else are open."""

    direction: Direction
    of: Sequence[Reach]
    open: Reach
    selecting: Sequence[tuple[int, ...]] = field(repr=False)

    def members(self, universe: Universe) -> dict[Reach, int]:
        """From each reach to the endpoints that have it: the workloads, and what lies outside as the open end."""
        result: dict[Reach, int] = {}
        for i, reach in enumerate(self.of):
            told = _told_apart(reach, universe) if universe.symbols else reach
            result[told] = result.get(told, 0) | (1 << i)
        outside = universe.outside if self.direction is Direction.EGRESS else universe.outside | universe.symbols
        inside = tuple((mask, universe.every_workload) for mask, _ in self.open)
        result[inside] = result.get(inside, 0) | outside
        return result


class Engine:
    """The evaluation's parts, for those who ask further questions of the same cluster (`explain`)."""

    def __init__(self, cluster: Cluster, options: EvaluationOptions) -> None:
        self.policies: tuple[Policy, ...] = tuple(sorted(cluster.policies, key=_decision_order))
        peers = {
            peer
            for policy in self.policies
            for direction in policy.directions
            for rule in active_rules(policy, direction)
            for peer in rule.peers or ()
            if not isinstance(peer, PodPeer)
        }
        self.universe = Universe(
            cluster,
            peers,
            _families(options.ip_family, peers),
            exempt_host_network=options.host_network == "exempt",
            pod_cidrs=options.pod_cidrs,
        )
        spans = port_spans(self.policies, self.universe.workloads)
        self.ports = PortSpace(spans | exposed_spans(cluster))
        self.ingress = self._reaches(Direction.INGRESS)
        self.egress = self._reaches(Direction.EGRESS)

    def _reaches(self, direction: Direction) -> Reaches:
        universe, every_port = self.universe, self.ports.everything
        everyone = universe.everything & ~universe.symbols if direction is Direction.INGRESS else universe.everything
        everyone &= ~universe.controller if direction is Direction.EGRESS else everyone
        compiler = Compiler(self.policies, direction, universe, self.ports)
        selecting = self._selecting(direction)
        known: dict[object, Reach] = {}
        of: list[Reach] = []
        for i, workload in enumerate(universe.workloads):
            key = (selecting[i], compiler.named_ports(selecting[i], workload))
            reach = known.get(key)
            if reach is None:
                reach = known[key] = fold(compiler.tiers(*key), everyone, every_port)
            of.append(reach)
        return Reaches(direction, of, ((every_port, everyone),), selecting)

    def _selecting(self, direction: Direction) -> list[tuple[int, ...]]:
        selecting: list[list[int]] = [[] for _ in self.universe.workloads]
        for number, policy in enumerate(self.policies):
            if direction in policy.directions:
                for i in elements(self.universe.subjects(policy.subject, policy.namespace)):
                    selecting[i].append(number)
        return [tuple(numbers) for numbers in selecting]


def _told_apart(reach: Reach, universe: Universe) -> Reach:
    """The reach without nodes and hosts that are open exactly as every address is, since rows would say it twice."""
    return tuple((mask, bits if universe.outside & ~bits else bits & ~universe.symbols) for mask, bits in reach)


def _decision_order(policy: Policy) -> tuple[int, int, str, str, str]:
    """By tier, priority, then name and kind: the API leaves equal priorities undefined; results must be stable."""
    return (policy.tier.value, policy.priority, policy.name, policy.kind, policy.namespace)


def _families(wanted: IpFamily, peers: set[IpPeer | NodePeer | DomainPeer]) -> tuple[Family, ...]:
    match wanted:
        case "ipv4":
            return (IPV4,)
        case "ipv6":
            return (IPV6,)
        case "dual":
            return (IPV4, IPV6)
        case "auto":
            speaks = any(isinstance(peer, IpPeer) and peer.block.family == IPV6 for peer in peers)
            return (IPV4, IPV6) if speaks else (IPV4,)
