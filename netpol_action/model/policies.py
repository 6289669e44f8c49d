"""Policies of every kind in one shape: a tier, a subject, and rules that allow, deny or pass.

NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy all decode to `Policy`. What a
decoder did not understand it has already turned to the safe side: nothing here can be misread as an allowance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from netpol_action.model.addresses import AddressRange
from netpol_action.model.connections import FIRST_PORT, LAST_PORT, Protocol
from netpol_action.model.labels import SELECT_ALL, Labels, Selector
from netpol_action.origin import UNKNOWN, Origin


class PolicyTier(Enum):
    """The tiers in the order in which they decide; what no tier decides is allowed."""

    ADMIN = 0
    NAMESPACE = 1
    BASELINE = 2


class Direction(Enum):
    """Seen from the pods that a policy selects."""

    INGRESS = "Ingress"
    EGRESS = "Egress"


class Action(Enum):
    """What a rule does with the connections that it matches; NetworkPolicy rules only allow."""

    ALLOW = "Allow"
    DENY = "Deny"
    PASS = "Pass"  # noqa: S105  # an action of the API


@dataclass(frozen=True, slots=True)
class PodPeer:
    """The pods that match in the namespaces that match; `namespaces` None means the policy's own namespace."""

    namespaces: Selector | None = None
    pods: Selector = SELECT_ALL


@dataclass(frozen=True, slots=True)
class IpPeer:
    """An ipBlock (with `excepts`), or one item of the admin policies' `networks` (without).

    In the ADMIN and BASELINE tiers it matches pods by their address too; in the NAMESPACE tier it does not, by default.
    """

    block: AddressRange
    excepts: tuple[AddressRange, ...] = ()


@dataclass(frozen=True, slots=True)
class NodePeer:
    """The cluster's nodes that match."""

    nodes: Selector = SELECT_ALL


@dataclass(frozen=True, slots=True)
class DomainPeer:
    """Hosts by name; `*.x` matches one or more whole labels before `x`, not `x` itself."""

    names: tuple[str, ...]


Peer = PodPeer | IpPeer | NodePeer | DomainPeer


@dataclass(frozen=True, slots=True)
class PortRange:
    """Ports by number; `protocol` None means every protocol."""

    protocol: Protocol | None = None
    first: int = FIRST_PORT
    last: int = LAST_PORT


@dataclass(frozen=True, slots=True)
class NamedPort:
    """A port by name, resolved on each destination pod; `protocol` None means whatever protocol the pod gives it."""

    name: str
    protocol: Protocol | None = None


PortClause = PortRange | NamedPort


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule in one direction.

    `peers` None means any source or destination, addresses outside the cluster included; `()` means none.
    `ports` None means every protocol and port; `()` means none.
    """

    direction: Direction
    action: Action = Action.ALLOW
    peers: tuple[Peer, ...] | None = None
    ports: tuple[PortClause, ...] | None = None
    name: str = ""
    origin: Origin = UNKNOWN


@dataclass(frozen=True, slots=True)
class Policy:
    """One policy object.

    `subject` says which pods it selects (`namespaces` None: of `namespace`). `directions` are those in which a
    NetworkPolicy isolates; rules of another direction are inert. For the other kinds it names the directions that have
    rules and isolates nothing. `priority`: lower decides first within the tier; always 0 in the NAMESPACE tier.
    """

    tier: PolicyTier
    kind: str
    name: str
    namespace: str = ""
    declared_namespace: str = ""
    subject: PodPeer = PodPeer()
    directions: frozenset[Direction] = frozenset()
    rules: tuple[Rule, ...] = ()
    priority: int = 0
    labels: Labels = field(default_factory=dict, compare=False)
    origin: Origin = field(default=UNKNOWN, compare=False)

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"
