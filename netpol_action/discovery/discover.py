"""All of discovery in its order: what workloads open, what is open to them, what netpol.yaml adds and answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from netpol_action.discovery import apiserver, declared, dns, inbound, platform, telemetry
from netpol_action.discovery.accounts import Accounts
from netpol_action.discovery.companions import companions
from netpol_action.discovery.dapr import Components
from netpol_action.discovery.directory import Directory
from netpol_action.discovery.gaps import Draft, merged, unresolved
from netpol_action.discovery.hosts import API_SERVER_KEY
from netpol_action.discovery.monitors import scraped, targets
from netpol_action.discovery.netpol_yaml import References
from netpol_action.discovery.operators import operated
from netpol_action.discovery.outbound import outbound
from netpol_action.discovery.parties import Parties
from netpol_action.discovery.replicas import replicas
from netpol_action.discovery.scalers import asked_by_keda, hidden_from_input
from netpol_action.discovery.scrapers import scrapers
from netpol_action.discovery.settings import Reading, SettingsReader
from netpol_action.discovery.shared_config import shared_config
from netpol_action.discovery.storage import buckets
from netpol_action.model.cluster import Cluster
from netpol_action.model.config import Config, EndpointKind
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Assumption, Confidence, Demand, Evidence, Requirements, Unresolved
from netpol_action.model.diagnostics import Diagnostic, error
from netpol_action.model.endpoints import Endpoint, Workload, sort_key

DNS_PORT = 53


@dataclass(frozen=True, slots=True)
class DiscoveryOptions:
    """`dns_port`: the port of the cluster's DNS pods, by number or name, unless netpol.yaml or a platform says it."""

    dns_port: int | str = DNS_PORT


def discover(cluster: Cluster, config: Config, options: DiscoveryOptions) -> Requirements:
    """What the application in the cluster requires, and what the input leaves open.

    Demands are sorted and unique; equal connections between the same ends are one demand with all their evidence.
    """
    parties, references = Parties(cluster), References(cluster)
    packs, problems = _packs(config)
    found = _Discovery(cluster, config, packs, parties)
    found.outbound(references)
    found.inbound(references)
    more, dead = declared.demands(config, parties)
    callers = found.callers(references)
    found.demands += more
    callers_left = found.callers(references)
    found.demands += found.scrapes
    demands, missing = _with_platforms(cluster, found, packs, parties)
    answers = declared.answered(config, parties, [*found.rows, *missing, *callers_left], callers)
    demands = _unified(demands)
    servers, assumed = dns.servers(cluster, found.directory, options.dns_port)
    chosen = config.dns or tuple(each for pack in packs for each in pack.dns)
    assumptions = [*found.assumptions, *inbound.open_to_all(demands, found.called), *(assumed if not chosen else ())]
    assumptions += (*shared_config(demands), *operated(cluster, config.namespaces))
    return Requirements(
        demands=tuple(demands),
        candidates=tuple(_without(_unified(found.candidates), demands)),
        unresolved=tuple(sorted(answers.unresolved, key=_row_order)),
        assumptions=tuple(dict.fromkeys(assumptions)),
        dns=chosen or tuple(servers),
        diagnostics=(*problems, *dead, *answers.diagnostics),
    )


class _Discovery:
    """What the input itself says, gathered step by step."""

    def __init__(self, cluster: Cluster, config: Config, packs: Sequence[platform.Pack], parties: Parties) -> None:
        self._cluster, self._config, self._packs, self._parties = cluster, config, packs, parties
        self.directory = Directory(cluster, config.cluster_domain)
        self.accounts = Accounts(cluster)
        self._named = _named(config, parties)
        reader = SettingsReader(cluster.config)
        components = Components(cluster.resources)
        self._readings: dict[Workload, Reading] = {}
        for each in cluster.workloads:
            reading = reader.read(each, self.directory.variables(each.namespace))
            settings = (*reading.settings, *components.settings(each))
            self._readings[each] = Reading(settings, reading.missing)
        self.demands: list[Demand] = []
        self.called: list[Demand] = []
        self.scrapes: list[Demand] = []
        self.candidates: list[Demand] = []
        self.rows: list[Unresolved] = []
        self.assumptions: list[Assumption] = []

    def outbound(self, references: References) -> None:
        """What each workload opens."""
        servers = self._named.get("api-server", ())
        for workload, reading in self._readings.items():
            found = outbound(workload, reading, self.directory)
            drafts = [*found.drafts, *telemetry.switched_on(reading.settings), *buckets(reading.settings)]
            drafts += apiserver.uses(workload, reading, self.accounts)
            if servers:
                mine = [draft for draft in drafts if draft.key == API_SERVER_KEY]
                self.demands += apiserver.reached(mine, workload, servers)
                drafts = [draft for draft in drafts if draft.key != API_SERVER_KEY]
            self.demands += (*found.demands, *dns.own_servers(workload))
            self.candidates += found.candidates
            self.assumptions += found.assumptions
            self.rows += [unresolved(workload, draft, references) for draft in merged(drafts)]

    def inbound(self, references: References) -> None:
        """What is open to others, and what is only between replicas."""
        cluster, directory = self._cluster, self.directory
        controllers = _controllers(self._config, self._packs, self._parties)
        self.demands += inbound.exposed(cluster, directory, controllers)
        self.demands += inbound.published(cluster, directory, self._named)
        self.demands += dns.served(cluster, directory)
        self.demands += replicas(cluster, directory)
        self.called += apiserver.called(cluster, directory, self._named.get("api-server", ()))
        self.demands += self.called
        self.assumptions += apiserver.assumed(self.called)
        of_platforms = (party for pack in self._packs for party in pack.scrapers)
        ends = [end for party in of_platforms for end in self._parties.endpoints(party)]
        known = scrapers(cluster, self._readings, ends)
        demands, rows = scraped(list(targets(cluster, directory)), known, cluster)
        self.scrapes = [demand for demand in demands if demand.confidence is Confidence.CERTAIN]
        self.candidates += (demand for demand in demands if demand.confidence is not Confidence.CERTAIN)
        self.rows += rows
        self._scaled(references)
        self.candidates += companions(cluster, self.demands)

    def _scaled(self, references: References) -> None:
        """A row for each workload that KEDA asks."""
        drafts: dict[Workload, list[Draft]] = {}
        for workload, draft in asked_by_keda(self._cluster, self.directory, self._readings):
            drafts.setdefault(workload, []).append(draft)
        for workload, mine in drafts.items():
            self.rows += [unresolved(workload, draft, references) for draft in merged(mine)]
        self.assumptions += hidden_from_input(self._cluster)

    def callers(self, references: References) -> list[Unresolved]:
        """A row for each port that no demand reaches, so far."""
        drafts = inbound.uncalled(self._cluster, self.directory, self.demands, self.scrapes)
        return [unresolved(workload, draft, references) for workload, draft in drafts]


def _named(config: Config, parties: Parties) -> Mapping[EndpointKind, Sequence[Endpoint]]:
    """The addresses of netpol.yaml that are the cluster's own, by what they are."""
    found: dict[EndpointKind, list[Endpoint]] = {}
    for each in config.endpoints:
        found.setdefault(each.kind, []).extend(parties.endpoints(each.addresses))
    return found


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
    cluster: Cluster, found: _Discovery, packs: Sequence[platform.Pack], parties: Parties
) -> tuple[list[Demand], list[Unresolved]]:
    """The demands with those of the platforms that are on, and a row for each workload and platform that is not."""
    rows: list[Unresolved] = []
    result = list(found.demands)
    on = {pack.name for pack in packs}
    for pack in platform.packs().values():
        members: set[int] = set()
        for workload in cluster.workloads:
            evidence = platform.evidence_of(pack, workload, cluster, found.accounts)
            if evidence is None:
                continue
            members.add(id(workload))
            if pack.name in on:
                result += platform.needs(pack, workload, evidence, parties)
            else:
                rows.append(platform.missing(pack, workload, evidence))
        if pack.name in on and pack.between:
            for demand in found.demands:
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
