"""Ingress, OpenShift Route and Gateway API routes: the Services to which the ingress controller sends traffic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from netpol_action.manifests.fields import FieldError, mapping, port_number, sequence, shown, text
from netpol_action.manifests.identity import BROKEN, Manifest
from netpol_action.model.cluster import Exposure, Service, ServicePort
from netpol_action.model.diagnostics import Diagnostic, note, warning
from netpol_action.model.endpoints import Json, Workload
from netpol_action.origin import FieldPath

GATEWAY = "gateway.networking.k8s.io"
ROUTE_KINDS = {
    ("networking.k8s.io", "Ingress"),
    ("route.openshift.io", "Route"),
    *((GATEWAY, kind) for kind in ("HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute")),
}
Services = Mapping[tuple[str, str], Service]
Pods = Mapping[str, Sequence[Workload]]
"""The workloads of each namespace."""


@dataclass(frozen=True, slots=True)
class _Backend:
    """One reference to a Service, and where it stands."""

    namespace: str
    service: str
    port: int | str | None
    path: str
    field: FieldPath


def exposures(
    routes: Iterable[Manifest], grants: Iterable[Manifest], services: Services, workloads: Iterable[Workload]
) -> tuple[list[Exposure], list[Diagnostic]]:
    """What the routes expose. References to Services or ports that the input does not have are warnings."""
    found: list[Exposure] = []
    problems: list[Diagnostic] = []
    granted = _grants(grants, problems)
    pods: dict[str, list[Workload]] = {}
    for workload in workloads:
        pods.setdefault(workload.namespace, []).append(workload)
    for manifest in routes:
        try:
            for backend in _backends(manifest, granted, problems):
                found.extend(_exposed(manifest, backend, services, pods, problems))
        except FieldError as problem:
            problems.append(problem.diagnostic(BROKEN, manifest.origin))
    return list(dict.fromkeys(found)), problems


def _backends(manifest: Manifest, granted: frozenset[_Grant], problems: list[Diagnostic]) -> Iterator[_Backend]:
    if not manifest.name:
        raise FieldError("is missing", "metadata", "name")
    spec = mapping(manifest.body.get("spec"), "spec")
    if manifest.kind == "Ingress":
        return _ingress(manifest, spec, problems)
    if manifest.kind == "Route":
        return _openshift(manifest, spec)
    return _gateway(manifest, spec, granted, problems)


def _exposed(
    manifest: Manifest, backend: _Backend, services: Services, pods: Pods, problems: list[Diagnostic]
) -> Iterator[Exposure]:
    origin = manifest.origin.at(*backend.field)
    service = services.get((backend.namespace, backend.service))
    name = f"{shown(backend.namespace)}/{shown(backend.service)}"
    if service is None:
        message = f"{manifest.title} names Service {name}, which is not in the input"
        problems.append(warning("unknown-backend", message, origin))
        return
    ports = _service_ports(manifest, backend, service, pods)
    if not ports:
        message = f"{manifest.title} names port {shown(backend.port)} of Service {name}, "
        problems.append(warning("unknown-backend-port", f"{message}which has no such port", origin))
    for port in ports:
        yield Exposure(
            kind=manifest.kind,
            namespace=manifest.namespace,
            name=manifest.name,
            service_namespace=backend.namespace,
            service=backend.service,
            port=port,
            path=backend.path,
            origin=origin,
        )


def _service_ports(manifest: Manifest, backend: _Backend, service: Service, pods: Pods) -> list[int | str | None]:
    """The Service's ports that the backend means; empty where it has none such."""
    wanted = backend.port
    if wanted is None:
        return [None]
    if manifest.kind == "Route":
        return [port.port for port in service.ports if _targets(port, wanted, service, pods)]
    return [wanted] if any(wanted in (port.port, port.name) for port in service.ports) else []


def _targets(port: ServicePort, wanted: int | str, service: Service, pods: Pods) -> bool:
    """Whether a Route's `targetPort` means this port.

    The router looks among the endpoints, which have the names of the Service's ports and the numbers of the pods'.
    """
    if isinstance(wanted, str):
        return port.name == wanted
    if isinstance(port.target, str):
        return any(
            (each.name, each.protocol, each.number) == (port.target, port.protocol, wanted)
            for pod in pods.get(service.namespace, ())
            if service.selects(pod)
            for each in pod.ports
        )
    return wanted == (port.port if port.target is None else port.target)


def _no_service(manifest: Manifest, path: FieldPath) -> Diagnostic:
    message = f"{manifest.title} has a backend that is no Service; what stands behind it is not known"
    return warning("unsupported-backend", message, manifest.origin.at(*path))


# --- Ingress ---------------------------------------------------------------------------------------------------------


def _ingress(manifest: Manifest, spec: dict[str, Json], problems: list[Diagnostic]) -> Iterator[_Backend]:
    for field in ("defaultBackend", "backend"):
        if spec.get(field) is not None:
            yield from _ingress_backend(manifest, spec[field], "", ("spec", field), problems)
    for index, each in enumerate(sequence(spec.get("rules"), "spec", "rules")):
        rule = mapping(each, "spec", "rules", index)
        field_path: FieldPath = ("spec", "rules", index, "http")
        host = text(rule.get("host"), "spec", "rules", index, "host")
        http = mapping(rule.get("http"), *field_path)
        for place, item in enumerate(sequence(http.get("paths"), *field_path, "paths")):
            path = (*field_path, "paths", place)
            fields = mapping(item, *path)
            address = host + text(fields.get("path"), *path, "path")
            yield from _ingress_backend(manifest, fields.get("backend"), address, (*path, "backend"), problems)


def _ingress_backend(
    manifest: Manifest, value: Json, address: str, path: FieldPath, problems: list[Diagnostic]
) -> Iterator[_Backend]:
    """A backend of networking.k8s.io/v1, or of the versions before it (serviceName, servicePort)."""
    fields = mapping(value, *path)
    if fields.get("resource") is not None:
        problems.append(_no_service(manifest, path))
        return
    if "serviceName" in fields:
        service = text(fields["serviceName"], *path, "serviceName")
        port = _port(fields.get("servicePort"), *path, "servicePort")
    else:
        path = (*path, "service")
        given = mapping(fields.get("service"), *path)
        service = text(given.get("name"), *path, "name")
        port = _backend_port(mapping(given.get("port"), *path, "port"), *path, "port")
    if not service:
        raise FieldError("must name a Service", *path)
    yield _Backend(manifest.namespace, service, port, address, path)


def _backend_port(fields: dict[str, Json], *path: str | int) -> int | str:
    number, name = fields.get("number"), fields.get("name")
    if (number is None) == (name is None):
        raise FieldError("must have either a number or a name", *path)
    return text(name, *path, "name") if number is None else port_number(number, *path, "number")


def _port(value: Json, *path: str | int) -> int | str:
    if isinstance(value, str) and value:
        return int(value) if value.isdecimal() else value
    return port_number(value, *path)


# --- OpenShift Route -------------------------------------------------------------------------------------------------


def _openshift(manifest: Manifest, spec: dict[str, Json]) -> Iterator[_Backend]:
    target = mapping(spec.get("port"), "spec", "port").get("targetPort")
    port = None if target is None else _port(target, "spec", "port", "targetPort")
    address = text(spec.get("host"), "spec", "host") + text(spec.get("path"), "spec", "path")
    backends: list[tuple[FieldPath, Json]] = [(("spec", "to"), spec.get("to"))]
    others = sequence(spec.get("alternateBackends"), "spec", "alternateBackends")
    backends += [(("spec", "alternateBackends", index), each) for index, each in enumerate(others)]
    for path, value in backends:
        fields = mapping(value, *path)
        if fields.get("kind") not in (None, "Service"):
            raise FieldError("must be Service", *path, "kind")
        service = text(fields.get("name"), *path, "name")
        if not service:
            raise FieldError("must name a Service", *path)
        yield _Backend(manifest.namespace, service, port, address, path)


# --- Gateway API -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Grant:
    """Routes of `kind` in `source` may name Services in `namespace`: all of them, or `service` alone."""

    kind: str
    source: str
    namespace: str
    service: str


def _grants(manifests: Iterable[Manifest], problems: list[Diagnostic]) -> frozenset[_Grant]:
    found: set[_Grant] = set()
    for manifest in manifests:
        try:
            found.update(_grant(manifest))
        except FieldError as problem:
            problems.append(problem.diagnostic(BROKEN, manifest.origin))
    return frozenset(found)


def _grant(manifest: Manifest) -> Iterator[_Grant]:
    spec = mapping(manifest.body.get("spec"), "spec")
    sources = [mapping(each, "spec", "from", i) for i, each in enumerate(sequence(spec.get("from"), "spec", "from"))]
    targets = [mapping(each, "spec", "to", i) for i, each in enumerate(sequence(spec.get("to"), "spec", "to"))]
    for source in sources:
        if source.get("group") != GATEWAY:
            continue
        for target in targets:
            if target.get("kind") == "Service" and not target.get("group"):
                kind, namespace = text(source.get("kind")), text(source.get("namespace"))
                yield _Grant(kind, namespace, manifest.namespace, text(target.get("name")))


def _gateway(
    manifest: Manifest, spec: dict[str, Json], granted: frozenset[_Grant], problems: list[Diagnostic]
) -> Iterator[_Backend]:
    parents = sequence(spec.get("parentRefs"), "spec", "parentRefs")
    if parents and all(mapping(each, "spec", "parentRefs").get("kind") == "Service" for each in parents):
        message = f"{manifest.title} belongs to a service mesh, not to a gateway: not used"
        problems.append(note("mesh-route", message, manifest.origin))
        return
    hosts = sequence(spec.get("hostnames"), "spec", "hostnames")
    address = ",".join(text(host, "spec", "hostnames", index) for index, host in enumerate(hosts))
    for index, each in enumerate(sequence(spec.get("rules"), "spec", "rules")):
        path: FieldPath = ("spec", "rules", index)
        for field, reference in _references(mapping(each, *path), path):
            backend = _reference(manifest, reference, field, address, problems)
            if backend is not None and _is_granted(manifest, backend, granted, problems):
                yield backend


def _references(fields: dict[str, Json], path: FieldPath) -> Iterator[tuple[FieldPath, dict[str, Json]]]:
    """The backends of a rule, and those that mirror filters of the rule or of a backend send copies to."""
    yield from _mirrors(fields, path)
    for index, each in enumerate(sequence(fields.get("backendRefs"), *path, "backendRefs")):
        field = (*path, "backendRefs", index)
        reference = mapping(each, *field)
        yield field, reference
        yield from _mirrors(reference, field)


def _mirrors(fields: dict[str, Json], path: FieldPath) -> Iterator[tuple[FieldPath, dict[str, Json]]]:
    for index, each in enumerate(sequence(fields.get("filters"), *path, "filters")):
        mirror = mapping(each, *path, "filters", index).get("requestMirror")
        if mirror is not None:
            field = (*path, "filters", index, "requestMirror", "backendRef")
            yield field, mapping(mapping(mirror, *field[:-1]).get("backendRef"), *field)


def _reference(
    manifest: Manifest, fields: dict[str, Json], path: FieldPath, address: str, problems: list[Diagnostic]
) -> _Backend | None:
    if fields.get("group") or fields.get("kind") not in (None, "Service"):
        problems.append(_no_service(manifest, path))
        return None
    service = text(fields.get("name"), *path, "name")
    if not service:
        raise FieldError("must name a Service", *path)
    namespace = text(fields.get("namespace"), *path, "namespace") or manifest.namespace
    return _Backend(namespace, service, port_number(fields.get("port"), *path, "port"), address, path)


def _is_granted(manifest: Manifest, backend: _Backend, granted: frozenset[_Grant], problems: list[Diagnostic]) -> bool:
    if backend.namespace == manifest.namespace:
        return True
    wanted = {_Grant(manifest.kind, manifest.namespace, backend.namespace, name) for name in ("", backend.service)}
    if wanted & granted:
        return True
    service = f"{shown(backend.namespace)}/{shown(backend.service)}"
    message = f"{manifest.title} names Service {service} without a ReferenceGrant there: not exposed"
    problems.append(warning("missing-reference-grant", message, manifest.origin.at(*backend.field)))
    return False
