"""Policies that the program wrote, with the reasons that their YAML carries as comments."""

from __future__ import annotations

from dataclasses import dataclass

from netpol_action.model.endpoints import Workload
from netpol_action.model.policies import Policy

MANAGED_BY_LABEL = "app.kubernetes.io/managed-by"
MANAGED_BY = "netpol-action"
"""Policies with this label and value are ours: they do not count as existing policies, and only they are pruned."""


@dataclass(frozen=True, slots=True)
class GeneratedPolicy:
    """`about` is a comment above the policy; `reasons[i]` are the comment lines of `policy.rules[i]`.

    `workload` is whose policy it is, None for one of a whole namespace.
    """

    policy: Policy
    about: tuple[str, ...] = ()
    reasons: tuple[tuple[str, ...], ...] = ()
    workload: Workload | None = None
