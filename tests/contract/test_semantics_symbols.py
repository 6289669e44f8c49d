"""Nodes and domain names: ends without an address in any manifest, shown by what the policies call them."""

from __future__ import annotations

import pytest
from laws.forms import admin_policy, network_policy, workload
from laws.product import Product
from naive.objects import Object

WEB = workload("Deployment", "shop/web", {"app": "web"})
NAME = "shop/web[Deployment]"
CLOSED = network_policy("shop", {"policyTypes": ["Egress"]})


def allow(*peers: Object, port: int) -> Object:
    return {"action": "Allow", "to": list(peers), "ports": [{"portNumber": {"port": port}}]}


def names(*domain_names: str) -> Object:
    return {"domainNames": list(domain_names)}


def nodes(**labels: str) -> Object:
    return {"nodes": {"matchLabels": labels}}


def rows(*rules: Object, closed: bool = True) -> dict[str, str]:
    """What the workload may reach under the egress rules of an admin policy, with or without a policy that denies."""
    objects = [WEB, admin_policy({"egress": list(rules)}), *([CLOSED] if closed else [])]
    return {
        str(row.destination): str(row.allowed) for row in Product(objects).map.connections() if str(row.source) == NAME
    }


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([allow(names("db.example.com"), port=5432)], {"{host db.example.com}": "TCP 5432"}),
        ([allow(names("*.example.com"), port=443)], {"{host *.example.com}": "TCP 443"}),
        (
            [allow(names("*.example.com"), port=443), allow(names("a.example.com"), port=80)],
            {"{host *.example.com}": "TCP 443", "{host a.example.com}": "TCP 80,443"},
        ),
        (
            [allow(names("*.example.com"), port=443), allow(names("a.b.example.com"), port=80)],
            {"{host *.example.com}": "TCP 443", "{host a.b.example.com}": "TCP 80,443"},
        ),
        (
            [allow(names("*.example.com"), port=443), allow(names("*.b.example.com"), port=80)],
            {"{host *.b.example.com}": "TCP 80,443", "{host *.example.com}": "TCP 443"},
        ),
        (
            [allow(names("*.example.com"), port=443), allow(names("example.com", "badexample.com"), port=80)],
            {"{host *.example.com}": "TCP 443", "{host badexample.com}": "TCP 80", "{host example.com}": "TCP 80"},
        ),
        (
            [allow(names("Example.com."), port=443), allow(names("example.com"), port=80)],
            {"{host Example.com.}": "TCP 80,443", "{host example.com}": "TCP 80,443"},
        ),
    ],
)
def test_domain_names(rules: list[Object], expected: dict[str, str]):
    assert rows(*rules) == expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([allow(nodes(), port=10250)], {"{nodes}": "TCP 10250"}),
        ([allow(nodes(role="infra"), port=10250)], {"{nodes role=infra}": "TCP 10250"}),
        (
            [allow(nodes(), port=10250), allow(nodes(role="infra"), port=80)],
            {"{nodes}": "TCP 10250", "{nodes role=infra}": "TCP 80,10250"},
        ),
        (
            [allow({"networks": ["0.0.0.0/0"]}, port=443), allow(nodes(), port=10250)],
            {"0.0.0.0-255.255.255.255": "TCP 443", "{nodes}": "TCP 443,10250"},
        ),
    ],
)
def test_nodes(rules: list[Object], expected: dict[str, str]):
    assert rows(*rules) == expected


def test_what_is_open_to_every_address_is_not_said_twice():
    denied = {"action": "Deny", "to": [nodes(role="infra")], "ports": [{"portNumber": {"port": 22}}]}
    assert rows(allow(nodes(), port=443), closed=False) == {"0.0.0.0-255.255.255.255": "All Connections"}
    assert rows(denied, closed=False) == {
        "0.0.0.0-255.255.255.255": "All Connections",
        "{nodes role=infra}": "SCTP 1-65535,TCP 1-21,23-65535,UDP 1-65535",
    }
