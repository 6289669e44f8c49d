"""Whose generated policies a file holds: those of the input, or those of another application in the same repository.

A policy belongs to the input where it selects a workload of it, or where what is generated for the input has its name.
A default deny says nothing of whose it is: applications may share a namespace.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from netpol_action import pipeline
from netpol_action.checks.selection import Selection
from netpol_action.manifests.decode import decode
from netpol_action.manifests.reader import read
from netpol_action.model.cluster import Cluster
from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.model.documents import SourceText
from netpol_action.model.generated import GeneratedPolicy
from netpol_action.model.policies import Policy
from netpol_action.origin import Origin

MOST_NAMED = 5
"""Policies that a refusal names."""

MOST_LISTED = 100
"""Policies that a warning lists."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """What files that are to be replaced hold: `lost` are the policies that will be gone and select nothing here.

    `foreign` is whether none of the policies belongs to the input.
    """

    lost: tuple[Policy, ...] = ()
    foreign: bool = False

    @property
    def refusal(self) -> str:
        """What the files hold, for a sentence that refuses to replace them."""
        names, verb = _names(self.lost, MOST_NAMED), "selects" if len(self.lost) == 1 else "select"
        return f"holds the policies of another application ({names} {verb} no workload of the input)"

    def diagnostics(self, place: str) -> tuple[Diagnostic, ...]:
        """The warning that lists what is lost, where something is."""
        if not self.lost:
            return ()
        sentence = (
            f"no longer holds {_names(self.lost, MOST_LISTED)}, which no workload of the input needs; if "
            "another application does, give it a file of its own"
        )
        return (warning("lost-policies", sentence, Origin(place)),)


def belonging(
    texts: Iterable[SourceText], cluster: Cluster, namespace: str, generated: Iterable[GeneratedPolicy] = ()
) -> Belonging:
    """Whose the generated policies in these texts are; `namespace` is that of objects that name none."""
    policies = [each for each in decode(read(texts)[0], namespace).policies if pipeline.is_ours(each.labels)]
    selection = _selection(cluster)
    kept = {_identity(each.policy) for each in generated}
    ours = {id(each) for each in policies if _identity(each) in kept or selection.selected(each)}
    telling = [each for each in policies if each.subject.pods.requirements] or policies
    lost = tuple(each for each in policies if id(each) not in ours)
    return Belonging(lost, bool(lost) and not any(id(each) in ours for each in telling))


def _selection(cluster: Cluster) -> Selection:
    """The workloads of the cluster, those of the host's network too: policies may have been written for them before."""
    return Selection(replace(cluster, workloads=tuple(replace(each, host_network=False) for each in cluster.workloads)))


def _identity(policy: Policy) -> tuple[str, str]:
    return policy.namespace, policy.name


def _names(policies: tuple[Policy, ...], most: int) -> str:
    rest = len(policies) - most
    return ", ".join(map(str, policies[:most])) + (f" and {rest:,} more" if rest > 0 else "")
