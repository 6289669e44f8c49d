"""Documents to a Cluster: sorts the objects by kind, has each decoded, and puts the results together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from netpol_action.manifests.admin_policies import (
    admin_network_policy,
    baseline_admin_network_policy,
    cluster_network_policy,
)
from netpol_action.manifests.configdata import config_data
from netpol_action.manifests.fields import FieldError, labels, shown
from netpol_action.manifests.identity import BROKEN, Manifest, annotations_of, identify
from netpol_action.manifests.owners import topmost
from netpol_action.manifests.policies import BROKEN_POLICY, network_policy
from netpol_action.manifests.rollouts import with_templates
from netpol_action.manifests.routes import GATEWAY, ROUTE_KINDS, exposures
from netpol_action.manifests.services import service
from netpol_action.manifests.unsupported import unsupported
from netpol_action.manifests.workloads import Found, likely_template_path, template_path, workload
from netpol_action.model.cluster import Cluster, ConfigData, Namespace, Resource, Service
from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.model.documents import Document
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Selector
from netpol_action.model.policies import PodPeer, Policy, PolicyTier
from netpol_action.origin import FieldPath

_POLICY_GROUP = "policy.networking.k8s.io"
_Decoder = Callable[[Manifest, list[Diagnostic]], Policy]
_POLICIES: dict[tuple[str, str], tuple[frozenset[str], _Decoder]] = {
    ("networking.k8s.io", "NetworkPolicy"): (frozenset({"v1", "v1beta1"}), network_policy),
    (_POLICY_GROUP, "AdminNetworkPolicy"): (frozenset({"v1alpha1"}), admin_network_policy),
    (_POLICY_GROUP, "BaselineAdminNetworkPolicy"): (frozenset({"v1alpha1"}), baseline_admin_network_policy),
    (_POLICY_GROUP, "ClusterNetworkPolicy"): (frozenset({"v1alpha2"}), cluster_network_policy),
}
_CONFIG = frozenset({("", "ConfigMap"), ("", "Secret")})


@dataclass(slots=True)
class _Parts:
    """What has been decoded so far."""

    diagnostics: list[Diagnostic]
    namespaces: dict[str, Namespace] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    routes: list[Manifest] = field(default_factory=list)
    grants: list[Manifest] = field(default_factory=list)
    config: list[ConfigData] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)


def decode(documents: Sequence[Document], default_namespace: str = "") -> Cluster:
    """The cluster that the documents describe, with everything there is to say about them in its diagnostics.

    Objects without a namespace live in `default_namespace`, or else in `default`.
    """
    manifests, problems = identify(documents, default_namespace or "default")
    parts = _Parts(problems)
    for manifest in with_templates(manifests, problems):
        try:
            _decode_one(manifest, parts)
        except FieldError as problem:
            rule = BROKEN_POLICY if (manifest.group, manifest.kind) in _POLICIES else BROKEN
            parts.diagnostics.append(problem.diagnostic(rule, manifest.origin))
    workloads = topmost(parts.found, lambda: _selected_keys(parts))
    by_name = {(each.namespace, each.name): each for each in parts.services}
    exposed, more = exposures(parts.routes, parts.grants, by_name, workloads)
    parts.diagnostics += more
    parts.diagnostics += _equal_priorities(parts.policies)
    return Cluster(
        namespaces=_namespaces(parts, manifests),
        workloads=tuple(sorted(workloads, key=attrgetter("namespace", "name", "kind", "variant"))),
        services=tuple(sorted(parts.services, key=attrgetter("namespace", "name"))),
        policies=tuple(sorted(parts.policies, key=attrgetter("namespace", "name", "kind"))),
        exposures=tuple(sorted(exposed, key=attrgetter("namespace", "name", "kind"))),
        config=tuple(sorted(parts.config, key=attrgetter("namespace", "name", "kind"))),
        resources=tuple(sorted(parts.resources, key=attrgetter("namespace", "name", "kind"))),
        diagnostics=tuple(parts.diagnostics),
    )


def _decode_one(manifest: Manifest, parts: _Parts) -> None:
    key = (manifest.group, manifest.kind)
    path = template_path(manifest)
    if path is not None:
        _run(manifest, path, parts)
    elif key == ("", "Service"):
        parts.services.append(service(manifest, parts.diagnostics))
    elif key in _POLICIES and manifest.version in _POLICIES[key][0]:
        parts.policies.append(_POLICIES[key][1](manifest, parts.diagnostics))
    elif key == ("", "Namespace"):
        found_labels = labels(manifest.metadata.get("labels"), "metadata", "labels")
        own = {**found_labels, NAMESPACE_NAME_LABEL: manifest.name}
        notes = annotations_of(manifest, manifest.metadata, ("metadata",), parts.diagnostics)
        parts.namespaces[manifest.name] = Namespace(manifest.name, own, notes, manifest.origin)
    elif key in _CONFIG:
        parts.config.append(config_data(manifest, parts.diagnostics))
    else:
        _keep(manifest, key, parts)


def _run(manifest: Manifest, path: FieldPath, parts: _Parts) -> None:
    found = workload(manifest, path, parts.diagnostics)
    if found is not None:
        parts.found.append(found)


def _keep(manifest: Manifest, key: tuple[str, str], parts: _Parts) -> None:
    """Keeps an object as it is, for those stages that read it; one of a kind that nobody knows may have pods."""
    problem = unsupported(manifest)
    if key in ROUTE_KINDS:
        parts.routes.append(manifest)
    elif key == (GATEWAY, "ReferenceGrant"):
        parts.grants.append(manifest)
    elif problem is not None:
        parts.diagnostics.append(problem)
    else:
        path = likely_template_path(manifest)
        if path is not None:
            _run(manifest, path, parts)
            return
    parts.resources.append(
        Resource(manifest.api_version, manifest.kind, manifest.namespace, manifest.name, manifest.body, manifest.origin)
    )


def _namespaces(parts: _Parts, manifests: Iterable[Manifest]) -> Mapping[str, Namespace]:
    """Those with a manifest, and those that other objects name."""
    names = {manifest.namespace for manifest in manifests if manifest.namespace} | set(parts.namespaces)
    return {name: parts.namespaces.get(name) or Namespace(name, {NAMESPACE_NAME_LABEL: name}) for name in sorted(names)}


def _selected_keys(parts: _Parts) -> frozenset[str]:
    """The label keys that the selectors of policies and Services speak of."""
    selectors: set[Selector] = {each.selector for each in parts.services if each.selector is not None}
    for policy in parts.policies:
        selectors.add(policy.subject.pods)
        for rule in policy.rules:
            selectors.update(peer.pods for peer in rule.peers or () if isinstance(peer, PodPeer))
    return frozenset(requirement.key for selector in selectors for requirement in selector.requirements)


def _equal_priorities(policies: Iterable[Policy]) -> list[Diagnostic]:
    """Policies of one tier and priority: the API leaves open which one decides."""
    groups: dict[tuple[PolicyTier, int], list[Policy]] = {}
    for policy in policies:
        if policy.tier is not PolicyTier.NAMESPACE:
            groups.setdefault((policy.tier, policy.priority), []).append(policy)
    found = []
    for (_, priority), equal in groups.items():
        first, *others = sorted(equal, key=attrgetter("name", "kind"))
        for other in others:
            message = (
                f"{other.kind} {shown(other.name)} has priority {priority}, as has {first.kind} {shown(first.name)}: "
                "which one decides is not defined, and is taken in the order of their names"
            )
            found.append(warning("equal-priority", message, other.origin))
    return found
