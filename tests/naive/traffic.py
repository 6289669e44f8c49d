"""One connection attempt, and the questions that every kind of policy asks of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

from naive.objects import Address, Object, Pod

Direction = Literal["Ingress", "Egress"]
Block = IPv4Network | IPv6Network
EVERY_ADDRESS: dict[int, Block] = {4: IPv4Network("0.0.0.0/0"), 6: IPv6Network("::/0")}


@dataclass(frozen=True)
class Traffic:
    """A packet that opens a connection. `family` (4 or 6) is that of the addresses it carries."""

    source: Pod | Address
    destination: Pod | Address
    protocol: str
    port: int
    family: int


@dataclass(frozen=True)
class Network:
    """What a verdict depends on besides the policies and the traffic.

    `host_network`: "exempt" takes host-network pods out of policies, as most CNIs do; "ordinary" does not.
    `pod_cidrs`: where the pods have their addresses, if that is known.
    """

    namespaces: dict[str, dict[str, str]] = field(default_factory=dict)
    host_network: Literal["exempt", "ordinary"] = "exempt"
    pod_cidrs: tuple[str, ...] = ()

    def exempt(self, end: Pod | Address) -> bool:
        """Whether this end is a host-network pod that policies neither apply to nor match by selectors."""
        return isinstance(end, Pod) and end.host_network and self.host_network == "exempt"

    def pod_is_in(
        self, end: Pod | Address, namespaces: Object | None, pods: Object | None, own_namespace: str = ""
    ) -> bool:
        """Whether the end is a pod that two selectors describe.

        No namespace selector: the policy's own namespace. No pod selector: every pod. Selectors match pods alone,
        never addresses, and no host-network pod that is exempt.
        """
        if not isinstance(end, Pod) or self.exempt(end):
            return False
        if namespaces is None:
            in_namespace = end.namespace == own_namespace
        else:
            in_namespace = selects(namespaces, self.namespaces.get(end.namespace, {}))
        return in_namespace and selects(pods or {}, end.labels)

    def homes(self, pod: Pod, family: int) -> list[Block]:
        """The blocks in which the pod's address of this family is known to lie; manifests hold no addresses.

        A host-network pod has its node's address, which may be any.
        """
        blocks = [ip_network(cidr) for cidr in self.pod_cidrs]
        known = [block for block in blocks if block.version == family]
        return [EVERY_ADDRESS[family]] if self.exempt(pod) or not known else known


def selects(selector: Object, labels: dict[str, str]) -> bool:
    """Whether a label selector matches: matchLabels and matchExpressions are ANDed; an empty one matches all."""
    wanted = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _meets(requirement, labels) for requirement in selector.get("matchExpressions") or []
    )


def _meets(requirement: Object, labels: dict[str, str]) -> bool:
    key, operator, values = requirement["key"], requirement["operator"], requirement.get("values") or []
    if operator == "In":
        return key in labels and labels[key] in values
    if operator == "NotIn":
        return key not in labels or labels[key] not in values
    if operator == "Exists":
        return key in labels
    if operator == "DoesNotExist":
        return key not in labels
    raise ValueError(f"{operator!r} is no operator of a label selector")


def holds(cidr: str, address: Address) -> bool:
    """Whether an address lies in a CIDR; never one of the other family."""
    return address in ip_network(cidr, strict=False)


def holds_all(cidr: str, blocks: list[Block]) -> bool:
    """Whether every address of these blocks lies in a CIDR."""
    return all(holds(cidr, block[0]) and holds(cidr, block[-1]) for block in blocks)


def holds_some(cidr: str, blocks: list[Block]) -> bool:
    """Whether some address of these blocks lies in a CIDR."""
    return any(
        block.version == ip_network(cidr, strict=False).version and block.overlaps(ip_network(cidr, strict=False))
        for block in blocks
    )


def named_port_is(destination: Pod | Address, name: str, protocol: str, port: int) -> bool:
    """Whether `name` is, on this destination, this port of this protocol. An address has no port names.

    Where two containers of a pod give the name to two ports of one protocol, the first counts, as where Kubernetes
    itself looks a name up (FindPort).
    """
    if not isinstance(destination, Pod):
        return False
    numbers = [number for named, of, number in destination.ports if (named, of) == (name, protocol)]
    return numbers[:1] == [port]
