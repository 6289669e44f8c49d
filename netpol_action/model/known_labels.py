"""What a selector says of labels, and what follows from it: whether every object that meets it meets another one.

Of pods that are not in the input one knows what a selector says, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Requirement, Selector


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


def implies(selector: Selector, other: Selector) -> bool:
    """Whether every label that meets the one selector meets the other."""
    known = known_labels(selector)
    return all(known.get(r.key, NOTHING_KNOWN).implies(r) for r in other.requirements)


NOTHING_KNOWN = Known()
"""Of a label that a selector does not mention."""
