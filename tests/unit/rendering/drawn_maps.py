"""Maps for the tests of rendering, written as lines: `shop/web -> shop/db: TCP 5432`."""

from __future__ import annotations

import random
from itertools import product

from hypothesis import strategies as st

from netpol_action.model.addresses import AddressRange
from netpol_action.model.connections import EVERYTHING, ConnectionSet
from netpol_action.model.connectivity import Block, ConnectivityMap
from netpol_action.model.endpoints import Endpoint, IngressController, IpBlock, Workload, sort_key

INTERNET = IpBlock(AddressRange.whole(4))
TEN = AddressRange.parse("10.0.0.0/8")
BELOW_TEN = AddressRange(4, 0, TEN.first - 1)
ABOVE_TEN = AddressRange(4, TEN.last + 1, (1 << 32) - 1)


def map_of(pairs: dict[tuple[Endpoint, Endpoint], ConnectionSet], *others: Endpoint) -> ConnectivityMap:
    """The map of these pairs; `others` are endpoints without connections."""
    endpoints = sorted({*others, *(end for pair in pairs for end in pair)}, key=sort_key)
    place = {endpoint: i for i, endpoint in enumerate(endpoints)}
    rows: dict[tuple[int, ConnectionSet], int] = {}
    for (source, destination), allowed in pairs.items():
        key = (place[source], allowed)
        rows[key] = rows.get(key, 0) | 1 << place[destination]
    return ConnectivityMap(tuple(endpoints), tuple(Block(1 << source, ends, c) for (source, c), ends in rows.items()))


def lines(*text: str) -> ConnectivityMap:
    """A map from lines `A -> B: CONN` and `A` alone; `internet`, `controller`, `10.0.0.0/8` or namespace/name."""
    ends: dict[str, Endpoint] = {"internet": INTERNET, "controller": IngressController()}

    def end(name: str) -> Endpoint:
        if name[0].isdigit():
            return ends.setdefault(name, IpBlock(AddressRange.parse(name)))
        namespace, _, own = name.partition("/")
        return ends.get(name) or ends.setdefault(name, Workload(namespace, own, "Deployment"))

    pairs = {}
    others = []
    for line in text:
        if " -> " not in line:
            others.append(end(line))
            continue
        both, _, allowed = line.partition(": ")
        source, _, destination = both.partition(" -> ")
        pairs[end(source), end(destination)] = ConnectionSet.parse(allowed)
    return map_of(pairs, *others)


def wide_open(workloads: int, namespaces: int) -> ConnectivityMap:
    """Everything may open everything."""
    endpoints: list[Endpoint] = [
        Workload(f"team-{i % namespaces:03}", f"app-{i // namespaces:04}", "Deployment") for i in range(workloads)
    ]
    endpoints = [*sorted(endpoints, key=sort_key), INTERNET]
    inner = (1 << workloads) - 1
    blocks = (Block(inner, inner | 1 << workloads, EVERYTHING), Block(1 << workloads, inner, EVERYTHING))
    return ConnectivityMap(tuple(endpoints), blocks)


def services(workloads: int, namespaces: int, seed: int = 1) -> ConnectivityMap:
    """An application under policies: calls within a namespace, few between, DNS for all, some egress and ingress."""
    chance = random.Random(seed)
    apps = [Workload(f"team-{i % namespaces:03}", f"app-{i:04}", "Deployment") for i in range(workloads)]
    dns = Workload("kube-system", "coredns", "Deployment")
    pairs: dict[tuple[Endpoint, Endpoint], ConnectionSet] = {}
    for i, app in enumerate(apps):
        near = [other for other in apps[i % namespaces :: namespaces] if other is not app]
        for other in chance.sample(near, min(len(near), chance.choice((0, 1, 1, 2)))):
            pairs[app, other] = ConnectionSet.single("TCP", chance.choice((8080, 5432)))
        if chance.random() < 0.2:
            other = chance.choice([other for other in apps if other is not app])
            pairs[app, other] = ConnectionSet.single("TCP", 8080)
        pairs[app, dns] = ConnectionSet.parse("TCP 53,UDP 53")
        if chance.random() < 0.1:
            pairs[app, INTERNET] = ConnectionSet.single("TCP", 443)
    for app in chance.sample(apps, max(1, workloads // 20)):
        pairs[IngressController(), app] = ConnectionSet.single("TCP", 8080)
    return map_of(pairs, *apps)


@st.composite
def maps(draw: st.DrawFn) -> ConnectivityMap:
    """Small maps in which much is alike: rectangles of few connection sets over workloads, blocks and a controller."""
    count = draw(st.integers(1, 9))
    workloads = [Workload(f"ns{draw(st.integers(0, 2))}", f"w{i}", "Deployment") for i in range(count)]
    outside: list[Endpoint] = [IpBlock(BELOW_TEN), IpBlock(TEN), IpBlock(ABOVE_TEN)]
    everyone = [*workloads, *outside, IngressController()]
    sets = (EVERYTHING, ConnectionSet.single("TCP", 80), ConnectionSet.parse("TCP 80,UDP 53"))
    pairs: dict[tuple[Endpoint, Endpoint], ConnectionSet] = {}
    for _ in range(draw(st.integers(0, 6))):
        sources = draw(st.lists(st.sampled_from(everyone), min_size=1, unique=True))
        targets = [end for end in everyone if not isinstance(end, IngressController)]
        destinations = draw(st.lists(st.sampled_from(targets), min_size=1, unique=True))
        allowed = draw(st.sampled_from(sets))
        for source, destination in product(sources, destinations):
            if source is not destination and (isinstance(source, Workload) or isinstance(destination, Workload)):
                pairs[source, destination] = allowed
    return map_of(pairs, *workloads)
