"""Who scrapes what: monitors, annotations, and Prometheus in the input, by its operator or by the platform."""

from __future__ import annotations

import pytest
from application import Json, Object, config_map, lines, open_questions, requirements, service, workload

PORTS = [{"name": "http", "containerPort": 80}, {"name": "metrics", "containerPort": 9100}]
NOTES = {"prometheus.io/scrape": "true", "prometheus.io/port": "9100"}
APP = workload("app", container={"ports": PORTS})
SERVICE = {
    **service("app", {"name": "http", "port": 80}, {"name": "metrics", "port": 9100}),
    "metadata": {"name": "app", "labels": {"app": "app"}},
}
PROMETHEUS = workload("prom", image="quay.io/prometheus/prometheus:v3", namespace="monitoring")


def monitor(kind: str, namespace: str = "default", **spec: Json) -> Object:
    body = {"selector": {"matchLabels": {"app": "app"}}, **spec}
    metadata = {"name": "m", "namespace": namespace, "labels": {"team": "a"}}
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": kind, "metadata": metadata, "spec": body}


def operated(**spec: Json) -> Object:
    metadata = {"name": "k8s", "namespace": "monitoring"}
    return {"apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "metadata": metadata, "spec": spec}


def configured(kind: str) -> tuple[Object, Object]:
    label = f"__meta_kubernetes_{kind}_annotation_prometheus_io_scrape"
    text = f"scrape_configs:\n- job_name: x\n  relabel_configs:\n  - source_labels: [{label}]\n"
    volume = {"volumes": [{"name": "c", "configMap": {"name": "c"}}]}
    prometheus = workload("prom", image="prom/prometheus", namespace="monitoring", pod=volume)
    return prometheus, config_map("c", {"prometheus.yml": text}, namespace="monitoring")


MONITORS = {
    "a Service's port": monitor("ServiceMonitor", endpoints=[{"port": "metrics"}]),
    "a pod's port": monitor("ServiceMonitor", endpoints=[{"targetPort": "metrics"}]),
    "a pod's port by number": monitor("ServiceMonitor", endpoints=[{"targetPort": 9100}]),
    "pods": monitor("PodMonitor", podMetricsEndpoints=[{"port": "metrics"}]),
    "pods by number": monitor("PodMonitor", podMetricsEndpoints=[{"portNumber": 9100}]),
    "from another namespace": monitor(
        "ServiceMonitor", "monitoring", namespaceSelector={"matchNames": ["default"]}, endpoints=[{"port": "metrics"}]
    ),
    "from any namespace": monitor(
        "PodMonitor", "monitoring", namespaceSelector={"any": True}, podMetricsEndpoints=[{"port": "metrics"}]
    ),
}


@pytest.mark.parametrize("asking", MONITORS.values(), ids=MONITORS)
def test_a_monitor(asking: Object):
    found = requirements(APP, SERVICE, PROMETHEUS, asking)
    assert lines(found.demands) == ["monitoring/prom -> app: TCP 9100"]


def test_prometheus_reads_the_endpoints_of_a_headless_service():
    headless = service("app", {"name": "metrics", "port": 80, "targetPort": 9100}, clusterIP="None")
    headless["metadata"]["labels"] = SERVICE["metadata"]["labels"]
    found = requirements(APP, headless, PROMETHEUS, monitor("ServiceMonitor", endpoints=[{"port": "metrics"}]))
    assert lines(found.demands) == ["monitoring/prom -> app: TCP 9100"]


@pytest.mark.parametrize(
    "asking",
    [
        monitor("ServiceMonitor", "monitoring", endpoints=[{"port": "metrics"}]),
        monitor("ServiceMonitor", endpoints=[{"port": "other"}]),
        monitor("ServiceMonitor", selector={"matchLabels": {"app": "other"}}, endpoints=[{"port": "metrics"}]),
        monitor("ServiceMonitor", selector=None, endpoints=[{"port": "metrics"}]),
        monitor("PodMonitor", podMetricsEndpoints="x"),
        monitor("PodMonitor", namespaceSelector=3, selector={"matchLabels": {"app": 3}}),
    ],
)
def test_a_monitor_of_nothing(asking: Object):
    assert requirements(APP, SERVICE, PROMETHEUS, asking).demands == ()


def test_the_operators_prometheus_takes_the_monitors_that_it_selects():
    asking = monitor("PodMonitor", podMetricsEndpoints=[{"port": "metrics"}])
    everything = operated(podMonitorSelector={}, podMonitorNamespaceSelector={})
    (line,) = lines(requirements(APP, everything, asking).demands)
    assert line.startswith(
        "{pods app.kubernetes.io/instance=k8s,app.kubernetes.io/name=prometheus in namespace monitoring}"
    )
    for not_mine in (
        operated(),
        operated(podMonitorSelector={}),
        operated(podMonitorSelector={"matchLabels": {"team": "b"}}, podMonitorNamespaceSelector={}),
    ):
        assert requirements(APP, not_mine, asking).demands == ()


def test_an_annotation_counts_where_prometheus_is_configured_to_heed_it():
    pod = workload("app", template={"annotations": NOTES})
    assert lines(requirements(pod, *configured("pod")).demands) == ["monitoring/prom -> app: TCP 9100"]
    assert requirements(pod, *configured("service")).demands == ()
    front = service("app", 80)
    front["metadata"]["annotations"] = NOTES
    assert lines(requirements(workload("app"), front, *configured("service")).demands) == [
        "monitoring/prom -> app: TCP 9100"
    ]


def test_without_its_configuration_an_annotation_is_a_candidate():
    found = requirements(workload("app", template={"annotations": NOTES}), PROMETHEUS)
    assert not found.demands
    assert lines(found.candidates) == ["monitoring/prom -> app: TCP 9100"]


def test_without_prometheus_it_is_a_row_that_the_pack_resolves():
    pod = workload("app", template={"annotations": NOTES})
    found = requirements(pod)
    assert open_questions(found) == ["app platform platform/prometheus TCP 9100"]
    resolved = requirements(pod, netpol=found.unresolved[0].resolution)
    assert lines(resolved.demands) == [
        "{pods app.kubernetes.io/name=prometheus in namespace monitoring} -> app: TCP 9100"
    ]
    assert not resolved.unresolved


def test_what_is_only_scraped_still_has_callers_that_nobody_knows():
    front = service("app", 9100)
    asking = monitor("PodMonitor", podMetricsEndpoints=[{"port": "metrics"}])
    found = requirements(APP, front, PROMETHEUS, asking)
    assert open_questions(found) == ["app unknown-callers callers/app TCP 9100"]


def test_a_port_for_metrics_beside_others_has_no_other_callers():
    found = requirements(APP, SERVICE, PROMETHEUS, MONITORS["pods"])
    assert open_questions(found) == ["app unknown-callers callers/app TCP 80"]
