"""The words of a picture: short names for endpoints, addresses and connections."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from netpol_action.model.addresses import AddressRange, Family, merge, subtract
from netpol_action.model.connections import EVERY_PORT, EVERYTHING, ConnectionSet, PortSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import (
    Anywhere,
    DomainName,
    Endpoint,
    IngressController,
    IpBlock,
    Node,
    Unseen,
    Workload,
)
from netpol_action.model.labels import SELECT_ALL
from netpol_action.render.markdown import counted
from netpol_action.render.picture.scene import Shift
from netpol_action.render.text import plain, shortened

NAME_LENGTH = 34

PARTIAL = "Partial: a part of the input could not be used"
"""What a picture of a partial result says above all else."""

_MOST_PORTS = 2
_MOST_ADDRESSES = 4
_MOST_EXCEPTIONS = 3


def heading(connectivity: ConnectivityMap) -> str:
    """What a picture of the map shows, in a few words."""
    workloads = [endpoint for endpoint in connectivity.endpoints if isinstance(endpoint, Workload)]
    spaces = {workload.namespace for workload in workloads}
    return f"Allowed connections: {counted(len(workloads), 'workload')} in {counted(len(spaces), 'namespace')}"


@dataclass(frozen=True, slots=True)
class Words:
    """What is written at a line for a set of connections, what its tooltip says, and what became of them."""

    label: Callable[[ConnectionSet], str]
    tooltip: Callable[[ConnectionSet], str]
    shift: Callable[[ConnectionSet], Shift | None]


def connection_label(allowed: ConnectionSet) -> str:
    """One line a protocol, with long lists of ports cut short."""
    if allowed == EVERYTHING:
        return "all connections"
    return "\n".join(
        f"all {name}" if ports == EVERY_PORT else f"{name} {_ports(ports)}" for name, ports in allowed.ports
    )


MAP_WORDS = Words(connection_label, str, lambda _: None)
"""A map's connections stand for themselves."""


def endpoint_names(endpoint: Endpoint) -> tuple[str, tuple[str, ...]]:
    """What kind of thing it is, and its name in lines."""
    names: tuple[str, ...]
    match endpoint:
        case Workload():
            heading, names = endpoint.kind, (f"{endpoint.name}{_variant(endpoint)}",)
        case Unseen():
            heading, names = _unseen(endpoint)
        case DomainName():
            heading, names = "host", (endpoint.name,)
        case IpBlock() | Node() | IngressController() | Anywhere():
            heading, names = "", (str(endpoint).strip("{}").replace("-", " "),)
        case _:
            assert_never(endpoint)
    return shortened(plain(heading), NAME_LENGTH), tuple(shortened(plain(name), NAME_LENGTH) for name in names)


def address_names(blocks: Sequence[AddressRange], families: set[Family]) -> tuple[str, ...]:
    """Lines for addresses outside of the cluster; `families` are those that the whole map speaks of."""
    spans = merge(blocks)
    missing = [gap for family in sorted({span.family for span in spans}) for gap in _gaps(family, spans)]
    mine = {span.family for span in spans}
    internet = "internet" if mine == families else f"internet (IPv{min(mine)})"
    if not missing:
        return (internet,)
    if len(missing) <= _MOST_EXCEPTIONS and len(spans) >= len(missing):
        return (f"{internet} except", *map(_span, missing))
    shown = tuple(map(_span, spans[:_MOST_ADDRESSES]))
    return (*shown, f"+{len(spans) - len(shown)} more") if len(spans) > len(shown) else shown


def _gaps(family: Family, spans: Sequence[AddressRange]) -> tuple[AddressRange, ...]:
    return subtract(AddressRange.whole(family), [span for span in spans if span.family == family])


def _span(span: AddressRange) -> str:
    cidrs = span.cidrs()
    return cidrs[0] if len(cidrs) == 1 else str(span)


def _ports(ports: PortSet) -> str:
    shown = PortSet(ports.ranges[:_MOST_PORTS])
    left = len(ports.ranges) - _MOST_PORTS
    return f"{shown} +{left}" if left > 0 else str(shown)


def _variant(workload: Workload) -> str:
    return f" {{{workload.variant}}}" if workload.variant else ""


def _unseen(endpoint: Unseen) -> tuple[str, tuple[str, ...]]:
    if endpoint == Unseen():
        return "", ("entire cluster",)
    pods = "all pods" if endpoint.pods == SELECT_ALL else str(endpoint.pods)
    return "pods not in the input", (pods, f"in {endpoint.where()}")
