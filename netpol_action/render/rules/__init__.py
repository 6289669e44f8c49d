"""What every rule id means: of diagnostics, of findings, of unresolved dependencies and of the risks of a change.

A test holds these tables to the ids that the code can emit, and docs/rules.md to these tables.
"""

from __future__ import annotations

from typing import Final

from netpol_action.render.rules.assumptions import ASSUMPTIONS
from netpol_action.render.rules.connections import CHANGES, POLICIES, UNRESOLVED
from netpol_action.render.rules.reading import READING
from netpol_action.render.rules.rule import Rule, Rules
from netpol_action.render.rules.running import RUNNING

SECTIONS: Final[dict[str, Rules]] = {
    "What a change does": CHANGES,
    "Policies and what the application requires": POLICIES,
    "What the input leaves open": UNRESOLVED,
    "Input that could not be used": READING,
    "What the result rests on": ASSUMPTIONS,
    "The run itself": RUNNING,
}
"""All rules, the gravest sections first."""

RULES: Final[Rules] = {name: rule for section in SECTIONS.values() for name, rule in section.items()}

__all__ = ["RULES", "SECTIONS", "Rule", "Rules"]
