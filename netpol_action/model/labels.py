"""Labels and label selectors, as in k8s.io/apimachinery: a selector is a conjunction of requirements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Labels = Mapping[str, str]
Operator = Literal["In", "NotIn", "Exists", "DoesNotExist"]
OPERATORS: tuple[Operator, ...] = ("In", "NotIn", "Exists", "DoesNotExist")

NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name"
"""The label that the API server sets on every namespace (KEP-2161); `manifests` synthesises it."""
LONG_JOB_NAME_LABEL = "batch.kubernetes.io/job-name"
"""The label with a Job's name on its pods since Kubernetes 1.27, beside the one that they have had all along."""
JOB_NAME_LABELS = ("job-name", LONG_JOB_NAME_LABEL)


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """One condition on one label key. `values` is sorted and without repetition; empty for the existence operators."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def matches(self, labels: Labels) -> bool:
        """Whether the labels meet the requirement; `NotIn` also holds where the key is absent, as in the API."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels


@dataclass(frozen=True, slots=True, order=True)
class Selector:
    """A label selector, canonical: requirements sorted, without repetition. Without any it selects everything."""

    requirements: tuple[Requirement, ...] = ()
    _hash: int = field(init=False, repr=False, compare=False, default=0)

    def __post_init__(self) -> None:
        # Selectors are looked up for every peer of every rule: hashing the requirements each time would be most of it.
        object.__setattr__(self, "_hash", hash(self.requirements))

    def __hash__(self) -> int:
        return self._hash

    @staticmethod
    def of(*requirements: Requirement) -> Selector:
        """The selector of these requirements in any order."""
        return Selector(tuple(sorted(set(requirements))))

    @staticmethod
    def labels(labels: Labels) -> Selector:
        """The selector that `matchLabels` with these labels means."""
        return Selector.of(*(Requirement(key, "In", (value,)) for key, value in labels.items()))

    def matches(self, labels: Labels) -> bool:
        """Whether the labels meet every requirement."""
        return all(requirement.matches(labels) for requirement in self.requirements)

    def __str__(self) -> str:
        return ",".join(map(_text, self.requirements)) or "everything"


SELECT_ALL = Selector()


def _text(requirement: Requirement) -> str:
    """The requirement as `kubectl -l` takes it."""
    values = ",".join(requirement.values)
    match requirement.operator:
        case "In" if len(requirement.values) == 1:
            return f"{requirement.key}={values}"
        case "In":
            return f"{requirement.key} in ({values})"
        case "NotIn":
            return f"{requirement.key} notin ({values})"
        case "Exists":
            return requirement.key
        case "DoesNotExist":
            return f"!{requirement.key}"
