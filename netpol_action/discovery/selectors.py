"""Label selectors of objects that only discovery reads, such as monitors."""

from __future__ import annotations

from netpol_action.discovery.environment import mappings
from netpol_action.model.endpoints import Json
from netpol_action.model.labels import OPERATORS, Requirement, Selector


def selector_of(value: Json) -> Selector | None:
    """The selector; None where it is missing or cannot be read, so that it selects nothing."""
    if not isinstance(value, dict):
        return None
    requirements: list[Requirement] = []
    wanted = value.get("matchLabels")
    for key, text in wanted.items() if isinstance(wanted, dict) else ():
        if not isinstance(text, str):
            return None
        requirements.append(Requirement(key, "In", (text,)))
    for each in mappings(value.get("matchExpressions")):
        key, values = each.get("key"), each.get("values") or []
        operator = next((known for known in OPERATORS if known == each.get("operator")), None)
        if operator is None or not isinstance(key, str) or not isinstance(values, list):
            return None
        requirements.append(Requirement(key, operator, tuple(sorted(text for text in values if isinstance(text, str)))))
    return Selector.of(*requirements)
