"""Dependencies that are written in unusual ways or places are rows or assumptions, and never nothing."""

from __future__ import annotations

from typing import Any

import pytest
from application import Object, config_map, key_of, open_questions, requirements, secret, workload


def questions(env: dict[str, Any] | None = None, **more: Any) -> list[str]:  # noqa: ANN401  # see application.Json
    return open_questions(requirements(workload("web", env, **more)))


@pytest.mark.parametrize(
    ("volume", "what"),
    [
        ({"secret": {"secretName": "appcfg"}}, "Secret appcfg"),
        ({"configMap": {"name": "appcfg"}}, "ConfigMap appcfg"),
        ({"projected": {"sources": [{"secret": {"name": "appcfg"}}]}}, "Secret appcfg"),
    ],
)
def test_what_is_mounted_and_not_in_the_input_is_an_assumption(volume: dict[str, Any], what: str):
    found = requirements(workload("web", pod={"volumes": [{"name": "v", **volume}]}))
    (assumption,) = found.assumptions
    assert assumption.message.startswith(f"Deployment web mounts {what}, which is not in the input")


@pytest.mark.parametrize(
    ("env", "row"),
    [
        ({"KAFKA": "events-kafka-bootstrap:9092"}, "host/events-kafka-bootstrap TCP 9092"),
        ({"ORDERS": "orders:8080"}, "host/orders TCP 8080"),
        ({"ORDERS": "orders-api:80"}, "host/orders-api TCP 80"),
    ],
)
def test_a_name_with_a_port_under_a_name_that_tells_nothing_is_a_row(env: dict[str, str], row: str):
    assert questions(env) == [f"web unknown-host {row}"]


@pytest.mark.parametrize("value", ["k-0:9092,k-1:9092", "a=k-0:9092, b=k-1:9092"])
def test_names_with_ports_in_a_list_are_rows(value: str):
    assert questions({"KAFKA": value}) == ["web unknown-host host/k-0 TCP 9092", "web unknown-host host/k-1 TCP 9092"]


def test_a_name_with_a_port_in_a_file_is_a_row():
    files = config_map("files", {"app.yaml": "orders: orders-api:8080\nlimit: max:4096\nimage: app:8080\n"})
    mounted = workload("web", pod={"volumes": [{"name": "v", "configMap": {"name": "files"}}]})
    assert open_questions(requirements(mounted, files)) == ["web unknown-host host/orders-api TCP 8080"]


@pytest.mark.parametrize(
    "env",
    [
        {"VERSION": "app:1.2"},
        {"SIDECAR": "postgres:16"},
        {"RUN_AS": "app:1000"},
        {"START": "10:30"},
        {"APP_USER": "app:8080"},
        {"JOB_IMAGE": "app:20240"},
        {"RATIO": "8080:9090"},
        {"LIMIT": "max:4096"},
        {"TEXT": "orders:8080 and more"},
        {"MODE": "orders:none"},
        {"LISTEN": "web:8080"},
        {"PROTOCOLS": "http:8080"},
    ],
    ids=str,
)
def test_what_only_looks_like_a_name_with_a_port_is_no_row(env: dict[str, str]):
    assert questions(env) == []


@pytest.mark.parametrize(
    ("command", "row"),
    [
        (["sh", "-c", "until nc -z postgres 5432; do sleep 1; done"], "host/postgres TCP 5432"),
        (["sh", "-c", "until nc -z -w 2 postgres 5432; do sleep 2000; done"], "host/postgres TCP 5432"),
        (["sh", "-ec", "nc -z postgres 5432"], "host/postgres TCP 5432"),
        (["/bin/nc", "-z", "postgres", "5432"], "host/postgres TCP 5432"),
        (["/wait-for-it.sh", "mydb:3306", "--", "/app"], "host/mydb TCP 3306"),
        (["sh", "-c", "/wait-for-it.sh mydb:3306 -t 30 && exec /app"], "host/mydb TCP 3306"),
    ],
    ids=str,
)
def test_what_a_command_waits_for_is_a_row(command: list[str], row: str):
    assert questions(container={"command": command}) == [f"web unknown-host {row}"]


@pytest.mark.parametrize("script", ["sleep 8080", "timeout 3306 /app", "ncdu here 8080"])
def test_a_word_and_a_number_are_no_row_elsewhere_in_a_script(script: str):
    assert questions(container={"command": ["sh", "-c", script]}) == []


@pytest.mark.parametrize(
    "container",
    [
        {"args": ["--db=db.acme.internal"]},
        {"args": ["--db", "db.acme.internal"]},
        {"command": ["sh", "-c", "exec /app --db=db.acme.internal"]},
        {"env": [{"name": "DB", "value": "db.acme.internal"}]},
        {"env": [{"name": "REDIS", "value": "db.acme.internal"}]},
    ],
    ids=str,
)
def test_a_full_host_under_the_name_of_a_store_is_a_row(container: dict[str, Any]):
    (row,) = questions(container=container)
    assert row.startswith("web external-host host/db.acme.internal ")


@pytest.mark.parametrize(
    "env", [{"DB": "shop.orders"}, {"CACHE": "com.acme.CacheImpl"}, {"DATABASE": "orders.v1.sqlite"}], ids=str
)
def test_other_names_with_dots_are_no_row(env: dict[str, str]):
    assert questions(env) == []


@pytest.mark.parametrize(
    "value",
    [
        "orders=http://orders.shop.svc:8080,users=users.shop.svc:9000",
        "orders=http://orders.shop.svc:8080/api,users=users.shop.svc:9000",
        "orders=http://orders.shop.svc:8080;users=users.shop.svc:9000",
        "orders=tcp://orders.shop.svc:8080/?a=b,users=http://users.shop.svc:9000",
        "orders=http://orders.shop.svc:8080;users=http://users.shop.svc:9000/",
        "http://orders.shop.svc:8080,users.shop.svc:9000",
    ],
)
def test_every_item_of_a_list_is_a_row(value: str):
    assert questions({"ROUTES": value}) == [
        "web unknown-host host/orders.shop.svc TCP 8080",
        "web unknown-host host/users.shop.svc TCP 9000",
    ]


def test_a_password_with_a_comma_does_not_cut_its_url():
    value = "amqp://app:a,b=c@mq.example.com:5671"
    assert questions({"BROKER_URL": value}) == ["web external-host host/mq.example.com TCP 5671"]


@pytest.mark.parametrize("host", ["mysql", "db.acme.com"])
def test_json_in_a_variable_is_read(host: str):
    rows = questions({"APP_CONFIG": f'{{"db": {{"host": "{host}", "port": 3306}}}}'})
    gap = "external-host" if "." in host else "unknown-host"
    assert rows == [f"web {gap} host/{host} TCP 3306"]


def test_json_in_a_variable_from_a_secret_is_read_and_not_shown():
    data = {"c": '[{"password_of_me": "x", "host": "db.acme.com"}]'}
    found = requirements(workload("web", {"CONFIG": key_of("secret", "s", "c")}), secret("s", data))
    (row,) = found.unresolved
    assert row.key == "secret/s/c"
    assert "password_of_me" not in repr(row)
    assert "acme" not in repr(row)


@pytest.mark.parametrize("host", ["pg-rw.databases", "redis.dev"])
def test_a_host_that_may_be_a_service_of_a_namespace_is_said_to_be(host: str):
    service, _, namespace = host.partition(".")
    (row,) = requirements(workload("web", {"DB_HOST": f"{host}:5432"})).unresolved
    assert f"may be Service {service} in namespace {namespace}" in row.message
    assert f"# if it is that Service, write `to: {{namespace: {namespace}}}`" in row.resolution
    assert f"to: {{host: {host}}}" in row.resolution


@pytest.mark.parametrize("host", ["example.com", "db.example.com", "10.0.0.1"])
def test_other_hosts_are_not_said_to_be_services(host: str):
    (row,) = requirements(workload("web", {"DB_HOST": f"{host}:5432"})).unresolved
    assert "namespace" not in row.message + row.resolution


def custom(version: str, kind: str, name: str, namespace: str = "") -> Object:
    place = {"namespace": namespace} if namespace else {}
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, **place}, "spec": {}}


def assumed(*objects: Object, netpol: str = "") -> list[str]:
    messages = [each.message for each in requirements(*objects, netpol=netpol).assumptions]
    return [each for each in messages if "is not read" in each]


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("postgresql.cnpg.io/v1", "Cluster"),
        ("kafka.strimzi.io/v1beta2", "Kafka"),
        ("acid.zalan.do/v1", "postgresql"),
        ("monitoring.coreos.com/v1", "Prometheus"),
        ("rabbitmq.com/v1beta1", "RabbitmqCluster"),
    ],
)
def test_what_an_operator_makes_pods_of_is_an_assumption_for_each_kind(version: str, kind: str):
    (message,) = assumed(workload("web"), custom(version, kind, "a"), custom(version, kind, "b"))
    assert message.startswith(f"{kind} a and 1 more ({version}) is not read")


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
        ("monitoring.coreos.com/v1", "ServiceMonitor"),
        ("monitoring.coreos.com/v1", "PrometheusRule"),
        ("cert-manager.io/v1", "Certificate"),
        ("external-secrets.io/v1beta1", "ExternalSecret"),
        ("networking.istio.io/v1", "VirtualService"),
        ("gateway.networking.k8s.io/v1", "HTTPRoute"),
        ("argoproj.io/v1alpha1", "Application"),
        ("argoproj.io/v1alpha1", "AnalysisTemplate"),
        ("kafka.strimzi.io/v1beta2", "KafkaTopic"),
        ("traefik.io/v1alpha1", "Middleware"),
        ("keda.sh/v1alpha1", "ScaledObject"),
        ("route.openshift.io/v1", "Route"),
        ("bitnami.com/v1alpha1", "SealedSecret"),
        ("autoscaling/v2", "HorizontalPodAutoscaler"),
        ("policy/v1", "PodDisruptionBudget"),
        ("example.com/v1", "StorageClass"),
    ],
)
def test_what_configures_other_objects_is_no_assumption(version: str, kind: str):
    assert assumed(workload("web"), custom(version, kind, "a")) == []


def test_what_an_operator_makes_is_assumed_only_where_policies_are_written():
    cluster = custom("postgresql.cnpg.io/v1", "Cluster", "pg", "data")
    assert assumed(workload("web"), cluster) == []
    assert assumed(workload("web", pod={"hostNetwork": True}, namespace="data"), cluster) == []
    shop = workload("web", namespace="data"), cluster
    assert len(assumed(*shop)) == 1
    assert assumed(*shop, netpol="namespaces: {excluded: [data]}") == []
    assert assumed(*shop, netpol="namespaces: {protected: [data]}") == []


HOST_IP = {"valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}


@pytest.mark.parametrize(
    ("env", "ports"),
    [
        ({"HOST_IP": HOST_IP, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://$(HOST_IP):4317"}, "TCP 4317"),
        ({"HOST_IP": HOST_IP, "A_URL": "http://$(HOST_IP):80", "B_URL": "tcp://$(HOST_IP):90"}, "TCP 80,90"),
        ({"JAEGER_AGENT_HOST": HOST_IP, "JAEGER_AGENT_PORT": "6831"}, "UDP 6831"),
        ({"STATSD_HOST": HOST_IP}, "ports that are not known"),
    ],
)
def test_what_goes_to_the_node_of_the_pod_is_an_assumption(env: dict[str, Any], ports: str):
    found = requirements(workload("web", env))
    (assumption,) = found.assumptions
    assert assumption.message.startswith(f"Deployment web connects to the node that its pods run on, on {ports}: ")
    assert "status.hostIP" in assumption.message
    assert open_questions(found) == []


@pytest.mark.parametrize(
    "env", [{"NODE": HOST_IP}, {"IP": HOST_IP, "LISTEN_ADDR": "$(IP):80"}, {"HOST_IP": {"value": "\uf8ff"}}], ids=str
)
def test_a_node_that_nothing_connects_to_is_no_assumption(env: dict[str, Any]):
    assert requirements(workload("web", env)).assumptions == ()


def test_the_node_in_an_argument_is_an_assumption():
    container = {"env": [{"name": "IP", **HOST_IP}], "args": ["--collector=$(IP):4317"]}
    (assumption,) = requirements(workload("web", container=container)).assumptions
    assert "on TCP 4317" in assumption.message


def test_a_long_list_names_no_host_that_is_not_in_it():
    hosts = [f"shop{number}" for number in range(200)]
    rows = questions({"ROUTES": ",".join(f"route{host}=http://{host}:80" for host in hosts)})
    assert sorted(rows) == sorted(f"web unknown-host host/{host} TCP 80" for host in hosts)
