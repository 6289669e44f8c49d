"""Policies turned into layers, per direction, and the tiers that hold for a set of policies.

An egress rule's named ports depend on the destination, so they split its layer by the number that each pod gives the
name. An ingress rule's named ports depend on the selected workload itself, so its tiers are made for one set of named
ports at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from netpol_action.connectivity.fold import Layers, Tiers
from netpol_action.connectivity.ports import PortSpace, PortSpan
from netpol_action.connectivity.universe import Universe, named_ports
from netpol_action.model.connections import PROTOCOLS, Protocol
from netpol_action.model.endpoints import Workload
from netpol_action.model.policies import Action, Direction, NamedPort, Policy, PolicyTier, PortRange, Rule

NamedPorts = tuple[tuple[str, Protocol, int], ...]


def active_rules(policy: Policy, direction: Direction) -> list[Rule]:
    """The rules that count in a direction; those of a direction that a NetworkPolicy does not list are inert."""
    return [rule for rule in policy.rules if rule.direction is direction] if direction in policy.directions else []


def port_spans(policies: Iterable[Policy], workloads: Sequence[Workload]) -> set[PortSpan]:
    """Every range of ports that some active rule speaks of, named ports by the numbers that pods give them."""
    spans: set[PortSpan] = set()
    names: set[str] = set()
    for policy in policies:
        for direction in policy.directions:
            for rule in active_rules(policy, direction):
                for clause in rule.ports or ():
                    if isinstance(clause, NamedPort):
                        names.add(clause.name)
                    else:
                        spans.update((p, clause.first, clause.last) for p in _protocols(clause))
    if names:
        for workload in workloads:
            spans.update((p, number, number) for name, p, number in named_ports(workload) if name in names)
    return spans


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A rule with its peers and numeric ports resolved; `names` are its named ports."""

    action: Action
    peers: int
    ports: int
    names: tuple[NamedPort, ...]


class Compiler:
    """Makes the tiers of one direction; `policies` are in the order in which they decide."""

    def __init__(self, policies: Sequence[Policy], direction: Direction, universe: Universe, ports: PortSpace) -> None:
        self._universe = universe
        self._ports = ports
        self._direction = direction
        self._policies = policies
        self._rules = [[self._compile(policy, rule) for rule in active_rules(policy, direction)] for policy in policies]
        self._names = [{clause.name for rule in rules for clause in rule.names} for rules in self._rules]

    def named_ports(self, selecting: tuple[int, ...], workload: Workload) -> NamedPorts:
        """The part of the workload's named ports on which its tiers depend; `selecting` are indices of policies."""
        if self._direction is Direction.EGRESS or not any(self._names[i] for i in selecting):
            return ()
        names = {name for i in selecting for name in self._names[i]}
        return tuple(sorted(port for port in named_ports(workload) if port[0] in names))

    def tiers(self, selecting: tuple[int, ...], named: NamedPorts) -> Tiers:
        """The tiers for workloads that exactly these policies select and that have these named ports."""
        admin: list[tuple[Action, Layers]] = []
        baseline: list[tuple[Action, Layers]] = []
        allowed: list[tuple[int, int]] | None = None
        for i in selecting:
            tier = self._policies[i].tier
            if tier is PolicyTier.NAMESPACE:
                allowed = allowed if allowed is not None else []
                for rule in self._rules[i]:
                    allowed += self._layers(rule, named)
            else:
                rules = admin if tier is PolicyTier.ADMIN else baseline
                rules += [(rule.action, self._layers(rule, named)) for rule in self._rules[i]]
        return Tiers(admin, None if allowed is None else tuple(allowed), baseline)

    def _compile(self, policy: Policy, rule: Rule) -> _Compiled:
        peers = self._universe.matching(rule.peers, policy.tier, policy.namespace)
        if rule.ports is None:
            return _Compiled(rule.action, peers, self._ports.everything, ())
        mask = 0
        for clause in rule.ports:
            if isinstance(clause, PortRange):
                for protocol in _protocols(clause):
                    mask |= self._ports.span(protocol, clause.first, clause.last)
        names = tuple(clause for clause in rule.ports if isinstance(clause, NamedPort))
        return _Compiled(rule.action, peers, mask, names)

    def _layers(self, rule: _Compiled, named: NamedPorts) -> Layers:
        if not rule.names:
            return ((rule.ports, rule.peers),)
        if self._direction is Direction.INGRESS:
            mask = rule.ports
            for clause in rule.names:
                for name, protocol, number in named:
                    if name == clause.name and clause.protocol in (None, protocol):
                        mask |= self._ports.span(protocol, number, number)
            return ((mask, rule.peers),)
        layers = [(rule.ports, rule.peers)]
        for clause in rule.names:
            for (protocol, number), having in self._universe.ports_named(clause.name).items():
                if clause.protocol in (None, protocol):
                    layers.append((self._ports.span(protocol, number, number), rule.peers & having))
        return tuple(layers)


def _protocols(clause: PortRange) -> tuple[Protocol, ...]:
    return PROTOCOLS if clause.protocol is None else (clause.protocol,)
