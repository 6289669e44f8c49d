"""The second opinion: may this end open a connection to that end? Pair by pair and port by port.

A transcription of the API's text, written to be checked against it line by line; slow, and sharing no code with the
product. Property tests hold the product's map against it.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Literal

from naive import admin_policy, network_policy
from naive.objects import NETWORK_POLICY, Address, Object, Pod, applied, kubernetes_type, namespace_labels, pods
from naive.traffic import Direction, Network, Traffic


class Evaluator:
    """Answers for one cluster, given as the raw objects of its manifests."""

    def __init__(
        self,
        objects: Iterable[Object],
        host_network: Literal["exempt", "ordinary"] = "exempt",
        pod_cidrs: tuple[str, ...] = (),
    ) -> None:
        current = applied(objects)
        self.pods = pods(current)
        self._network = Network(namespace_labels(current), host_network, pod_cidrs)
        self._network_policies = [item for item in current if kubernetes_type(item) == NETWORK_POLICY]
        self._admin = admin_policy.in_order(current, "Admin")
        self._baseline = admin_policy.in_order(current, "Baseline")

    def allows(
        self, source: Pod | Address | str, destination: Pod | Address | str, protocol: str, port: int, family: int = 4
    ) -> bool:
        """Whether the source's egress allows the connection and the destination's ingress does.

        An end is a pod or an address outside the cluster. `family` is the IP family between two pods; an address
        brings its own. `source` and `destination` may be the same pod: then they are two replicas of one workload,
        which need a rule as any two pods do. (A pod and itself need none.)
        """
        ends = [ip_address(end) if isinstance(end, str) else end for end in (source, destination)]
        for end in ends:
            family = family if isinstance(end, Pod) else end.version
        traffic = Traffic(ends[0], ends[1], protocol, port, family)
        return self._direction_allows("Egress", traffic) and self._direction_allows("Ingress", traffic)

    def _direction_allows(self, direction: Direction, traffic: Traffic) -> bool:
        """The tiers in order: admin, network policies, baseline; what none decides is allowed."""
        pod = traffic.source if direction == "Egress" else traffic.destination
        if not isinstance(pod, Pod) or self._network.exempt(pod):
            return True
        decision = self._tier(self._admin, direction, traffic)
        if decision != "Pass":
            return decision == "Allow"
        mine = [policy for policy in self._network_policies if network_policy.isolates(policy, pod, direction)]
        if mine:
            return any(network_policy.allows(policy, direction, traffic, self._network) for policy in mine)
        return self._tier(self._baseline, direction, traffic) != "Deny"

    def _tier(self, policies: list[Object], direction: Direction, traffic: Traffic) -> admin_policy.Verdict:
        """The first policy with a rule that matches decides. Where none does, or one says so: pass to the next tier."""
        for policy in policies:
            decision = admin_policy.verdict(policy, direction, traffic, self._network)
            if decision is not None:
                return decision
        return "Pass"


def allows(
    objects: Iterable[Object], source: Pod | Address | str, destination: Pod | Address | str, protocol: str, port: int
) -> bool:
    """One question to one cluster."""
    return Evaluator(objects).allows(source, destination, protocol, port)
