"""Which of the policies that differ bear on a row, and where the part of each stands that does.

A difference has many more rows than policies. So what a rule means is found once, as a set of workloads; and what may
bear on the rows of a workload, of one direction and one change, is put together once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from netpol_action.diff.policies import PolicyChange, admits, covers, isolates, new_rules, policy_changes
from netpol_action.diff.side import Owner, Side, owner_of
from netpol_action.model.bits import elements
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.diff import Cause, Change
from netpol_action.model.endpoints import Endpoint, Workload
from netpol_action.model.policies import Direction, PodPeer, Policy, Rule
from netpol_action.origin import Origin


class _Ends:
    """The other ends that a rule of one version speaks of."""

    def __init__(self, side: Side, policy: Policy, rule: Rule) -> None:
        self._side, self._policy, self._peers = side, policy, rule.peers
        self._workloads = self._picked()

    def __contains__(self, end: Endpoint) -> bool:
        number = self._side.number(end) if isinstance(end, Workload) else None
        if number is not None:
            return bool(self._workloads >> number & 1)
        return admits(self._peers, self._policy, end, self._side.cluster.namespaces)

    def _picked(self) -> int:
        if self._peers is None:
            return self._side.everyone
        found = 0
        for peer in self._peers:
            if isinstance(peer, PodPeer):
                found |= self._side.picked(peer, self._policy.namespace)
            elif admits((peer,), self._policy, _SOME_WORKLOAD, {}):
                return self._side.everyone
        return found


_SOME_WORKLOAD = Workload("", "", "")
"""Of peers that are no pods, all workloads are asked alike."""


class _Clause:
    """A part of a policy that differs, and the other ends that it bears on: all of them without `ends`."""

    def __init__(self, what: str, origin: Origin, side: Side, ends: _Ends | None = None) -> None:
        self._what, self._origin, self._side, self.ends = what, origin, side, ends

    @cached_property
    def cause(self) -> Cause:
        """What is said of a row that it bears on."""
        return Cause(self._what, self._side.refine(self._origin))


_Selecting = tuple[int, bool, bool]
"""A policy that differs, by number, and whether it selects a workload before and after."""

Half = Sequence[Sequence[_Clause]]
"""For each policy that may bear on some rows, its clauses; the first that speaks of the other end is to be named."""


class Bearing:
    """What may bear on the rows of a workload."""

    def __init__(self, before: Side, after: Side) -> None:
        self._sides = (before, after)
        self._changes = list(policy_changes(before.cluster, after.cluster))
        self._selecting = self._found()
        self._rules: dict[tuple[_Selecting, Direction], list[tuple[Rule, _Clause]]] = {}
        self._halves: dict[tuple[Workload, Direction, int], Half] = {}
        self._known: dict[int, tuple[Change, int]] = {}
        self._meant: dict[Change, int] = {}
        self._differences: list[tuple[ConnectionSet, ConnectionSet]] = []

    def causes(self, own: Endpoint, other: Endpoint, change: Change, direction: Direction) -> Iterator[Cause]:
        """The policies that select `own` and bear on a change of what it may open to `other`, or the other to it."""
        if not isinstance(own, Workload):
            return
        key = (own, direction, self._number(change))
        half = self._halves.get(key)
        if half is None:
            half = self._halves[key] = self._half(own, direction, *self._differences[key[2]])
        for clauses in half:
            for clause in clauses:
                if clause.ends is None or other in clause.ends:
                    yield clause.cause
                    break

    def _number(self, change: Change) -> int:
        """Equal changes have one number. Rows share few objects, and to hash one takes longer than all the rest."""
        known = self._known.get(id(change))
        if known is None:
            number = self._meant.setdefault(change, len(self._meant))
            if number == len(self._differences):
                self._differences.append((change.opened, change.closed))
            known = self._known[id(change)] = (change, number)  # holding it, so that no other object gets its id
        return known[1]

    def _half(self, own: Workload, direction: Direction, opened: ConnectionSet, closed: ConnectionSet) -> Half:
        half = []
        for selecting in self._selecting.get(owner_of(own), ()):
            rules = self._rules_of(selecting, direction)
            clauses = [clause for rule, clause in rules if covers(rule.ports, opened, closed)]
            clauses += self._isolation(selecting, direction, opened=bool(opened), closed=bool(closed))
            if clauses:
                half.append(clauses)
        return half

    def _rules_of(self, selecting: _Selecting, direction: Direction) -> list[tuple[Rule, _Clause]]:
        """The rules that one version of a policy has and the other has not, those of the version after first."""
        found = self._rules.get((selecting, direction))
        if found is None:
            before, after = self._sides
            change, earlier, later = self._policies(selecting)
            found = self._rules[selecting, direction] = [
                (rule, _Clause(str(change), rule.origin, side, _Ends(side, mine, rule)))
                for side, mine, theirs in ((after, later, earlier), (before, earlier, later))
                if mine
                for rule in new_rules(mine, theirs, direction)
            ]
        return found

    def _isolation(
        self, selecting: _Selecting, direction: Direction, *, opened: bool, closed: bool
    ) -> Iterator[_Clause]:
        """The policy as a whole, where it closes what no rule allows, or did."""
        before, after = self._sides
        change, earlier, later = self._policies(selecting)
        was, is_now = isolates(earlier, direction), isolates(later, direction)
        if later and is_now and not was and closed:
            yield _Clause(str(change), later.origin, after)
        if earlier and was and not is_now and opened:
            yield _Clause(str(change), earlier.origin, before)

    def _policies(self, selecting: _Selecting) -> tuple[PolicyChange, Policy | None, Policy | None]:
        """The change, and the policy before and after, None where it does not select the workload."""
        number, earlier, later = selecting
        change = self._changes[number]
        return change, change.before if earlier else None, change.after if later else None

    def _found(self) -> dict[Owner, list[_Selecting]]:
        """The policies that differ and select a workload in a version, by workload."""
        found: dict[Owner, list[_Selecting]] = {}
        for number, change in enumerate(self._changes):
            earlier, later = (
                {side.owners[i] for i in elements(side.picked(policy.subject, policy.namespace))} if policy else set()
                for side, policy in zip(self._sides, (change.before, change.after), strict=True)
            )
            for owner in earlier | later:
                found.setdefault(owner, []).append((number, owner in earlier, owner in later))
        return found
