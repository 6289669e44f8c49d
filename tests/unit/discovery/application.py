"""Small applications as tests write them, and what discovery finds in them as lines of text."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from netpol_action.config import read_config
from netpol_action.discovery import DiscoveryOptions, discover
from netpol_action.manifests.decode import decode
from netpol_action.model.cluster import Cluster
from netpol_action.model.config import Config
from netpol_action.model.demands import Demand, Requirements
from netpol_action.model.documents import Document, SourceText
from netpol_action.model.endpoints import Endpoint, Workload
from netpol_action.origin import Origin

Object = dict[str, Any]
Json = Any
"""Whatever a manifest may hold."""


def workload(
    name: str,
    env: Mapping[str, Any] | None = None,
    *,
    namespace: str = "",
    kind: str = "Deployment",
    **more: Json,  # see Json
) -> Object:
    """A workload with the label `app: NAME` and one container.

    `container` and `pod` add fields, `template` adds to the pod template's metadata; `labels` are its labels instead,
    `selector` what the workload selects by.
    """
    labels = more.get("labels", {"app": name})
    variables = [
        {"name": key, **(value if isinstance(value, dict) else {"value": value})} for key, value in (env or {}).items()
    ]
    container = {"name": name, "image": more.get("image", "app"), "env": variables, **more.get("container", {})}
    spec = {"containers": [container], **more.get("pod", {})}
    metadata = {"labels": labels, **more.get("template", {})}
    pod_template = {"metadata": metadata, "spec": spec}
    if kind == "Pod":
        return _object("v1", kind, name, namespace, {"spec": spec, "metadata": metadata})
    selector = {"matchLabels": more.get("selector", {"app": name} if "app" in labels else labels)}
    body = {"selector": selector, "template": pod_template}
    return _object("apps/v1", kind, name, namespace, {"spec": body})


def service(
    name: str, *ports: Json, namespace: str = "", selector: Mapping[str, str] | None = None, **spec: Json
) -> Object:
    """A Service for the label `app: NAME`; a port is a number or the mapping that a manifest has."""
    listed = [{"port": port} if isinstance(port, int) else port for port in ports]
    for position, port in enumerate(listed):
        port.setdefault("name", f"p{position}")
    chosen = {"selector": {"app": name} if selector is None else dict(selector)} if selector != {} else {}
    return _object("v1", "Service", name, namespace, {"spec": {"ports": listed, **chosen, **spec}})


def config_map(name: str, data: Mapping[str, str], namespace: str = "") -> Object:
    return _object("v1", "ConfigMap", name, namespace, {"data": dict(data)})


def secret(name: str, data: Mapping[str, str], namespace: str = "") -> Object:
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return _object("v1", "Secret", name, namespace, {"data": encoded})


def key_of(kind: str, name: str, key: str) -> Object:
    """A variable's `valueFrom` a key of a Secret or ConfigMap."""
    return {"valueFrom": {f"{kind}KeyRef": {"name": name, "key": key}}}


def cluster(*objects: Object) -> Cluster:
    return decode([Document(each, Origin("app.yaml", n, n)) for n, each in enumerate(objects, 1)])


def config(text: str) -> Config:
    """The configuration; a mistake in it is a mistake of the test."""
    found, problems = read_config(SourceText("netpol.yaml", text.encode()))
    assert not problems, [str(each) for each in problems]
    return found


def requirements(*objects: Object, netpol: str = "") -> Requirements:
    return discover(cluster(*objects), config(netpol), DiscoveryOptions())


def lines(demands: Sequence[Demand]) -> list[str]:
    """Demands as `shop/web -> shop/db: TCP 5432`, without `default/`."""
    return [f"{end(each.source)} -> {end(each.destination)}: {each.connections}" for each in demands]


def end(endpoint: Endpoint) -> str:
    if isinstance(endpoint, Workload):
        return endpoint.name if endpoint.namespace == "default" else f"{endpoint.namespace}/{endpoint.name}"
    return str(endpoint)


def open_questions(found: Requirements) -> list[str]:
    """Unresolved rows as `web secret-host secret/db/host TCP 5432`."""
    return [f"{end(each.workload)} {each.gap} {each.key} {each.connections}" for each in found.unresolved]


def _object(version: str, kind: str, name: str, namespace: str, body: Mapping[str, Any]) -> Object:
    place = {"namespace": namespace} if namespace else {}
    return {
        "apiVersion": version,
        "kind": kind,
        **body,
        "metadata": {**body.get("metadata", {}), "name": name, **place},
    }
