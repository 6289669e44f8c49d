"""NetworkPolicies as YAML that people like to review: stable, without noise, each rule under the reasons for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from netpol_action.model.addresses import AddressRange
from netpol_action.model.characters import is_seen
from netpol_action.model.connections import FIRST_PORT, LAST_PORT, PROTOCOLS
from netpol_action.model.endpoints import Json
from netpol_action.model.generated import GeneratedPolicy
from netpol_action.model.labels import SELECT_ALL, Selector
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

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*|\d{1,3}(\.\d{1,3}){3}/\d{1,2}")
_BRACES = re.compile(r"\{(?=\{)")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""What some YAML reader takes for a boolean or null; other plain strings that are no strings start with no letter."""


def policies_yaml(policies: Sequence[GeneratedPolicy], header: Sequence[str] = ()) -> str:
    """A stream of one document for each policy, in the given order; `header` becomes the comment at its top.

    Rules that match nothing are left out. Raises ValueError for what NetworkPolicy cannot say: another tier, an action
    other than Allow, nodes or domain names as peers.
    """
    lines = [_comment(line) for line in header]
    for generated in policies:
        if lines:
            lines.append("---")
        lines += [_comment(line) for line in generated.about]
        lines += _fields(_document(generated), "")
    return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class _Explained:
    """An item of a list, and the comment above it."""

    value: dict[str, Json]
    comment: tuple[str, ...]


def _document(generated: GeneratedPolicy) -> dict[str, Json]:
    policy = generated.policy
    only_allows = all(rule.action is Action.ALLOW for rule in policy.rules)
    if policy.tier is not PolicyTier.NAMESPACE or policy.subject.namespaces is not None or not only_allows:
        raise ValueError(f"{policy} is more than a NetworkPolicy can say")
    metadata: dict[str, Json] = {"name": policy.name}
    if policy.declared_namespace:
        metadata["namespace"] = policy.declared_namespace
    if policy.labels:
        metadata["labels"] = dict(sorted(policy.labels.items()))
    spec: dict[str, Json] = {
        "podSelector": _selector(policy.subject.pods),
        "policyTypes": [direction.value for direction in Direction if direction in policy.directions],
    }
    for direction in Direction:
        rules = list(_rules(policy, generated.reasons, direction))
        if rules:
            spec[direction.value.lower()] = rules
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec}


def _rules(policy: Policy, reasons: Sequence[tuple[str, ...]], direction: Direction) -> Iterator[_Explained]:
    for index, rule in enumerate(policy.rules):
        fields = _rule(rule) if rule.direction is direction else None
        if fields is not None:
            yield _Explained(fields, reasons[index] if index < len(reasons) else ())


def _rule(rule: Rule) -> dict[str, Json] | None:
    """The rule; None where it matches nothing, since an empty `from`, `to` or `ports` would match everything."""
    fields: dict[str, Json] = {}
    if rule.peers is not None:
        field = "from" if rule.direction is Direction.INGRESS else "to"
        fields[field] = [each for peer in rule.peers for each in _peer(peer)]
    if rule.ports is not None and PortRange() not in rule.ports:
        fields["ports"] = [each for clause in rule.ports for each in _port(clause)]
    return fields if all(fields.values()) else None


def _peer(peer: Peer) -> Iterator[dict[str, Json]]:
    match peer:
        case PodPeer(None, pods):
            yield {"podSelector": _selector(pods)}
        case PodPeer(namespaces, pods) if namespaces is not None:
            fields = {"namespaceSelector": _selector(namespaces)}
            yield fields if pods == SELECT_ALL else {**fields, "podSelector": _selector(pods)}
        case IpPeer(block, excepts):
            yield from ({"ipBlock": fields} for fields in _ip_blocks(block, excepts))
        case _:
            raise ValueError(f"a NetworkPolicy has no peer like {peer}")


def _ip_blocks(block: AddressRange, excepts: Iterable[AddressRange]) -> Iterator[dict[str, Json]]:
    """One ipBlock for each CIDR that the block is made of, with the exceptions that lie in it."""
    holes = [AddressRange.parse(cidr) for hole in excepts for cidr in hole.cidrs()]
    for cidr in block.cidrs():
        whole = AddressRange.parse(cidr)
        if any(whole in hole for hole in holes):
            continue
        inside = [str(hole.cidrs()[0]) for hole in holes if hole in whole]
        yield {"cidr": cidr, "except": inside} if inside else {"cidr": cidr}


def _port(clause: PortClause) -> Iterator[dict[str, Json]]:
    for protocol in (clause.protocol,) if clause.protocol else PROTOCOLS:
        match clause:
            case NamedPort(name):
                yield {"protocol": protocol, "port": name}
            case PortRange(first=first, last=last) if (first, last) == (FIRST_PORT, LAST_PORT):
                yield {"protocol": protocol}
            case PortRange(first=first, last=last) if first == last:
                yield {"protocol": protocol, "port": first}
            case PortRange(first=first, last=last):
                yield {"protocol": protocol, "port": first, "endPort": last}


def _selector(selector: Selector) -> dict[str, Json]:
    labels: dict[str, Json] = {}
    expressions: list[Json] = []
    for requirement in selector.requirements:
        values = requirement.values
        if requirement.operator == "In" and len(values) == 1 and requirement.key not in labels:
            labels[requirement.key] = values[0]
            continue
        expression: dict[str, Json] = {"key": requirement.key, "operator": requirement.operator}
        expressions.append({**expression, "values": list(values)} if values else expression)
    fields: dict[str, Json] = {"matchLabels": labels} if labels else {}
    return {**fields, "matchExpressions": expressions} if expressions else fields


def _fields(fields: Mapping[str, Json], indent: str) -> Iterator[str]:
    for key, value in fields.items():
        name = f"{indent}{_scalar(key)}:"
        match value:
            case dict() if value:
                yield name
                yield from _fields(value, f"{indent}  ")
            case list() if value:
                yield name
                yield from _items(value, f"{indent}  ")
            case _:
                yield f"{name} {_scalar(value)}"


def _items(items: Iterable[Json], indent: str) -> Iterator[str]:
    for item in items:
        value = item
        if isinstance(item, _Explained):
            yield from (f"{indent}{_comment(line)}" for line in item.comment)
            value = item.value
        if isinstance(value, dict) and value:
            first, *others = _fields(value, f"{indent}  ")
            yield f"{indent}- {first.lstrip()}"
            yield from others
        else:
            yield f"{indent}- {_scalar(value)}"


def _scalar(value: Json) -> str:
    """A value on one line; a string is quoted where a reader of YAML 1.1 or 1.2 could take it for something else."""
    if isinstance(value, str):
        plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS
        return value if plain else f'"{"".join(map(_escaped, value))}"'.replace("{{", "{\\u007b")
    if isinstance(value, int):
        return str(value)
    return "[]" if isinstance(value, list) else "{}"


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if is_seen(character):
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004  # the widths of YAML's escapes


def _comment(line: str) -> str:
    """A comment line; what could end the line, or change how it reads, becomes a space.

    Braces are kept apart: in a chart's templates Helm would run what stands between two, in comments too.
    """
    text = "".join(character if is_seen(character) else " " for character in line)
    text = _BRACES.sub("{ ", text)
    return f"# {text}".rstrip()
