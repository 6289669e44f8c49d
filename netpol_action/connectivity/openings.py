"""What policies open to pods and namespaces that are not in the input, and to the whole internet.

Every selector of a peer becomes an endpoint: a pod of which only this is known (`model.unseen` has the rules for it).
The policies that such pods have themselves are unknown and left out, so an opening is what the workload's own policies
let through. What a pod may really open is what the rows of all selectors that it meets say together; where an admin
policy denies some of the pods of a selector, the deny has a row of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from netpol_action.connectivity.beyond import ENTIRE_CLUSTER, described, possible
from netpol_action.connectivity.ends import find_end
from netpol_action.connectivity.engine import Engine, EvaluationOptions, Reaches
from netpol_action.connectivity.focus import Focus
from netpol_action.connectivity.fold import Reach
from netpol_action.connectivity.rules import active_rules
from netpol_action.model.addresses import AddressRange
from netpol_action.model.bits import elements
from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.diagnostics import Diagnostic, note
from netpol_action.model.endpoints import IpBlock, Unseen, Workload
from netpol_action.model.openings import Opening, Openings
from netpol_action.model.policies import Direction, NamedPort, PodPeer, Policy


def openings(cluster: Cluster, options: EvaluationOptions) -> Openings:
    """What the policies of each workload open beyond the input."""
    engine = Engine(
        cluster, options, {ENTIRE_CLUSTER, *(each for each in described(cluster.policies) if possible(each, cluster))}
    )
    directions = (engine.ingress, engine.egress)
    finders = [_Finder(engine, reaches) for reaches in directions]
    rows = (row for i in range(len(engine.universe.workloads)) for finder in finders for row in finder.openings(i))
    return Openings(
        tuple(rows),
        {reaches.direction: _unprotected(engine, reaches) for reaches in directions},
        (*engine.assumptions(), *_named_ports(cluster.policies)),
    )


def focused(openings: Openings, focus: Focus, workloads: Sequence[Workload]) -> Openings:
    """The openings of the workloads in focus, in its direction, on its ports; its peers have no meaning here.

    `workloads` are all of the input. Raises UsageError for unknown or ambiguous names.
    """
    ends = {workloads[i] for text in focus.ends for i in elements(find_end(text, workloads).bits)} or set(workloads)
    directions = {focus.direction} if focus.direction else set(Direction)
    rows = [row for row in openings.rows if row.workload in ends and row.direction in directions]
    return replace(
        openings,
        rows=tuple(rows if focus.ports is None else _on_ports(rows, focus.ports)),
        unprotected={
            direction: tuple(w for w in unprotected if w in ends)
            for direction, unprotected in openings.unprotected.items()
            if direction in directions
        },
    )


def _on_ports(rows: Sequence[Opening], ports: ConnectionSet) -> Iterator[Opening]:
    """The rows on these ports alone: pods that get there what every pod of the cluster gets need no row any more."""
    of_all = {(row.workload, row.direction): row.connections & ports for row in rows if row.other == ENTIRE_CLUSTER}
    for row in rows:
        connections = row.connections & ports
        selected = isinstance(row.other, Unseen) and row.other != ENTIRE_CLUSTER
        known = of_all.get((row.workload, row.direction), NOTHING) if selected else NOTHING
        if connections != known:
            yield replace(row, connections=connections)


class _Finder:
    """The openings of one direction; those of equal reaches are found once."""

    def __init__(self, engine: Engine, reaches: Reaches) -> None:
        self._engine = engine
        self._reaches = reaches
        universe = engine.universe
        self._first = len(universe.workloads)
        self._entire = 1 << (self._first + universe.unseen.index(ENTIRE_CLUSTER))
        self._unseen = universe.every_pod & ~universe.every_workload & ~self._entire
        self._known: dict[Reach, list[tuple[Unseen | IpBlock, ConnectionSet]]] = {}
        self._in_input: dict[Unseen | IpBlock, bool] = {
            unseen: unseen != ENTIRE_CLUSTER and bool(universe.subjects(PodPeer(unseen.namespaces, unseen.pods), ""))
            for unseen in universe.unseen
        }

    def openings(self, number: int) -> Iterator[Opening]:
        """The openings of one workload by its number."""
        reach = self._reaches.of[number]
        if reach not in self._known:
            self._known[reach] = list(self._found(reach))
        workload, direction = self._engine.universe.workloads[number], self._reaches.direction
        for other, connections in self._known[reach]:
            yield Opening(workload, direction, other, connections, self._in_input.get(other, False))

    def _found(self, reach: Reach) -> Iterator[tuple[Unseen | IpBlock, ConnectionSet]]:
        entire = self._connections(reach, self._entire)
        if entire:
            yield ENTIRE_CLUSTER, entire
        pods: dict[int, ConnectionSet] = {}
        left = self._unseen
        for mask, ends in reach:
            connections = self._engine.ports.connections(mask)
            left &= ~ends
            if connections != entire:
                pods.update(dict.fromkeys(elements(ends & self._unseen), connections))
        if entire:
            pods.update(dict.fromkeys(elements(left), ConnectionSet()))
        yield from ((self._engine.universe.unseen[i - self._first], pods[i]) for i in sorted(pods))
        for family in self._engine.universe.network.families:
            connections = self._connections(reach, self._engine.universe.of_family(family))
            if connections:
                yield IpBlock(AddressRange.whole(family)), connections

    def _connections(self, reach: Reach, ends: int) -> ConnectionSet:
        """What every one of these other ends may have."""
        mask, left = self._engine.ports.everything, ends
        for ports, bits in reach:
            if bits & ends:
                mask &= ports
                left &= ~bits
        return ConnectionSet() if left else self._engine.ports.connections(mask)


def _unprotected(engine: Engine, reaches: Reaches) -> tuple[Workload, ...]:
    return tuple(w for w, numbers in zip(engine.universe.workloads, reaches.selecting, strict=True) if not numbers)


def _named_ports(policies: Sequence[Policy]) -> Iterator[Diagnostic]:
    """Egress to a port by its name: which number it is on a pod that is not in the input, nobody knows."""
    for policy in policies:
        for rule in active_rules(policy):
            names = [clause.name for clause in rule.ports or () if isinstance(clause, NamedPort)]
            to_pods = rule.peers is None or any(isinstance(peer, PodPeer) for peer in rule.peers)
            if rule.direction is Direction.EGRESS and names and to_pods:
                yield note(
                    "unseen-named-port",
                    f"{policy} speaks of the port {', '.join(names)} by name; on pods that are not in the input its "
                    "number is unknown, and the openings do not show it",
                    rule.origin.at("ports"),
                )
