"""Endpoints given by hand: the addresses behind Services without a selector."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from netpol_action.discovery.addresses import Address
from netpol_action.discovery.environment import mappings
from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Resource, Service
from netpol_action.model.connections import FIRST_PORT, LAST_PORT, ConnectionSet, is_protocol
from netpol_action.model.endpoints import Json

_SERVICE_NAME = "kubernetes.io/service-name"


@dataclass(frozen=True, slots=True)
class HandMade:
    """One address behind a Service, and what its ports lead to, by the name of the port."""

    address: AddressRange
    ports: Mapping[str, ConnectionSet]


def hand_made(resources: Iterable[Resource]) -> Mapping[tuple[str, str], list[HandMade]]:
    """The addresses behind each Service, by its namespace and name, as Endpoints and EndpointSlices give them."""
    found: dict[tuple[str, str], list[HandMade]] = defaultdict(list)
    for each in resources:
        if each.kind == "Endpoints":
            for subset in mappings(each.body.get("subsets")):
                hosts = [entry.get("ip") for entry in mappings(subset.get("addresses"))]
                found[each.namespace, each.name] += _addresses(hosts, subset.get("ports"))
        elif each.kind == "EndpointSlice":
            metadata = each.body.get("metadata")
            labels = metadata.get("labels") if isinstance(metadata, dict) else None
            service = labels.get(_SERVICE_NAME) if isinstance(labels, dict) else None
            if isinstance(service, str):
                hosts = [
                    host for entry in mappings(each.body.get("endpoints")) for host in _list(entry.get("addresses"))
                ]
                found[each.namespace, service] += _addresses(hosts, each.body.get("ports"))
    return found


def by_hand(service: Service, given: HandMade, asked: int | str | None, address: Address) -> ConnectionSet:
    """What a port of the Service (None: all) leads to at this address; ports belong together by their names."""
    result = ConnectionSet()
    for port in service.ports:
        if asked is None or asked in (port.port, port.name):
            target = port.target if isinstance(port.target, int) else port.port
            known = given.ports.get(port.name) or (next(iter(given.ports.values())) if len(given.ports) == 1 else None)
            result |= known or ConnectionSet.single(port.protocol, target)
    if not service.ports and not asked:
        return next(iter(given.ports.values()), ConnectionSet())
    return result or (address.connections if service.headless or not service.ports else ConnectionSet())


def block(host: str) -> AddressRange | None:
    """The address as a block; None where the text is none."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if address.version == 6 and address.scope_id:  # noqa: PLR2004  # IPv6
        return None
    return AddressRange.parse(f"{address}/{address.max_prefixlen}")


def _addresses(hosts: Iterable[Json], ports: Json) -> Iterator[HandMade]:
    known: dict[str, ConnectionSet] = {}
    for port in mappings(ports):
        name, number, protocol = port.get("name") or "", port.get("port"), port.get("protocol") or "TCP"
        if (
            type(number) is int
            and FIRST_PORT <= number <= LAST_PORT
            and isinstance(name, str)
            and is_protocol(protocol)
        ):
            known[name] = known.get(name, ConnectionSet()) | ConnectionSet.single(protocol, number)
    for host in hosts:
        address = block(host) if isinstance(host, str) else None
        if address is not None:
            yield HandMade(address, known)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
