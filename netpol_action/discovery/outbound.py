"""From settings to connections that a workload opens: to workloads, to hosts outside, or to what nobody can tell.

The rule throughout: a value means a Service only where it plausibly is an address. A name alone under a variable that
does not suggest an address is a candidate, listed and not allowed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from netpol_action.discovery import hosts, names
from netpol_action.discovery.addresses import NODE, Address, Form, addresses, unknowns
from netpol_action.discovery.directory import Directory
from netpol_action.discovery.endpoints import by_hand
from netpol_action.discovery.gaps import Draft
from netpol_action.discovery.neighbours import Neighbours
from netpol_action.discovery.ports import Software
from netpol_action.discovery.settings import Missing, Reading, Setting, aliases_of
from netpol_action.model.cluster import Service
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.demands import Assumption, Confidence, Demand
from netpol_action.model.endpoints import Endpoint, IpBlock, Unseen, Workload
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Selector

_Asked = int | str | None
"""The port of a Service that a value asks for, by number or name; None: all."""


@dataclass(slots=True)
class Found:
    """What one workload's settings came to."""

    demands: list[Demand] = field(default_factory=list)
    candidates: list[Demand] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)


def outbound(workload: Workload, reading: Reading, directory: Directory) -> Found:
    """The connections that the workload's settings and missing references ask for."""
    return _Finder(workload, reading, directory).find()


class _Finder:
    def __init__(self, workload: Workload, reading: Reading, directory: Directory) -> None:
        self._workload, self._reading, self._directory = workload, reading, directory
        self._neighbours = Neighbours(reading.settings)
        self._found = Found()
        self._aliases = aliases_of(workload)
        self._parts: list[Demand] = []
        self._ports_of_missing: dict[int, tuple[ConnectionSet, Software | None]] = {}
        self._of_node: list[tuple[Setting, ConnectionSet]] = []

    def find(self) -> Found:
        for setting in self._reading.settings:
            if names.is_credential(setting.name) and "://" not in setting.value:
                continue
            for address in addresses(setting.value):
                self._judge(setting, address)
        self._judge_missing()
        self._found.assumptions += hosts.assumption_of_node(self._of_node)
        # A host without a port that others are made of, as `http://$(HOST):80`: they say what of it is reached.
        whole = {id(demand.destination) for demand in self._found.demands}
        self._found.demands += (part for part in self._parts if id(part.destination) not in whole)
        return self._found

    def _judge(self, setting: Setting, address: Address) -> None:
        alias = self._aliases.get(address.host)
        if alias is not None:
            address = replace(address, host=alias)
        if NODE in address.host:
            self._judge_node(setting, address)
            return
        hidden = unknowns(address.host)
        for index in hidden:
            ports, over_udp = self._ports_of_missing.get(index, (NOTHING, None))
            more, by = hosts.named_connections(address, None, setting.name)
            self._ports_of_missing[index] = ports | more, over_udp or by
        if hidden:
            return
        service = self._directory.service(address.host, self._workload.namespace)
        if service is not None:
            self._judge_service(setting, address, service)
        elif names.is_dialled(setting.name) or _is_repository(setting, address):
            beside = self._port_beside(setting)
            self._draft(hosts.draft_of_host(setting, address, self._directory, self._workload.namespace, beside))

    def _judge_node(self, setting: Setting, address: Address) -> None:
        """The node's own address: it alone may also be there for the application to know where it runs."""
        sure = address.form is not Form.BARE or (names.names_address(setting.name) and not setting.part)
        if sure and names.is_dialled(setting.name):
            ports, _ = hosts.named_connections(address, self._port_beside(setting), setting.name)
            self._of_node.append((setting, ports))

    def _judge_service(self, setting: Setting, address: Address, service: Service) -> None:
        asked = self._asked(setting, address, service)
        workloads = self._directory.behind(service)
        reached = [(each, _reached(service, each, asked, address)) for each in workloads]
        if not self._is_sure(setting, address, service):
            if not setting.strict:
                others = [(each, connections) for each, connections in reached if each is not self._workload]
                self._found.candidates += self._demands(setting, address, others, Confidence.CANDIDATE)
        elif service.selector is None:
            self._judge_bare_service(setting, address, service, asked)
        elif not workloads:
            self._judge_empty_service(setting, address, service, asked)
        else:
            demands = self._demands(setting, address, reached)
            is_part = setting.part and asked is None and address.form is Form.BARE
            (self._parts if is_part else self._found.demands).extend(demands)
            if not demands:
                behind = _union(service.client_connections(each) for each in workloads)
                self._draft(hosts.draft_of_port(setting, address, service, behind))

    def _judge_bare_service(self, setting: Setting, address: Address, service: Service, asked: _Asked) -> None:
        """A Service without selector: the addresses that the input gives it, or a row."""
        ends = [
            (IpBlock(each.address), by_hand(service, each, asked, address))
            for each in self._directory.given_by_hand(service)
        ]
        demands = self._demands(setting, address, ends)
        if demands:
            self._found.demands += demands
        else:
            self._draft(hosts.draft_of_bare_service(setting, address, service))

    def _is_sure(self, setting: Setting, address: Address, service: Service) -> bool:
        """Whether the value plausibly is an address of this Service, and one to connect to."""
        if not names.is_dialled(setting.name):
            return False
        if address.form is Form.URL or self._directory.name(address.host).qualified:
            return True
        suggests = names.names_address if setting.strict else names.suggests_address
        if address.form is Form.BARE:
            return suggests(setting.name)
        named = any(address.port_name == each.name for each in service.ports)
        if address.port is None:
            return named
        return suggests(setting.name) or any(address.port in (each.port, each.target) for each in service.ports)

    def _asked(self, setting: Setting, address: Address, service: Service) -> _Asked:
        """The port of the Service that is meant: from the value, the variable beside it, or the scheme."""
        in_name = self._directory.name(address.host).port_name
        if address.port is not None or address.port_name or in_name:
            return address.port if address.port is not None else address.port_name or in_name
        numbers = {each.port for each in service.ports}
        beside = self._port_beside(setting)
        if beside is not None and (beside in numbers or service.headless):
            return beside
        by_scheme = next((ports.ranges[0][0] for _, ports in address.connections.ports), None)
        return by_scheme if by_scheme in numbers else None

    def _port_beside(self, setting: Setting) -> int | None:
        return self._neighbours.port(setting.name, setting.group, from_file=setting.from_file)

    def _judge_empty_service(self, setting: Setting, address: Address, service: Service, asked: _Asked) -> None:
        """A Service whose pods are not in the input: its selector and numeric target ports say what to allow."""
        connections = NOTHING
        for each in service.ports:
            target = each.port if each.target is None or service.headless else each.target
            if isinstance(target, int) and (asked is None or asked in (each.port, each.name)):
                connections |= ConnectionSet.single(each.protocol, target)
        if connections and service.selector is not None:
            pods = Unseen(Selector.labels({NAMESPACE_NAME_LABEL: service.namespace}), service.selector)
            self._found.demands += self._demands(setting, address, [(pods, connections)])
        else:
            self._draft(hosts.draft_of_port(setting, address, service, NOTHING))

    def _judge_missing(self) -> None:
        assumed: list[Missing] = []
        for index, missing in enumerate(self._reading.missing):
            beside = self._neighbours.port(missing.reference.variable, missing.group)
            draft = hosts.draft_of_missing(missing, self._ports_of_missing.get(index), beside)
            self._draft(draft)
            if draft is None:
                assumed.append(missing)
        self._found.assumptions += hosts.assumptions_of_missing(assumed)

    def _draft(self, draft: Draft | None) -> None:
        if draft is not None:
            self._found.drafts.append(draft)

    def _demands(
        self,
        setting: Setting,
        address: Address,
        ends: Iterable[tuple[Endpoint, ConnectionSet]],
        confidence: Confidence = Confidence.CERTAIN,
    ) -> list[Demand]:
        evidence = (hosts.evidence_of(setting, address),)
        return [
            Demand(self._workload, end, connections, evidence, confidence) for end, connections in ends if connections
        ]


def _is_repository(setting: Setting, address: Address) -> bool:
    """Whether the value is one that git clones, which is no link to show, under whatever name."""
    return "ssh" in address.scheme.split("+") or setting.value.endswith(".git")


def _reached(service: Service, workload: Workload, asked: _Asked, address: Address) -> ConnectionSet:
    """What reaches the pods; the clients of a headless Service reach whatever port they name."""
    connections = service.client_connections(workload, asked)
    if not connections and service.headless and isinstance(asked, int):
        return address.connections or ConnectionSet.single("TCP", asked)
    return connections


def _union(sets: Iterable[ConnectionSet]) -> ConnectionSet:
    result = NOTHING
    for each in sets:
        result |= each
    return result
