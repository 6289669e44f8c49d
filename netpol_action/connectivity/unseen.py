"""Pods that are not in the input, known only by selectors: which rules match them.

Of such a pod one knows what its selectors say, and nothing else. A rule matches it where that much implies the rule's
own selectors: where every pod that meets the one meets the other. So an endpoint `pods app=web` stands for a pod of
which only this is known; a rule for `app in (web, api)` matches it, a rule for `app=web,tier=front` does not (that one
is an endpoint of its own). In a namespace of the input all labels of the namespace are known, not only its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from netpol_action.model.bits import bits_of
from netpol_action.model.cluster import Namespace
from netpol_action.model.endpoints import Unseen
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Labels, Requirement, Selector
from netpol_action.model.policies import PodPeer


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one label: the values that it may have, or those that it cannot have, and if it may be absent.

    `values` None: any value but those of `barred`.
    """

    values: frozenset[str] | None = None
    barred: frozenset[str] = frozenset()
    may_be_absent: bool = True

    @property
    def impossible(self) -> bool:
        """Whether no label meets it."""
        return not self.may_be_absent and self.values == frozenset()

    def and_meets(self, requirement: Requirement) -> Known:
        """What is known when the label meets a further requirement."""
        wanted = frozenset(requirement.values)
        match requirement.operator:
            case "In":
                return Known(wanted - self.barred if self.values is None else wanted & self.values, may_be_absent=False)
            case "NotIn":
                values = None if self.values is None else self.values - wanted
                return Known(values, self.barred | wanted, self.may_be_absent)
            case "Exists":
                return Known(self.values, self.barred, may_be_absent=False)
            case "DoesNotExist":
                return Known(frozenset(), may_be_absent=self.may_be_absent)

    def implies(self, requirement: Requirement) -> bool:
        """Whether every label of which this is known meets the requirement."""
        wanted = frozenset(requirement.values)
        match requirement.operator:
            case "In":
                return not self.may_be_absent and self.values is not None and self.values <= wanted
            case "NotIn":
                return wanted <= self.barred if self.values is None else not self.values & wanted
            case "Exists":
                return not self.may_be_absent
            case "DoesNotExist":
                return self.values == frozenset()


def known_labels(selector: Selector) -> dict[str, Known]:
    """What a selector says of each label that it speaks of."""
    known: dict[str, Known] = {}
    for requirement in selector.requirements:
        known[requirement.key] = known.get(requirement.key, Known()).and_meets(requirement)
    return known


def satisfiable(selector: Selector) -> bool:
    """Whether any labels meet a selector."""
    return not any(known.impossible for known in known_labels(selector).values())


def only_namespace(selector: Selector) -> str:
    """The namespace that a namespace selector names, if it names one alone; else the empty string."""
    name = known_labels(selector).get(NAMESPACE_NAME_LABEL)
    if name is None or name.may_be_absent or name.values is None or len(name.values) != 1:
        return ""
    return next(iter(name.values))


def named_namespace(name: str) -> Selector:
    """The selector of one namespace by its name."""
    return Selector.labels({NAMESPACE_NAME_LABEL: name})


class UnseenIndex:
    """Which of some unseen endpoints a peer matches, as a bitset; `namespaces` are those of the input."""

    def __init__(self, unseen: Sequence[Unseen], namespaces: Mapping[str, Namespace]) -> None:
        where: dict[Selector, list[int]] = {}
        for i, endpoint in enumerate(unseen):
            where.setdefault(endpoint.namespaces, []).append(i)
        self._homes = [
            (only_namespace(selector), selector, bits_of(positions)) for selector, positions in where.items()
        ]
        self._labels: dict[str, Labels] = {
            name: {**namespaces[name].labels, NAMESPACE_NAME_LABEL: name}
            for name, _, _ in self._homes
            if name in namespaces
        }
        self._pods = _ImpliedIndex([endpoint.pods for endpoint in unseen])
        self._known: dict[Selector, int] = {}

    def matching(self, peer: PodPeer, namespace: str) -> int:
        """The positions of the endpoints that imply what the peer selects; `namespace` is that of its policy."""
        home = named_namespace(namespace) if peer.namespaces is None else peer.namespaces
        return self._pods.implying(peer.pods) & self._in(home)

    def _in(self, wanted: Selector) -> int:
        known = self._known.get(wanted)
        if known is None:
            known = 0
            for name, selector, members in self._homes:
                if self._lies_in(name, selector, wanted):
                    known |= members
            self._known[wanted] = known
        return known

    def _lies_in(self, name: str, selector: Selector, wanted: Selector) -> bool:
        if name in self._labels:
            return wanted.matches(self._labels[name])
        known = known_labels(selector)
        return all(known.get(r.key, _NOTHING_KNOWN).implies(r) for r in wanted.requirements)


_NOTHING_KNOWN = Known()


class _ImpliedIndex:
    """Which of a list of selectors imply another one; a label that a selector does not mention implies nothing."""

    def __init__(self, selectors: Sequence[Selector]) -> None:
        self._everything = (1 << len(selectors)) - 1
        self._having: dict[str, dict[Known, list[int]]] = {}
        for i, selector in enumerate(selectors):
            for key, known in known_labels(selector).items():
                self._having.setdefault(key, {}).setdefault(known, []).append(i)
        self._with_value: dict[tuple[str, str], list[Known]] = {}
        for key, each in self._having.items():
            for known in each:
                for value in known.values or ():
                    self._with_value.setdefault((key, value), []).append(known)
        self._known: dict[Selector, int] = {}

    def implying(self, selector: Selector) -> int:
        """The positions of the selectors that imply this one."""
        found = self._known.get(selector)
        if found is None:
            found = self._everything
            for requirement in selector.requirements:
                found &= self._implying(requirement)
            self._known[selector] = found
        return found

    def _implying(self, requirement: Requirement) -> int:
        having = self._having.get(requirement.key, {})
        candidates: Iterable[Known] = having
        if requirement.operator == "In":  # only what names one of the values can imply it: no need to ask the others
            named = (self._with_value.get((requirement.key, value), ()) for value in requirement.values)
            candidates = dict.fromkeys(known for several in named for known in several)
        return bits_of(i for known in candidates if known.implies(requirement) for i in having[known])
