"""The order of the evaluation: endpoints, ports, a fold for each set of equally selected workloads, the blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from netpol_action.connectivity.assumptions import assumptions
from netpol_action.connectivity.blocks import classes, meet
from netpol_action.connectivity.controller import Decisions, Senders, controller_edges, exposed_spans
from netpol_action.connectivity.fold import Reach, fold
from netpol_action.connectivity.ingress_controllers import ControllerRef, ingress_controllers
from netpol_action.connectivity.ports import PortSpace
from netpol_action.connectivity.rules import Compiler, active_rules, port_spans
from netpol_action.connectivity.universe import Network, Universe
from netpol_action.connectivity.variants import merge_variants
from netpol_action.model.addresses import IPV4, IPV6, AddressRange, Family
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.cluster import Cluster
from netpol_action.model.connectivity import Block, ConnectivityMap
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.endpoints import Endpoint, Unseen
from netpol_action.model.policies import Direction, DomainPeer, IpPeer, NodePeer, PodPeer, Policy, PolicyTier

IpFamily = Literal["auto", "ipv4", "ipv6", "dual"]
HostNetwork = Literal["exempt", "ordinary"]
EndPeer = IpPeer | NodePeer | DomainPeer


@dataclass(frozen=True, slots=True)
class EvaluationOptions:
    """Where the API leaves a choice.

    `ip_family` auto: IPv4, and IPv6 where a policy speaks of it. `host_network` exempt: policies neither apply to
    host-network pods nor match them by selectors, as with most CNIs. `pod_cidrs` and `ingress_controllers`: see
    netpol.yaml. `told_apart`: policies of another cluster whose addresses, nodes and hosts are endpoints here too, so
    that the two maps can be compared. `beyond`: pods that are not in the input, which are endpoints of the map too, as
    `model.unseen` says; of their own policies nothing is known.

    Where two families are in use, pods have an address of each: a pair of pods is open to each other if it is over one
    of the two, in both directions of policy. A block that holds a whole family hits every pod over that family alone.
    """

    ip_family: IpFamily = "auto"
    host_network: HostNetwork = "exempt"
    pod_cidrs: tuple[AddressRange, ...] = ()
    ingress_controllers: tuple[ControllerRef, ...] = ()
    told_apart: tuple[Policy, ...] = ()
    beyond: tuple[Unseen, ...] = ()


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the policies allow, and what there is to say about it (assumptions, edges that policies block).

    `controllers`: who sends what is exposed, where that is known of everything that is.
    """

    map: ConnectivityMap
    diagnostics: tuple[Diagnostic, ...] = ()
    controllers: tuple[Endpoint, ...] = ()


def evaluate(cluster: Cluster, options: EvaluationOptions = EvaluationOptions()) -> Evaluation:
    """Which connections the cluster's policies allow between which endpoints."""
    engine = Engine(cluster, options)
    universe, ports = engine.universe, engine.ports
    met = meet(classes(engine.egress.members), classes(engine.ingress.members))
    blocks = [Block(sources, destinations, ports.connections(mask)) for mask, sources, destinations in met]
    selecting = [[engine.policies[number] for number in numbers] for numbers in engine.ingress.selecting]
    decisions = Decisions(engine.ingress.of, engine.egress.of, selecting)
    edges = controller_edges(cluster, universe, ports, engine.senders, decisions)
    return Evaluation(
        merge_variants(ConnectivityMap(universe.endpoints, (*blocks, *edges.blocks))),
        (*engine.assumptions(), *edges.diagnostics),
        engine.controllers_known,
    )


@dataclass(frozen=True, slots=True)
class Reaches:
    """One direction's reach of every workload: `of[i]` for workload i; those of everyone else are open.

    `members`: each reach as the map shows it, with the endpoints that have it.
    """

    direction: Direction
    of: Sequence[Reach]
    open: Reach
    members: Sequence[tuple[Reach, int]] = field(repr=False)
    selecting: Sequence[tuple[int, ...]] = field(repr=False)


class Engine:
    """The evaluation's parts, for those who ask further questions of the same cluster (`explain`, `openings`).

    `unseen` are pods that are not in the input: endpoints too, where the question is about them.
    """

    def __init__(self, cluster: Cluster, options: EvaluationOptions, unseen: Iterable[Unseen] = ()) -> None:
        self.cluster, self.options = cluster, options
        self.policies: tuple[Policy, ...] = tuple(sorted(cluster.policies, key=_decision_order))
        telling = (*self.policies, *options.told_apart)
        peers = _telling_peers(telling)
        families = _families(options.ip_family, peers)
        controllers = ingress_controllers(cluster, options.ingress_controllers)
        self.universe = Universe(
            cluster,
            {*(peer for peer, _ in peers), *map(IpPeer, controllers.ranges)},
            Network(families, options.host_network == "exempt", options.pod_cidrs),
            {*unseen, *options.beyond, *controllers.unseen},
        )
        self.senders = Senders(controllers, self.universe)
        self._found = controllers.diagnostics
        spans = port_spans(self.policies, self.universe.workloads) | exposed_spans(cluster, self.universe)
        apart = len(families) > 1 and any(self._addressed(peer, tier) for peer, tier in peers)
        self.ports = PortSpace(spans, families if apart else ())

    @cached_property
    def ingress(self) -> Reaches:
        """From where each workload may be reached."""
        return self._reaches(Direction.INGRESS)

    @cached_property
    def egress(self) -> Reaches:
        """What each workload may reach."""
        return self._reaches(Direction.EGRESS)

    @cached_property
    def compilers(self) -> Mapping[Direction, Compiler]:
        """The rules of each direction as sets over this universe."""
        return {d: Compiler(self.policies, d, self.universe, self.ports) for d in Direction}

    @cached_property
    def selecting(self) -> Mapping[Direction, Sequence[tuple[int, ...]]]:
        """For each workload the numbers of the policies that select it in a direction, in the order of decision."""
        found: dict[Direction, list[list[int]]] = {d: [[] for _ in self.universe.workloads] for d in Direction}
        for number, policy in enumerate(self.policies):
            subjects = list(elements(self.universe.subjects(policy.subject, policy.namespace)))
            for direction in policy.directions:
                selecting = found[direction]
                for i in subjects:
                    selecting[i].append(number)
        return {direction: [tuple(numbers) for numbers in selecting] for direction, selecting in found.items()}

    @property
    def controllers_known(self) -> tuple[Endpoint, ...]:
        """Who sends what is exposed, where that is known of everything that is; else empty."""
        senders = 0
        for exposure in self.cluster.exposures:
            senders |= self.senders.of(exposure.kind)
        if senders & self.universe.controller:
            return ()
        return tuple(self.universe.endpoints[i] for i in elements(senders))

    def assumptions(self) -> tuple[Diagnostic, ...]:
        """What the evaluation takes for granted."""
        exempt = [self.universe.workloads[i] for i in elements(self.universe.exempt)]
        return (*assumptions(self.cluster, self.policies, exempt, self.universe.network), *self._found)

    def _reaches(self, direction: Direction) -> Reaches:
        universe, every_port = self.universe, self.ports.everything
        everyone = universe.everything & ~universe.symbols if direction is Direction.INGRESS else universe.everything
        everyone &= ~universe.controller if direction is Direction.EGRESS else everyone
        compiler, selecting = self.compilers[direction], self.selecting[direction]
        known: dict[object, tuple[Reach, list[int]]] = {}
        of: list[Reach] = []
        alike: dict[Reach, list[int]] = {}
        for i, workload in enumerate(universe.workloads):
            key = (selecting[i], compiler.named_ports(selecting[i], workload))
            found = known.get(key)
            if found is None:
                reach = fold(compiler.tiers(*key), everyone, every_port)
                shown = _told_apart(reach, universe) if universe.symbols else reach
                found = known[key] = reach, alike.setdefault(shown, [])
            of.append(found[0])
            found[1].append(i)
        beyond = universe.positions(self.options.beyond)
        outside = universe.outside if direction is Direction.EGRESS else universe.outside | universe.symbols
        alike.setdefault(((every_port, universe.every_workload),), []).extend(elements(outside | beyond))
        members = [(reach, bits_of(having)) for reach, having in alike.items()]
        return Reaches(direction, of, ((every_port, everyone),), members, selecting)

    def _addressed(self, peer: EndPeer, tier: PolicyTier) -> bool:
        return isinstance(peer, IpPeer) and bool(self.universe.addressed(peer, tier))


def _telling_peers(policies: Iterable[Policy]) -> set[tuple[EndPeer, PolicyTier]]:
    """The peers that make endpoints, with the tier of their policy: addresses, nodes and hosts."""
    return {
        (peer, policy.tier)
        for policy in policies
        for rule in active_rules(policy)
        for peer in rule.peers or ()
        if not isinstance(peer, PodPeer)
    }


def _told_apart(reach: Reach, universe: Universe) -> Reach:
    """The reach without nodes and hosts that are open exactly as every address is, since rows would say it twice."""
    return tuple((mask, bits if universe.outside & ~bits else bits & ~universe.symbols) for mask, bits in reach)


def _decision_order(policy: Policy) -> tuple[int, int, str, str, str]:
    """By tier, priority, then name and kind: the API leaves equal priorities undefined; results must be stable."""
    return (policy.tier.value, policy.priority, policy.name, policy.kind, policy.namespace)


def _families(wanted: IpFamily, peers: Iterable[tuple[EndPeer, PolicyTier]]) -> tuple[Family, ...]:
    match wanted:
        case "ipv4":
            return (IPV4,)
        case "ipv6":
            return (IPV6,)
        case "dual":
            return (IPV4, IPV6)
        case "auto":
            speaks = any(isinstance(peer, IpPeer) and peer.block.family == IPV6 for peer, _ in peers)
            return (IPV4, IPV6) if speaks else (IPV4,)
