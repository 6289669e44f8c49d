"""Requirements to policies: one for each workload that a policy can hold, and a default deny for each namespace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from netpol_action.model.cluster import Cluster
from netpol_action.model.demands import Demand, Requirements
from netpol_action.model.diagnostics import Diagnostic, note, warning
from netpol_action.model.endpoints import Workload
from netpol_action.model.generated import MANAGED_BY, MANAGED_BY_LABEL, GeneratedPolicy
from netpol_action.model.policies import Direction, PodPeer, Policy, PolicyTier
from netpol_action.synthesis.names import DEFAULT_DENY, Names, wanted_names
from netpol_action.synthesis.rules import dns_rules, rules
from netpol_action.synthesis.selectors import Handle, Handles

_LABELS = {MANAGED_BY_LABEL: MANAGED_BY}
_BOTH = frozenset(Direction)


@dataclass(frozen=True, slots=True)
class SynthesisOptions:
    """`default_deny`: whether each namespace gets a policy that denies what no other one allows."""

    default_deny: Literal["namespace", "none"] = "namespace"


def synthesise(
    requirements: Requirements, cluster: Cluster, options: SynthesisOptions
) -> tuple[tuple[GeneratedPolicy, ...], tuple[Diagnostic, ...]]:
    """The policies that allow every demand, and DNS, and nothing more; sorted by namespace and name.

    What policies cannot do exactly is a diagnostic: workloads that no label tells apart, host-network pods, pods
    without labels, and pods outside the input that a default deny covers too.
    """
    writer = _Writer(requirements, cluster)
    policies = [policy for policy in map(writer.policy, cluster.workloads) if policy is not None]
    if options.default_deny == "namespace":
        policies += writer.default_denies()
    policies.sort(key=lambda each: (each.policy.declared_namespace, each.policy.namespace, each.policy.name))
    return tuple(policies), tuple(writer.diagnostics)


class _Writer:
    def __init__(self, requirements: Requirements, cluster: Cluster) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._cluster, self._dns = cluster, requirements.dns
        self._handles = Handles(cluster.workloads)
        self._names, self._wanted = Names(cluster), wanted_names(cluster.workloads)
        self._into, self._out_of = _by_workload(requirements.demands)

    def policy(self, workload: Workload) -> GeneratedPolicy | None:
        """The policy of one workload; None where no policy can hold it."""
        handle = self._handles.of(workload)
        self.diagnostics += _limits(workload, handle)
        if handle.selector is None or workload.host_network:
            return None
        explained = (
            *rules(Direction.INGRESS, workload, self._into[id(workload)], self._handles),
            *rules(Direction.EGRESS, workload, self._out_of[id(workload)], self._handles),
            *dns_rules(self._dns, workload.namespace),
        )
        policy = Policy(
            tier=PolicyTier.NAMESPACE,
            kind="NetworkPolicy",
            name=self._names.give(workload.namespace, self._wanted[id(workload)], str(workload)),
            namespace=workload.namespace,
            declared_namespace=workload.declared_namespace,
            subject=PodPeer(None, handle.selector),
            directions=_BOTH,
            rules=tuple(each.rule for each in explained),
            labels=_LABELS,
        )
        about = (f"What {workload.kind} {workload.name} needs, and nothing else.",)
        return GeneratedPolicy(policy, about, tuple(each.reasons for each in explained))

    def default_denies(self) -> Iterator[GeneratedPolicy]:
        """A policy for each namespace, under each way in which its workloads name it."""
        places = {
            (each.namespace, each.declared_namespace) for each in self._cluster.workloads if not each.host_network
        }
        for namespace, declared in sorted(places):
            place = f"namespace {declared}" if declared else "the namespace that it is applied to"
            message = f"the policy {DEFAULT_DENY} also covers the pods in {place} that are not in the input"
            self.diagnostics.append(warning("default-deny", message))
            policy = Policy(
                tier=PolicyTier.NAMESPACE,
                kind="NetworkPolicy",
                name=self._names.give(namespace, DEFAULT_DENY, f"{namespace}/{declared}"),
                namespace=namespace,
                declared_namespace=declared,
                directions=_BOTH,
                labels=_LABELS,
            )
            yield GeneratedPolicy(
                policy, ("What no other policy allows is denied, also to pods that are not in the input.",)
            )


def _by_workload(
    demands: Iterable[Demand],
) -> tuple[Mapping[int, list[Demand]], Mapping[int, list[Demand]]]:
    """The demands into and out of each workload, by its identity."""
    into: dict[int, list[Demand]] = defaultdict(list)
    out_of: dict[int, list[Demand]] = defaultdict(list)
    for demand in demands:
        if isinstance(demand.destination, Workload):
            into[id(demand.destination)].append(demand)
        if isinstance(demand.source, Workload):
            out_of[id(demand.source)].append(demand)
    return into, out_of


def _limits(workload: Workload, handle: Handle) -> Iterator[Diagnostic]:
    """What the policies cannot do for this workload."""
    if workload.host_network:
        message = (
            f"{workload} uses the host's network: no policy holds it, and what others exchange with it is open without "
            "a peer"
        )
        yield note("host-network", message, workload.origin)
    elif handle.selector is None:
        message = f"{workload} has no labels: no policy can select it or admit it as a peer; give its pods a label"
        yield warning("no-labels", message, workload.origin)
    elif handle.others:
        others = ", ".join(map(str, handle.others))
        message = f"no label tells {workload} apart from {others}: what its policy allows, it allows them too"
        yield warning("same-labels", message, workload.origin)
