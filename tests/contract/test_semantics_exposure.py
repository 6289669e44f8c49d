"""Ingress, Route and Gateway API routes: edges from the ingress controller, as far as policies admit it."""

from __future__ import annotations

from typing import Any

import pytest
from laws.forms import network_policy, workload
from laws.product import Product
from naive.objects import Object

WEB = workload("Deployment", "shop/web", {"app": "web"}, "http::8000")
OTHERS = (
    workload("Deployment", "data/web", {"app": "web"}, "http::8000"),
    workload("Deployment", "shop/api", {"app": "api"}, "http::8000"),
)
SERVICE: Object = {
    "apiVersion": "v1",
    "kind": "Service",
    "metadata": {"namespace": "shop", "name": "web"},
    "spec": {"selector": {"app": "web"}, "ports": [{"name": "main", "port": 80, "targetPort": "http"}]},
}


def ingress(port: Object, space: str = "shop") -> Object:
    backend = {"service": {"name": "web", "port": port}}
    return _object("networking.k8s.io/v1", "Ingress", space, {"rules": [{"http": {"paths": [{"backend": backend}]}}]})


def route(spec: Object) -> Object:
    return _object("route.openshift.io/v1", "Route", "shop", {"to": {"kind": "Service", "name": "web"}, **spec})


def gateway_route(kind: str, space: str = "shop") -> Object:
    rules = [{"backendRefs": [{"name": "web", "namespace": "shop", "port": 80}]}]
    return _object("gateway.networking.k8s.io/v1", kind, space, {"rules": rules})


def grant(kind: str, space: str) -> Object:
    spec = {
        "from": [{"group": "gateway.networking.k8s.io", "kind": kind, "namespace": space}],
        "to": [{"group": "", "kind": "Service"}],
    }
    return _object("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", "shop", spec)


def _object(version: str, kind: str, space: str, spec: Any) -> Object:  # noqa: ANN401  # a manifest's value
    return {"apiVersion": version, "kind": kind, "metadata": {"namespace": space, "name": "front"}, "spec": spec}


def edges(*objects: Object) -> list[str]:
    """What the map says of the ingress controller, in a cluster with others of the same labels or namespace."""
    rows = Product([WEB, SERVICE, *OTHERS, *objects]).map.connections()
    return [f"{row.destination} {row.allowed}" for row in rows if str(row.source) == "{ingress-controller}"]


OPEN = ["shop/web[Deployment] TCP 8000"]


@pytest.mark.parametrize(
    "objects",
    [
        [ingress({"number": 80})],
        [ingress({"name": "main"})],
        [
            _object(
                "networking.k8s.io/v1",
                "Ingress",
                "shop",
                {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
            )
        ],
        [route({"port": {"targetPort": "main"}})],
        [route({"port": {"targetPort": 8000}})],
        [route({})],
        [gateway_route("HTTPRoute")],
        [gateway_route("GRPCRoute")],
        [gateway_route("TCPRoute")],
        [gateway_route("TLSRoute")],
        [gateway_route("HTTPRoute", "edge"), grant("HTTPRoute", "edge")],
    ],
    ids=lambda objects: "+".join(item["kind"] for item in objects),
)
def test_a_route_is_an_edge_to_the_port_of_the_pod(objects: list[Object]):
    assert edges(*objects) == OPEN


@pytest.mark.parametrize(
    "objects",
    [
        [],
        [_object("networking.k8s.io/v1", "Ingress", "shop", {"rules": [{"host": "shop.example.com"}]})],
        [ingress({"number": 8000})],
        [ingress({"number": 80}, "edge")],
        [route({"port": {"targetPort": "http"}})],  # a name of the Service's ports is asked for, not one of the pod's
        [gateway_route("HTTPRoute", "edge")],
        [gateway_route("HTTPRoute", "edge"), grant("HTTPRoute", "other")],
        [gateway_route("HTTPRoute", "edge"), grant("TCPRoute", "edge")],
    ],
    ids=lambda objects: "+".join(item["kind"] for item in objects) or "nothing",
)
def test_no_route_and_no_grant_is_no_edge(objects: list[Object]):
    assert edges(*objects) == []


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"ingress": [{}]}, OPEN),
        ({"ingress": [{"ports": [{"port": 8000}]}]}, OPEN),
        ({"ingress": [{"from": [{"namespaceSelector": {}}]}]}, OPEN),
        ({"ingress": [{"from": [{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "proxy"}}}]}]}, []),
        ({"ingress": [{"from": [{"namespaceSelector": {"matchLabels": {"team": "edge"}}}]}]}, []),
        ({}, []),
        ({"ingress": [{"ports": [{"port": 80}]}]}, []),
        ({"ingress": [{"from": [{"podSelector": {}}]}]}, []),
        ({"ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}, []),
    ],
)
def test_policies_admit_the_controller_or_not(spec: Object, expected: list[str]):
    assert edges(ingress({"number": 80}), network_policy("shop", spec)) == expected


def test_an_edge_that_policies_block_is_a_warning_that_names_them():
    product = Product([WEB, SERVICE, ingress({"number": 80}), network_policy("shop", {}, "closed")])
    (warning,) = [each for each in product.evaluation.diagnostics if each.rule == "blocked-exposure"]
    assert "NetworkPolicy shop/closed" in warning.message
