"""What a change opens and closes between two versions of a cluster, as blocks of endpoint pairs and as rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from netpol_action.model.bits import elements
from netpol_action.model.connections import NOTHING, ConnectionSet
from netpol_action.model.endpoints import Anywhere, DomainName, Endpoint, IngressController, IpBlock, Workload
from netpol_action.model.rows import Rectangle, rows
from netpol_action.origin import UNKNOWN, Origin


class Kind(StrEnum):
    """What happened to the connections of a pair: there are some now, there are none any more, or others."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Risk(StrEnum):
    """What a change means, from the gravest on.

    CLOSED_REQUIRED: the application after the change still needs what is closed. OPENED_INTERNET: to or from anything
    outside of the cluster: addresses, hosts by name, the ingress controller.
    """

    CLOSED_REQUIRED = "closed-required"
    OPENED_INTERNET = "opened-internet"
    OPENED_BETWEEN_NAMESPACES = "opened-between-namespaces"
    OPENED_WITHIN_NAMESPACE = "opened-within-namespace"
    WIDENED = "widened"
    NARROWED = "narrowed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Change:
    """What is allowed before and after, which differ. `broken` is what is required after, and no longer allowed."""

    before: ConnectionSet
    after: ConnectionSet
    broken: ConnectionSet = NOTHING

    @property
    def kind(self) -> Kind:
        """Added, removed or changed."""
        if self.before and self.after:
            return Kind.CHANGED
        return Kind.ADDED if self.after else Kind.REMOVED

    @property
    def opened(self) -> ConnectionSet:
        """What is allowed only after."""
        return self.after - self.before

    @property
    def closed(self) -> ConnectionSet:
        """What is allowed only before."""
        return self.before - self.after


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that differs between the two versions and bears on a row: one clause, and where it stands."""

    what: str
    origin: Origin = UNKNOWN

    def __str__(self) -> str:
        return f"{self.what} ({self.origin})" if self.origin.path else self.what


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One pair of endpoints whose connections differ.

    `risks` are all that the change means, the gravest first: a row may open one port and close another. `workloads`
    says which ends came or went, as `workload shop/web[Deployment] added`.
    """

    source: Endpoint
    destination: Endpoint
    change: Change
    workloads: tuple[str, ...] = ()

    @property
    def risks(self) -> tuple[Risk, ...]:
        """What the change means, the gravest first."""
        return risks(self.change, reach(self.source, self.destination))

    @property
    def risk(self) -> Risk:
        """The gravest risk."""
        return self.risks[0]


Explain = Callable[[DiffRow], tuple[Cause, ...]]


def reach(source: Endpoint, destination: Endpoint) -> Risk:
    """Which risk a new connection between two endpoints is."""
    if is_outside(source) or is_outside(destination):
        return Risk.OPENED_INTERNET
    if isinstance(source, Workload) and isinstance(destination, Workload) and source.namespace == destination.namespace:
        return Risk.OPENED_WITHIN_NAMESPACE
    return Risk.OPENED_BETWEEN_NAMESPACES


def risks(change: Change, reach: Risk) -> tuple[Risk, ...]:
    """The risks of a change between endpoints of this reach, the gravest first."""
    found = [Risk.CLOSED_REQUIRED] if change.broken else []
    match change.kind:
        case Kind.ADDED:
            found.append(reach)
        case Kind.REMOVED:
            found.append(Risk.CLOSED)
        case Kind.CHANGED:
            found += [Risk.WIDENED] if change.opened else []
            found += [Risk.NARROWED] if change.closed else []
    return tuple(found)


@dataclass(frozen=True, slots=True, eq=False)
class ConnectivityDiff:
    """The pairs whose connections differ; each is in one block. Endpoints are in the order of `endpoints.sort_key`.

    No two blocks with an equal change share a source that is no address block, nor, where the sources are address
    blocks, a destination: so rows can be counted block by block. `came` and `gone` are workloads of one side only.
    `beyond` are the pods that are not in the input over which the versions were compared. `explain` finds what may have
    caused a row.
    """

    endpoints: tuple[Endpoint, ...] = ()
    blocks: tuple[Rectangle[Change], ...] = ()
    came: int = 0
    gone: int = 0
    explain: Explain = lambda _: ()
    beyond: int = 0

    def rows(self, *kinds: Kind) -> Iterator[DiffRow]:
        """The rows of these kinds, all without any: sorted and unique, address blocks cut only where they differ."""
        wanted = [block for block in self.blocks if not kinds or block[2].kind in kinds]
        notes = {id(end): f"workload {end} {word}" for end, word in self._moves()}
        for source, destination, change in rows(self.endpoints, wanted):
            said = [notes[id(end)] for end in (source, destination) if id(end) in notes] if notes else ()
            yield DiffRow(source, destination, change, tuple(said))

    def within_input(self) -> ConnectivityDiff:
        """The difference without pods that are not in the input, as a map has its rows without them."""
        if not self.beyond:
            return self
        inside = [(s & ~self.beyond, d & ~self.beyond, change) for s, d, change in self.blocks]
        return replace(self, blocks=tuple(each for each in inside if each[0] and each[1]), beyond=0)

    def workloads(self) -> tuple[str, ...]:
        """A sentence for each workload that came or went."""
        return tuple(f"workload {end} {word}" for end, word in self._moves())

    def _moves(self) -> Iterator[tuple[Endpoint, str]]:
        for i in elements(self.came | self.gone):
            yield self.endpoints[i], "added" if self.came >> i & 1 else "removed"


def is_outside(endpoint: Endpoint) -> bool:
    """Whether an endpoint is no part of the cluster, or speaks for what is none."""
    return isinstance(endpoint, IpBlock | DomainName | IngressController | Anywhere)
