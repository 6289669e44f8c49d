"""Manifests as tests write them: short calls that give raw objects, and the words `web -> db TCP 80`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from naive.objects import Object


def namespace(name: str, **labels: str) -> Object:
    """A Namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def container(*ports: str, **more: Any) -> Object:  # noqa: ANN401  # a manifest's values
    """A container that declares ports, each as `name:PROTOCOL:number`, name and protocol optional: `http::80`."""
    return {"name": "main", "image": "image", "ports": [_port(port) for port in ports], **more}


def pod(place: str, labels: dict[str, str], *ports: str, phase: str = "", **spec: Any) -> Object:  # noqa: ANN401
    """A bare Pod at `namespace/name`."""
    space, name = place.split("/")
    item: Object = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": space, "name": name, "labels": labels},
        "spec": {"containers": [container(*ports)], **spec},
    }
    return item | ({"status": {"phase": phase}} if phase else {})


def workload(kind: str, place: str, labels: dict[str, str], *ports: str, **spec: Any) -> Object:  # noqa: ANN401
    """A Deployment, StatefulSet or DaemonSet at `namespace/name`; `spec` adds to its pods' spec."""
    space, name = place.split("/")
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container(*ports)], **spec}}
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"namespace": space, "name": name},
        "spec": {"selector": {"matchLabels": labels}, "template": template},
    }


def network_policy(space: str, spec: Object, name: str = "policy") -> Object:
    """A NetworkPolicy."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"namespace": space, "name": name},
        "spec": spec,
    }


def admin_policy(spec: Object, name: str = "policy", priority: int = 10) -> Object:
    """An AdminNetworkPolicy for every pod, unless the spec has a subject of its own."""
    return _cluster_wide("v1alpha1", "AdminNetworkPolicy", name, {"priority": priority} | spec)


def baseline_policy(spec: Object) -> Object:
    """The BaselineAdminNetworkPolicy, for every pod unless the spec says otherwise."""
    return _cluster_wide("v1alpha1", "BaselineAdminNetworkPolicy", "default", spec)


def cluster_policy(tier: str, spec: Object, name: str = "policy", priority: int = 10) -> Object:
    """A ClusterNetworkPolicy for every pod, unless the spec says otherwise."""
    body = {"tier": tier, "priority": priority} | spec
    return _cluster_wide("v1alpha2", "ClusterNetworkPolicy", name, body)


def _cluster_wide(version: str, kind: str, name: str, spec: Object) -> Object:
    return {
        "apiVersion": f"policy.networking.k8s.io/{version}",
        "kind": kind,
        "metadata": {"name": name},
        "spec": {"subject": {"namespaces": {}}} | spec,
    }


def _port(text: str) -> Object:
    name, protocol, number = text.split(":")
    port: Object = {"containerPort": int(number)}
    return port | ({"name": name} if name else {}) | ({"protocol": protocol} if protocol else {})


@dataclass(frozen=True)
class Question:
    """`web -> db TCP 80`: two ends by name or address, a protocol and a port."""

    source: str
    destination: str
    protocol: str
    port: int

    def __str__(self) -> str:
        return f"{self.source} -> {self.destination} {self.protocol} {self.port}"


def questions(text: str) -> Iterable[Question]:
    """The questions of a text, separated by semicolons."""
    for part in filter(None, (part.strip() for part in text.split(";"))):
        source, _, destination, protocol, port = part.split()
        yield Question(source, destination, protocol, int(port))
