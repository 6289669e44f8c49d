"""A trace as the steps of an explanation: rules by name, and a sentence for each tier."""

from __future__ import annotations

from collections.abc import Sequence

from netpol_action.connectivity.engine import Engine
from netpol_action.connectivity.reasons import Reasons
from netpol_action.connectivity.trace import Misfit, RuleId, Said, Trace
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.endpoints import Endpoint, IngressController, IpBlock, Unseen, Workload
from netpol_action.model.explanation import Isolation, Outcome, RuleRef, Side, Step, Unfit
from netpol_action.model.policies import Direction, PolicyTier

_TIERS = {
    PolicyTier.ADMIN: "admin policy",
    PolicyTier.NAMESPACE: "NetworkPolicy",
    PolicyTier.BASELINE: "baseline policy",
}


class Wording:
    """Makes the sides of one verdict: these sources, these destinations, these connections."""

    def __init__(
        self, engine: Engine, ends: tuple[Sequence[Endpoint], Sequence[Endpoint]], connections: ConnectionSet
    ) -> None:
        self._engine = engine
        self._ends = ends
        self._connections = connections

    def side(self, direction: Direction, trace: Trace, misfits: Sequence[Misfit] = (), *, sent: bool = True) -> Side:
        """One direction of the verdict.

        `misfits`: the rules of the NetworkPolicies, where these deny. `sent` False: the source, an ingress controller,
        never opens this.
        """
        own, other = self._ends if direction is Direction.EGRESS else self._ends[::-1]
        if not isinstance(own[0], Workload):
            return Side(direction, (self._outside(own[0], sent=sent),))
        return Side(direction, tuple(self._step(direction, said, own[0], other, misfits) for said in trace))

    def _outside(self, own: Endpoint, *, sent: bool) -> Step:
        if not sent:
            return Step(None, Outcome.DENY, "no Ingress or route of the input publishes this, so nothing is sent")
        if isinstance(own, IngressController | Unseen):
            return Step(
                None, Outcome.ALLOW, "an Ingress or route publishes this; the controller's policies are unknown"
            )
        if isinstance(own, IpBlock):
            return Step(None, Outcome.ALLOW, "outside the cluster no policy applies")
        return Step(None, Outcome.ALLOW, "it is no pod, so no policy applies to it")

    def _step(
        self, direction: Direction, said: Said, own: Workload, other: Sequence[Endpoint], misfits: Sequence[Misfit]
    ) -> Step:
        rules = tuple(self._rule(direction, rule) for rule in said.rules)
        if said.tier is None:
            return Step(None, said.outcome, self._default(own))
        if said.outcome is Outcome.SILENT:
            return Step(said.tier, said.outcome, self._silence(direction, said.tier, own))
        if said.tier is PolicyTier.NAMESPACE and said.outcome is Outcome.DENY:
            isolated_by = self._isolated_by(direction, misfits, own, other)
            return Step(said.tier, said.outcome, _isolation(direction, len(isolated_by)), isolated_by=isolated_by)
        return Step(said.tier, said.outcome, f"{rules[0]} {_VERBS[said.outcome]}", rules)

    def _default(self, own: Workload) -> str:
        if self._engine.universe.is_exempt(own):
            return "policies are taken not to apply to host-network pods, so it is allowed"
        return "no policy decides, so it is allowed"

    def _silence(self, direction: Direction, tier: PolicyTier, own: Workload) -> str:
        count = sum(self._engine.policies[number].tier is tier for number in self._selecting(direction, own))
        name, word = _TIERS[tier], direction.value.lower()
        if not count:
            return f"no {name} selects it for {word}"
        many = f"the one {name} that selects" if count == 1 else f"the {count} {_plural(name)} that select"
        return f"no {word} rule of {many} it matches"

    def _isolated_by(
        self, direction: Direction, misfits: Sequence[Misfit], own: Workload, other: Sequence[Endpoint]
    ) -> tuple[Isolation, ...]:
        by_policy: dict[int, list[Misfit]] = {}
        for misfit in misfits:
            by_policy.setdefault(misfit.rule.policy, []).append(misfit)
        reasons = Reasons(self._engine.cluster, self._engine.universe, other)
        return tuple(
            Isolation(
                policy := self._engine.policies[number],
                policy.origin,
                tuple(self._unfit(direction, misfit, reasons) for misfit in by_policy.get(number, ())),
            )
            for number in self._selecting(direction, own)
            if self._engine.policies[number].tier is PolicyTier.NAMESPACE
        )

    def _unfit(self, direction: Direction, misfit: Misfit, reasons: Reasons) -> Unfit:
        ref = self._rule(direction, misfit.rule)
        found: list[str] = []
        if not misfit.peers:
            found += reasons.of_peers(ref.policy, ref.rule)
        if not misfit.ports:
            found.append(reasons.of_ports(ref.rule, self._connections, self._ends[1][0]))
        return Unfit(ref, tuple(found))

    def _rule(self, direction: Direction, rule: RuleId) -> RuleRef:
        compiled = self._engine.compilers[direction].rules(rule.policy)[rule.rule]
        return RuleRef(self._engine.policies[rule.policy], compiled.rule, rule.rule + 1, compiled.rule.origin)

    def _selecting(self, direction: Direction, own: Workload) -> Sequence[int]:
        return self._engine.selecting[direction][self._engine.universe.workloads.index(own)]


_VERBS = {
    Outcome.ALLOW: "allows it",
    Outcome.DENY: "denies it",
    Outcome.PASS: "passes it on to the next tier",
}


def _isolation(direction: Direction, count: int) -> str:
    word, name = direction.value.lower(), _TIERS[PolicyTier.NAMESPACE]
    if count == 1:
        return f"one {name} isolates it for {word}, and none of its rules matches"
    return f"{count} {_plural(name)} isolate it for {word}, and none of their rules matches"


def _plural(name: str) -> str:
    return f"{name[:-1]}ies"
