"""NetworkPolicy, networking.k8s.io/v1, as the API server defaults and validates it.

What cannot be read fails closed and is said: a peer or a port that is not understood matches nothing, a rule that is
not understood allows nothing, and the policy isolates all the same.
"""

from __future__ import annotations

import re
from functools import lru_cache

from netpol_action.manifests.fields import FieldError, cidr, mapping, only, port_number, sequence
from netpol_action.manifests.identity import Manifest
from netpol_action.manifests.selectors import selector
from netpol_action.model.connections import PROTOCOLS, Protocol, is_protocol
from netpol_action.model.diagnostics import Diagnostic
from netpol_action.model.endpoints import Json
from netpol_action.model.labels import Labels
from netpol_action.model.policies import (
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
from netpol_action.origin import FieldPath

BROKEN_POLICY = "broken-policy"
_INGRESS = frozenset({Direction.INGRESS})
_EGRESS = frozenset({Direction.EGRESS})
_BOTH = _INGRESS | _EGRESS
_SPEC = frozenset({"podSelector", "policyTypes", "ingress", "egress"})
_PEER = frozenset({"podSelector", "namespaceSelector", "ipBlock"})
_IP_BLOCK = frozenset({"cidr", "except"})
_PORT = frozenset({"port", "protocol", "endPort"})
_PORT_NAME = re.compile(r"(?=.{1,15}$)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*")
_SIDES = (
    (Direction.INGRESS, "ingress", "from", frozenset({"from", "ports"})),
    (Direction.EGRESS, "egress", "to", frozenset({"to", "ports"})),
)
_NO_PORTS: tuple[PortClause, ...] = ()


def network_policy(manifest: Manifest, problems: list[Diagnostic]) -> Policy:
    """The policy of an object; raises FieldError where it cannot be known which pods it selects."""
    if not manifest.name:
        raise FieldError("is missing", "metadata", "name")
    spec = mapping(manifest.body.get("spec"), "spec")
    _unknown_fields(manifest, spec, problems)
    pods = selector(spec.get("podSelector"), "spec", "podSelector")
    rules: list[Rule] = []
    for side in _SIDES:
        if spec.get(side[1]) is not None:
            rules.extend(_rules(manifest, spec[side[1]], side, problems))
    return Policy(
        tier=PolicyTier.NAMESPACE,
        kind=manifest.kind,
        name=manifest.name,
        namespace=manifest.namespace,
        declared_namespace=manifest.declared_namespace,
        subject=PodPeer(None, pods),
        directions=_directions(manifest, spec, problems),
        rules=tuple(rules),
        labels=string_labels(manifest.metadata.get("labels")),
        origin=manifest.origin,
    )


def string_labels(value: Json) -> Labels:
    """A policy's own labels, which decide nothing: what is no string is left out."""
    if not isinstance(value, dict):
        return {}
    return value if all(type(each) is str for each in value.values()) else _strings(value)


def _strings(value: dict[str, Json]) -> Labels:
    return {key: each for key, each in value.items() if isinstance(each, str)}


def port_name(value: str, *path: str | int) -> str:
    """The name of a port, as IANA has service names."""
    if not _PORT_NAME.fullmatch(value):
        raise FieldError("must be a port's number, or its name: at most 15 of a-z, 0-9 and '-', one letter", *path)
    return value


def _unknown_fields(manifest: Manifest, spec: dict[str, Json], problems: list[Diagnostic]) -> None:
    try:
        only(spec, _SPEC, "NetworkPolicy")
    except FieldError as problem:
        problems.append(problem.below("spec").diagnostic(BROKEN_POLICY, manifest.origin))


def _directions(manifest: Manifest, spec: dict[str, Json], problems: list[Diagnostic]) -> frozenset[Direction]:
    """The directions in which the policy isolates; both where they cannot be read."""
    types = spec.get("policyTypes")
    if not types and (types is None or isinstance(types, list)):
        return _BOTH if spec.get("egress") else _INGRESS
    if not isinstance(types, list) or any(each not in ("Ingress", "Egress") for each in types):
        problem = FieldError("must be a list of Ingress and Egress", "spec", "policyTypes")
        problems.append(problem.diagnostic(BROKEN_POLICY, manifest.origin))
        return _BOTH
    if "Egress" not in types:
        return _INGRESS
    return _BOTH if "Ingress" in types else _EGRESS


def _rules(
    manifest: Manifest, value: Json, side: tuple[Direction, str, str, frozenset[str]], problems: list[Diagnostic]
) -> list[Rule]:
    direction, field, peer_field, known = side
    if not isinstance(value, list):
        problems.append(FieldError("must be a list", "spec", field).diagnostic(BROKEN_POLICY, manifest.origin))
        return []
    rules = []
    for index, each in enumerate(value):
        found: list[FieldError] = []
        origin = manifest.origin.at("spec", field, index)
        try:
            rule = mapping(each) if each is not None else _null()
            only(rule, known, f"a rule of {field}")
            peers = _peers(rule.get(peer_field), (peer_field,), found)
            ports = _ports(rule.get("ports"), found)
            rules.append(Rule(direction, peers=peers, ports=ports, origin=origin))
        except FieldError as problem:
            found.append(problem)
            rules.append(Rule(direction, peers=(), ports=_NO_PORTS, origin=origin))
        if found:
            problems.extend(
                problem.below("spec", field, index).diagnostic(BROKEN_POLICY, manifest.origin) for problem in found
            )
    return rules


def _null() -> dict[str, Json]:
    """A rule that is null would allow everything; nobody means that, and the strict API server refuses it."""
    raise FieldError("must be a mapping")


def _peers(value: Json, path: FieldPath, found: list[FieldError]) -> tuple[Peer, ...] | None:
    """The peers of a rule; None where it names none, which means anyone. Those not understood go to `found`."""
    if not value and (value is None or isinstance(value, list)):
        return None
    peers: list[Peer] = []
    for index, each in enumerate(sequence(value, *path)):
        try:
            peers.append(_peer(each))
        except FieldError as problem:
            found.append(problem.below(*path, index))
    return tuple(peers)


def _peer(value: Json) -> Peer:
    fields = mapping(value)
    only(fields, _PEER, "a NetworkPolicy's peer")
    pods, namespaces, block = fields.get("podSelector"), fields.get("namespaceSelector"), fields.get("ipBlock")
    if block is not None:
        if pods is not None or namespaces is not None:
            raise FieldError("cannot stand beside a selector in one peer", "ipBlock")
        return _ip_block(block)
    if namespaces is None:
        if pods is None:
            raise FieldError("must have a podSelector, a namespaceSelector or an ipBlock")
        return PodPeer(None, selector(pods, "podSelector"))
    return PodPeer(selector(namespaces, "namespaceSelector"), selector(pods, "podSelector"))


def _ip_block(value: Json) -> IpPeer:
    fields = mapping(value, "ipBlock")
    for key in fields:
        if key not in _IP_BLOCK:
            raise FieldError("is not a known field of an ipBlock", "ipBlock", key)
    block = cidr(fields.get("cidr"), "ipBlock", "cidr")
    excepts = []
    for index, each in enumerate(sequence(fields.get("except"), "ipBlock", "except")):
        hole = cidr(each, "ipBlock", "except", index)
        if hole not in block or hole == block:
            raise FieldError("must lie within cidr, and be smaller", "ipBlock", "except", index)
        excepts.append(hole)
    return IpPeer(block, tuple(excepts))


def _ports(value: Json, found: list[FieldError]) -> tuple[PortClause, ...] | None:
    """The ports of a rule; None where it names none, which means every one. Those not understood go to `found`."""
    if not value and (value is None or isinstance(value, list)):
        return None
    clauses: list[PortClause] = []
    for index, each in enumerate(sequence(value, "ports")):
        try:
            clauses.append(_port(mapping(each)))
        except FieldError as problem:
            found.append(problem.below("ports", index))
    return tuple(clauses)


def _port(fields: dict[str, Json]) -> PortClause:
    only(fields, _PORT, "a NetworkPolicy's port")
    try:
        return _clause(fields.get("protocol"), fields.get("port"), fields.get("endPort"))
    except TypeError:  # a list or a mapping, which the cache cannot take
        field = next(key for key, each in fields.items() if isinstance(each, dict | list))
        raise FieldError("must be a number or a string", field) from None


@lru_cache(maxsize=1 << 14, typed=True)  # typed: True and 1 are equal, and only one of them is a port
def _clause(protocol: Json, port: Json, end: Json) -> PortClause:
    name = protocol_name(protocol)
    if port is None:
        if end is not None:
            raise FieldError("needs a port", "endPort")
        return PortRange(name)
    if isinstance(port, str):
        if end is not None:
            raise FieldError("needs a port that is a number", "endPort")
        return NamedPort(port_name(port, "port"), name)
    first = port_number(port, "port")
    last = first if end is None else port_number(end, "endPort")
    if last < first:
        raise FieldError("must not be below port", "endPort")
    return PortRange(name, first, last)


def protocol_name(value: Json, *path: str | int) -> Protocol:
    """The protocol of a port; TCP where none is named."""
    if value is None:
        return "TCP"
    if not isinstance(value, str) or not is_protocol(value):
        raise FieldError(f"must be one of {', '.join(PROTOCOLS)}", *(path or ("protocol",)))
    return value
