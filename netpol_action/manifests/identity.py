"""Documents as Kubernetes objects: what they are called, where they live, and which of two equal ones counts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from netpol_action.manifests.fields import FieldError, labels, mapping, shown, text
from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.model.documents import Document
from netpol_action.model.endpoints import Json
from netpol_action.model.labels import Labels
from netpol_action.origin import FieldPath, Origin

BROKEN = "broken-object"
_LONGEST_NAME = 253
_NAME = re.compile(r"[A-Za-z0-9._-][A-Za-z0-9._:-]*")
"""What a name of whatever kind is made of: kinds differ, and those of RBAC's roles are the widest."""
_KIND = re.compile(r"[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
"""What the kind of a custom resource may be (apiextensions, `validateCustomResourceDefinitionNames`)."""
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""A label of RFC 1123, which every namespace is."""

# fmt: off
_CLUSTER_SCOPED = frozenset({
    "AdminNetworkPolicy", "APIService", "BaselineAdminNetworkPolicy", "CertificateSigningRequest",
    "CiliumClusterwideNetworkPolicy", "ClusterIssuer", "ClusterNetworkPolicy", "ClusterRole", "ClusterRoleBinding",
    "ClusterUserDefinedNetwork", "CSIDriver", "CSINode", "CustomResourceDefinition", "FlowSchema", "GatewayClass",
    "GlobalNetworkPolicy", "IngressClass", "MutatingWebhookConfiguration", "Namespace", "Node", "PersistentVolume",
    "PriorityClass", "PriorityLevelConfiguration", "Project", "RuntimeClass", "StagedGlobalNetworkPolicy",
    "StorageClass", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
    "VolumeAttachment",
})
# fmt: on

_SERVED_BY = {
    ("extensions", "DaemonSet"): "apps",
    ("extensions", "Deployment"): "apps",
    ("extensions", "ReplicaSet"): "apps",
    ("extensions", "Ingress"): "networking.k8s.io",
    ("extensions", "NetworkPolicy"): "networking.k8s.io",
    ("", "DeploymentConfig"): "apps.openshift.io",
    ("", "Route"): "route.openshift.io",
}
"""Groups of old that named the same objects as those of today."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object. `namespace` is empty for what lives in none; `declared_namespace` is what the manifest says."""

    group: str
    version: str
    kind: str
    namespace: str
    declared_namespace: str
    name: str
    metadata: dict[str, Json] = field(repr=False)
    body: dict[str, Json] = field(repr=False)
    origin: Origin

    @property
    def api_version(self) -> str:
        """As the API writes it."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def title(self) -> str:
        """What messages call the object."""
        where = f"{shown(self.namespace)}/" if self.namespace else ""
        return f"{shown(self.kind)} {where}{shown(self.name)}"


def identify(documents: Iterable[Document], default_namespace: str) -> tuple[list[Manifest], list[Diagnostic]]:
    """The objects among the documents, in their order; of those that name one object, the last one alone."""
    found: list[Manifest] = []
    problems: list[Diagnostic] = []
    places: dict[tuple[str, str, str, str], int] = {}
    for document in documents:
        try:
            manifest = _manifest(document, default_namespace)
        except FieldError as problem:
            problems.append(problem.diagnostic(BROKEN, document.origin))
            continue
        place = len(found)
        if manifest.name and "generateName" not in manifest.metadata:
            place = places.setdefault((manifest.group, manifest.kind, manifest.namespace, manifest.name), place)
        if place == len(found):
            found.append(manifest)
        else:
            problems.append(_duplicate(manifest, found[place]))
            found[place] = manifest
    return found, problems


def _manifest(document: Document, default_namespace: str) -> Manifest:
    body = document.value
    if type(body) is not dict:
        raise FieldError("must be a mapping")
    kind, api_version = body.get("kind"), body.get("apiVersion")
    if not isinstance(kind, str) or not kind:
        raise FieldError("must be the name of a kind", "kind")
    if not is_kind(kind):
        raise FieldError("is not a kind that Kubernetes takes", "kind")
    if not isinstance(api_version, str) or not api_version:
        raise FieldError("must be the version of an API, like apps/v1", "apiVersion")
    metadata = body.get("metadata")
    if type(metadata) is not dict:
        metadata = mapping(metadata, "metadata")
    group, _, version = api_version.rpartition("/")
    name = _name(metadata, "name") or _name(metadata, "generateName")
    declared = _namespace(metadata)
    namespace = "" if kind in _CLUSTER_SCOPED else declared or default_namespace
    group = _SERVED_BY.get((group, kind), group)
    return Manifest(group, version, kind, namespace, declared, name, metadata, body, document.origin)


def is_name(text: str) -> bool:
    """Whether objects of some kind can have this name."""
    return len(text) <= _LONGEST_NAME and _NAME.fullmatch(text) is not None


def is_kind(text: str) -> bool:
    """Whether there can be a kind of this name."""
    return _KIND.fullmatch(text) is not None


def _name(metadata: dict[str, Json], field_name: str) -> str:
    value = text(metadata.get(field_name), "metadata", field_name)
    if value and not is_name(value):
        raise FieldError("is not a name that Kubernetes takes", "metadata", field_name)
    return value


def _namespace(metadata: dict[str, Json]) -> str:
    value = text(metadata.get("namespace"), "metadata", "namespace")
    if value and not _LABEL.fullmatch(value):
        raise FieldError("is not a name that Kubernetes takes", "metadata", "namespace")
    return value


def _duplicate(last: Manifest, first: Manifest) -> Diagnostic:
    message = f"{last.title} is given a second time: this one counts, not the one at {first.origin}"
    return warning("duplicate-object", message, last.origin)


def annotations_of(
    manifest: Manifest, metadata: dict[str, Json], path: FieldPath, problems: list[Diagnostic]
) -> Labels:
    """The annotations in some metadata of the object. They decide nothing here: broken ones are said, and left out."""
    try:
        return labels(metadata.get("annotations"), *path, "annotations")
    except FieldError as problem:
        problems.append(problem.diagnostic(BROKEN, manifest.origin))
        return {}
