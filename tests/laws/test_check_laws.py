"""What `check` says of random clusters is what the second evaluator says, pair by pair and port by port."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product as combinations
from types import MappingProxyType

from hypothesis import given
from hypothesis import strategies as st
from laws.clusters import clusters
from laws.product import Product
from laws.questions import addresses, ports
from naive.evaluator import Evaluator
from naive.objects import Address, Object, Pod, applied
from naive.traffic import Traffic

from netpol_action.checks import check
from netpol_action.connectivity import EvaluationOptions, evaluate
from netpol_action.connectivity.beyond import looking_beyond
from netpol_action.connectivity.judge import judge
from netpol_action.model.addresses import AddressRange
from netpol_action.model.connections import ConnectionSet, Protocol
from netpol_action.model.demands import Demand, Requirements
from netpol_action.model.endpoints import Endpoint, IpBlock, Unseen, Workload
from netpol_action.model.findings import NOT_REQUIRED, UNPROTECTED_EGRESS, UNPROTECTED_INGRESS, Finding
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, Selector
from netpol_action.model.policies import Direction

WANTED = ConnectionSet.parse("TCP 80-81,8080,UDP 53,SCTP 65535")
ASKED = [(protocol, port) for protocol, found in WANTED.ports for a, b in found.ranges for port in range(a, b + 1)]
OTHER_LABELS = MappingProxyType({"app": (None, "a", "b"), "tier": (None, "a", "b"), "team": (None, "a", "b")})


def workloads(product: Product) -> dict[Workload, Pod]:
    """Each workload of the product's cluster, with nothing that stands for several pods."""
    return {each: _pod(each) for each in product.cluster.workloads if not each.variant}


def _pod(workload: Workload) -> Pod:
    named = tuple((port.name, port.protocol, port.number) for port in workload.ports)
    labels = dict(workload.labels)
    return Pod(workload.namespace, workload.name, workload.kind, labels, named, workload.host_network)


@given(clusters())
def test_a_demand_of_one_workload_to_another_or_to_an_address_is_blocked_where_the_second_evaluator_denies(
    objects: list[Object],
):
    product, second = Product(objects, ip_family="ipv4"), Evaluator(objects)
    pods = workloads(product)
    outside = addresses(applied(objects), 4)
    ends = [*pods.items(), *((IpBlock(AddressRange.parse(str(each))), each) for each in outside)]
    demands = {
        Demand(source, destination, WANTED, ()): (one, other)
        for (source, one), (destination, other) in combinations(ends, ends)
        if source is not destination and (isinstance(source, Workload) or isinstance(destination, Workload))
    }
    for judgement in judge(product.cluster, EvaluationOptions("ipv4"), list(demands)):
        source, destination = demands[judgement.demand]
        denied = {each for each in ASKED if not second.allows(source, destination, *each)}
        assert {(p, n) for p, n in ASKED if n in judgement.blocked[p]} == denied
        assert not judgement.undecided
        assert bool(judgement.sides) == bool(denied)


@given(clusters(), st.sampled_from(("a", None)), st.booleans())
def test_a_demand_to_pods_that_are_not_in_the_input_holds_for_all_that_they_may_be(
    objects: list[Object], app: str | None, outbound: bool
):
    product = Product(objects, ip_family="ipv4")
    unseen = Unseen(Selector.labels({NAMESPACE_NAME_LABEL: "red"}), Selector.labels({"app": app} if app else {}))
    demands = [
        Demand(each, unseen, WANTED, ()) if outbound else Demand(unseen, each, WANTED, ())
        for each in workloads(product)
    ]
    for judgement in judge(product.cluster, EvaluationOptions("ipv4"), demands):
        mine = judgement.demand.source if outbound else judgement.demand.destination
        pod = workloads(product)[mine]
        for other, second, _ in _imagined(objects, app):
            ends = (pod, other) if outbound else (other, pod)
            for protocol, port in ASKED:
                traffic = Traffic(*ends, protocol, port, 4)
                allowed = second._direction_allows("Egress" if outbound else "Ingress", traffic)
                if port in judgement.blocked[protocol]:
                    assert not allowed, f"{traffic} is said to be blocked"
                elif port not in judgement.undecided[protocol]:
                    assert allowed, f"{traffic} is said to be allowed"


def _imagined(objects: list[Object], app: str | None) -> list[tuple[Pod, Evaluator, dict[str, str]]]:
    """Pods of a namespace that the input does not have, under every label that policies may ask for, and its labels."""
    found = []
    for team in OTHER_LABELS["team"]:
        labels = {"team": team} if team else {}
        red = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "red", "labels": labels}}
        second = Evaluator([*objects, red])
        for own, tier in combinations((app,) if app else OTHER_LABELS["app"], OTHER_LABELS["tier"]):
            pod_labels = {key: value for key, value in (("app", own), ("tier", tier)) if value}
            found.append((Pod("red", "other", "Pod", pod_labels), second, {NAMESPACE_NAME_LABEL: "red", **labels}))
    return found


@given(clusters())
def test_what_is_said_to_be_open_for_nothing_is_open_and_nothing_else_is(objects: list[Object]):
    product, second = Product(objects, ip_family="ipv4"), Evaluator(objects)
    found = check(product.cluster, Requirements(), product.map, ()).findings
    pods = workloads(product)
    outside: list[Address] = addresses(applied(objects), 4)
    said: set[tuple[object, object, str, int]] = set()
    bare: dict[Direction, set[Workload]] = {direction: set() for direction in Direction}
    for finding in found:
        if finding.rule == UNPROTECTED_INGRESS:
            bare[Direction.INGRESS].update(each for each in finding.destinations if isinstance(each, Workload))
        elif finding.rule == UNPROTECTED_EGRESS:
            bare[Direction.EGRESS].update(each for each in finding.sources if isinstance(each, Workload))
        elif finding.rule == NOT_REQUIRED:
            assert finding.causes or product.cluster.policies, finding.message
            said |= {
                (source, destination, protocol, port)
                for source in _inside(finding.sources, pods, outside)
                for destination in _inside(finding.destinations, pods, outside)
                for protocol, port in _ports(finding.connections, ports(applied(objects)))
            }
    numbers = ports(applied(objects))
    for workload, pod in pods.items():
        if pod.host_network:
            continue
        others = [other for each, other in pods.items() if each is not workload]
        if workload not in bare[Direction.INGRESS]:
            expected = {
                (other, pod, p, n)
                for other in [*others, *outside]
                for p in ("TCP", "UDP", "SCTP")
                for n in numbers
                if second.allows(other, pod, p, n)
            }
            assert {each for each in said if each[1] is pod} == expected
        if workload not in bare[Direction.EGRESS]:
            expected = {
                (pod, other, p, n)
                for other in outside
                for p in ("TCP", "UDP", "SCTP")
                for n in numbers
                if second.allows(pod, other, p, n)
            }
            assert {each for each in said if each[0] is pod and not isinstance(each[1], Pod)} == expected


@given(clusters().map(lambda objects: [each for each in objects if not each["apiVersion"].startswith("policy.")]))
def test_what_is_said_to_be_open_to_pods_that_are_not_in_the_input_is_and_nothing_else_is(objects: list[Object]):
    product = Product(objects, ip_family="ipv4")
    allowed = evaluate(product.cluster, looking_beyond(product.cluster, EvaluationOptions("ipv4"))).map
    found = check(product.cluster, Requirements(), allowed, ()).findings
    imagined, outside = _imagined(objects, None), addresses(applied(objects), 4)
    for (workload, pod), direction in combinations(workloads(product).items(), Direction):
        mine = [each for each in found if workload in _ends(each, direction)[0]]
        if pod.host_network or any(each.rule in (UNPROTECTED_INGRESS, UNPROTECTED_EGRESS) for each in mine):
            continue
        said = [(_ends(each, direction)[1], each.connections) for each in mine if each.rule == NOT_REQUIRED]
        everywhere = set(ASKED)  # what all addresses have is not said once more of every pod
        for address in outside:
            everywhere &= _said(said, lambda end, it=address: isinstance(end, IpBlock) and _has(end, it))
        for other, second, labels in imagined:
            ends = (pod, other) if direction is Direction.EGRESS else (other, pod)
            open_ = {each for each in ASKED if second._direction_allows(direction.value, Traffic(*ends, *each, 4))}
            told = _said(said, lambda end, it=other, where=labels: isinstance(end, Unseen) and _is(end, it, where))
            assert told <= open_ <= told | everywhere, f"{workload} {direction} {other}"


def _ends(finding: Finding, direction: Direction) -> tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]:
    """The end at which policies are looked at, and the other."""
    ends = (finding.sources, finding.destinations)
    return ends if direction is Direction.EGRESS else ends[::-1]


def _said(
    findings: list[tuple[tuple[Endpoint, ...], ConnectionSet]], meant: Callable[[Endpoint], bool]
) -> set[tuple[Protocol, int]]:
    """The connections of the findings that speak of an end."""
    spoken = [connections for ends, connections in findings if any(map(meant, ends))]
    return {(protocol, port) for protocol, port in ASKED if any(port in each[protocol] for each in spoken)}


def _is(end: Unseen, pod: Pod, namespace: dict[str, str]) -> bool:
    return end.pods.matches(pod.labels) and end.namespaces.matches(namespace)


def _has(block: IpBlock, address: Address) -> bool:
    return block.range.first <= int(address) <= block.range.last


def _inside(ends: tuple[object, ...], pods: dict[Workload, Pod], outside: list[Address]) -> list[Pod | Address]:
    found: list[Pod | Address] = [pods[end] for end in ends if isinstance(end, Workload)]
    for end in ends:
        if isinstance(end, IpBlock):
            found += [each for each in outside if _has(end, each)]
    return found


def _ports(connections: ConnectionSet, numbers: list[int]) -> list[tuple[str, int]]:
    return [(protocol, n) for protocol, found in connections.ports for n in numbers if n in found]
