"""What the application requires, as sets over the endpoints of a map."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from netpol_action.checks.names import ANY_PORT
from netpol_action.model.addresses import AddressRange
from netpol_action.model.bits import bits_of, elements
from netpol_action.model.config import CidrRef
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.demands import Requirements
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
from netpol_action.model.known_labels import satisfiable
from netpol_action.model.labels import SELECT_ALL, Labels, Selector
from netpol_action.model.policies import Direction, PodPeer
from netpol_action.model.unseen import UnseenIndex

Key = tuple[str, str, str]
"""A workload by namespace, name and kind: all of its variants."""


def key_of(workload: Workload) -> Key:
    """The workload whatever its variant."""
    return workload.namespace, workload.name, workload.kind


class Needs:
    """The demands by workload and direction, over the endpoints of a map.

    Bitsets: `numbers` are each workload's endpoints, `outside` the addresses, `every` all of both, `unseen` the pods
    that are not in the input, and `every_pod` of these the one that stands for every pod of the cluster. Endpoints in
    none of them are not asked about. `pod_addresses` are those by which policies match pods.
    """

    def __init__(
        self,
        allowed: ConnectivityMap,
        requirements: Requirements,
        namespaces: Mapping[str, Labels],
        pod_addresses: Sequence[AddressRange] = (),
    ) -> None:
        self.endpoints = allowed.endpoints
        self.numbers: dict[Key, int] = defaultdict(int)
        self._namespaces = namespaces
        self._pod_addresses = pod_addresses
        self._blocks = [(i, e) for i, e in enumerate(allowed.endpoints) if isinstance(e, IpBlock)]
        self._unseen = {i: e for i, e in enumerate(allowed.endpoints) if isinstance(e, Unseen)}
        for i, endpoint in enumerate(allowed.endpoints):
            if isinstance(endpoint, Workload):
                self.numbers[key_of(endpoint)] |= 1 << i
        self.outside = bits_of(i for i, _ in self._blocks)
        self.unseen = bits_of(self._unseen)
        self.every_pod = bits_of(i for i, each in self._unseen.items() if each == Unseen())
        self.every = sum(self.numbers.values()) | self.outside
        self._ends: dict[tuple[Key, Direction], list[tuple[Endpoint, ConnectionSet]]] = defaultdict(list)
        self._known: dict[Endpoint, int] = {}
        self._positions = list(self._unseen)
        self._index = UnseenIndex(list(self._unseen.values()), namespaces)
        for demand in requirements.demands:
            if isinstance(demand.destination, Workload):
                key = key_of(demand.destination), Direction.INGRESS
                self._ends[key].append((demand.source, demand.connections))
            if isinstance(demand.source, Workload):
                key = key_of(demand.source), Direction.EGRESS
                self._ends[key].append((demand.destination, demand.connections))
        self.unresolved: dict[tuple[Key, Direction], ConnectionSet] = defaultdict(ConnectionSet)
        for row in requirements.unresolved:
            of = key_of(row.workload), Direction.EGRESS if row.outbound else Direction.INGRESS
            self.unresolved[of] |= row.connections
        servers = list(_name_servers(requirements))
        self._dns = [*servers, *(each for server, c in servers for each in self._called_servers(server, c))]

    def of(self, workload: Workload, direction: Direction) -> tuple[ConnectionSet, Mapping[int, ConnectionSet]]:
        """What is required of everyone, since no policy could name the other end, and of single endpoints."""
        everywhere = NOTHING
        single: dict[int, ConnectionSet] = {}
        more = self._dns if direction is Direction.EGRESS else []
        for end, connections in (*self._ends.get((key_of(workload), direction), ()), *more):
            if _is_unnamed(end):
                everywhere |= connections
            for number in elements(self._find(end)):
                single[number] = single.get(number, NOTHING) | connections
        return everywhere, single

    def wider(self, number: int) -> int:
        """All of which the pods that are not in the input, by their number, are among; of two that are, the first."""
        return self._wider.get(number, 0)

    @cached_property
    def _wider(self) -> Mapping[int, int]:
        members = {i: self._among(each) for i, each in self._unseen.items()}
        found: dict[int, int] = {}
        for other, some in members.items():
            for i in elements(some & ~(1 << other)):
                if other < i or not members[i] >> other & 1:
                    found[i] = found.get(i, 0) | 1 << other
        return found

    def _among(self, others: Unseen) -> int:
        """The pods that are not in the input which are among others."""
        found = self._index.matching(PodPeer(others.namespaces, others.pods), "")
        return bits_of(self._positions[i] for i in elements(found))

    def _called_servers(self, server: Endpoint, connections: ConnectionSet) -> Iterator[tuple[Endpoint, ConnectionSet]]:
        """Pods with a label in any namespace, where the name servers may have it: rules often name them so."""
        if not isinstance(server, Unseen):
            return
        for each in self._unseen.values():
            named = each.namespaces == SELECT_ALL and each.pods != SELECT_ALL
            if named and satisfiable(Selector.of(*each.pods.requirements, *server.pods.requirements)):
                yield each, connections

    def _find(self, end: Endpoint) -> int:
        if end not in self._known:
            self._known[end] = self._found(end)
        return self._known[end]

    def _found(self, end: Endpoint) -> int:
        match end:
            case Workload():
                return self.numbers[key_of(end)]
            case IpBlock(range=addresses):
                blocks = bits_of(i for i, block in self._blocks if block.range.overlaps(addresses))
                return blocks | self.unseen if self._holds_pods(addresses) else blocks
            case Unseen():
                pods = (
                    i
                    for i, other in enumerate(self.endpoints)
                    if isinstance(other, Workload)
                    and end.pods.matches(other.labels)
                    and end.namespaces.matches(self._namespaces.get(other.namespace, {}))
                )
                return bits_of(pods) | self._among(end)
            case _:
                return 0

    def _holds_pods(self, addresses: AddressRange) -> bool:
        """Whether who opens these addresses cannot but open every pod."""
        homes = [block for block in self._pod_addresses if block.family == addresses.family]
        return bool(homes) and all(block in addresses for block in homes)


def _name_servers(requirements: Requirements) -> Iterator[tuple[Endpoint, ConnectionSet]]:
    """Whom every workload may ask for names, and where; a port by name may be any."""
    for each in requirements.dns:
        connections = ANY_PORT if each.port_name else each.connections
        if isinstance(each.server, CidrRef):
            yield from ((IpBlock(block), connections) for block in each.server.ranges)
        else:
            yield Unseen(each.server.namespaces, each.server.pods), connections


def _is_unnamed(end: Endpoint) -> bool:
    """Whether no NetworkPolicy can name the end, so that what it needs has to be open to everyone."""
    return isinstance(end, Anywhere | DomainName | IngressController | Node) or (
        isinstance(end, Workload) and end.host_network
    )
