"""A rule: what a kind of finding means, and what to do about it. Everything here is Markdown without markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from netpol_action.model.diagnostics import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """The description of one rule id.

    `title` names it without a full stop, `meaning` and `advice` are sentences. `severity` is the usual one; a single
    finding may have another. `security` is from 0.1 to 10, as CVSS counts, and 0 for what is no question of security.
    """

    title: str
    meaning: str
    advice: str
    severity: Severity = Severity.WARNING
    security: float = 0


Rules = Mapping[str, Rule]
