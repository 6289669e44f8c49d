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


def active_rules(policy: Policy) -> list[Rule]:
    """The rules that count; those of a direction that a NetworkPolicy does not list are inert."""
    return [rule for rule in policy.rules if rule.direction in policy.directions]


def port_spans(policies: Iterable[Policy], workloads: Sequence[Workload]) -> set[PortSpan]:
    """Every range of ports that some active rule speaks of, named ports by the numbers that pods give them."""
    clauses = {clause for policy in policies for rule in active_rules(policy) for clause in rule.ports or ()}
    names = {clause.name for clause in clauses if isinstance(clause, NamedPort)}
    ranges = [clause for clause in clauses if isinstance(clause, PortRange)]
    spans = {(protocol, clause.first, clause.last) for clause in ranges for protocol in _protocols(clause)}
    if names:
        for workload in workloads:
            spans.update((p, number, number) for name, p, number in named_ports(workload) if name in names)
    return spans


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its peers and numeric ports resolved; `names` are its named ports.

    `peers` are the other ends that it matches, for each part of the port space that it matches other ends over.
    """

    rule: Rule
    peers: Layers
    ports: int
    names: tuple[NamedPort, ...]


class Compiler:
    """Makes the tiers of one direction; `policies` are in the order in which they decide."""

    def __init__(self, policies: Sequence[Policy], direction: Direction, universe: Universe, ports: PortSpace) -> None:
        self._universe = universe
        self._ports = ports
        self._direction = direction
        self._policies = policies
        self._compiled: dict[int, list[CompiledRule]] = {}

    def rules(self, number: int) -> list[CompiledRule]:
        """The rules of a policy that count in this direction.

        They are compiled when they are first asked for: what follows then finds their bitsets still in the CPU's cache.
        """
        found = self._compiled.get(number)
        if found is None:
            policy = self._policies[number]
            rules = [rule for rule in active_rules(policy) if rule.direction is self._direction]
            found = [self._compile(policy, rule) for rule in rules]
            self._compiled[number] = found
        return found

    def named_ports(self, selecting: tuple[int, ...], workload: Workload) -> NamedPorts:
        """The part of the workload's named ports on which its tiers depend; `selecting` are indices of policies."""
        if self._direction is Direction.EGRESS:
            return ()
        names = {clause.name for i in selecting for rule in self.rules(i) for clause in rule.names}
        if not names:
            return ()
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
                for rule in self.rules(i):
                    allowed += self.layers(rule, named)
            else:
                rules = admin if tier is PolicyTier.ADMIN else baseline
                rules += [(rule.rule.action, self.layers(rule, named)) for rule in self.rules(i)]
        return Tiers(admin, None if allowed is None else tuple(allowed), baseline)

    def layers(self, rule: CompiledRule, named: NamedPorts) -> Layers:
        """What a rule matches, on a destination with these named ports where the direction is ingress."""
        if self._direction is Direction.INGRESS or not rule.names:
            mask = self._mask(rule, named)
            return tuple((mask & part, ends) for part, ends in rule.peers)
        layers = [(rule.ports & part, ends) for part, ends in rule.peers]
        for clause in rule.names:
            for (protocol, number), having in self._universe.ports_named(clause.name).items():
                if clause.protocol in (None, protocol):
                    mask = self._ports.span(protocol, number, number)
                    layers += [(mask & part, ends & having) for part, ends in rule.peers]
        return tuple(layers)

    def ports_on(self, rule: CompiledRule, named: NamedPorts, ends: int) -> int:
        """The ports that a rule matches on a destination: the workload itself for ingress, else any of `ends`."""
        if self._direction is Direction.EGRESS:
            having = [(name, *key) for name in rule.names for key in self._ports_having(name.name, ends)]
            named = tuple((clause.name, protocol, number) for clause, protocol, number in having)
        return self._mask(rule, named)

    def _ports_having(self, name: str, ends: int) -> list[tuple[Protocol, int]]:
        return [key for key, having in self._universe.ports_named(name).items() if having & ends]

    def _mask(self, rule: CompiledRule, named: NamedPorts) -> int:
        mask = rule.ports
        for clause in rule.names:
            for name, protocol, number in named:
                if name == clause.name and clause.protocol in (None, protocol):
                    mask |= self._ports.span(protocol, number, number)
        return mask

    def _compile(self, policy: Policy, rule: Rule) -> CompiledRule:
        peers = self._peers(policy, rule)
        if rule.ports is None:
            return CompiledRule(rule, peers, self._ports.everything, ())
        mask = 0
        for clause in rule.ports:
            if isinstance(clause, PortRange):
                for protocol in _protocols(clause):
                    mask |= self._ports.span(protocol, clause.first, clause.last)
        names = tuple(clause for clause in rule.ports if isinstance(clause, NamedPort))
        return CompiledRule(rule, peers, mask, names)

    def _peers(self, policy: Policy, rule: Rule) -> Layers:
        matching, parts = self._universe.matching, self._ports.parts
        found = [(part, matching(rule.peers, policy.tier, policy.namespace, family)) for family, part in parts]
        if len(found) == 1 or all(ends == found[0][1] for _, ends in found):
            return ((self._ports.everything, found[0][1]),)
        return tuple(found)


def _protocols(clause: PortRange) -> tuple[Protocol, ...]:
    return PROTOCOLS if clause.protocol is None else (clause.protocol,)
