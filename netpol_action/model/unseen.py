"""Pods that are not in the input, known only by selectors: which rules match them.

Of such a pod one knows what its selectors say, and nothing else. A rule matches it where that much implies the rule's
own selectors: where every pod that meets the one meets the other. So an endpoint `pods app=web` stands for a pod of
which only this is known; a rule for `app in (web, api)` matches it, a rule for `app=web,tier=front` does not (that one
is an endpoint of its own). In a namespace of the input all labels of the namespace are known, not only its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from netpol_action.model.bits import bits_of, elements
from netpol_action.model.endpoints import Unseen
from netpol_action.model.known_labels import Known, implies, known_labels, named_namespace, only_namespace
from netpol_action.model.labelled import LabelIndex
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Labels, Requirement, Selector
from netpol_action.model.policies import PodPeer


def among(some: Unseen, others: Unseen, namespaces: Mapping[str, Labels]) -> bool:
    """Whether all of some pods are among others; `namespaces` are those of which all labels are known, by name."""
    known = namespaces.get(only_namespace(some.namespaces))
    home = implies(some.namespaces, others.namespaces) if known is None else others.namespaces.matches(known)
    return home and implies(some.pods, others.pods)


class UnseenIndex:
    """Which of some unseen endpoints a peer matches, as a bitset; for `namespaces` see `among`."""

    def __init__(self, unseen: Sequence[Unseen], namespaces: Mapping[str, Labels]) -> None:
        where: dict[Selector, list[int]] = {}
        for i, endpoint in enumerate(unseen):
            where.setdefault(endpoint.namespaces, []).append(i)
        homes = [(only_namespace(selector), selector) for selector in where]
        known = [(name, selector) for name, selector in homes if name in namespaces]
        others = [selector for name, selector in homes if name not in namespaces]
        labels = [{**namespaces[name], NAMESPACE_NAME_LABEL: name} for name, _ in known]
        self._labelled, self._implying = LabelIndex(labels), _ImpliedIndex(others)
        self._in_labelled = [bits_of(where[selector]) for _, selector in known]
        self._in_implying = [bits_of(where[selector]) for selector in others]
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
            for i in elements(self._labelled.matching(wanted)):
                known |= self._in_labelled[i]
            for i in elements(self._implying.implying(wanted)):
                known |= self._in_implying[i]
            self._known[wanted] = known
        return known


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
