"""Services."""

from __future__ import annotations

import re
from collections.abc import Iterator

from netpol_action.manifests.fields import FieldError, cidr, labels, mapping, port_number, sequence, text
from netpol_action.manifests.identity import BROKEN, Manifest, annotations_of
from netpol_action.manifests.selectors import label_map
from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Service, ServicePort
from netpol_action.model.connections import PROTOCOLS, is_protocol
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.endpoints import Json
from netpol_action.model.labels import Labels

_SOURCE_RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
_HOST_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_HOST = re.compile(rf"{_HOST_LABEL}(?:\.{_HOST_LABEL})*\.?")
_LONGEST_HOST = 254
_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")


def service(manifest: Manifest, problems: list[Diagnostic]) -> Service:
    """The Service of an object; raises FieldError where it cannot be known what stands behind it, or before it."""
    if not manifest.name:
        raise FieldError("is missing", "metadata", "name")
    spec = mapping(manifest.body.get("spec"), "spec")
    kind = spec.get("type") or "ClusterIP"
    if kind not in _TYPES:
        raise FieldError(f"must be one of {', '.join(_TYPES)}", "spec", "type")
    selector = spec.get("selector") if kind != "ExternalName" else None
    metadata = manifest.metadata
    notes = annotations_of(manifest, metadata, ("metadata",), problems)
    return Service(
        namespace=manifest.namespace,
        name=manifest.name,
        selector=label_map(selector, "spec", "selector") if selector else None,
        ports=_ports(manifest, spec.get("ports"), problems),
        type=kind,
        headless=spec.get("clusterIP") == "None",
        external_name=_external_name(spec) if kind == "ExternalName" else "",
        source_ranges=_source_ranges(spec, notes) if kind == "LoadBalancer" else (),
        local_traffic_policy=spec.get("externalTrafficPolicy") == "Local",
        labels=labels(metadata.get("labels"), "metadata", "labels"),
        annotations=notes,
        declared_namespace=manifest.declared_namespace,
        addresses=tuple(_addresses(spec, "clusterIP", "clusterIPs", "loadBalancerIP", "externalIPs")),
        cluster_ips=tuple(_addresses(spec, "clusterIP", "clusterIPs")),
        external_ips=tuple(_addresses(spec, "externalIPs")),
        origin=manifest.origin,
    )


def _external_name(spec: dict[str, Json]) -> str:
    """The host that the Service stands for, as RFC 1123 has it, with or without a dot at its end."""
    host = text(spec.get("externalName"), "spec", "externalName")
    if host and (len(host) > _LONGEST_HOST or not _HOST.fullmatch(host)):
        raise FieldError("is not the name of a host", "spec", "externalName")
    return host


def _addresses(spec: dict[str, Json], *keys: str) -> Iterator[str]:
    """The addresses under these keys; what is none, as `None` for a headless Service, is left out."""
    for key in keys:
        value = spec.get(key)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and each not in ("", "None"):
                yield each


def _ports(manifest: Manifest, value: Json, problems: list[Diagnostic]) -> tuple[ServicePort, ...]:
    found: list[ServicePort] = []
    for index, each in enumerate(sequence(value, "spec", "ports")):
        try:
            found.append(_port(each))
        except FieldError as problem:
            problems.append(problem.below("spec", "ports", index).diagnostic(BROKEN, manifest.origin))
    return tuple(found)


def _port(value: Json) -> ServicePort:
    fields = mapping(value)
    protocol = fields.get("protocol") or "TCP"
    if not isinstance(protocol, str) or not is_protocol(protocol):
        raise FieldError(f"must be one of {', '.join(PROTOCOLS)}", "protocol")
    node_port = fields.get("nodePort")
    return ServicePort(
        port=port_number(fields.get("port"), "port"),
        protocol=protocol,
        name=text(fields.get("name"), "name"),
        target=_target(fields.get("targetPort")),
        node_port=port_number(node_port, "nodePort") if node_port else None,
    )


def _target(value: Json) -> int | str | None:
    """A number or a name; unset (null, 0, "") it is the port itself."""
    if not value:
        return None
    if isinstance(value, str):
        if not value.isdecimal():
            return value
        raise FieldError("must be a number or a port's name; a number in quotes is neither", "targetPort")
    return port_number(value, "targetPort")


def _source_ranges(spec: dict[str, Json], notes: Labels) -> tuple[AddressRange, ...]:
    """A range that cannot be read must not drop out: without any the Service would be open to everyone."""
    path: tuple[str, ...] = ("spec", "loadBalancerSourceRanges")
    found = sequence(spec.get("loadBalancerSourceRanges"), *path)
    if not found and notes.get(_SOURCE_RANGES):
        path = ("metadata", "annotations", _SOURCE_RANGES)
        return tuple(cidr(each.strip(), *path) for each in notes[_SOURCE_RANGES].split(","))
    return tuple(cidr(text(each, *path, index).strip(), *path, index) for index, each in enumerate(found))
