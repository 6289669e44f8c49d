"""How the tiers decide on one connection: the fold again, for one other end and one block of ports, with names.

It walks the same compiled rules in the same order as `fold`, and keeps who said what.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from netpol_action.connectivity.engine import Engine
from netpol_action.connectivity.fold import Layers
from netpol_action.connectivity.rules import CompiledRule
from netpol_action.model.explanation import Outcome
from netpol_action.model.policies import Action, Direction, PolicyTier

_OUTCOMES = {Action.ALLOW: Outcome.ALLOW, Action.DENY: Outcome.DENY, Action.PASS: Outcome.PASS}


@dataclass(frozen=True, slots=True)
class RuleId:
    """A rule by the number of its policy in the engine, and its own among the policy's rules of a direction, from 0."""

    policy: int
    rule: int


@dataclass(frozen=True, slots=True)
class Misfit:
    """A rule that does not match, and which of its halves match a part of what is asked for; never both."""

    rule: RuleId
    peers: bool
    ports: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What one tier says, and the rules by which it says so; `tier` None is the default."""

    tier: PolicyTier | None
    outcome: Outcome
    rules: tuple[RuleId, ...] = ()


Trace = tuple[Said, ...]
"""What the tiers say, in their order, up to the one that decides."""

OPEN: Trace = (Said(None, Outcome.ALLOW),)
"""The trace of an end to which no policy applies."""


@dataclass(frozen=True, slots=True)
class _Rule:
    id: RuleId
    compiled: CompiledRule
    layers: Layers


class Tracer:
    """The rules that decide for one workload (by its number in the universe) in one direction."""

    def __init__(self, engine: Engine, direction: Direction, workload: int) -> None:
        self._compiler = engine.compilers[direction]
        self.policies = engine.selecting[direction][workload]
        self._named = self._compiler.named_ports(self.policies, engine.universe.workloads[workload])
        self._tiers: dict[PolicyTier, list[_Rule]] = {tier: [] for tier in PolicyTier}
        for number in self.policies:
            for i, rule in enumerate(self._compiler.rules(number)):
                layers = self._compiler.layers(rule, self._named)
                self._tiers[engine.policies[number].tier].append(_Rule(RuleId(number, i), rule, layers))
        self._isolated = any(engine.policies[number].tier is PolicyTier.NAMESPACE for number in self.policies)
        self._speaking: dict[tuple[PolicyTier, int], list[_Rule]] = {}

    def layers(self) -> Iterator[tuple[int, int]]:
        """Everything that its rules tell apart: ports (as masks) and other ends (as bits)."""
        for rules in self._tiers.values():
            for rule in rules:
                yield from rule.layers
                yield from rule.compiled.peers

    def trace(self, ports: int, end: int) -> Trace:
        """What the tiers say of one other end and ports that `layers` does not tell apart."""
        steps: list[Said] = []
        for tier in PolicyTier:
            if tier is PolicyTier.NAMESPACE and self._isolated:
                return (*steps, self._network_policies(ports, end))
            said = self._first(tier, ports, end)
            steps.append(said)
            if said.outcome in (Outcome.ALLOW, Outcome.DENY):
                return tuple(steps)
        return (*steps, *OPEN)

    def misfits(self, ports: int, ends: int) -> tuple[Misfit, ...]:
        """Why the NetworkPolicies' rules match none of these ports with any of these other ends.

        All pairs of the two must be denied: then a rule that matches some of the one matches nothing of the other.
        """
        return tuple(self._misfit(rule, ports, ends) for rule in self._tiers[PolicyTier.NAMESPACE])

    def _speaking_of(self, tier: PolicyTier, end: int) -> list[_Rule]:
        """The rules that match some connection of one other end: there may be thousands for others."""
        found = self._speaking.get((tier, end))
        if found is None:
            found = [rule for rule in self._tiers[tier] if any(ends & end for _, ends in rule.layers)]
            self._speaking[tier, end] = found
        return found

    def _first(self, tier: PolicyTier, ports: int, end: int) -> Said:
        for rule in self._speaking_of(tier, end):
            if _matches(rule.layers, ports, end):
                return Said(tier, _OUTCOMES[rule.compiled.rule.action], (rule.id,))
        return Said(tier, Outcome.SILENT)

    def _network_policies(self, ports: int, end: int) -> Said:
        rules = self._speaking_of(PolicyTier.NAMESPACE, end)
        matching = tuple(rule.id for rule in rules if _matches(rule.layers, ports, end))
        return Said(PolicyTier.NAMESPACE, Outcome.ALLOW if matching else Outcome.DENY, matching)

    def _misfit(self, rule: _Rule, ports: int, ends: int) -> Misfit:
        on_ends = self._compiler.ports_on(rule.compiled, self._named, ends)
        return Misfit(rule.id, _matches(rule.compiled.peers, ports, ends), bool(on_ends & ports))


def _matches(layers: Layers, ports: int, end: int) -> bool:
    return any(mask & ports and ends & end for mask, ends in layers)
