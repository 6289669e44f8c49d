"""The second evaluator's view of manifests: plain dicts, and the pods that they describe.

Nothing of the product is imported here or in the modules beside this one: what the two have in common is the text of
the Kubernetes API, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from typing import Any

Object = dict[str, Any]
Address = IPv4Address | IPv6Address

NETWORK_POLICY = "networking.k8s.io/v1", "NetworkPolicy"
ADMIN_NETWORK_POLICY = "policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"
BASELINE_ADMIN_NETWORK_POLICY = "policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy"
CLUSTER_NETWORK_POLICY = "policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"

CLUSTER_WIDE = ("Namespace", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy")


@dataclass(frozen=True, eq=False)
class Pod:
    """One pod that stands for all replicas of its owner, told apart by identity. `ports`: name, protocol, number."""

    namespace: str
    name: str
    kind: str = "Pod"
    labels: dict[str, str] = field(default_factory=dict)
    ports: tuple[tuple[str, str, int], ...] = ()
    host_network: bool = False

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}[{self.kind}]"


def kubernetes_type(item: Object) -> tuple[str, str]:
    """The object's apiVersion and kind."""
    return item.get("apiVersion", ""), item.get("kind", "")


def namespace_of(item: Object) -> str:
    """Where the object lives: `default` where the manifest names no namespace, "" for cluster-wide kinds."""
    if item.get("kind") in CLUSTER_WIDE:
        return ""
    return (item.get("metadata") or {}).get("namespace") or "default"


def name_of(item: Object) -> str:
    """The object's name."""
    return (item.get("metadata") or {}).get("name", "")


def applied(objects: Iterable[Object]) -> list[Object]:
    """What `kubectl apply` of all objects in their order leaves: of the same kind, namespace and name, the last."""
    last = {(*kubernetes_type(item), namespace_of(item), name_of(item)): item for item in objects}
    return list(last.values())


def namespace_labels(objects: Iterable[Object]) -> dict[str, dict[str, str]]:
    """The labels of every namespace that a manifest declares or mentions.

    The API server sets `kubernetes.io/metadata.name` on each, whatever the manifest says.
    """
    labels: dict[str, dict[str, str]] = {}
    for item in objects:
        if item.get("kind") == "Namespace":
            labels[name_of(item)] = dict((item.get("metadata") or {}).get("labels") or {})
        elif namespace_of(item):
            labels.setdefault(namespace_of(item), {})
    for name, own in labels.items():
        own["kubernetes.io/metadata.name"] = name
    return labels


def pods(objects: Iterable[Object]) -> list[Pod]:
    """One pod for each workload and each Pod, by its own name. Succeeded and Failed pods do not count."""
    return list(_pods(objects))


def _pods(objects: Iterable[Object]) -> Iterator[Pod]:
    for item in objects:
        template = _pod_template(item)
        if template is None or (item.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
            continue
        spec = template.get("spec") or {}
        yield Pod(
            namespace_of(item),
            name_of(item),
            item["kind"],
            {**_job_labels(item), **((template.get("metadata") or {}).get("labels") or {})},
            tuple(_container_ports(spec)),
            bool(spec.get("hostNetwork")),
        )


def _job_labels(item: Object) -> dict[str, str]:
    """What the API server puts on the template of a Job whose name is known, unless it selects its pods by hand."""
    metadata, by_hand = item["metadata"], (item.get("spec") or {}).get("manualSelector")
    if item["kind"] != "Job" or by_hand or metadata.get("ownerReferences") or not metadata.get("name"):
        return {}
    return {"job-name": metadata["name"], "batch.kubernetes.io/job-name": metadata["name"]}


def _pod_template(item: Object) -> Object | None:
    spec = item.get("spec") or {}
    match item.get("kind"):
        case "Pod":
            return item
        case "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "ReplicationController" | "Job":
            return spec.get("template")
        case "CronJob":
            return spec["jobTemplate"]["spec"]["template"]
    return None


def _container_ports(spec: Object) -> Iterator[tuple[str, str, int]]:
    """The declared ports of the containers that run with the pod: init containers only if they restart always."""
    sidecars = [c for c in spec.get("initContainers") or [] if c.get("restartPolicy") == "Always"]
    for container in [*(spec.get("containers") or []), *sidecars]:
        for port in container.get("ports") or []:
            yield port.get("name", ""), port.get("protocol", "TCP"), port["containerPort"]
