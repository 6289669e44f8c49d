"""AdminNetworkPolicy and BaselineAdminNetworkPolicy v1alpha1, ClusterNetworkPolicy v1alpha2.

As the API has it, a rule that is not understood fails closed as a whole: one that allows matches nothing then, one that
denies or passes denies everything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from netpol_action.manifests.fields import (
    FieldError,
    cidr,
    dotted,
    mapping,
    only,
    port_number,
    sequence,
    text,
    whole_number,
)
from netpol_action.manifests.identity import Manifest
from netpol_action.manifests.policies import BROKEN_POLICY, port_name, protocol_name, string_labels
from netpol_action.manifests.selectors import selector
from netpol_action.model.connections import Protocol
from netpol_action.model.diagnostics import Diagnostic, warning
from netpol_action.model.endpoints import Json
from netpol_action.model.labels import SELECT_ALL
from netpol_action.model.policies import (
    Action,
    Direction,
    DomainPeer,
    IpPeer,
    NamedPort,
    NodePeer,
    Peer,
    PodPeer,
    Policy,
    PolicyTier,
    PortClause,
    PortRange,
    Rule,
)

_HIGHEST_PRIORITY = 1000
_PODS = frozenset({"namespaceSelector", "podSelector"})
_INGRESS_PEERS = frozenset({"namespaces", "pods"})
_DOMAIN_LABEL = r"[A-Za-z0-9]([-A-Za-z0-9_]*[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"(\*\.)?({_DOMAIN_LABEL}\.)+{_DOMAIN_LABEL}\.?")


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What the three kinds spell differently."""

    actions: Mapping[str, Action]
    egress_peers: frozenset[str]
    ports: str
    port: Callable[[dict[str, Json]], PortClause]
    most_rules: int
    most_items: int
    fields: frozenset[str]
    optional_namespaces: bool = False


_OLD_ACTIONS = {"Allow": Action.ALLOW, "Deny": Action.DENY, "Pass": Action.PASS}
_NEW_ACTIONS = {"Accept": Action.ALLOW, "Deny": Action.DENY, "Pass": Action.PASS}
_BASELINE_ACTIONS = {"Allow": Action.ALLOW, "Deny": Action.DENY}
_EGRESS_PEERS = _INGRESS_PEERS | {"nodes", "networks"}


def admin_network_policy(manifest: Manifest, problems: list[Diagnostic]) -> Policy:
    """An AdminNetworkPolicy; raises FieldError where it cannot be known which pods it selects."""
    return _policy(manifest, _ADMIN, PolicyTier.ADMIN, problems)


def baseline_admin_network_policy(manifest: Manifest, problems: list[Diagnostic]) -> Policy:
    """A BaselineAdminNetworkPolicy; the API server takes none of another name than `default`."""
    if manifest.name != "default":
        problem = FieldError("must be default in a BaselineAdminNetworkPolicy", "metadata", "name")
        problems.append(problem.diagnostic(BROKEN_POLICY, manifest.origin))
    return _policy(manifest, _BASELINE, PolicyTier.BASELINE, problems)


def cluster_network_policy(manifest: Manifest, problems: list[Diagnostic]) -> Policy:
    """A ClusterNetworkPolicy of either tier."""
    tiers = {"Admin": PolicyTier.ADMIN, "Baseline": PolicyTier.BASELINE}
    value = mapping(manifest.body.get("spec"), "spec").get("tier")
    tier = tiers.get(value) if isinstance(value, str) else None
    if tier is not None:
        return _policy(manifest, _CLUSTER, tier, problems)
    problem = FieldError("must be Admin or Baseline", "spec", "tier")
    problems.append(problem.diagnostic(BROKEN_POLICY, manifest.origin))
    return _policy(manifest, _CLUSTER, PolicyTier.ADMIN, problems, closed=True)


def _policy(
    manifest: Manifest, dialect: _Dialect, tier: PolicyTier, problems: list[Diagnostic], *, closed: bool = False
) -> Policy:
    """`closed`: what the whole policy is about is not understood, so that all its rules fail closed."""
    if not manifest.name:
        raise FieldError("is missing", "metadata", "name")
    spec = mapping(manifest.body.get("spec"), "spec")
    subject = _Reader(manifest, dialect, problems).subject(spec.get("subject"))
    reader = _Reader(manifest, dialect, problems)
    priority = 0
    try:
        only(spec, dialect.fields, manifest.kind)
        if "priority" in dialect.fields:
            priority = _priority(spec.get("priority"))
    except FieldError as problem:
        reader.report(problem.below("spec"))
        closed = True
    rules = (*reader.rules(spec, Direction.INGRESS), *reader.rules(spec, Direction.EGRESS))
    return Policy(
        tier=tier,
        kind=manifest.kind,
        name=manifest.name,
        subject=subject,
        directions=frozenset(rule.direction for rule in rules),
        rules=tuple(_closed(rule) for rule in rules) if closed else rules,
        priority=priority,
        labels=string_labels(manifest.metadata.get("labels")),
        origin=manifest.origin,
    )


def _priority(value: Json) -> int:
    number = whole_number(value, "priority")
    if not 0 <= number <= _HIGHEST_PRIORITY:
        raise FieldError(f"must be between 0 and {_HIGHEST_PRIORITY}", "priority")
    return number


def _closed(rule: Rule) -> Rule:
    """The rule as it stands when it is not understood."""
    if rule.action is Action.ALLOW:
        return Rule(rule.direction, Action.ALLOW, peers=(), ports=(), name=rule.name, origin=rule.origin)
    return Rule(rule.direction, Action.DENY, name=rule.name, origin=rule.origin)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the parts of one policy in its dialect; what is wrong goes to `problems`."""

    manifest: Manifest
    dialect: _Dialect
    problems: list[Diagnostic]

    def report(self, problem: FieldError) -> None:
        """Adds a problem whose path leads from the root of the document."""
        self.problems.append(problem.diagnostic(BROKEN_POLICY, self.manifest.origin))

    def subject(self, value: Json) -> PodPeer:
        """The pods that the policy selects."""
        try:
            key, found = _one_of(mapping(value), _INGRESS_PEERS, "a subject")
            return self.pods(key, found, "spec", "subject")
        except FieldError as problem:
            raise problem.below("spec", "subject") from None

    def rules(self, spec: dict[str, Json], direction: Direction) -> tuple[Rule, ...]:
        """The rules of one direction, in their order; a direction that cannot be read is denied."""
        field = direction.value.lower()
        origin = self.manifest.origin.at("spec", field)
        try:
            values = sequence(spec.get(field), "spec", field)
        except FieldError as problem:
            self.report(problem)
            return (Rule(direction, Action.DENY, origin=origin),)
        if len(values) > self.dialect.most_rules:
            self.report(FieldError(f"must have at most {self.dialect.most_rules} rules", "spec", field))
        return tuple(self.rule(value, direction, "spec", field, index) for index, value in enumerate(values))

    def rule(self, value: Json, direction: Direction, *path: str | int) -> Rule:
        """One rule, failed closed where it is not understood."""
        origin = self.manifest.origin.at(*path)
        action, name = Action.DENY, ""
        try:
            fields = mapping(value)
            action = self.action(fields.get("action"))
            name = text(fields.get("name"), "name")
            other = "from" if direction is Direction.INGRESS else "to"
            only(fields, frozenset({"action", "name", other, self.dialect.ports}), "a rule")
            ports = self.ports(fields.get(self.dialect.ports))
            peers = self.peers(fields.get(other), direction, action, path)
            self.check_named_ports(peers, ports, path)
            return Rule(direction, action, peers, ports, name, origin)
        except FieldError as problem:
            self.report(problem.below(*path))
            return _closed(Rule(direction, action, name=name, origin=origin))

    def action(self, value: Json) -> Action:
        """What the rule does."""
        action = self.dialect.actions.get(value) if isinstance(value, str) else None
        if action is None:
            raise FieldError(f"must be one of {', '.join(self.dialect.actions)}", "action")
        return action

    def ports(self, value: Json) -> tuple[PortClause, ...] | None:
        """The ports of a rule; None where the field is missing, while an empty list is refused."""
        field = self.dialect.ports
        if value is None:
            return None
        values = self._items(value, field)
        found = []
        for index, each in enumerate(values):
            try:
                found.append(self.dialect.port(mapping(each)))
            except FieldError as problem:
                raise problem.below(field, index) from None
        return tuple(found)

    def peers(self, value: Json, direction: Direction, action: Action, path: tuple[str | int, ...]) -> tuple[Peer, ...]:
        """The peers of a rule: at least one."""
        field = "from" if direction is Direction.INGRESS else "to"
        known = _INGRESS_PEERS if direction is Direction.INGRESS else self.dialect.egress_peers
        found: list[Peer] = []
        for index, each in enumerate(self._items(value, field)):
            try:
                key, item = _one_of(mapping(each), known, "a peer")
                found.extend(self.peer(key, item, action, (*path, field, index)))
            except FieldError as problem:
                raise problem.below(field, index) from None
        return tuple(found)

    def peer(self, key: str, value: Json, action: Action, path: tuple[str | int, ...]) -> tuple[Peer, ...]:
        """One item of `from` or `to`: the items of a list count as a peer each."""
        match key:
            case "nodes":
                return (NodePeer(selector(value, key)),)
            case "networks":
                return tuple(IpPeer(cidr(each, key, place)) for place, each in enumerate(self._items(value, key)))
            case "domainNames":
                if action is not Action.ALLOW:
                    raise FieldError("can only be allowed", key)
                return (DomainPeer(tuple(_domain(each, key, i) for i, each in enumerate(self._items(value, key)))),)
            case _:
                return (self.pods(key, value, *path),)

    def check_named_ports(
        self, peers: tuple[Peer, ...], ports: tuple[PortClause, ...] | None, path: tuple[str | int, ...]
    ) -> None:
        """The API server refuses names of ports beside peers without any; there they match nothing."""
        named = any(isinstance(port, NamedPort) for port in ports or ())
        if named and any(not isinstance(peer, PodPeer) for peer in peers):
            problem = "cannot name a port beside networks, nodes or domainNames, which have no named ports"
            self.report(FieldError(problem, *path, self.dialect.ports))

    def pods(self, key: str, value: Json, *path: str | int) -> PodPeer:
        """Pods by their namespaces alone, or by both selectors."""
        if key == "namespaces":
            return PodPeer(selector(value, key), SELECT_ALL)
        fields = mapping(value, key)
        try:
            only(fields, _PODS, "pods")
        except FieldError as problem:
            raise problem.below(key) from None
        required = ("podSelector",) if self.dialect.optional_namespaces else ("namespaceSelector", "podSelector")
        for name in required:
            if fields.get(name) is None:
                self.problems.append(self._incomplete(name, (*path, key)))
        return PodPeer(
            selector(fields.get("namespaceSelector"), key, "namespaceSelector"),
            selector(fields.get("podSelector"), key, "podSelector"),
        )

    def _incomplete(self, name: str, path: tuple[str | int, ...]) -> Diagnostic:
        message = f"{dotted((*path, name))} is missing, which the schema requires: taken as everything"
        return warning("incomplete-selector", message, self.manifest.origin.at(*path))

    def _items(self, value: Json, *path: str | int) -> list[Json]:
        items = sequence(value, *path)
        most = self.dialect.most_items
        if path and path[-1] in ("networks", "domainNames"):
            most = 25
        if not 1 <= len(items) <= most:
            raise FieldError(f"must have 1 to {most} items", *path)
        return items


def _one_of(fields: dict[str, Json], known: frozenset[str], what: str) -> tuple[str, Json]:
    """The one field of a union, and its value."""
    only(fields, known, what)
    given = [(key, value) for key, value in fields.items() if value is not None]
    if len(given) != 1:
        raise FieldError(f"must have exactly one of {', '.join(sorted(known))}")
    return given[0]


def _domain(value: Json, *path: str | int) -> str:
    name = text(value, *path)
    if not _DOMAIN.fullmatch(name):
        raise FieldError("must be a domain name like example.com or *.example.com", *path)
    return name


def _old_port(fields: dict[str, Json]) -> PortClause:
    key, value = _one_of(fields, frozenset({"portNumber", "namedPort", "portRange"}), "a port")
    if key == "namedPort":
        return NamedPort(port_name(text(value, key), key))
    given = mapping(value, key)
    protocol = protocol_name(given.get("protocol"), key, "protocol")
    if key == "portNumber":
        _known(given, frozenset({"port", "protocol"}), key)
        number = port_number(given.get("port"), key, "port")
        return PortRange(protocol, number, number)
    _known(given, frozenset({"start", "end", "protocol"}), key)
    return _range(given, protocol, key)


def _new_port(fields: dict[str, Json]) -> PortClause:
    protocols: dict[str, Protocol] = {"tcp": "TCP", "udp": "UDP", "sctp": "SCTP"}
    key, value = _one_of(fields, frozenset({*protocols, "destinationNamedPort"}), "a protocol")
    if key == "destinationNamedPort":
        return NamedPort(port_name(text(value, key), key))
    given = mapping(value, key)
    _known(given, frozenset({"destinationPort"}), key)
    if given.get("destinationPort") is None:
        raise FieldError("is missing", key, "destinationPort")
    path = (key, "destinationPort")
    try:
        form, port = _one_of(mapping(given["destinationPort"]), frozenset({"number", "range"}), "a port")
    except FieldError as problem:
        raise problem.below(*path) from None
    if form == "number":
        number = port_number(port, *path, form)
        return PortRange(protocols[key], number, number)
    ends = mapping(port, *path, form)
    _known(ends, frozenset({"start", "end"}), *path, form)
    return _range(ends, protocols[key], *path, form)


def _range(fields: dict[str, Json], protocol: Protocol, *path: str | int) -> PortRange:
    first, last = port_number(fields.get("start"), *path, "start"), port_number(fields.get("end"), *path, "end")
    if first >= last:
        raise FieldError("must be above start", *path, "end")
    return PortRange(protocol, first, last)


def _known(fields: dict[str, Json], known: frozenset[str], *path: str | int) -> None:
    try:
        only(fields, known, "a port")
    except FieldError as problem:
        raise problem.below(*path) from None


_SPEC = frozenset({"subject", "ingress", "egress"})
_ADMIN = _Dialect(_OLD_ACTIONS, _EGRESS_PEERS | {"domainNames"}, "ports", _old_port, 100, 100, _SPEC | {"priority"})
_BASELINE = _Dialect(_BASELINE_ACTIONS, _EGRESS_PEERS, "ports", _old_port, 100, 100, _SPEC)
_CLUSTER = _Dialect(
    _NEW_ACTIONS,
    _EGRESS_PEERS | {"domainNames"},
    "protocols",
    _new_port,
    25,
    25,
    _SPEC | {"priority", "tier"},
    optional_namespaces=True,
)
