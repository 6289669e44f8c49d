"""Services: which pods stand behind them, and which of a pod's ports their clients reach."""

from __future__ import annotations

import pytest

from netpol_action.model.cluster import Service, ServicePort
from netpol_action.model.endpoints import ContainerPort, Workload
from netpol_action.model.labels import Selector

WEB = Workload(
    "shop",
    "web",
    "Deployment",
    labels={"app": "web"},
    ports=(ContainerPort("http", "TCP", 8000), ContainerPort("dns", "UDP", 5353), ContainerPort("dns", "TCP", 5300)),
)
API = Workload("shop", "api", "Deployment", labels={"app": "api"}, ports=(ContainerPort("http", "TCP", 9000),))


def service(*ports: ServicePort, headless: bool = False) -> Service:
    return Service("shop", "any", Selector.labels({"app": "web"}), ports, headless=headless)


@pytest.mark.parametrize(
    ("port", "connections"),
    [
        (ServicePort(80), "TCP 80"),
        (ServicePort(80, target=8000), "TCP 8000"),
        (ServicePort(80, target=1234), "TCP 1234"),
        (ServicePort(80, target="http"), "TCP 8000"),
        (ServicePort(53, "UDP", target="dns"), "UDP 5353"),
        (ServicePort(53, "TCP", target="dns"), "TCP 5300"),
        (ServicePort(53, "SCTP", target="dns"), "No Connections"),
        (ServicePort(80, target="absent"), "No Connections"),
    ],
)
def test_the_target_port_is_what_reaches_the_pod(port: ServicePort, connections: str):
    assert str(service(port).client_connections(WEB)) == connections


def test_a_name_is_looked_up_on_each_pod():
    both = service(ServicePort(80, target="http"))
    assert [str(both.client_connections(pod)) for pod in (WEB, API)] == ["TCP 8000", "TCP 9000"]


def test_of_two_ports_of_one_name_and_protocol_the_first_counts():
    twice = (
        *WEB.ports,
        ContainerPort("http", "TCP", 9000),
        ContainerPort("", "TCP", 1),
        ContainerPort("http", "UDP", 2),
    )
    pod = Workload("shop", "web", "Deployment", labels={"app": "web"}, ports=twice)
    assert str(service(ServicePort(80, target="http")).endpoint_connections(pod)) == "TCP 8000"
    assert [pod.port_named("http", "TCP"), pod.port_named("http", "UDP"), pod.port_named("", "TCP")] == [8000, 2, None]


@pytest.mark.parametrize(
    ("target", "headless", "by_name", "by_endpoints"),
    [
        (8000, False, "TCP 8000", "TCP 8000"),
        (8000, True, "TCP 80", "TCP 8000"),
        ("http", True, "TCP 8000", "TCP 8000"),
        (None, True, "TCP 80", "TCP 80"),
    ],
)
def test_a_headless_service_translates_no_numbers_for_those_who_look_its_name_up(
    target: int | str | None, headless: bool, by_name: str, by_endpoints: str
):
    made = service(ServicePort(80, target=target), headless=headless)
    assert str(made.client_connections(WEB)) == by_name
    assert str(made.endpoint_connections(WEB)) == by_endpoints


@pytest.mark.parametrize(
    ("asked", "connections"),
    [
        (80, "TCP 8000"),
        ("80", "TCP 8000"),
        ("main", "TCP 8000"),
        (443, "TCP 8443"),
        (None, "TCP 8000,8443"),
        (8000, "No Connections"),
        ("other", "No Connections"),
    ],
)
def test_a_port_of_the_service_is_asked_for_by_number_or_name(asked: int | str | None, connections: str):
    two = service(ServicePort(80, name="main", target=8000), ServicePort(443, target=8443))
    assert str(two.client_connections(WEB, asked)) == connections


@pytest.mark.parametrize(
    ("selector", "namespace", "selected"),
    [
        ({"app": "web"}, "shop", True),
        ({"app": "api"}, "shop", False),
        ({"app": "web"}, "data", False),
        ({}, "shop", False),
        (None, "shop", False),
    ],
)
def test_who_stands_behind_a_service(selector: dict[str, str] | None, namespace: str, selected: bool):
    made = Service(namespace, "any", None if selector is None else Selector.labels(selector))
    assert made.selects(WEB) is selected
