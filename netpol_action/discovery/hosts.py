"""Hosts that no workload of the input answers to, as rows for people: outside, elsewhere in the cluster, unknown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from netpol_action.discovery import names
from netpol_action.discovery.addresses import Address, Form
from netpol_action.discovery.directory import Directory, Place
from netpol_action.discovery.gaps import Draft
from netpol_action.discovery.netpol_yaml import example_host, flow, pods, shown
from netpol_action.discovery.ports import LAST_SYSTEM_PORT, WELL_KNOWN, Software, guess, udp_software
from netpol_action.discovery.settings import Missing, Setting
from netpol_action.model.cluster import Service
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.demands import Assumption, Evidence, Gap

API_SERVER = ConnectionSet.single("TCP", 443) | ConnectionSet.single("TCP", 6443)
"""What reaches the API server: its Service is on 443, and it listens on 443 or 6443 itself."""
API_SERVER_KEY = "host/kubernetes"
_NAMESPACE = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_TOP_DOMAINS = frozenset([
    "com", "net", "org", "io", "dev", "app", "cloud", "co", "ai", "edu", "gov", "mil", "int", "info", "biz", "tech",
    "online", "internal", "local", "lan", "corp", "home", "intranet", "private", "arpa", "eu", "us", "uk", "de", "fr",
    "nl", "ch", "at", "be", "es", "it", "pl", "se", "no", "dk", "fi", "ie", "pt", "cz", "br", "ca", "au", "nz", "jp",
    "cn", "in", "kr", "sg", "za",
])  # fmt: skip
"""Domains under which hosts stand, public and private; not all of them."""
_OF_NAMESPACES = frozenset({"app", "dev", "int", "internal", "private", "local"})
"""Those of them that are names of namespaces as well."""
_SERVICE = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")
_NO_HOST = frozenset(
    ["", "true", "false", "yes", "no", "on", "off", "none", "null", "auto", "default", "dns", "env", "http", "https"]
)


def evidence_of(setting: Setting, address: Address) -> Evidence:
    """The setting with what stands there; without where it comes from a Secret."""
    return setting.evidence if setting.secret else replace(setting.evidence, value=shown(str(address)))


def draft_of_host(
    setting: Setting, address: Address, directory: Directory, namespace: str, beside: int | None
) -> Draft | None:
    """The row for a host that is no Service of the input; None where the value is not plainly an address.

    `namespace` is that of the pods that connect, `beside` the port that stands beside the host.
    """
    if address.form is Form.HOST_PORT and address.port is None and not address.is_ip:
        return None
    place = Place.OUTSIDE if address.is_ip else directory.place(address.host)
    if not _is_plain(setting, address, directory, place, beside):
        return None
    ports, over_udp = named_connections(address, beside, setting.name)
    if setting.secret:
        draft = _hidden(setting, ports)
    elif place is Place.OUTSIDE:
        draft = _outside(setting, address, ports)
    else:
        home = namespace if place is Place.NOWHERE else ""
        draft = _in_cluster(setting, address, directory, home, ports)
    return replace(draft, over_udp=over_udp)


def _is_plain(setting: Setting, address: Address, directory: Directory, place: Place, beside: int | None) -> bool:
    """Whether the value plainly is an address, and nothing else that happens to look like one."""
    # Of a connection string, the name of the part alone says what it is: `Database` in CONNECTION.Database.
    named = names.names_address(setting.name.rpartition(".")[2] if setting.strict else setting.name)
    if address.form is Form.URL:
        return True
    if place is Place.CLUSTER:
        return named or address.port is not None or directory.name(address.host).qualified
    if place is Place.OUTSIDE:
        ends_in_letters = address.host.rpartition(".")[2].isalpha()
        if address.form is Form.BARE and not setting.strict and names.is_store(setting.name) and _is_full(address.host):
            return True
        return named or (address.port is not None and (address.is_ip or ends_in_letters))
    suggested = names.suggests_address(setting.name) or _is_service_and_port(setting, address)
    if address.port is not None and not setting.strict and suggested:
        return True
    bare_in_file = setting.from_file and address.form is Form.BARE and beside is None
    return named and not bare_in_file and address.host not in _NO_HOST


def _is_full(host: str) -> bool:
    """Whether a name alone is a host of a domain, as `db.acme.internal`, and no table, class or file."""
    labels = host.split(".")
    return len(labels) > 2 and labels[-1] in _TOP_DOMAINS  # noqa: PLR2004  # host, domain, top


def _is_service_and_port(setting: Setting, address: Address) -> bool:
    """Whether `orders:8080`, under a name that tells nothing, is a Service: no `nginx:12`, no user and group.

    It must be the whole value or a whole item of a list, as in `orders=orders:8080,users=users:8080`.
    """
    if address.port is None or (address.port <= LAST_SYSTEM_PORT and address.port not in WELL_KNOWN):
        return False
    if address.host in _NO_HOST or not _SERVICE.fullmatch(address.host) or names.is_other(setting.name):
        return False
    return str(address) in _items(setting.value)


@lru_cache(maxsize=1)  # a long list is asked about once for each of its items
def _items(value: str) -> frozenset[str]:
    return frozenset(item.rpartition("=")[2].strip() for item in value.lower().split(","))


def draft_of_bare_service(setting: Setting, address: Address, service: Service) -> Draft:
    """The row for a Service without a selector: an ExternalName, or endpoints given by hand.

    A host that a Secret holds may name a pod of the Service too: only the Service is then named.
    """
    written = service.name if setting.secret else address.host
    host = (service.external_name or written).removesuffix(".").lower()
    ports, over_udp = named_connections(address, None, setting.name)
    declared = NOTHING
    for each in service.ports:
        if not ports or (each.port == address.port and not address.protocol):
            declared |= ConnectionSet.single(each.protocol, each.port)
    if declared:
        ports, over_udp = declared, None
    kind = "an ExternalName" if service.external_name else "without selector"
    sentence = f"connects to {host} (Service {service.name}, {kind})"
    target = flow(host=host)
    why = (evidence_of(setting, address),)
    return Draft(Gap.EXTERNAL_HOST, f"host/{host}", sentence, target, ports, why, over_udp=over_udp)


def draft_of_port(setting: Setting, address: Address, service: Service, connections: ConnectionSet) -> Draft:
    """The row for a port that the Service does not have; `connections` are those that its ports lead to.

    What stands in a Secret where the port should may be anything, a password too: it is not named.
    """
    written = address.port if address.port is not None else address.port_name
    port = "" if setting.secret else written
    has = ", ".join(str(each.port) for each in service.ports) or "none"
    named = f"port {port}" if port else "a port"
    sentence = f"connects to {named} of Service {service.name}, which leads there from none of its ports ({has})"
    target = pods(service.namespace, service.selector)
    key = f"port/{service.name}:{port}" if port else f"port/{service.name}"
    return Draft(Gap.UNKNOWN_PORT, key, sentence, target, connections, (evidence_of(setting, address),))


def draft_of_missing(
    missing: Missing, known: tuple[ConnectionSet, Software | None] | None, beside: int | None
) -> Draft | None:
    """The row for an address in a Secret or ConfigMap that is not in the input; None where names suggest none.

    `known` is the port with which a value uses the reference as a host, and the software by which it is taken to be
    UDP, None where no value does; `beside` the port that stands beside it.
    """
    reference = missing.reference
    where = f"{reference.kind} {reference.name}" + (f", key {reference.key}" if reference.key else "")
    software = guess(missing.hints)
    if reference.key:
        either = (reference.variable, reference.key)
        suggested = any(map(names.names_address, either)) and not any(map(names.is_credential, either))
        if known is None and not (suggested and names.is_dialled(reference.variable)):
            return None
        sentence = f"takes an address from {where}, which is not in the input"
    else:
        if missing.mounted or not (software or names.mentions_address(reference.name)):
            return None
        sentence = f"takes its variables from {where}, which is not in the input and may name a host"
    ports, over_udp = known if known and known[0] else _of_port(beside, missing.hints)
    return Draft(
        gap=Gap.SECRET_HOST if reference.kind == "Secret" else Gap.UNKNOWN_HOST,
        key="/".join(filter(None, (reference.kind.lower(), reference.name, reference.key))),
        sentence=sentence,
        target=_example(software),
        connections=ports,
        evidence=(missing.evidence,),
        guess=software,
        over_udp=over_udp,
        advice=f"put the host of {where} here, or {{cidr: ...}}, or {{workload: ...}}",
    )


def assumptions_of_missing(missing: Iterable[Missing]) -> Iterable[Assumption]:
    """What is taken for granted about objects outside the input of which no name suggests an address."""
    for each in missing:
        reference = each.reference
        if reference.key:
            continue
        how = "mounts" if each.mounted else "takes variables from"
        what = f"{reference.kind} {shown(reference.name)}"
        message = f"{each.evidence.subject} {how} {what}, which is not in the input and is taken to name no host"
        yield Assumption(message, "", (each.evidence,))


def assumption_of_node(found: Sequence[tuple[Setting, ConnectionSet]]) -> Iterable[Assumption]:
    """What is taken for granted about agents on the pods' own node, such as collectors of traces; at most one.

    No policy is to hold up traffic between a pod and its node (Kubernetes, "Network Policies"). An agent behind a
    hostPort is a pod of its own, to which that need not apply.
    """
    if not found:
        return
    ports = NOTHING
    for _, each in found:
        ports |= each
    message = (
        f"{found[0][0].evidence.subject} connects to the node that its pods run on, on "
        f"{ports or 'ports that are not known'}: taken to be open, as traffic with a pod's own node (status.hostIP) "
        "is; an agent behind a hostPort may need a dependency in netpol.yaml"
    )
    yield Assumption(message, "", tuple(setting.evidence for setting, _ in found))


def _outside(setting: Setting, address: Address, ports: ConnectionSet) -> Draft:
    host = address.host
    target = flow(cidr=f"{host}/{128 if ':' in host else 32}") if address.is_ip else flow(host=host)
    sentence, advice = f"connects to {host}, which is not in the input", ""
    software = None if ports else guess([setting.name, host])
    service, _, namespace = host.partition(".")
    if all(map(_NAMESPACE.fullmatch, (service, namespace))) and namespace not in _TOP_DOMAINS - _OF_NAMESPACES:
        sentence += f" and may be Service {service} in namespace {namespace}"
        advice = f"if it is that Service, write `to: {flow(namespace=namespace)}`, and add pods: {{LABEL: VALUE}}"
    evidence = (evidence_of(setting, address),)
    return Draft(Gap.EXTERNAL_HOST, f"host/{host}", sentence, target, ports, evidence, software, advice)


def _hidden(setting: Setting, ports: ConnectionSet) -> Draft:
    """A host that a Secret of the input holds: its name stays there."""
    where = f"Secret {setting.secret.replace('/', ', key ', 1)}"
    software = guess([setting.name, setting.secret])
    return Draft(
        gap=Gap.EXTERNAL_HOST,
        key=f"secret/{setting.secret}",
        sentence=f"connects to the host in {where}, which is not in the input",
        target=_example(software),
        connections=ports,
        evidence=(setting.evidence,),
        guess=software,
        advice=f"put the host of {where} here, or {{cidr: ...}}, or {{workload: ...}}",
    )


def _in_cluster(setting: Setting, address: Address, directory: Directory, home: str, ports: ConnectionSet) -> Draft:
    """A Service by its name, of which the input has no manifest; the API server is one that no input has.

    `home` is the namespace in which a name alone is looked up, empty where the host says more. A host would open the
    port to everywhere: what is suggested is the namespace, wherever it is known.
    """
    labels = directory.name(address.host).labels
    evidence = (evidence_of(setting, address),)
    if labels == ("kubernetes", "default") or address.host == "kubernetes":
        return draft_of_api_server(evidence)
    sentence = f"connects to {shown(address.host)}, a Service that is not in the input"
    namespace = home or (labels[-1] if len(labels) > 1 else "")
    if _NAMESPACE.fullmatch(namespace):
        target, advice = flow(namespace=namespace), "add pods: {LABEL: VALUE} to open less than the namespace"
        if home:
            advice += f"; {flow(host=address.host)} where it is outside of the cluster"
    else:
        target, advice = flow(host=address.host), "or the pods behind it: {namespace: NAME, pods: {LABEL: VALUE}}"
    software = None if ports else guess([setting.name, address.host])
    key = f"host/{address.host}"
    return Draft(Gap.UNKNOWN_HOST, key, sentence, target, ports, evidence, software, advice)


def draft_of_api_server(evidence: tuple[Evidence, ...]) -> Draft:
    """The row for a client of the Kubernetes API server, which no input has."""
    advice = "the Service's port 443 is, behind it, nearly always 6443"
    target, sentence = flow(host="kubernetes.default.svc"), "uses the Kubernetes API server"
    return Draft(Gap.EXTERNAL_HOST, API_SERVER_KEY, sentence, target, API_SERVER, evidence, advice=advice)


def named_connections(address: Address, beside: int | None, name: str) -> tuple[ConnectionSet, Software | None]:
    """The connections that the input names for an address: by its port, by the one beside it, else by its scheme.

    Where nothing says which protocol it is, names and numbers may tell that it is UDP: then the software that they mean
    comes with it. `name` is that of the setting.
    """
    if address.port is None and address.connections:
        return address.connections, None
    port = beside if address.port is None else address.port
    if port is not None and address.protocol:
        return ConnectionSet.single(address.protocol, port), None
    return _of_port(port, [name, address.host])


def _of_port(port: int | None, hints: Iterable[str]) -> tuple[ConnectionSet, Software | None]:
    """A port whose protocol nothing tells: databases and the like speak TCP."""
    if port is None:
        return NOTHING, None
    software = udp_software(port, hints)
    return ConnectionSet.single("UDP" if software else "TCP", port), software


def _example(software: Software | None) -> str:
    return example_host(software.words[0] if software else "host")
