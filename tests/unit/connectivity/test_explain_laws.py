"""On clusters that nobody thought of, the explanation says what the map says."""

from __future__ import annotations

from typing import Literal

from asked_pairs import hold_against
from hypothesis import given
from hypothesis import strategies as st
from laws.clusters import clusters
from laws.product import Product
from naive.objects import Object

from netpol_action.connectivity import EvaluationOptions
from netpol_action.connectivity.engine import Engine
from netpol_action.model.addresses import AddressRange


@given(
    clusters(),
    st.sampled_from(("exempt", "ordinary")),
    st.sampled_from(("auto", "dual")),
    st.sampled_from(((), ("10.1.0.0/16",))),
)
def test_the_verdicts_are_the_maps(
    objects: list[Object],
    host_network: Literal["exempt", "ordinary"],
    ip_family: Literal["auto", "dual"],
    pod_cidrs: tuple[str, ...],
):
    product = Product(objects, host_network, pod_cidrs, ip_family)
    options = EvaluationOptions(ip_family, host_network, tuple(map(AddressRange.parse, pod_cidrs)))
    hold_against(Engine(product.cluster, options), product.map)
