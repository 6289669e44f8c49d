"""From settings to connections that a workload opens: to workloads, to hosts outside, or to what nobody can tell.

The rule throughout: a value means a Service only where it plausibly is an address. A name alone under a variable that
does not suggest an address is a candidate, listed and not allowed.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from netpol_action.discovery import names
from netpol_action.discovery.addresses import Address, Form, addresses, unknowns
from netpol_action.discovery.directory import Directory, Place
from netpol_action.discovery.gaps import Draft
from netpol_action.discovery.ports import guess
from netpol_action.discovery.resolutions import flow, scalar, shown
from netpol_action.discovery.settings import Missing, Reading, Setting
from netpol_action.model.cluster import Service
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.demands import Assumption, Confidence, Demand, Evidence, Gap
from netpol_action.model.endpoints import Endpoint, Unseen, Workload
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Selector

_API_SERVER = ConnectionSet.single("TCP", 443) | ConnectionSet.single("TCP", 6443)
_NO_HOST = frozenset(
    ["", "true", "false", "yes", "no", "on", "off", "none", "null", "auto", "default", "dns", "env", "http", "https"]
)


@dataclass(slots=True)
class Found:
    """What one workload's settings came to; `called` holds the Services that it names, by identity."""

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
        self._found = Found()
        self._ports_of_missing: dict[int, ConnectionSet] = {}
        self._beside: dict[str, dict[tuple[str, ...], Setting]] = defaultdict(dict)
        for setting in reading.settings:
            self._beside[setting.group].setdefault(names.words(setting.name), setting)

    def find(self) -> Found:
        for setting in self._reading.settings:
            if names.is_credential(setting.name) and "://" not in setting.value:
                continue
            for address in addresses(setting.value):
                self._judge(setting, address)
        for index, missing in enumerate(self._reading.missing):
            self._judge_missing(index, missing)
        return self._found

    def _judge(self, setting: Setting, address: Address) -> None:
        hidden = unknowns(address.host)
        if hidden:
            for index in hidden:
                known = self._ports_of_missing.get(index, NOTHING)
                self._ports_of_missing[index] = known | address.connections
            return
        service = self._directory.service(address.host, self._workload.namespace)
        if service is not None:
            self._judge_service(setting, address, service)
        elif names.is_dialled(setting.name):
            self._judge_host(setting, address)

    def _judge_service(self, setting: Setting, address: Address, service: Service) -> None:
        asked = self._port(setting, address, service)
        sure = self._is_sure(setting, address, service)
        if not sure and setting.strict:
            return
        if service.selector is None:
            self._judge_bare_service(setting, address, service)
            return
        workloads = self._directory.behind(service)
        reached = [(each, _reached(service, each, asked, address)) for each in workloads]
        if not sure:
            self._found.candidates += [
                self._demand(setting, address, each, connections, Confidence.CANDIDATE)
                for each, connections in reached
                if each is not self._workload and connections
            ]
            return
        self._found.demands += [
            self._demand(setting, address, each, connections) for each, connections in reached if connections
        ]
        if not workloads:
            self._judge_empty_service(setting, address, service, asked)
        elif not any(connections for _, connections in reached):
            self._found.drafts.append(self._unknown_port(setting, address, service))

    def _is_sure(self, setting: Setting, address: Address, service: Service) -> bool:
        """Whether the value plausibly is an address of this Service, and one to connect to."""
        if not names.is_dialled(setting.name):
            return False
        if address.form is Form.URL or self._directory.name(address.host).qualified:
            return True
        suggested = names.names_address(setting.name) if setting.strict else names.suggests_address(setting.name)
        if address.form is Form.HOST_PORT:
            named = any(address.port_name == each.name for each in service.ports)
            has = any(address.port in (each.port, each.target) for each in service.ports)
            return (named or has) if not suggested else address.port is not None or named
        return suggested

    def _port(self, setting: Setting, address: Address, service: Service) -> int | str | None:
        """The port of the Service that is meant: from the value, the variable beside it, or the scheme."""
        if address.port is not None or address.port_name:
            return address.port if address.port is not None else address.port_name
        in_name = self._directory.name(address.host).port_name
        if in_name:
            return in_name
        numbers = {each.port for each in service.ports}
        beside = self._port_beside(setting)
        if beside is not None and (beside in numbers or service.headless):
            return beside
        by_scheme = next((ports.ranges[0][0] for _, ports in address.connections.ports), None)
        return by_scheme if by_scheme in numbers else None

    def _port_beside(self, setting: Setting) -> int | None:
        """The number in `DB_PORT` beside `DB_HOST`; a variable `PORT` is the container's own."""
        for words in names.port_siblings(setting.name):
            sibling = self._beside[setting.group].get(words)
            if sibling is not None and sibling.value.isdigit() and (setting.from_file or words != ("port",)):
                return int(sibling.value) if 0 < int(sibling.value[:6]) < 1 << 16 else None
        return None

    def _judge_bare_service(self, setting: Setting, address: Address, service: Service) -> None:
        """A Service without a selector: an ExternalName, or endpoints given by hand."""
        host = service.external_name or address.host
        outside = replace(address, host=host.removesuffix(".").lower(), form=Form.URL)
        ports = outside.connections
        for each in service.ports if not ports else ():
            ports |= ConnectionSet.single(each.protocol, each.port)
        kind = "an ExternalName" if service.external_name else "without selector"
        self._found.drafts.append(
            Draft(
                Gap.EXTERNAL_HOST,
                f"host/{outside.host}",
                f"connects to {outside.host} (Service {service.name}, {kind})",
                flow(host=outside.host),
                ports,
                (self._evidence(setting, address),),
            )
        )

    def _judge_empty_service(
        self, setting: Setting, address: Address, service: Service, asked: int | str | None
    ) -> None:
        """A Service whose pods are not in the input: its selector and numeric target ports say what to allow."""
        connections = NOTHING
        for each in service.ports:
            if asked is None or asked in (each.port, each.name):
                target = each.port if each.target is None or service.headless else each.target
                if isinstance(target, int):
                    connections |= ConnectionSet.single(each.protocol, target)
        namespace = Selector.labels({NAMESPACE_NAME_LABEL: service.namespace})
        if connections and service.selector is not None:
            pods = Unseen(namespace, service.selector)
            self._found.demands.append(self._demand(setting, address, pods, connections))
        else:
            self._found.drafts.append(self._unknown_port(setting, address, service))

    def _judge_host(self, setting: Setting, address: Address) -> None:
        """A host that no Service of the input answers to."""
        plain = names.names_address(setting.name)
        if address.form is Form.HOST_PORT and address.port is None and not address.is_ip:
            return
        place = Place.OUTSIDE if address.is_ip else self._directory.place(address.host)
        strong = address.form is Form.URL or plain
        if place is Place.NOWHERE:
            wanted = address.form is Form.URL or (plain and not (setting.from_file and address.form is Form.BARE))
            if wanted and address.host not in _NO_HOST:
                self._found.drafts.append(self._unknown_host(setting, address, Place.NOWHERE))
        elif place is Place.CLUSTER:
            if strong or address.port is not None or self._directory.name(address.host).qualified:
                self._found.drafts.append(self._unknown_host(setting, address, Place.CLUSTER))
        elif strong or (address.port is not None and (address.is_ip or address.host.rpartition(".")[2].isalpha())):
            self._found.drafts.append(self._external(setting, address))

    def _external(self, setting: Setting, address: Address) -> Draft:
        ports = address.connections or self._beside_connections(setting)
        software = None if ports else guess([setting.name, *(() if setting.secret else (address.host,))])
        if setting.secret:
            where = f"Secret {setting.secret.replace('/', ', key ', 1)}"
            sentence, target = f"connects to the host in {where}", _example(software.words[0] if software else "host")
            key, advice = f"secret/{setting.secret}", "put the real host here, or {cidr: ...}, or {workload: ...}"
        else:
            host = address.host
            target = flow(cidr=f"{host}/{128 if ':' in host else 32}") if address.is_ip else flow(host=host)
            sentence, key, advice = f"connects to {host}, which is not in the input", f"host/{host}", ""
        evidence = (self._evidence(setting, address),)
        return Draft(Gap.EXTERNAL_HOST, key, sentence, target, ports, evidence, software, advice)

    def _unknown_host(self, setting: Setting, address: Address, place: Place) -> Draft:
        labels = self._directory.name(address.host).labels
        ports = address.connections or self._beside_connections(setting)
        evidence = (self._evidence(setting, address),)
        if setting.secret:
            return replace(self._external(setting, address), gap=Gap.UNKNOWN_HOST)
        if labels[:2] == ("kubernetes", "default") or address.host == "kubernetes":
            sentence, advice = "uses the Kubernetes API server", "443 before and 6443 behind the Service's translation"
            return Draft(
                Gap.EXTERNAL_HOST, "host/kubernetes", sentence, flow(host="kubernetes.default.svc"), _API_SERVER,
                evidence, advice=advice,
            )  # fmt: skip
        software = None if ports else guess([setting.name, address.host])
        sentence = f"connects to {shown(address.host)}, a Service that is not in the input"
        if place is Place.CLUSTER and len(labels) > 1:
            target, advice = flow(namespace=labels[-1]), "add pods: {LABEL: VALUE} to allow less than the namespace"
        else:
            target, advice = flow(host=address.host), "or the pods: {namespace: NAME, pods: {LABEL: VALUE}}"
        return Draft(Gap.UNKNOWN_HOST, f"host/{address.host}", sentence, target, ports, evidence, software, advice)

    def _unknown_port(self, setting: Setting, address: Address, service: Service) -> Draft:
        port = address.port if address.port is not None else address.port_name
        has = ", ".join(str(each.port) for each in service.ports) or "none"
        sentence = f"connects to port {port or 'of no number'} of Service {service.name}, which has {has}"
        workloads = self._directory.behind(service)
        ports = NOTHING
        for each in workloads:
            ports |= service.pod_connections(each)
        namespace = flow(namespace=service.namespace)
        if service.selector is not None and len(service.selector.requirements) > 0:
            pods = {each.key: each.values[0] for each in service.selector.requirements if each.values}
            inner = ", ".join(f"{scalar(key)}: {scalar(value)}" for key, value in pods.items())
            namespace = f"{namespace[:-1]}, pods: {{{inner}}}}}"
        evidence = (self._evidence(setting, address),)
        return Draft(Gap.UNKNOWN_PORT, f"port/{service.name}:{port}", sentence, namespace, ports, evidence)

    def _beside_connections(self, setting: Setting) -> ConnectionSet:
        port = self._port_beside(setting)
        return ConnectionSet.single("TCP", port) if port is not None else NOTHING

    def _judge_missing(self, index: int, missing: Missing) -> None:
        reference = missing.reference
        software = guess(missing.hints)
        known = self._ports_of_missing.get(index)
        if missing.mounted or not reference.key:
            self._judge_missing_object(missing)
            return
        suggested = names.names_address(reference.variable) or names.names_address(reference.key)
        credential = names.is_credential(reference.variable) or names.is_credential(reference.key)
        if known is None and (not suggested or credential or not names.is_dialled(reference.variable)):
            return
        gap = Gap.SECRET_HOST if reference.kind == "Secret" else Gap.UNKNOWN_HOST
        where = f"{reference.kind} {reference.name}, key {reference.key}"
        self._found.drafts.append(
            Draft(
                gap,
                f"{reference.kind.lower()}/{reference.name}/{reference.key}",
                f"takes an address from {where}, which is not in the input",
                _example(software.words[0] if software else "host"),
                (known or NOTHING) or self._missing_port(reference.variable, missing),
                (missing.evidence,),
                software,
                f"put the host of {where} here, or {{cidr: ...}}, or {{workload: ...}}",
            )
        )

    def _missing_port(self, variable: str, missing: Missing) -> ConnectionSet:
        """The port in a variable beside a missing host."""
        group = next(
            (
                each.group
                for each in self._reading.settings
                if each.evidence.subject == missing.evidence.subject and not each.from_file
            ),
            "",
        )
        for words in names.port_siblings(variable):
            sibling = self._beside[group].get(words)
            if sibling is not None and sibling.value.isdigit() and words != ("port",):
                return ConnectionSet.single("TCP", int(sibling.value[:6]))
        return NOTHING

    def _judge_missing_object(self, missing: Missing) -> None:
        """All variables from an object that is not in the input, or a volume of it: assumed to hold no address."""
        reference = missing.reference
        how = "mounts" if missing.mounted else "takes variables from"
        if missing.mounted and reference.kind == "Secret":  # certificates and keys, nearly always
            return
        software = guess(missing.hints)
        if not missing.mounted and (software or names.mentions_address(reference.name)):
            where = f"{reference.kind} {reference.name}"
            self._found.drafts.append(
                Draft(
                    Gap.SECRET_HOST if reference.kind == "Secret" else Gap.UNKNOWN_HOST,
                    f"{reference.kind.lower()}/{reference.name}",
                    f"takes its variables from {where}, which is not in the input and may name a host",
                    _example(software.words[0] if software else "host"),
                    evidence=(missing.evidence,),
                    guess=software,
                    advice=f"put the host that {where} names here, or {{cidr: ...}}, or {{workload: ...}}",
                )
            )
            return
        message = (
            f"{missing.evidence.subject} {how} {reference.kind} {shown(reference.name)}, which is not in the input "
            "and is taken to name no host"
        )
        self._found.assumptions.append(Assumption(message, "", (missing.evidence,)))

    def _demand(
        self,
        setting: Setting,
        address: Address,
        destination: Endpoint,
        connections: ConnectionSet,
        confidence: Confidence = Confidence.CERTAIN,
    ) -> Demand:
        evidence = (self._evidence(setting, address),)
        return Demand(self._workload, destination, connections, evidence, confidence)

    @staticmethod
    def _evidence(setting: Setting, address: Address) -> Evidence:
        return setting.evidence if setting.secret else replace(setting.evidence, value=shown(str(address)))


def _reached(service: Service, workload: Workload, asked: int | str | None, address: Address) -> ConnectionSet:
    connections = service.pod_connections(workload, asked)
    if not connections and service.headless and isinstance(asked, int):
        return address.connections or ConnectionSet.single("TCP", asked)
    return connections


def _example(name: str) -> str:
    return flow(host=f"{name}.example.com")
