"""What a platform adds to a pod: a pack for each says how it is recognised, and what it opens and why.

The packs are the files in `platforms/`, part of the program as its templates are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from netpol_action.discovery.accounts import Accounts
from netpol_action.discovery.environment import mappings, name_of
from netpol_action.discovery.parties import Parties
from netpol_action.discovery.settings import image_name, subject_of
from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Cluster
from netpol_action.model.config import CidrRef, DnsServer, InternetRef, PodsRef
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand, Evidence, Gap, Unresolved
from netpol_action.model.endpoints import Json, Unseen, Workload
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, SELECT_ALL, Labels, Selector

Mark = tuple[str, str]
"""A label or annotation and its value; an empty value stands for any."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One thing that a platform needs: ports to or from `party`; None in `between`, where the application says whom."""

    party: PodsRef | CidrRef | InternetRef | None
    connections: ConnectionSet
    why: str


@dataclass(frozen=True, slots=True)
class Pack:
    """One platform.

    `pods` are labels or annotations of pods, `namespaces` of namespaces, `accounts` annotations of service accounts,
    `variables` names of a container's, `images` last parts of their names: any one of them tells.
    """

    name: str
    title: str
    pods: tuple[Mark, ...] = ()
    namespaces: tuple[Mark, ...] = ()
    exceptions: tuple[Mark, ...] = ()
    accounts: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    scrapers: tuple[PodsRef, ...] = ()
    egress: tuple[Opening, ...] = ()
    ingress: tuple[Opening, ...] = ()
    between: tuple[Opening, ...] = ()
    dns: tuple[DnsServer, ...] = ()
    ingress_controllers: tuple[PodsRef, ...] = ()


@cache
def packs() -> Mapping[str, Pack]:
    """Every pack by name, in the order of the names."""
    folder = resources.files("netpol_action.discovery") / "platforms"
    files = {each.name.removesuffix(".yaml"): each for each in folder.iterdir() if each.name.endswith(".yaml")}
    return {name: _pack(name, yaml.safe_load(files[name].read_text("utf-8"))) for name in sorted(files)}


def evidence_of(pack: Pack, workload: Workload, cluster: Cluster, accounts: Accounts) -> Evidence | None:
    """What says that the platform is in the workload's pods; None where nothing does."""
    own = {**workload.labels, **workload.annotations}
    if workload.host_network or _first(pack.exceptions, own):
        return None
    subject = subject_of(workload)
    mark = _first(pack.pods, own)
    if mark:
        where = "annotations" if mark[0] in workload.annotations else "labels"
        origin = workload.origin.at(*workload.pod_path[:-1], "metadata", where, mark[0])
        return Evidence(subject, f"{where.removesuffix('s')} {mark[0]} of its pods", own[mark[0]], origin)
    return (
        _of_containers(pack, workload)
        or _of_account(pack, workload, accounts)
        or _of_namespace(pack, workload, cluster)
    )


def _of_namespace(pack: Pack, workload: Workload, cluster: Cluster) -> Evidence | None:
    namespace = cluster.namespaces.get(workload.namespace)
    if namespace is None:
        return None
    for what, values in (("label", namespace.labels), ("annotation", namespace.annotations)):
        mark = _first(pack.namespaces, values)
        if mark is not None:
            origin = namespace.origin.at("metadata", f"{what}s", mark[0])
            return Evidence(f"Namespace {namespace.name}", f"{what} {mark[0]}", values[mark[0]], origin)
    return None


def _of_account(pack: Pack, workload: Workload, accounts: Accounts) -> Evidence | None:
    notes, account = accounts.annotations(workload) if pack.accounts else ({}, None)
    mark = next((each for each in pack.accounts if each in notes), None)
    if mark is None or account is None:
        return None
    origin = account.origin.at("metadata", "annotations", mark)
    return Evidence(f"ServiceAccount {account.name}", f"annotation {mark}", notes[mark], origin)


def _of_containers(pack: Pack, workload: Workload) -> Evidence | None:
    """What the containers' images and the names of their variables say."""
    if not pack.images and not pack.variables:
        return None
    for kind in ("initContainers", "containers"):
        for index, container in enumerate(mappings(workload.pod_spec.get(kind))):
            path = (*workload.pod_path, kind, index)
            image = container.get("image")
            if isinstance(image, str) and image_name(image) in pack.images:
                return Evidence(subject_of(workload), "image", image, workload.origin.at(*path, "image"))
            for number, variable in enumerate(mappings(container.get("env"))):
                if name_of(variable) in pack.variables:
                    origin = workload.origin.at(*path, "env", number)
                    return Evidence(subject_of(workload), f"env {name_of(variable)}", "", origin)
    return None


def needs(pack: Pack, workload: Workload, evidence: Evidence, parties: Parties) -> Iterator[Demand]:
    """The connections that the platform's part of a pod has with the platform."""
    for opening in pack.egress:
        for other in parties.endpoints(opening.party) if opening.party else ():
            yield Demand(workload, other, opening.connections, (_because(pack, opening), evidence))
    for opening in pack.ingress:
        for other in parties.endpoints(opening.party) if opening.party else ():
            yield Demand(other, workload, opening.connections, (_because(pack, opening), evidence))


def tunnels(pack: Pack, demand: Demand, members: frozenset[int]) -> Iterator[Demand]:
    """What the platform adds to a connection between pods of which it is part (`members`, by identity)."""
    ends = (demand.source, demand.destination)
    workloads = [end for end in ends if isinstance(end, Workload)]
    if not workloads or not all(isinstance(end, Workload | Unseen) for end in ends):
        return
    if all(id(workload) in members for workload in workloads):
        for opening in pack.between:
            reason = (_because(pack, opening), *demand.evidence)
            yield Demand(demand.source, demand.destination, opening.connections, reason, demand.confidence)


def missing(pack: Pack, workload: Workload, evidence: Evidence) -> Unresolved:
    """The row for a platform that the pods name and netpol.yaml does not."""
    opened = ConnectionSet()
    for opening in (*pack.egress, *pack.ingress, *pack.between):
        opened |= opening.connections
    whys = "; ".join(opening.why for opening in (*pack.egress, *pack.between, *pack.ingress))
    return Unresolved(
        gap=Gap.PLATFORM,
        workload=workload,
        outbound=bool(pack.egress),
        message=f"{subject_of(workload)} runs with {pack.title}, which needs {opened}: {whys}",
        key=f"platform/{pack.name}",
        resolution=f"platform: [{pack.name}]",
        connections=opened,
        evidence=(evidence,),
    )


def _because(pack: Pack, opening: Opening) -> Evidence:
    return Evidence(f"platform {pack.name}", opening.why)


def _first(marks: tuple[Mark, ...], labels: Labels) -> Mark | None:
    return next((mark for mark in marks if mark[0] in labels and mark[1] in ("", labels[mark[0]])), None)


def _pack(name: str, body: Mapping[str, Json]) -> Pack:
    detect = body["detect"]
    return Pack(
        name=name,
        title=body["title"],
        pods=_marks(detect.get("pods")),
        namespaces=_marks(detect.get("namespaces")),
        exceptions=_marks(detect.get("except")),
        accounts=tuple(detect.get("serviceAccounts", ())),
        variables=tuple(detect.get("env", ())),
        images=tuple(detect.get("images", ())),
        scrapers=tuple(_pods(each) for each in body.get("scrapers", ())),
        egress=tuple(_opening(each, "to") for each in body.get("egress", ())),
        ingress=tuple(_opening(each, "from") for each in body.get("ingress", ())),
        between=tuple(_opening(each, "") for each in body.get("between", ())),
        dns=tuple(_dns(each) for each in body.get("dns", ())),
        ingress_controllers=tuple(_pods(each) for each in body.get("ingressControllers", ())),
    )


def _marks(items: Json) -> tuple[Mark, ...]:
    return tuple((key, value) for item in items or () for key, value in item.items())


def _opening(body: Mapping[str, Json], end: str) -> Opening:
    party = body.get(end)
    reference: PodsRef | CidrRef | InternetRef | None = None
    if party == "internet":
        reference = InternetRef()
    elif party:
        reference = CidrRef((AddressRange.parse(party["cidr"]),)) if "cidr" in party else _pods(party)
    return Opening(reference, ConnectionSet.parse(body["ports"]), body["why"])


def _pods(body: Mapping[str, Json]) -> PodsRef:
    labels = body.get("namespaceLabels") or {NAMESPACE_NAME_LABEL: body["namespace"]}
    return PodsRef(Selector.labels(labels), Selector.labels(body["pods"]) if "pods" in body else SELECT_ALL)


def _dns(body: Mapping[str, Json]) -> DnsServer:
    server = body["to"]
    party = CidrRef((AddressRange.parse(server["cidr"]),)) if "cidr" in server else _pods(server)
    return DnsServer(party, ConnectionSet.parse(body["ports"]))
