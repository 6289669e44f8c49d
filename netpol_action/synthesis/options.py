"""How policies are to be written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from netpol_action.model.config import NamespaceRules, Strictness
from netpol_action.model.policies import Direction


@dataclass(frozen=True, slots=True)
class SynthesisOptions:
    """`default_deny`: whether each namespace gets a policy that denies what no other one allows."""

    default_deny: Literal["namespace", "none"] = "namespace"
    namespaces: NamespaceRules = field(default_factory=NamespaceRules)
    strictness: Strictness = "standard"

    @property
    def directions(self) -> frozenset[Direction]:
        """The directions in which policies isolate."""
        return frozenset({Direction.INGRESS}) if self.strictness == "ingress-only" else frozenset(Direction)
