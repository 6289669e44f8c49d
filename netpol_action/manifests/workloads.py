"""Workloads: everything that carries a pod template, and pods themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from netpol_action.manifests.fields import FieldError, labels, mapping, port_number, sequence, text
from netpol_action.manifests.identity import BROKEN, Manifest, annotations_of, is_kind, is_name
from netpol_action.manifests.selectors import label_map, selector
from netpol_action.model.connections import PROTOCOLS, Protocol, is_protocol
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.endpoints import ContainerPort, Json, Workload
from netpol_action.model.labels import JOB_NAME_LABELS, Labels, Selector
from netpol_action.origin import FieldPath

_MAX_LABEL = 63
KNATIVE = "serving.knative.dev"
KUBEVIRT = "kubevirt.io"
_TEMPLATE: FieldPath = ("spec", "template")
_TEMPLATES: dict[tuple[str, str], FieldPath] = {
    ("", "Pod"): (),
    ("", "ReplicationController"): _TEMPLATE,
    ("apps", "DaemonSet"): _TEMPLATE,
    ("apps", "Deployment"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("apps", "StatefulSet"): _TEMPLATE,
    ("apps.openshift.io", "DeploymentConfig"): _TEMPLATE,
    ("argoproj.io", "Rollout"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("batch", "Job"): _TEMPLATE,
    (KUBEVIRT, "VirtualMachine"): _TEMPLATE,
    (KUBEVIRT, "VirtualMachineInstance"): (),
    (KUBEVIRT, "VirtualMachineInstanceReplicaSet"): _TEMPLATE,
    ("pool.kubevirt.io", "VirtualMachinePool"): ("spec", "virtualMachineTemplate", "spec", "template"),
    (KNATIVE, "Service"): _TEMPLATE,
}
_FINISHED = ("Succeeded", "Failed")


@dataclass(frozen=True, slots=True)
class Owner:
    """The controller that an object's ownerReferences name; `kind` is empty where the reference has none."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Found:
    """A workload as its own manifest describes it, and the owner it names."""

    workload: Workload
    owner: Owner | None = None


def template_path(manifest: Manifest) -> FieldPath | None:
    """Where an object of a known kind keeps the template of its pods (`()`: it is a pod itself); None for others."""
    return _TEMPLATES.get((manifest.group, manifest.kind))


def likely_template_path(manifest: Manifest) -> FieldPath | None:
    """Where an object of a kind that nothing else reads keeps what looks like a pod template; None without one.

    What lives in no namespace runs no pods.
    """
    try:
        template = manifest.body["spec"]["template"]
        return _TEMPLATE if manifest.namespace and isinstance(template["spec"]["containers"], list) else None
    except (KeyError, TypeError):  # an object of whatever shape: most have no such field
        return None


def workload(manifest: Manifest, path: FieldPath, problems: list[Diagnostic]) -> Found | None:
    """The workload of an object whose pod template is at `path`; None where it has no running pods.

    Raises FieldError where its pods' labels cannot be known.
    """
    body = manifest.body
    if not path and mapping(body.get("status"), "status").get("phase") in _FINISHED:
        return None
    if not manifest.name:
        raise FieldError("is missing", "metadata", "name")
    template = _at(body, path)
    metadata = mapping(template.get("metadata"), *path, "metadata")
    pod_path = (*path, "spec")
    pod_spec = mapping(template.get("spec"), *pod_path)
    spec = mapping(body.get("spec"), "spec")
    replicas = spec.get("replicas")
    return Found(
        Workload(
            namespace=manifest.namespace,
            name=manifest.name,
            kind=manifest.kind,
            labels=_labels(manifest, metadata, path),
            ports=_ports(manifest, pod_spec, pod_path, problems),
            host_network=pod_spec.get("hostNetwork") is True,
            declared_namespace=manifest.declared_namespace,
            selector=_selector(spec, manifest.kind) if path else None,
            replicas=replicas if type(replicas) is int else None,
            annotations=annotations_of(manifest, metadata, (*path, "metadata"), problems),
            pod_spec=pod_spec,
            pod_path=pod_path,
            origin=manifest.origin,
        ),
        _owner(manifest.metadata) if "ownerReferences" in manifest.metadata else None,
    )


def _at(body: dict[str, Json], path: FieldPath) -> dict[str, Json]:
    value: Json = body
    for depth, key in enumerate(path, start=1):
        value = value.get(key)
        if type(value) is not dict:
            raise FieldError("is missing" if value is None else "must be a mapping", *path[:depth])
    found: dict[str, Json] = value
    return found


def _labels(manifest: Manifest, metadata: dict[str, Json], path: FieldPath) -> Labels:
    found = labels(metadata.get("labels"), *path, "metadata", "labels")
    if manifest.kind == "Job":
        return {**_of_job(manifest), **found}
    if manifest.group != KNATIVE:
        return found
    # Knative copies its own name onto the pods; a revision that is named in the template likewise.
    added = {f"{KNATIVE}/{kind}": manifest.name for kind in ("service", "configuration")}
    revision = text(metadata.get("name"), *path, "metadata", "name")
    if revision:
        added |= {f"{KNATIVE}/revision": revision, "app": revision}
    return {**found, **added}


def _of_job(manifest: Manifest) -> Labels:
    """The labels with its name that the API server puts on the pods of a Job (Kubernetes, "Well-Known Labels").

    The short one is in every version, the long one since 1.27. With `manualSelector` none is put, nor is the name known
    ahead where it is generated.
    """
    metadata, spec = manifest.metadata, mapping(manifest.body.get("spec"), "spec")
    is_generated = not metadata.get("name") or bool(metadata.get("ownerReferences"))
    if manifest.group != "batch" or is_generated or spec.get("manualSelector") is True:
        return {}
    return dict.fromkeys(JOB_NAME_LABELS, manifest.name) if len(manifest.name) <= _MAX_LABEL else {}


def _selector(spec: dict[str, Json], kind: str) -> Selector | None:
    value = spec.get("selector")
    if value is None:
        return None
    if kind in ("ReplicationController", "DeploymentConfig"):
        return label_map(value, "spec", "selector")
    return selector(value, "spec", "selector")


def _ports(
    manifest: Manifest, pod_spec: dict[str, Json], path: FieldPath, problems: list[Diagnostic]
) -> tuple[ContainerPort, ...]:
    found: list[ContainerPort] = []
    for field, container in _containers(pod_spec, path):
        ports = container.get("ports")
        if not ports:
            continue
        for index, port in enumerate(sequence(ports, *field, "ports")):
            try:
                found.append(_port(port))
            except FieldError as problem:
                problems.append(problem.below(*field, "ports", index).diagnostic(BROKEN, manifest.origin))
    return tuple(found)


def _containers(pod_spec: dict[str, Json], path: FieldPath) -> Iterator[tuple[FieldPath, dict[str, Json]]]:
    """What can hold ports: containers, init containers that keep running, and a virtual machine's interfaces."""
    for index, container in enumerate(sequence(pod_spec.get("containers"), *path, "containers")):
        field = (*path, "containers", index)
        yield field, mapping(container, *field)
    for index, container in enumerate(sequence(pod_spec.get("initContainers"), *path, "initContainers")):
        field = (*path, "initContainers", index)
        if mapping(container, *field).get("restartPolicy") == "Always":
            yield field, container
    if "domain" in pod_spec:
        yield from _interfaces(pod_spec, path)


def _interfaces(pod_spec: dict[str, Json], path: FieldPath) -> Iterator[tuple[FieldPath, dict[str, Json]]]:
    domain = mapping(pod_spec["domain"], *path, "domain")
    devices = mapping(domain.get("devices"), *path, "domain", "devices")
    field = (*path, "domain", "devices", "interfaces")
    for index, interface in enumerate(sequence(devices.get("interfaces"), *field)):
        # KubeVirt writes the port of an interface under `port`, and gives it to the pod as a containerPort.
        found = mapping(interface, *field, index)
        ports = sequence(found.get("ports"), *field, index, "ports")
        renamed = [{**mapping(each), "containerPort": mapping(each).get("port")} for each in ports]
        yield (*field, index), {"ports": renamed}


def _port(value: Json) -> ContainerPort:
    fields = mapping(value)
    number = port_number(fields.get("containerPort"), "containerPort")
    protocol = fields.get("protocol") or "TCP"
    if not isinstance(protocol, str) or not is_protocol(protocol):
        raise FieldError(f"must be one of {', '.join(PROTOCOLS)}", "protocol")
    return _shared_port(text(fields.get("name"), "name"), protocol, number)


@lru_cache(maxsize=1 << 14)
def _shared_port(name: str, protocol: Protocol, number: int) -> ContainerPort:
    return ContainerPort(name, protocol, number)


def _owner(metadata: dict[str, Json]) -> Owner | None:
    """The controller among the owners: an object has at most one."""
    for index, reference in enumerate(sequence(metadata["ownerReferences"], "metadata", "ownerReferences")):
        path = ("metadata", "ownerReferences", index)
        fields = mapping(reference, *path)
        if fields.get("controller") is True:
            kind, name = text(fields.get("kind"), *path, "kind"), text(fields.get("name"), *path, "name")
            if kind and not is_kind(kind):
                raise FieldError("is not a kind that Kubernetes takes", *path, "kind")
            if name and not is_name(name):
                raise FieldError("is not a name that Kubernetes takes", *path, "name")
            return Owner(kind, name)
    return None
