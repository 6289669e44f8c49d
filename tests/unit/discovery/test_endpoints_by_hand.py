"""Services without a selector: Endpoints and EndpointSlices by hand, and Services with addresses of their own."""

from __future__ import annotations

import pytest
from application import Json, Object, lines, open_questions, requirements, service, workload

WEB = workload("web", {"DB_URL": "postgres://db:5432/x"})
BARE = service("db", {"name": "sql", "port": 5432}, selector={})
METADATA = {"name": "db", "labels": {"kubernetes.io/service-name": "db"}}


def endpoints(addresses: Json, ports: Json) -> Object:
    subsets = [{"addresses": addresses, "ports": ports}]
    return {"apiVersion": "v1", "kind": "Endpoints", "metadata": METADATA, "subsets": subsets}


def endpoint_slice(addresses: Json, ports: Json) -> Object:
    api = "discovery.k8s.io/v1"
    return {"apiVersion": api, "kind": "EndpointSlice", "metadata": METADATA, "endpoints": addresses, "ports": ports}


GIVEN = {
    "Endpoints": (endpoints([{"ip": "192.0.2.7"}], [{"name": "sql", "port": 6432}]), "192.0.2.7-192.0.2.7: TCP 6432"),
    "a slice": (
        endpoint_slice([{"addresses": ["192.0.2.7"]}], [{"name": "sql", "port": 5432}]),
        "192.0.2.7-192.0.2.7: TCP 5432",
    ),
    "without ports": (endpoint_slice([{"addresses": ["192.0.2.7"]}], None), "192.0.2.7-192.0.2.7: TCP 5432"),
    "one port by another name": (endpoints([{"ip": "192.0.2.7"}], [{"port": 6432}]), "192.0.2.7-192.0.2.7: TCP 6432"),
    "IPv6": (
        endpoint_slice([{"addresses": ["2001:db8::1"]}], [{"name": "sql", "port": 5432}]),
        "2001:db8::1-2001:db8::1: TCP 5432",
    ),
}


@pytest.mark.parametrize(("given", "expected"), GIVEN.values(), ids=GIVEN)
def test_addresses_by_hand_are_reached_on_their_own_ports(given: Object, expected: str):
    found = requirements(WEB, BARE, given)
    assert lines(found.demands) == [f"web -> {expected}"]
    assert not found.unresolved


@pytest.mark.parametrize(
    "given",
    [
        endpoints(None, None),
        endpoints([{"ip": "not an address"}, {"ip": 3}, None], [{"port": "x"}]),
        endpoint_slice([{"addresses": "192.0.2.7"}, {}, 3], []),
        endpoint_slice([{"addresses": ["fe80::1%eth0"]}], []),
    ],
)
def test_without_addresses_it_stays_a_row(given: Object):
    assert open_questions(requirements(WEB, BARE, given)) == ["web external-host host/db TCP 5432"]


def test_a_fixed_address_of_a_service_is_the_service():
    db = service("db", 5432, clusterIP="10.96.0.77")
    found = requirements(workload("web", {"DB_URL": "postgres://10.96.0.77:5432/x"}), workload("db"), db)
    assert lines(found.demands) == ["web -> db: TCP 5432"]


def test_replicas_talk_to_each_other_on_what_they_declare_and_what_their_software_is_known_for():
    ports = [{"name": "amqp", "containerPort": 5672}]
    broker = workload("mq", kind="StatefulSet", image="rabbitmq:3.13", container={"ports": ports})
    broker["spec"]["replicas"] = 3
    found = requirements(broker, service("mq", 5672, clusterIP="None"))
    assert lines(found.demands) == ["mq -> mq: TCP 4369,5672,25672"]
    alone = workload("mq", kind="StatefulSet", image="rabbitmq:3.13", container={"ports": ports})
    assert requirements(alone, service("mq", 5672, clusterIP="None")).demands == ()
    scaler = {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "mq"},
        "spec": {"scaleTargetRef": {"kind": "StatefulSet", "name": "mq"}},
    }
    assert len(requirements(alone, service("mq", 5672, clusterIP="None"), scaler).demands) == 1
