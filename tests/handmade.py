"""Small clusters in few words, for tests of what works on a `Cluster`.

cluster("shop/web app=web", "shop/db app=db pg:TCP:5432", policies=[
    allow("shop/db", "app=db", ingress=[rule("TCP 5432", pods("app=web"))]),
])
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Cluster, Namespace
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.connectivity import ConnectivityMap
from netpol_action.model.endpoints import ContainerPort, Workload
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, SELECT_ALL, Requirement, Selector
from netpol_action.model.policies import (
    Action,
    Direction,
    IpPeer,
    NamedPort,
    Peer,
    PodPeer,
    Policy,
    PolicyTier,
    PortClause,
    PortRange,
    Rule,
)
from netpol_action.origin import Origin

Labels = dict[str, str]


def workload(text: str, **fields: Any) -> Workload:  # noqa: ANN401  # fields of the dataclass
    """`namespace/name label=value port-name:TCP:80`, a Deployment; `namespace/name[Kind]` for another kind."""
    first, *rest = text.split()
    place, _, kind = first.partition("[")
    namespace, name = place.split("/")
    ports = tuple(
        ContainerPort(n, p, int(number)) for n, p, number in (word.split(":") for word in rest if ":" in word)
    )
    return Workload(namespace, name, kind.rstrip("]") or "Deployment", labels(rest), ports, **fields)


def cluster(
    *workloads: str | Workload,
    policies: Sequence[Policy] = (),
    namespaces: dict[str, str] | None = None,
    **fields: Any,  # noqa: ANN401  # fields of the dataclass
) -> Cluster:
    """A cluster of these workloads; `namespaces` gives labels to namespaces, by name, as `key=value` words."""
    made = [workload(each) if isinstance(each, str) else each for each in workloads]
    names = {each.namespace for each in made} | {p.namespace for p in policies if p.namespace} | {*(namespaces or {})}
    spaces = {
        name: Namespace(name, {NAMESPACE_NAME_LABEL: name, **labels((namespaces or {}).get(name, "").split())})
        for name in sorted(names)
    }
    return Cluster(spaces, tuple(made), policies=tuple(policies), **fields)


def labels(words: Iterable[str]) -> Labels:
    """The `key=value` words as labels."""
    return dict(word.split("=", 1) for word in words if "=" in word and ":" not in word)


def selector(text: str) -> Selector:
    """`a=b`, `a in b,c`, `a notin b`, `a`, `!a`, several with `;` between; `` and `*` select everything."""
    return Selector.of(*(_requirement(part.strip()) for part in text.split(";") if part.strip() not in ("", "*")))


def _requirement(text: str) -> Requirement:
    for word, operator in ((" notin ", "NotIn"), (" in ", "In"), ("=", "In")):
        key, found, values = text.partition(word)
        if found:
            return Requirement(key, operator, tuple(sorted(values.split(","))))  # type: ignore[arg-type]
    return Requirement(text[1:], "DoesNotExist") if text.startswith("!") else Requirement(text, "Exists")


def pods(which: str = "*", namespaces: str | None = None) -> PodPeer:
    """Pods by label; of the policy's own namespace unless `namespaces` selects some."""
    return PodPeer(None if namespaces is None else selector(namespaces), selector(which))


def block(cidr: str, *excepts: str) -> IpPeer:
    """An ipBlock."""
    return IpPeer(AddressRange.parse(cidr), tuple(map(AddressRange.parse, excepts)))


def rule(ports: str | None = None, *peers: Peer, action: Action = Action.ALLOW, name: str = "") -> Rule:
    """A rule; no peers: anyone. `ports` is a connection set or port names, with `,` between; None: every port."""
    return Rule(Direction.INGRESS, action, peers or None, None if ports is None else tuple(_ports(ports)), name)


def _ports(text: str) -> Iterable[PortClause]:
    for part in text.split(","):
        try:
            connections = ConnectionSet.parse(part)
        except ValueError:
            yield NamedPort(part.strip())
            continue
        yield from (PortRange(p, first, last) for p, found in connections.ports for first, last in found.ranges)


def allow(
    place: str, which: str = "*", ingress: Sequence[Rule] | None = None, egress: Sequence[Rule] | None = None
) -> Policy:
    """A NetworkPolicy `namespace/name` for pods by label; isolates in the directions that are given."""
    namespace, name = place.split("/")
    rules, directions = _directed(place, ingress, egress)
    return Policy(
        PolicyTier.NAMESPACE,
        "NetworkPolicy",
        name,
        namespace,
        subject=pods(which),
        directions=directions,
        rules=rules,
        origin=Origin(f"{name}.yaml", 1, 1),
    )


def admin(  # noqa: PLR0913  # each is a field of a policy, and tests name the few they need
    name: str,
    subject: PodPeer | None = None,
    *,
    priority: int = 0,
    ingress: Sequence[Rule] | None = None,
    egress: Sequence[Rule] | None = None,
    tier: PolicyTier = PolicyTier.ADMIN,
) -> Policy:
    """An AdminNetworkPolicy, or with `tier` a BaselineAdminNetworkPolicy; of every pod unless `subject` says whose."""
    rules, directions = _directed(name, ingress, egress)
    kind = "AdminNetworkPolicy" if tier is PolicyTier.ADMIN else "BaselineAdminNetworkPolicy"
    return Policy(
        tier,
        kind,
        name,
        subject=subject or PodPeer(SELECT_ALL),
        directions=directions,
        rules=rules,
        priority=priority,
        origin=Origin(f"{name}.yaml", 1, 1),
    )


def _directed(
    name: str, ingress: Sequence[Rule] | None, egress: Sequence[Rule] | None
) -> tuple[tuple[Rule, ...], frozenset[Direction]]:
    given = {Direction.INGRESS: ingress, Direction.EGRESS: egress}
    origin = Origin(f"{name.rpartition('/')[2]}.yaml", 1, 1)
    rules = tuple(
        replace(each, direction=direction, origin=origin.at("spec", direction.value.lower(), i))
        for direction, found in given.items()
        for i, each in enumerate(found or ())
    )
    return rules, frozenset(direction for direction, found in given.items() if found is not None)


def deny(ports: str | None = None, *peers: Peer, name: str = "") -> Rule:
    """A rule that denies."""
    return rule(ports, *peers, action=Action.DENY, name=name)


def hand_on(ports: str | None = None, *peers: Peer, name: str = "") -> Rule:
    """A rule that passes."""
    return rule(ports, *peers, action=Action.PASS, name=name)


def rows(connectivity: ConnectivityMap) -> list[str]:
    """The rows of a map as lines."""
    return [f"{row.source} => {row.destination} : {row.allowed}" for row in connectivity.connections()]
