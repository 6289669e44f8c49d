"""The product's map and the second evaluator's verdicts are the same, on clusters that nobody thought of."""

from __future__ import annotations

from typing import Literal
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st
from laws.clusters import clusters
from laws.product import Product
from laws.questions import LAST_PORT, addresses, pairs, ports
from naive.evaluator import Evaluator
from naive.objects import Address, Object, applied

from netpol_action.connectivity import blocks
from netpol_action.model.connections import PROTOCOLS, ConnectionSet, Protocol
from netpol_action.model.endpoints import IpBlock

POD_CIDRS = st.sampled_from(((), (), (), ("10.1.0.0/16",), ("10.1.2.0/25", "10.1.2.128/25")))

HostNetwork = Literal["exempt", "ordinary"]
IpFamily = Literal["auto", "ipv4", "ipv6", "dual"]
FAMILIES = {"ipv4": [4], "ipv6": [6], "dual": [4, 6]}


@given(
    st.sampled_from((blocks.FEW, 0, 1, 3, blocks.FEW)),
    clusters(),
    st.sampled_from(("exempt", "ordinary")),
    st.sampled_from(("auto", "ipv4", "ipv6", "dual")),
    POD_CIDRS,
)
def test_the_map_says_what_the_second_evaluator_says(
    few: int, objects: list[Object], host_network: HostNetwork, ip_family: IpFamily, pod_cidrs: tuple[str, ...]
):
    # The engine takes another way where a workload reaches many ends, and small clusters would never show it.
    with patch.object(blocks, "FEW", few):
        product = Product(objects, host_network, pod_cidrs, ip_family)
    second = Evaluator(objects, host_network, pod_cidrs)
    current = applied(objects)
    in_play = _families(product)
    assert ip_family == "auto" or in_play == FAMILIES[ip_family]
    outside = {address for family in in_play for address in addresses(current, family)} | _block_ends(product)
    numbers = ports(current)
    for source, destination in pairs(current, sorted(outside, key=lambda end: (end.version, int(end)))):
        allowed = product.allowed(source, destination)
        for protocol in PROTOCOLS:
            for port in sorted({*numbers, *_boundaries(allowed, protocol)}):
                expected = any(second.allows(source, destination, protocol, port, family) for family in in_play)
                assert (port in allowed[protocol]) == expected, (
                    f"{source} -> {destination} {protocol} {port}: the API's text says {_word(expected)}"
                )


def _word(allowed: bool) -> str:
    return "allowed" if allowed else "denied"


def _boundaries(allowed: ConnectionSet, protocol: Protocol) -> set[int]:
    ends = {end for span in allowed[protocol].ranges for end in span}
    return {number for end in ends for number in (end - 1, end, end + 1) if 1 <= number <= LAST_PORT}


def _families(product: Product) -> list[int]:
    return sorted({endpoint.range.family for endpoint in product.map.endpoints if isinstance(endpoint, IpBlock)})


def _block_ends(product: Product) -> set[Address]:
    blocks = [endpoint.range for endpoint in product.map.endpoints if isinstance(endpoint, IpBlock)]
    return {address for block in blocks for address in block._ends()}
