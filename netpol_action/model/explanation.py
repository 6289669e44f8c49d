"""Why a connection is allowed or denied: for each direction, what each tier of policies says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from netpol_action.model.addresses import Family
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.endpoints import Endpoint
from netpol_action.model.policies import Direction, Policy, PolicyTier, Rule
from netpol_action.origin import Origin

Refine = Callable[[Origin], Origin]
"""Finds the exact line of an origin (`manifests.locate`)."""


class Outcome(StrEnum):
    """What a tier does with a connection. SILENT: nothing, so the next tier is asked."""

    ALLOW = "allow"
    DENY = "deny"
    PASS = "pass"  # noqa: S105  # an action of the API
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class RuleRef:
    """One rule of a policy. `number` counts the policy's rules of its direction from 1."""

    policy: Policy
    rule: Rule
    number: int
    origin: Origin

    def __str__(self) -> str:
        name = f" ({self.rule.name})" if self.rule.name else ""
        return f"{self.policy} {self.rule.direction.value.lower()} rule {self.number}{name}"

    def refined(self, refine: Refine) -> RuleRef:
        """The same with the exact line."""
        return replace(self, origin=refine(self.origin))


@dataclass(frozen=True, slots=True)
class Unfit:
    """A rule that does not match a connection, and why: one sentence for each of its clauses that fails."""

    rule: RuleRef
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Isolation:
    """A NetworkPolicy that isolates one end, and why none of its rules lets the connection through."""

    policy: Policy
    origin: Origin
    unfit: tuple[Unfit, ...]

    def refined(self, refine: Refine) -> Isolation:
        """The same with the exact lines."""
        unfit = tuple(replace(each, rule=each.rule.refined(refine)) for each in self.unfit)
        return replace(self, origin=refine(self.origin), unfit=unfit)


@dataclass(frozen=True, slots=True)
class Step:
    """What one tier says; `tier` None is the default behind all tiers.

    `rules`: the rule that decides, and for NetworkPolicies, which add up, behind it the others that allow the same.
    `isolated_by`: where NetworkPolicies deny, each that isolates. `reason` is one sentence.
    """

    tier: PolicyTier | None
    outcome: Outcome
    reason: str
    rules: tuple[RuleRef, ...] = ()
    isolated_by: tuple[Isolation, ...] = ()

    def refined(self, refine: Refine) -> Step:
        """The same with the exact lines."""
        rules = tuple(rule.refined(refine) for rule in self.rules)
        return replace(self, rules=rules, isolated_by=tuple(each.refined(refine) for each in self.isolated_by))


@dataclass(frozen=True, slots=True)
class Side:
    """One direction: egress as the source's policies see it, ingress as the destination's. The last step decides."""

    direction: Direction
    steps: tuple[Step, ...]

    @property
    def allowed(self) -> bool:
        """Whether this direction is open."""
        return self.steps[-1].outcome is Outcome.ALLOW


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer: these connections between these ends, all decided in the same way.

    There are several ends of a side only where all are IP blocks. `family` is None unless the answer depends on it.
    """

    sources: tuple[Endpoint, ...]
    destinations: tuple[Endpoint, ...]
    connections: ConnectionSet
    sides: tuple[Side, Side]
    family: Family | None = None

    @property
    def allowed(self) -> bool:
        """Whether both directions are open."""
        return all(side.allowed for side in self.sides)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdicts for every pair of ends and every connection that was asked for, each of them once."""

    verdicts: tuple[Verdict, ...]
    diagnostics: tuple[Diagnostic, ...] = ()

    def refined(self, refine: Refine) -> Explanation:
        """The same with the exact line of every rule and policy; diagnostics are left to those who show them."""
        return replace(self, verdicts=tuple(_refined(verdict, refine) for verdict in self.verdicts))


def _refined(verdict: Verdict, refine: Refine) -> Verdict:
    egress, ingress = (
        replace(side, steps=tuple(step.refined(refine) for step in side.steps)) for side in verdict.sides
    )
    return replace(verdict, sides=(egress, ingress))
