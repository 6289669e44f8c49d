from __future__ import annotations

import pytest
from manifest_text import cluster, findings

from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Service, ServicePort


def service(spec: str, metadata: str = "") -> tuple[Service | None, list[str]]:
    found = cluster(f"{{apiVersion: v1, kind: Service, metadata: {{name: s{metadata}}}, spec: {spec}}}")
    return (found.services[0] if found.services else None), findings(found)


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ("{port: 80}", ServicePort(80)),
        ("{port: 80, targetPort: 8080}", ServicePort(80, target=8080)),
        ("{port: 80, targetPort: http, name: web}", ServicePort(80, name="web", target="http")),
        ("{port: 53, protocol: UDP, targetPort: 0}", ServicePort(53, "UDP")),
        ("{port: 80, nodePort: 30080}", ServicePort(80, node_port=30080)),
    ],
)
def test_ports(port: str, expected: ServicePort):
    found, problems = service(f"{{selector: {{app: a}}, ports: [{port}]}}")

    assert found is not None
    assert found.ports == (expected,)
    assert problems == []


@pytest.mark.parametrize(
    ("spec", "selects"),
    [
        ("{selector: {app: a}}", True),
        ("{selector: {}}", False),
        ("{}", False),
        ("{type: ExternalName, externalName: db.example.com, selector: {app: a}}", False),
    ],
)
def test_a_service_has_a_selector_only_where_it_selects(spec: str, selects: bool):
    found, _ = service(spec)

    assert found is not None
    assert (found.selector is not None) == selects


def test_headless_external_and_load_balancer():
    assert service("{clusterIP: None}")[0].headless
    assert service("{type: ExternalName, externalName: db.example.com}")[0].external_name == "db.example.com"
    balancer, problems = service(
        "{type: LoadBalancer, externalTrafficPolicy: Local, loadBalancerSourceRanges: ['10.0.0.0/8 ']}"
    )
    assert balancer.source_ranges == (AddressRange.parse("10.0.0.0/8"),)
    assert balancer.local_traffic_policy
    assert problems == []


def test_the_addresses_that_a_manifest_fixes():
    found, _ = service(
        "{type: LoadBalancer, clusterIP: 10.96.0.7, clusterIPs: [10.96.0.7, 'fd00::7'], loadBalancerIP: 192.0.2.1, "
        "externalIPs: [192.0.2.2]}"
    )
    assert found is not None
    assert set(found.addresses) == {"10.96.0.7", "fd00::7", "192.0.2.1", "192.0.2.2"}
    assert set(found.cluster_ips) == {"10.96.0.7", "fd00::7"}
    assert found.external_ips == ("192.0.2.2",)
    assert service("{clusterIP: None, clusterIPs: [None]}")[0].cluster_ips == ()  # type: ignore[union-attr]


def test_source_ranges_by_annotation():
    annotation = ", annotations: {service.beta.kubernetes.io/load-balancer-source-ranges: '10.0.0.0/8, 2001:db8::/32'}"
    found, _ = service("{type: LoadBalancer}", annotation)

    assert found.source_ranges == (AddressRange.parse("10.0.0.0/8"), AddressRange.parse("2001:db8::/32"))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{ports: 80}", "spec.ports must be a list"),
        ("{ports: [{port: '80'}]}", "spec.ports[0].port must be a whole number, not a string"),
        (
            "{ports: [{port: 80, targetPort: '8080'}]}",
            "spec.ports[0].targetPort must be a number or a port's name; a number in quotes is neither",
        ),
        ("{ports: [{port: true}]}", "spec.ports[0].port must be a whole number, not a boolean"),
        ("{selector: {app: 1}}", "spec.selector.app must be a string, not a number"),
        ("{selector: {app: [1]}}", "spec.selector.app must be a string"),
        ("{type: Cluster}", "spec.type must be one of ClusterIP, NodePort, LoadBalancer, ExternalName"),
        ("{type: ExternalName, externalName: 'a b'}", "spec.externalName is not the name of a host"),
        ("{type: ExternalName, externalName: 'http://a'}", "spec.externalName is not the name of a host"),
        ("{type: [ClusterIP]}", "spec.type must be one of ClusterIP, NodePort, LoadBalancer, ExternalName"),
        (
            "{type: LoadBalancer, loadBalancerSourceRanges: [10.0.0.1]}",
            "spec.loadBalancerSourceRanges[0] must be a CIDR like 10.0.0.0/8 or 2001:db8::/32",
        ),
    ],
)
def test_what_cannot_be_read_is_an_error(spec: str, message: str):
    assert service(spec)[1] == [f"error broken-object: {message}"]


def test_a_source_range_that_cannot_be_read_does_not_open_the_service_to_everyone():
    assert service("{type: LoadBalancer, loadBalancerSourceRanges: [nonsense]}")[0] is None


def test_broken_annotations_cost_the_annotations_alone():
    found, problems = service("{ports: [{port: 80}]}", ", annotations: {prometheus.io/port: 9090}")

    assert found.annotations == {}
    assert problems == ["error broken-object: metadata.annotations.prometheus.io/port must be a string, not a number"]
