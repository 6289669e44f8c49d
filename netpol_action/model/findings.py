"""What `check` finds: required connections that policies block, and what policies leave open for nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.demands import Evidence
from netpol_action.model.diagnostics import Severity
from netpol_action.model.endpoints import Endpoint
from netpol_action.origin import UNKNOWN, Origin

BLOCKED = "blocked-required"
NOT_REQUIRED = "not-required"
UNPROTECTED_INGRESS = "unprotected-ingress"
UNPROTECTED_EGRESS = "unprotected-egress"
OPEN_FOR_NOTHING = frozenset({NOT_REQUIRED, UNPROTECTED_INGRESS, UNPROTECTED_EGRESS})
"""The rules of the gate `not-required`."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A policy or a rule of one that makes a finding true; `reason` is a sentence about it, perhaps empty."""

    policy: str
    reason: str = ""
    origin: Origin = UNKNOWN

    def __str__(self) -> str:
        return f"{self.policy}: {self.reason}" if self.reason else self.policy


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. `rule` is a stable kebab-case id; `message` is a sentence without its place.

    `severity` says how much it matters, and nothing of whether the result is partial. `sources` and `destinations` are
    the ends of the connections that it is about, both empty where it is about none.
    """

    rule: str
    severity: Severity
    message: str
    origin: Origin
    sources: tuple[Endpoint, ...] = ()
    destinations: tuple[Endpoint, ...] = ()
    connections: ConnectionSet = NOTHING
    causes: tuple[Cause, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def refined(self, refine: Callable[[Origin], Origin]) -> Finding:
        """The same with exact lines."""
        return replace(
            self,
            origin=refine(self.origin),
            causes=tuple(replace(cause, origin=refine(cause.origin)) for cause in self.causes),
            evidence=tuple(replace(each, origin=refine(each.origin)) for each in self.evidence),
        )


@dataclass(frozen=True, slots=True)
class Check:
    """All findings, the worst first, and how many required connections were held against how many policies.

    `unresolved` counts the dependencies whose other end is not known, so that they could not be held against any.
    `names` of the required connections are those to DNS, one for each workload that looks up names.
    """

    findings: tuple[Finding, ...] = ()
    required: int = 0
    policies: int = 0
    unresolved: int = 0
    names: int = 0

    def count(self, *rules: str) -> int:
        """How many findings are of these rules."""
        return sum(finding.rule in rules for finding in self.findings)

    @property
    def headline(self) -> str:
        """The result in one sentence, and in another what could not be looked at."""
        if not self.policies:
            return "There are no policies in the input, so that everything is open."
        blocked = self.count(BLOCKED)
        needless = self.count(*OPEN_FOR_NOTHING)
        return f"{self._blocked(blocked)}, and leave {needless or 'nothing'} open that nothing requires.{self._doubt()}"

    def _doubt(self) -> str:
        if not self.unresolved:
            return ""
        if self.unresolved == 1:
            return " 1 dependency is unresolved: nobody knows whether the policies allow it."
        return f" {self.unresolved:,} dependencies are unresolved: nobody knows whether the policies allow them."

    def _blocked(self, blocked: int) -> str:
        if not self.required:
            return "No connection was found to be required. The policies block none"
        if not blocked:
            of_all = f"{self.required} required connection{'' if self.required == 1 else 's'}"
            return f"The policies block none of {of_all}{self._to_dns()}"
        of_all = f"{blocked} required connection{'' if blocked == 1 else 's'} of {self.required}"
        return f"The policies block {of_all}{self._to_dns()}"

    def _to_dns(self) -> str:
        """Else the number would not be that of the list of required connections, which has no lookups of names."""
        return f" ({self.names} of the {self.required} to DNS)" if self.names else ""
