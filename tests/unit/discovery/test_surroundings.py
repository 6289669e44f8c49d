"""What surrounds an application: platforms by what shows them, DNS as the input has it, telemetry, companions."""

from __future__ import annotations

from typing import Any

import pytest
from application import Json, Object, lines, open_questions, requirements, service, workload

from netpol_action.discovery.platform import packs


def account(**annotations: str) -> Object:
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "a", "annotations": annotations}}


OF_ACCOUNT = {"serviceAccountName": "a"}
SHOWN: dict[str, tuple[Object, ...]] = {
    "gcp": (workload("web", pod=OF_ACCOUNT), account(**{"iam.gke.io/gcp-service-account": "x"})),
    "aws": (workload("web", pod=OF_ACCOUNT), account(**{"eks.amazonaws.com/role-arn": "x"})),
    "azure": (workload("web", labels={"app": "web", "azure.workload.identity/use": "true"}),),
    "dapr": (workload("web", template={"annotations": {"dapr.io/enabled": "true"}}),),
    "vault": (workload("web", template={"annotations": {"vault.hashicorp.com/agent-inject": "true"}}),),
    "datadog": (workload("web", {"DD_AGENT_HOST": {"valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}}),),
    "cert-manager": (workload("web", image="quay.io/jetstack/cert-manager-controller:v1.15@sha256:0"),),
    "argocd": (workload("web", image="quay.io/argoproj/argocd:v2.12"),),
    "external-secrets": (workload("web", image="ghcr.io/external-secrets/external-secrets:v0.10"),),
    "linkerd": (
        workload("web"),
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "default", "annotations": {"linkerd.io/inject": "enabled"}},
        },
    ),
}


@pytest.mark.parametrize(("pack", "objects"), SHOWN.items(), ids=SHOWN)
def test_a_platform_that_the_input_shows_is_a_row_until_it_is_switched_on(pack: str, objects: tuple[Object, ...]):
    found = requirements(*objects)
    assert [(each.gap, each.key) for each in found.unresolved] == [("platform", f"platform/{pack}")]
    assert not found.demands
    on = requirements(*objects, netpol=found.unresolved[0].resolution)
    assert on.demands
    assert not on.unresolved


def test_nothing_shows_the_platforms_that_are_switched_on_by_hand():
    by_hand = {"ingress-nginx", "traefik", "openshift", "node-local-dns", "prometheus"}
    assert by_hand == set(packs()) - set(SHOWN) - {"istio", "istio-ambient"}
    assert open_questions(requirements(workload("web"))) == []


def dns(*objects: Object, netpol: str = "") -> list[str]:
    return [f"{each.server}: {each.connections}" for each in requirements(*objects, netpol=netpol).dns]


USUAL = "pods everything in namespaces kubernetes.io/metadata.name=kube-system: TCP 53 UDP 53"


def test_dns_as_the_input_has_it():
    (usual,) = dns(workload("web"))
    assert "kube-system" in usual
    ports = [{"name": "dns", "port": 53, "targetPort": 8053, "protocol": "UDP"}]
    core = (workload("coredns", namespace="dns"), service("coredns", *ports, namespace="dns"))
    assert dns(*core) == [usual, "pods app=coredns in namespaces kubernetes.io/metadata.name=dns: UDP 8053"]


def test_openshift_is_told_by_its_objects():
    route = {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": {"name": "r"},
        "spec": {"to": {"kind": "Service", "name": "web"}},
    }
    found = requirements(workload("web"), route)
    assert [str(each.connections) for each in found.dns] == ["TCP 53,UDP 53", "TCP 5353,UDP 5353"]
    assert any("5353" in each.message for each in found.assumptions)
    assert [str(each.connections) for each in requirements(route, netpol="platform: [openshift]").dns] == [
        "TCP 5353,UDP 5353"
    ]


def test_the_nodes_cache_and_a_pods_own_servers():
    args = ["-localip", "169.254.20.10,10.96.0.10", "-conf", "/etc/Corefile"]
    cache = workload(
        "node-local-dns",
        kind="DaemonSet",
        image="registry.k8s.io/dns/k8s-dns-node-cache:1.23",
        container={"args": args},
    )
    assert dns(cache)[1:] == ["169.254.20.10/32: TCP 53,UDP 53"]
    own = workload("web", pod={"dnsPolicy": "None", "dnsConfig": {"nameservers": ["192.0.2.53", 3, "x"]}})
    assert lines(requirements(own).demands) == ["web -> 192.0.2.53-192.0.2.53: TCP 53,UDP 53"]


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"ENABLE_TRACING": "1"}, ["web unknown-host sent/tracing No Connections"]),
        (
            {"TRACING_ENABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4317"},
            ["web unknown-host sent/tracing No Connections"],
        ),
        ({"ENABLE_TRACING": "1", "COLLECTOR_ADDR": "collector:4317"}, ["web unknown-host host/collector TCP 4317"]),
        ({"ENABLE_TRACING": "0"}, []),
        ({"ENABLE_PROFILER": "false", "TRACING": "yes"}, []),
    ],
)
def test_what_is_sent_without_a_word_where(env: dict[str, Any], expected: list[str]):
    assert open_questions(requirements(workload("web", env))) == expected


def test_software_that_is_run_to_use_other_software_is_a_candidate():
    both = (workload("g", image="grafana/grafana:11"), workload("p", image="prom/prometheus:v3"))
    found = requirements(*both)
    assert lines(found.candidates) == ["g -> p: TCP 9090"]
    assert not found.demands
    known = (workload("g", {"PROM_URL": "http://p:9090"}, image="grafana/grafana:11"), both[1], service("p", 9090))
    assert not requirements(*known).candidates


@pytest.mark.parametrize(("scopes", "reached"), [(None, True), (["web"], True), (["other"], False), ("x", True)])
def test_a_dapr_component_is_reached_by_the_sidecars_that_it_is_open_to(scopes: Json, reached: bool):
    notes = {"dapr.io/enabled": "true", "dapr.io/app-id": "web"}
    metadata = [
        {"name": "redisHost", "value": "cache:6379"},
        {"name": "redisPassword", "secretKeyRef": {"name": "s"}},
        3,
    ]
    component = {
        "apiVersion": "dapr.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": "store"},
        "spec": {"type": "state.redis", "metadata": metadata},
        "scopes": scopes,
    }
    cache = (workload("cache"), service("cache", 6379))
    found = requirements(workload("web", template={"annotations": notes}), workload("plain"), *cache, component)
    assert lines(found.demands) == (["web -> cache: TCP 6379"] if reached else [])
