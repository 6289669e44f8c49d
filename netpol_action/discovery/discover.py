"""All of discovery in its order: what workloads open, what is open to them, what netpol.yaml adds and answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from netpol_action.discovery import declared, inbound, platform
from netpol_action.discovery.directory import Directory
from netpol_action.discovery.gaps import merged, unresolved
from netpol_action.discovery.outbound import outbound
from netpol_action.discovery.parties import Parties
from netpol_action.discovery.resolutions import References
from netpol_action.discovery.settings import SettingsReader
from netpol_action.model.cluster import Cluster
from netpol_action.model.config import Config, DnsServer, PodsRef
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Assumption, Confidence, Demand, Evidence, Requirements, Unresolved
from netpol_action.model.diagnostics import Diagnostic, error
from netpol_action.model.endpoints import Endpoint, sort_key
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, SELECT_ALL, Selector

DNS_PORT = 53


@dataclass(frozen=True, slots=True)
class DiscoveryOptions:
    """`dns_port`: on which port the cluster's DNS pods listen, where neither netpol.yaml nor a platform says so."""

    dns_port: int = DNS_PORT


def discover(cluster: Cluster, config: Config, options: DiscoveryOptions) -> Requirements:
    """What the application in the cluster requires, and what the input leaves open.

    Demands are sorted and unique; equal connections between the same ends are one demand with all their evidence.
    """
    parties, references = Parties(cluster), References(cluster)
    directory = Directory(cluster, config.cluster_domain)
    packs, problems = _packs(config)
    demands: list[Demand] = []
    candidates: list[Demand] = []
    rows: list[Unresolved] = []
    assumptions: list[Assumption] = []
    reader = SettingsReader(cluster.config)
    for workload in cluster.workloads:
        found = outbound(workload, reader.read(workload, directory.variables(workload.namespace)), directory)
        demands += found.demands
        candidates += found.candidates
        assumptions += found.assumptions
        rows += [unresolved(workload, draft, references) for draft in merged(found.drafts)]
    demands += inbound.exposed(cluster, directory, _controllers(config, packs, parties))
    demands += inbound.published(cluster, directory)
    demands += inbound.dns_servers(cluster, directory)
    more, dead = declared.demands(config, parties)
    callers = [unresolved(*each, references) for each in inbound.uncalled(cluster, directory, demands)]
    demands += more
    callers_left = [unresolved(*each, references) for each in inbound.uncalled(cluster, directory, demands)]
    demands, missing = _with_platforms(cluster, demands, packs, parties)
    answers = declared.answered(config, parties, [*rows, *missing, *callers_left], callers)
    demands = _unified(demands)
    assumptions += inbound.open_to_all(demands)
    return Requirements(
        demands=tuple(demands),
        candidates=tuple(_without(_unified(candidates), demands)),
        unresolved=tuple(sorted(answers.unresolved, key=_row_order)),
        assumptions=tuple(dict.fromkeys(assumptions)),
        dns=config.dns or tuple(each for pack in packs for each in pack.dns) or (_kube_dns(options.dns_port),),
        diagnostics=(*problems, *dead, *answers.diagnostics),
    )


def _packs(config: Config) -> tuple[list[platform.Pack], list[Diagnostic]]:
    known = platform.packs()
    problems = [
        error("unknown-platform", f"platform: {name} is not one of {', '.join(known)}", config.origin.at("platform"))
        for name in config.platform
        if name not in known
    ]
    return [known[name] for name in config.platform if name in known], problems


def _controllers(config: Config, packs: Sequence[platform.Pack], parties: Parties) -> list[Endpoint]:
    named = config.ingress_controllers or tuple(each for pack in packs for each in pack.ingress_controllers)
    return [endpoint for party in named for endpoint in parties.endpoints(party)]


def _with_platforms(
    cluster: Cluster, demands: list[Demand], packs: Sequence[platform.Pack], parties: Parties
) -> tuple[list[Demand], list[Unresolved]]:
    """The demands with those of the platforms that are on, and a row for each workload and platform that is not."""
    rows: list[Unresolved] = []
    result = list(demands)
    on = {pack.name for pack in packs}
    for pack in platform.packs().values():
        members: set[int] = set()
        for workload in cluster.workloads:
            evidence = platform.evidence_of(pack, workload, cluster)
            if evidence is None:
                continue
            members.add(id(workload))
            if pack.name in on:
                result += platform.needs(pack, workload, evidence, parties)
            else:
                rows.append(platform.missing(pack, workload, evidence))
        if pack.name in on and pack.between:
            for demand in demands:
                result += platform.tunnels(pack, demand, frozenset(members))
    return result, rows


def _unified(demands: Iterable[Demand]) -> list[Demand]:
    """Sorted, and one demand for equal connections between the same ends at the same confidence."""
    evidence: dict[tuple[Endpoint, Endpoint, ConnectionSet, Confidence], dict[Evidence, None]] = {}
    for demand in demands:
        key = (demand.source, demand.destination, demand.connections, demand.confidence)
        evidence.setdefault(key, {}).update(dict.fromkeys(demand.evidence))
    unified = [
        Demand(s, d, connections, tuple(why), confidence) for (s, d, connections, confidence), why in evidence.items()
    ]
    return sorted(
        unified, key=lambda d: (sort_key(d.source), sort_key(d.destination), str(d.connections), d.confidence)
    )


def _without(candidates: Iterable[Demand], demands: Iterable[Demand]) -> Iterable[Demand]:
    """The candidates that no demand allows already."""
    allowed: dict[tuple[Endpoint, Endpoint], ConnectionSet] = {}
    for demand in demands:
        ends = (demand.source, demand.destination)
        allowed[ends] = allowed.get(ends, ConnectionSet()) | demand.connections
    for candidate in candidates:
        if not candidate.connections <= allowed.get((candidate.source, candidate.destination), ConnectionSet()):
            yield candidate


def _row_order(row: Unresolved) -> tuple[str, str, str]:
    return (str(row.workload), row.gap, row.key)


def _kube_dns(port: int) -> DnsServer:
    """Kubernetes' own DNS is in kube-system, whatever software it is and whatever its pods' labels are."""
    connections = ConnectionSet.single("TCP", port) | ConnectionSet.single("UDP", port)
    return DnsServer(PodsRef(Selector.labels({NAMESPACE_NAME_LABEL: "kube-system"}), SELECT_ALL), connections)
