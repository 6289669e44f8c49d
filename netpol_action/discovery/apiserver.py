"""Who talks with the Kubernetes API server: controllers that use it, and webhooks and extensions that it calls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netpol_action.discovery.accounts import Accounts
from netpol_action.discovery.directory import Directory
from netpol_action.discovery.environment import mappings, name_of
from netpol_action.discovery.gaps import Draft
from netpol_action.discovery.hosts import API_SERVER, draft_of_api_server
from netpol_action.discovery.names import words
from netpol_action.discovery.settings import Reading
from netpol_action.model.cluster import Cluster, Resource
from netpol_action.model.demands import Assumption, Demand, Evidence
from netpol_action.model.endpoints import Anywhere, Endpoint, Json, Workload
from netpol_action.origin import FieldPath

_HTTPS = 443
_CLIENT_SETTINGS = frozenset(
    {
        ("kubeconfig",), ("kubernetes", "master"), ("watch", "namespace"), ("leader", "elect"), ("leader", "election"),
        ("enable", "leader", "election"), ("kubernetes", "sd", "configs"), ("in", "cluster"),
        ("kubernetes", "service", "host"),
    }
)  # fmt: skip
"""Names of variables, flags and keys that only a client of the API server has."""
_WEBHOOKS = ("ValidatingWebhookConfiguration", "MutatingWebhookConfiguration")


def uses(workload: Workload, reading: Reading, accounts: Accounts) -> Iterator[Draft]:
    """A row for a workload that uses the API server: RBAC lets it, or settings that only such clients have say so."""
    evidence = list(accounts.bindings(workload))
    for setting in reading.settings:
        parts = words(setting.name)
        if any(parts[-length:] in _CLIENT_SETTINGS for length in (1, 2, 3)) and setting.value.lower() != "false":
            evidence.append(setting.evidence)
    if evidence:
        yield draft_of_api_server(tuple(dict.fromkeys(evidence)))


def called(cluster: Cluster, directory: Directory, servers: Sequence[Endpoint]) -> Iterator[Demand]:
    """Demands of the API server: admission and conversion webhooks, and the APIs that others serve for it.

    `servers` is where it is; without, nobody can say, and its connections come from anywhere.
    """
    services = {(each.namespace, each.name): each for each in cluster.services}
    for resource in cluster.resources:
        for client, path in _clients(resource):
            service = services.get((client.get("namespace"), name_of(client)))  # type: ignore[arg-type]  # no str, no hit
            if service is None:
                continue
            port = client.get("port")
            evidence = Evidence(
                f"{resource.kind} {resource.name}", f"Service {service.name}", "", resource.origin.at(*path)
            )
            for workload in directory.behind(service):
                connections = service.client_connections(workload, port if isinstance(port, int) else _HTTPS)
                for source in (servers or (Anywhere(),)) if connections else ():
                    yield Demand(source, workload, connections, (evidence,))


def assumed(demands: Iterable[Demand]) -> Iterator[Assumption]:
    """What is taken for granted about the API server's own connections."""
    mine = [demand for demand in demands if isinstance(demand.source, Anywhere)]
    if mine:
        names = ", ".join(sorted({str(demand.destination) for demand in mine}))
        evidence = tuple(dict.fromkeys(each for demand in mine for each in demand.evidence))
        yield Assumption(
            f"the API server calls {names}, and where it is the input does not say, so that it is open without `from`",
            "endpoints:\n  api-server: {kind: api-server, cidr: 192.0.2.0/28}  # the addresses of your control plane",
            evidence,
        )


def reached(drafts: Iterable[Draft], workload: Workload, servers: Sequence[Endpoint]) -> Iterator[Demand]:
    """The demands of rows about the API server, where netpol.yaml says where that is."""
    for draft in drafts:
        for server in servers:
            yield Demand(workload, server, API_SERVER, draft.evidence)


def _clients(resource: Resource) -> Iterator[tuple[dict[str, Json], FieldPath]]:
    """The references to Services that the API server calls for this object, and where they stand."""
    spec = resource.body.get("spec")
    if resource.kind in _WEBHOOKS:
        for index, webhook in enumerate(mappings(resource.body.get("webhooks"))):
            yield from _service(webhook.get("clientConfig"), ("webhooks", index, "clientConfig"))
    elif resource.kind == "CustomResourceDefinition" and isinstance(spec, dict):
        conversion = spec.get("conversion")
        hook = conversion.get("webhook") if isinstance(conversion, dict) else None
        if isinstance(hook, dict):
            yield from _service(hook.get("clientConfig"), ("spec", "conversion", "webhook", "clientConfig"))
        if isinstance(conversion, dict):
            yield from _service(conversion.get("webhookClientConfig"), ("spec", "conversion", "webhookClientConfig"))
    elif resource.kind == "APIService" and isinstance(spec, dict):
        yield from _service(spec, ("spec",))


def _service(config: Json, path: FieldPath) -> Iterator[tuple[dict[str, Json], FieldPath]]:
    service = config.get("service") if isinstance(config, dict) else None
    if isinstance(service, dict) and isinstance(service.get("namespace"), str):
        yield service, (*path, "service")
