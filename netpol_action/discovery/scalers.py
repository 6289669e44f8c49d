"""What KEDA asks how much to scale: the queues, databases and metrics that triggers of its objects name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from netpol_action.discovery.addresses import Address, Form, addresses
from netpol_action.discovery.directory import Directory
from netpol_action.discovery.environment import mappings, name_of
from netpol_action.discovery.gaps import Draft
from netpol_action.discovery.names import suggests_address
from netpol_action.discovery.netpol_yaml import shown
from netpol_action.discovery.settings import Reading
from netpol_action.model.cluster import Cluster, Resource, Service
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Assumption, Evidence, Gap
from netpol_action.model.endpoints import Json, Workload
from netpol_action.origin import FieldPath

_KINDS = frozenset({"ScaledObject", "ScaledJob"})
_BY_KUBERNETES = frozenset({"cpu", "memory", "cron", "kubernetes-workload"})
"""Triggers for which KEDA asks nobody but the API server."""
_OPERATOR = "{namespace: keda, pods: {app: keda-operator}}"
_FROM_ENV = "FromEnv"


@dataclass(frozen=True, slots=True)
class _Value:
    """A text of a trigger; `secret` where it comes from a Secret, so that it is not shown."""

    key: str
    text: str
    secret: bool = False


def asked_by_keda(
    cluster: Cluster, directory: Directory, readings: Mapping[Workload, Reading]
) -> Iterator[tuple[Workload, Draft]]:
    """A draft for each workload whose load KEDA reads, and each trigger that does: it runs in no input."""
    for resource, path, trigger in _triggers(cluster):
        for value in _values(resource, trigger, readings):
            for address in addresses(value.text):
                service = directory.service(address.host, resource.namespace)
                if service is None or not (address.form is Form.URL or suggests_address(value.key)):
                    continue
                where = f"trigger {trigger.get('type')}, {value.key}"
                origin = resource.origin.at(*path)
                shown_value = "" if value.secret else shown(str(address))
                evidence = Evidence(f"{resource.kind} {resource.name}", shown(where), shown_value, origin)
                for workload in directory.behind(service):
                    connections = _asked(service, workload, address, trigger)
                    if connections:
                        yield workload, _draft(resource, connections, evidence)


def hidden_from_input(cluster: Cluster) -> Iterator[Assumption]:
    """What is taken for granted about triggers whose address only a TriggerAuthentication has."""
    for resource, path, trigger in _triggers(cluster):
        metadata = trigger.get("metadata")
        keys = metadata if isinstance(metadata, dict) else {}
        if trigger.get("authenticationRef") and not any(map(suggests_address, keys)):
            what = f"{resource.kind} {shown(resource.name)}"
            message = (
                f"KEDA takes what {what} connects to from {shown(name_of(trigger.get('authenticationRef')))}: taken to "
                "be outside of the input, since nothing is opened to KEDA for it"
            )
            evidence = Evidence(f"{resource.kind} {resource.name}", "authenticationRef", "", resource.origin.at(*path))
            yield Assumption(message, "", (evidence,))


def _triggers(cluster: Cluster) -> Iterator[tuple[Resource, FieldPath, Mapping[str, Json]]]:
    for resource in cluster.resources:
        spec = resource.body.get("spec")
        if resource.kind in _KINDS and resource.api_version.startswith("keda.sh/") and isinstance(spec, dict):
            for index, trigger in enumerate(mappings(spec.get("triggers"))):
                kind = trigger.get("type")
                if not (isinstance(kind, str) and kind in _BY_KUBERNETES):
                    yield resource, ("spec", "triggers", index), trigger


def _values(resource: Resource, trigger: Mapping[str, Json], readings: Mapping[Workload, Reading]) -> Iterator[_Value]:
    """The texts of a trigger; `hostFromEnv: QUEUE_URL` is the variable of what is scaled."""
    metadata = trigger.get("metadata")
    for key, text in metadata.items() if isinstance(metadata, dict) else ():
        if not isinstance(text, str):
            continue
        if not key.endswith(_FROM_ENV):
            yield _Value(key, text)
            continue
        spec = resource.body.get("spec")
        target = name_of(spec.get("scaleTargetRef")) if isinstance(spec, dict) else ""
        for workload, reading in readings.items():
            if workload.namespace == resource.namespace and workload.name == target:
                for setting in reading.settings:
                    if setting.name == text:
                        yield _Value(key.removesuffix(_FROM_ENV), setting.value, bool(setting.secret))


def _asked(service: Service, workload: Workload, address: Address, trigger: Mapping[str, Json]) -> ConnectionSet:
    """The port that the address names, or the one beside it; that of the scheme, else all of the Service."""
    metadata = trigger.get("metadata")
    beside = metadata.get("port") if isinstance(metadata, dict) else None
    for port in (address.port, address.port_name, beside):
        if isinstance(port, int | str) and port:
            return service.client_connections(workload, port)
    by_scheme = next((ports.ranges[0][0] for _, ports in address.connections.ports), None)
    return service.client_connections(workload, by_scheme) or service.client_connections(workload)


def _draft(resource: Resource, connections: ConnectionSet, evidence: Evidence) -> Draft:
    return Draft(
        gap=Gap.UNKNOWN_CALLERS,
        key="keda",
        sentence=f"is asked by KEDA for {resource.kind} {resource.name}, which is not in the input",
        target=_OPERATOR,
        connections=connections,
        evidence=(evidence,),
        advice="the pods of KEDA's operator, in the namespace where it runs",
        outbound=False,
    )
