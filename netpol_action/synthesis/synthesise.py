"""Requirements to policies: one for each workload that a policy can hold, and a default deny for each namespace."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from netpol_action.model.cluster import Cluster
from netpol_action.model.demands import Demand, Requirements
from netpol_action.model.diagnostics import Diagnostic, note, warning
from netpol_action.model.endpoints import Workload
from netpol_action.model.generated import MANAGED_BY, MANAGED_BY_LABEL, GeneratedPolicy
from netpol_action.model.policies import Direction, PodPeer, Policy, PolicyTier
from netpol_action.synthesis.existing import Existing
from netpol_action.synthesis.names import DEFAULT_DENY, Names, wanted_names
from netpol_action.synthesis.options import SynthesisOptions
from netpol_action.synthesis.rules import ExplainedRule, dns_rules, name_resolution, named_dns_rules, rules
from netpol_action.synthesis.selectors import Handle, Handles

COVERS_OTHERS: Final = "default-deny"
"""The rule of the warning about every default deny that is written."""

_LABELS = {MANAGED_BY_LABEL: MANAGED_BY}
_MOST_NAMESPACES = 5


def synthesise(
    requirements: Requirements, cluster: Cluster, options: SynthesisOptions
) -> tuple[tuple[GeneratedPolicy, ...], tuple[Diagnostic, ...]]:
    """The policies that allow every demand, and DNS, and nothing more; sorted by namespace and name.

    `requirements` are `scope.scoped` already. What NetworkPolicies of the cluster allow beside them is not repeated,
    and a policy that would say nothing new is left out. What policies cannot do exactly is a diagnostic: workloads that
    no label tells apart, host-network pods, pods without labels, and pods outside the input that a default deny covers.
    """
    writer = _Writer(requirements, cluster, options)
    held = (each for each in cluster.workloads if not options.namespaces.excludes(each.namespace))
    policies = [policy for policy in map(writer.policy, held) if policy is not None]
    if options.default_deny == "namespace":
        policies += writer.default_denies()
    policies.sort(key=lambda each: (each.policy.declared_namespace, each.policy.namespace, each.policy.name))
    return tuple(policies), tuple(writer.diagnostics)


class _Writer:
    def __init__(self, requirements: Requirements, cluster: Cluster, options: SynthesisOptions) -> None:
        self.diagnostics: list[Diagnostic] = []
        self._cluster, self._options, self._dns = cluster, options, requirements.dns
        self._directions = tuple(each for each in Direction if each in options.directions)
        self._handles, self._existing = Handles(cluster.workloads), Existing(cluster)
        self._names, self._wanted = Names(cluster), wanted_names(cluster.workloads)
        self._demands = _by_workload(requirements.demands)
        self._opening = {id(each.source) for each in requirements.demands}
        self._opening |= {id(each.workload) for each in requirements.unresolved if each.outbound}

    def policy(self, workload: Workload) -> GeneratedPolicy | None:
        """The policy of one workload; None where no policy can hold it, or those of the input do all that it would."""
        handle = self._handles.of(workload)
        self.diagnostics += _limits(workload, handle)
        if handle.selector is None or workload.host_network:
            return None
        name = self._names.give(workload.namespace, self._wanted[id(workload)], str(workload))
        explained: list[ExplainedRule] = []
        meeting: frozenset[str] = frozenset()
        isolated = True
        for direction in self._directions:
            unmet = self._existing.unmet(workload, direction, self._demands[direction].get(id(workload), ()))
            explained += rules(direction, workload, unmet.demands, self._handles)
            meeting |= unmet.meeting
            isolated &= unmet.isolated
        if Direction.EGRESS in self._directions and self._resolves_names(workload):
            unmet = self._existing.unmet(workload, Direction.EGRESS, name_resolution(workload, self._dns))
            explained += [*dns_rules(workload, unmet.demands, self._handles), *named_dns_rules(workload, self._dns)]
            meeting |= unmet.meeting
        if isolated and not explained:
            return None
        policy = Policy(
            tier=PolicyTier.NAMESPACE,
            kind="NetworkPolicy",
            name=name,
            namespace=workload.namespace,
            declared_namespace=workload.declared_namespace,
            subject=PodPeer(None, handle.selector),
            directions=self._options.directions,
            rules=tuple(each.rule for each in explained),
            labels=_LABELS,
        )
        return GeneratedPolicy(policy, _about(workload, meeting), tuple(each.reasons for each in explained), workload)

    def default_denies(self) -> Iterator[GeneratedPolicy]:
        """A policy for each namespace, under each way in which its workloads name it."""
        places = {
            (each.namespace, each.declared_namespace) for each in self._cluster.workloads if not each.host_network
        }
        closed: list[str] = []
        for namespace, declared in sorted(places):
            spared = self._options.namespaces.excludes(namespace) or self._existing.closed(namespace, self._directions)
            place = f"namespace {declared}" if declared else "the namespace that it is applied to"
            if self._options.namespaces.protects(namespace) and not spared:
                message = (
                    f"{place} gets no policy {DEFAULT_DENY}: it is protected, for its pods that are not in the input"
                )
                self.diagnostics.append(note("protected-namespace", message))
                spared = True
            if spared:
                continue
            closed.append(declared)
            policy = Policy(
                tier=PolicyTier.NAMESPACE,
                kind="NetworkPolicy",
                name=self._names.give(namespace, DEFAULT_DENY, f"{namespace}/{declared}"),
                namespace=namespace,
                declared_namespace=declared,
                directions=self._options.directions,
                labels=_LABELS,
            )
            yield GeneratedPolicy(
                policy, ("What no other policy allows is denied, also to pods that are not in the input.",)
            )
        self.diagnostics += _covered(closed)

    def _resolves_names(self, workload: Workload) -> bool:
        return self._options.strictness != "strict" or id(workload) in self._opening


def _by_workload(demands: Iterable[Demand]) -> Mapping[Direction, Mapping[int, list[Demand]]]:
    """The demands of each workload in each direction, by its identity."""
    found: dict[Direction, dict[int, list[Demand]]] = {direction: defaultdict(list) for direction in Direction}
    for demand in demands:
        if isinstance(demand.destination, Workload):
            found[Direction.INGRESS][id(demand.destination)].append(demand)
        if isinstance(demand.source, Workload):
            found[Direction.EGRESS][id(demand.source)].append(demand)
    return found


def _about(workload: Workload, meeting: Iterable[str]) -> tuple[str, ...]:
    names = ", ".join(sorted(meeting))
    first = f"What {workload.kind} {workload.name} needs, and nothing else."
    return (first, f"Not repeated here: what NetworkPolicy {names} allows.") if names else (first,)


def _covered(declared: Sequence[str]) -> Iterator[Diagnostic]:
    """One warning for all namespaces that a default deny closes; an empty name is the one that nothing names."""
    names, parts = [name for name in declared if name], []
    if len(names) < len(declared):
        parts.append("the namespace that it is applied to")
    if names:
        more = len(names) - _MOST_NAMESPACES
        shown = ", ".join(names[:_MOST_NAMESPACES]) + (f" and {more} more" if more > 0 else "")
        parts.append(f"{'namespace' if len(names) == 1 else 'namespaces'} {shown}")
    if parts:
        message = f"the policy {DEFAULT_DENY} also covers the pods in {' and '.join(parts)} that are not in the input"
        yield warning(COVERS_OTHERS, message)


def _limits(workload: Workload, handle: Handle) -> Iterator[Diagnostic]:
    """What the policies cannot do for this workload."""
    if workload.host_network:
        message = (
            f"{workload} uses the host's network: no policy holds it, and what others exchange with it is open without "
            "a peer"
        )
        yield note("host-network", message, workload.origin)
    elif handle.selector is None:
        place = ".".join(map(str, (*workload.pod_path[:-1], "metadata", "labels")))
        message = (
            f"{workload} has no labels: no policy can select it or admit it as a peer; give its pods one ({place})"
        )
        yield warning("no-labels", message, workload.origin)
    elif handle.others:
        others = ", ".join(map(str, handle.others))
        message = f"no label tells {workload} apart from {others}: what its policy allows, it allows them too"
        yield warning("same-labels", message, workload.origin)
