"""What of an application's requirements policies have to meet, by how strict they are and where none are written.

`strict` policies open nothing without a peer. A demand that would need it is left out and becomes an unresolved
dependency, so that it is listed, and gated, like every other thing that the policies do not allow.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.demands import Assumption, Confidence, Demand, Evidence, Gap, Requirements, Unresolved
from netpol_action.model.endpoints import Anywhere, DomainName, Endpoint, IngressController, IpBlock, Node, Workload
from netpol_action.model.policies import Direction
from netpol_action.synthesis.options import SynthesisOptions

_PLAIN = re.compile(r"[a-z0-9][a-z0-9./-]*\[[A-Za-z]+\]")


def scoped(requirements: Requirements, options: SynthesisOptions) -> Requirements:
    """The requirements as the policies have to meet them: what `synthesise` writes allows exactly these demands.

    Nothing is unresolved of workloads that no policy holds, in excluded namespaces, and nothing outbound where only
    ingress is held.
    """
    demands, rows = requirements.demands, [each for each in requirements.unresolved if _is_held(each, options)]
    assumptions = requirements.assumptions
    if options.strictness == "strict":
        nameless = [demand for demand in demands if _nameless(demand, options)]
        dropped = {id(demand) for demand in nameless}
        demands = tuple(demand for demand in demands if id(demand) not in dropped)
        rows += _rows(nameless, demands)
        assumptions = tuple(_still_assumed(assumptions, nameless))
    return replace(requirements, demands=demands, unresolved=tuple(rows), assumptions=assumptions)


def _is_held(row: Unresolved, options: SynthesisOptions) -> bool:
    direction = Direction.EGRESS if row.outbound else Direction.INGRESS
    return direction in options.directions and not options.namespaces.excludes(row.workload.namespace)


def _nameless(demand: Demand, options: SynthesisOptions) -> bool:
    """Whether only a rule without peers could allow it, at an end that a policy holds."""
    return any(
        isinstance(own, Workload)
        and not own.host_network
        and not options.namespaces.excludes(own.namespace)
        and _has_no_peer(other)
        for own, other in ((demand.source, demand.destination), (demand.destination, demand.source))
    )


def _has_no_peer(endpoint: Endpoint) -> bool:
    if isinstance(endpoint, Workload):
        return endpoint.host_network
    return isinstance(endpoint, IngressController | Anywhere | DomainName | Node)


def _rows(nameless: Iterable[Demand], named: Iterable[Demand]) -> Iterator[Unresolved]:
    """A row for each demand that is left out, unless netpol.yaml gives addresses for all of it.

    Who may reach a LoadBalancer from outside, for one, is settled by a dependency from the internet or from a CIDR.
    """
    instead = _declared_addresses(named)
    for demand in nameless:
        workload, other, outbound = _sides(demand)
        given = NOTHING if isinstance(other, DomainName) else instead.get((id(workload), outbound), NOTHING)
        left = demand.connections - given
        if left:
            yield _row(workload, other, left, demand.evidence, outbound=outbound)


def _declared_addresses(demands: Iterable[Demand]) -> dict[tuple[int, bool], ConnectionSet]:
    """For each workload and direction (outbound or not) the connections that netpol.yaml opens for addresses."""
    found: dict[tuple[int, bool], ConnectionSet] = {}
    for demand in demands:
        if demand.confidence is Confidence.DECLARED:
            for own, other, outbound in (
                (demand.source, demand.destination, True),
                (demand.destination, demand.source, False),
            ):
                if isinstance(own, Workload) and isinstance(other, IpBlock):
                    key = (id(own), outbound)
                    found[key] = found.get(key, NOTHING) | demand.connections
    return found


def _sides(demand: Demand) -> tuple[Workload, Endpoint, bool]:
    """The workload that a policy holds, the end without a peer, and whether the workload opens the connection."""
    if isinstance(demand.source, Workload) and _has_no_peer(demand.destination):
        return demand.source, demand.destination, True
    if isinstance(demand.destination, Workload):
        return demand.destination, demand.source, False
    raise ValueError(f"neither {demand.source} nor {demand.destination} is a workload")


def _row(
    workload: Workload, other: Endpoint, connections: ConnectionSet, evidence: tuple[Evidence, ...], *, outbound: bool
) -> Unresolved:
    what, advice, resolution = _settled(workload, other, connections)
    verb = "opens connections to" if outbound else "accepts connections from"
    message = (
        f"{workload.kind} {workload.name} {verb} {what}, and strict policies open nothing without a peer: {advice}; "
        f"{connections}"
    )
    key = f"no-peer/{'to' if outbound else 'from'}/{other}"
    return Unresolved(Gap.NO_PEER, workload, outbound, message, key, resolution, connections, evidence)


def _settled(workload: Workload, other: Endpoint, connections: ConnectionSet) -> tuple[str, str, str]:
    """What the end is, how to settle it, and the lines of netpol.yaml that do, where they are known."""
    match other:
        case IngressController():
            lines = "ingressControllers:\n- namespace: ingress-nginx  # where your ingress controller runs"
            return "the ingress controller", "name it in ingressControllers", lines
        case DomainName(name):
            return f"the host {name}", "give its cidr beside host in netpol.yaml", ""
        case Workload():
            return f"{other.kind} {other.name} on the host's network", "add a dependency with the nodes' CIDRs", ""
        case _:
            return "any source", "say from where in netpol.yaml", _from_internet(workload, connections)


def _from_internet(workload: Workload, connections: ConnectionSet) -> str:
    reference = f"{workload.namespace}/{workload.name}[{workload.kind}]"
    name = reference if _PLAIN.fullmatch(reference) else json.dumps(reference)
    ports = ", ".join(
        f"{protocol} {first}" if first == last else f"{protocol} {first}-{last}"
        for protocol, found in connections.ports
        for first, last in found.ranges
    )
    return f"dependencies:\n- from: internet  # or a CIDR\n  to: {name}\n  ports: [{ports}]"


def _still_assumed(assumptions: Iterable[Assumption], left_out: Iterable[Demand]) -> Iterator[Assumption]:
    """The assumptions that do not speak of demands that are left out alone."""
    gone = {evidence for demand in left_out for evidence in demand.evidence}
    return (each for each in assumptions if not each.evidence or not gone.issuperset(each.evidence))
