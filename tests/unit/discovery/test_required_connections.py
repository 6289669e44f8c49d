"""Which settings of a workload make a demand, which a candidate, and which nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from application import (
    Object,
    cluster,
    config,
    config_map,
    key_of,
    lines,
    open_questions,
    requirements,
    secret,
    service,
    workload,
)

from netpol_action.discovery import DiscoveryOptions, discover

DB = (workload("db"), service("db", 5432))


def demands(*objects: Object, netpol: str = "") -> list[str]:
    return lines(requirements(*objects, netpol=netpol).demands)


MATCHES = {
    "postgres://u:p@db:5432/app": "DSN",
    "jdbc:postgresql://db:5432/app?x=1": "JDBC",
    "u:p@tcp(db:5432)/app": "DATA",
    "Server=db,5432;Database=x": "DATA",
    "host=db port=5432 user=x": "DATA",
    "db:5432": "ANYTHING",
    "db:5432/app": "ANYTHING",
    "http://db": "ANYTHING",
    "db": "DB_HOST",
    "db.default": "DB_HOST",
    "db.default.svc": "ANYTHING",
    "db.default.svc.cluster.local": "ANYTHING",
    "db.default.svc.cluster.local.": "ANYTHING",
    "DB.default.svc.cluster.local:5432": "ANYTHING",
    "other.example.com,db": "HOSTS",
    "tcp://db:p0": "ANYTHING",
}


@pytest.mark.parametrize(("value", "variable"), MATCHES.items())
def test_a_value_that_is_an_address_makes_a_demand(value: str, variable: str):
    assert demands(workload("web", {variable: value}), *DB) == ["web -> db: TCP 5432"]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LOG_LEVEL", "info"),
        ("ENVIRONMENT", "production"),
        ("ENABLED", "true"),
        ("SERVICE_NAME", "info"),
        ("DB_PASSWORD", "info"),
        ("GREETING", "see info for more"),
        ("IMAGE", "info:7"),
        ("LISTEN_ADDR", "info:80"),
        ("DATA", "Server=elsewhere.example.com,1433;Database=info"),
    ],
)
def test_a_value_that_only_equals_the_name_of_a_service_makes_none(variable: str, value: str):
    services = [each for name in ("info", "production", "true") for each in (workload(name), service(name, 80))]
    assert demands(workload("web", {variable: value}), *services) == []


def test_a_bare_name_under_a_variable_that_suggests_an_address_makes_a_demand():
    assert demands(workload("graph", {"SCHEDULER_SERVICE": "db"}), *DB) == ["graph -> db: TCP 5432"]


def test_a_bare_name_under_another_variable_is_a_candidate():
    found = requirements(workload("web", {"STORAGE_MODULE": "db"}), *DB)
    assert lines(found.candidates) == ["web -> db: TCP 5432"]
    assert found.demands == ()


def test_a_password_is_not_even_a_candidate():
    assert requirements(workload("web", {"DB_PASSWORD": "db"}), *DB).candidates == ()


PORTS = {
    "the Service's ports where the value names none": ({"DB_HOST": "db"}, "TCP 5432,9187"),
    "the port in the value": ({"DB_HOST": "db:5432"}, "TCP 5432"),
    "the port by name": ({"DB_URL": "tcp://db:metrics"}, "TCP 9187"),
    "the port beside the host": ({"DB_HOST": "db", "DB_PORT": "9187"}, "TCP 9187"),
    "the port beside the host, written as one word": ({"DBHOST": "db", "DBPORT": "9187"}, "TCP 9187"),
    "not the container's own port": ({"HOST": "db", "PORT": "9187"}, "TCP 5432,9187"),
    "the scheme's port where the Service has it": ({"URL": "postgres://db/app"}, "TCP 5432"),
    "every port where it has not": ({"URL": "http://db/"}, "TCP 5432,9187"),
}


@pytest.mark.parametrize(("env", "ports"), PORTS.values(), ids=PORTS)
def test_which_ports_are_meant(env: dict[str, str], ports: str):
    db = service("db", {"port": 5432, "name": "sql"}, {"port": 9187, "name": "metrics"})
    assert demands(workload("web", env), workload("db"), db) == [f"web -> db: {ports}"]


def test_a_demand_is_for_the_port_of_the_pod():
    db = service("db", {"port": 80, "targetPort": "sql"})
    pod = workload("db", container={"ports": [{"name": "sql", "containerPort": 15432}]})
    assert demands(workload("web", {"DB_HOST": "db:80"}), pod, db) == ["web -> db: TCP 15432"]


def test_clients_of_a_headless_service_reach_the_port_they_name():
    db = service("db", {"port": 80, "targetPort": 8080}, clusterIP="None")
    assert demands(workload("web", {"DB_HOST": "db:9999"}), workload("db"), db) == ["web -> db: TCP 9999"]


def test_a_port_that_the_service_does_not_have_is_said():
    found = requirements(workload("web", {"DB_HOST": "db:9999"}), *DB)
    assert found.demands == ()
    assert "web unknown-port port/db:9999 TCP 5432" in open_questions(found)


def test_every_workload_behind_the_service_is_reached():
    blue, green = (workload(f"db-{color}", labels={"app": "db", "color": color}) for color in ("blue", "green"))
    assert demands(workload("web", {"DB_HOST": "db"}), blue, green, service("db", 80)) == [
        "web -> db-blue: TCP 80",
        "web -> db-green: TCP 80",
    ]


def test_short_names_are_of_the_own_namespace():
    shop = workload("db", namespace="shop"), service("db", 5432, namespace="shop")
    web = workload("web", {"DB_HOST": "db"}, namespace="web")
    assert demands(web, *shop) == []
    assert demands(workload("web", {"DB_HOST": "db.shop"}, namespace="web"), *shop) == ["web/web -> shop/db: TCP 5432"]


def test_same_names_in_two_namespaces_stay_apart():
    objects = [
        each
        for place in ("red", "blue")
        for each in (
            workload("web", {"DB_HOST": "db"}, namespace=place),
            workload("db", namespace=place),
            service("db", 5432, namespace=place),
        )
    ]
    assert demands(*objects) == ["blue/web -> blue/db: TCP 5432", "red/web -> red/db: TCP 5432"]


def test_a_custom_cluster_domain():
    web = workload("web", {"DB": "db.default.svc.corp.example:5432"})
    assert demands(web, *DB, netpol="clusterDomain: corp.example") == ["web -> db: TCP 5432"]


def test_pods_of_a_headless_service_are_reached_by_name():
    kafka = workload("kafka", kind="StatefulSet"), service("kafka", 9092, clusterIP="None")
    web = workload("web", {"KAFKA_BROKERS": "kafka-0.kafka:9092,kafka-1.kafka.default.svc:9092"})
    assert demands(web, *kafka) == ["web -> kafka: TCP 9092"]


def test_replicas_that_name_their_own_service_talk_to_each_other():
    kafka = workload("kafka", {"PEERS": "kafka-0.kafka:9093"}, kind="StatefulSet")
    found = requirements(kafka, service("kafka", 9093, clusterIP="None"))
    assert lines(found.demands) == ["kafka -> kafka: TCP 9093"]
    assert open_questions(found) == ["kafka unknown-callers callers/kafka TCP 9093"]


ELSEWHERE = {
    "args": {"container": {"args": ["--db-host", "db"]}},
    "args with =": {"container": {"args": ["--brokers=db:5432"]}},
    "a system property": {"container": {"command": ["java", "-Ddb.host=db"]}},
    "a script": {"container": {"command": ["sh", "-c", "until nc -z db 5432; do sleep 1; done; exec app"]}},
    "a short flag": {"container": {"command": ["sh", "-c", "psql -h db -U me"]}},
    "an expanded variable": {"container": {"env": [{"name": "X", "value": "db"}], "args": ["--db-url=pg://$(X):5432"]}},
    "a shell's variable": {
        "container": {"env": [{"name": "X", "value": "db"}], "command": ["sh", "-c", "nc -z ${X} 5432"]}
    },
    "a variable that Kubernetes sets": {"container": {"args": ["--db=$(DB_SERVICE_HOST):$(DB_SERVICE_PORT)"]}},
    "an init container": {"pod": {"initContainers": [{"name": "wait", "args": ["tcp://db:5432"]}]}},
}


@pytest.mark.parametrize("where", ELSEWHERE.values(), ids=ELSEWHERE)
def test_arguments_and_init_containers_count(where: dict[str, Any]):
    assert demands(workload("web", **where), *DB) == ["web -> db: TCP 5432"]


def test_the_program_itself_is_no_address():
    assert demands(workload("web", container={"command": ["db"]}), *DB) == []


def test_a_variable_by_reference():
    web = workload("web", {"DB_HOST": key_of("configMap", "settings", "host")})
    assert demands(web, config_map("settings", {"host": "db"}), *DB) == ["web -> db: TCP 5432"]


def test_all_variables_of_a_config_map_with_a_prefix():
    web = workload("web", container={"envFrom": [{"prefix": "DB_", "configMapRef": {"name": "settings"}}]})
    assert demands(web, config_map("settings", {"HOST": "db"}), *DB) == ["web -> db: TCP 5432"]


FILES = {
    "properties": "log=info\ndb.host=db\ndb.port=5432\n",
    "escaped properties": "log=info\nurl=jdbc\\:postgresql\\://db\\:5432/app\n",
    "YAML": "log: info\ndatabase:\n  host: db\n  port: 5432\n",
    "a list in YAML": "log: info\nbrokers:\n- other.example.com:1\n- db:5432\n",
    "JSON": '{"log": "info", "database": {"host": "db", "port": 5432}}',
    "JSON over lines": '{\n  "database": {\n    "host": "db"\n  }\n}',
    "TOML": '[database]\nhost = "db"\nport = 5432\n',
    "INI": "[database]\nhost=db\n",
    "nginx": "upstream api {\n  server db:5432;\n}\nserver { location / { proxy_pass http://api; } }\n",
    "nginx, direct": "location / {\n  proxy_pass http://db;\n}\n",
    "XML": '<beans>\n<property name="url" value="jdbc:postgresql://db:5432/x"/>\n</beans>',
    "redis": "port 6379\nreplicaof db 5432\n",
    "a script": "#!/bin/sh\nnc -z db 5432\n",
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
@pytest.mark.parametrize("projected", [False, True])
def test_configuration_files_are_read(text: str, projected: bool):
    source = {"configMap": {"name": "settings"}}
    volume = {"name": "v", "projected": {"sources": [source]}} if projected else {"name": "v", **source}
    web = workload("web", pod={"volumes": [volume]})
    assert demands(web, config_map("settings", {"file": text}), *DB) == ["web -> db: TCP 5432"]


@pytest.mark.parametrize(
    "text",
    [
        "# db:5432\nlog: info\n",
        "log: info\nname: db\n",
        "a\nupstream db {\n server 10.1.1.1:80;\n}\nproxy_pass http://db;\n",
    ],
)
def test_what_is_no_address_in_a_file(text: str):
    web = workload("web", pod={"volumes": [{"name": "v", "configMap": {"name": "settings"}}]})
    assert demands(web, config_map("settings", {"file": text}), *DB) == []


def test_only_the_mounted_keys_of_a_config_map_count():
    items = [{"key": "other", "path": "x"}]
    web = workload("web", pod={"volumes": [{"name": "v", "configMap": {"name": "settings", "items": items}}]})
    assert demands(web, config_map("settings", {"file": "db:5432", "other": "x"}), *DB) == []


def test_a_service_whose_pods_are_not_in_the_input_is_reached_by_its_selector():
    found = demands(workload("web", {"DB_HOST": "db"}), service("db", {"port": 80, "targetPort": 5432}))
    assert found == ["web -> {pods app=db in namespace default}: TCP 5432"]


def test_evidence_names_the_object_and_field_and_hides_credentials():
    found = requirements(workload("web", {"DSN": "postgres://me:pw@db:5432/app"}, namespace="shop"), *shop_db())
    (demand,) = found.demands
    (evidence,) = demand.evidence
    assert str(evidence) == "Deployment shop/web, env DSN = postgres://db:5432"
    assert evidence.origin.field[-3:] == ("env", 0, "value")


def shop_db() -> tuple[Any, Any]:
    return workload("db", namespace="shop"), service("db", 5432, namespace="shop")


def test_equal_demands_are_one_with_all_their_evidence():
    (demand,) = requirements(workload("web", {"DB_HOST": "db", "DB_URL": "pg://db:5432"}), *DB).demands
    assert [each.field for each in demand.evidence] == ["env DB_HOST", "env DB_URL"]


def test_a_secret_in_the_input_is_read_and_never_shown():
    web = workload("web", {"DSN": key_of("secret", "db", "dsn"), "API_URL": key_of("secret", "db", "api")})
    held = secret("db", {"dsn": "postgres://me:hunter2@db:5432/app", "api": "https://hidden.example.com/token"})
    found = requirements(web, held, *DB)
    assert lines(found.demands) == ["web -> db: TCP 5432"]
    assert "web external-host secret/db/api TCP 443" in open_questions(found)
    assert "hunter2" not in repr(found)
    assert "hidden.example.com" not in repr(found)


def test_a_secret_that_is_part_of_a_value_is_not_shown_either():
    env = {"PW": key_of("secret", "db", "pw"), "DSN": "postgres://me:$(PW)@db.example.com:5432/app"}
    found = requirements(workload("web", env), secret("db", {"pw": "hunter2"}))
    assert "hunter2" not in repr(found)
    assert len(found.unresolved) == 1


HOSTILE: list[Any] = [
    {"containers": None},
    {"containers": [None, 3, "x", []]},
    {"containers": [{"name": 3, "env": [None, 1, {"name": None}, {"name": "X", "value": 3}], "args": [1, None]}]},
    {"containers": [{"env": {"name": "x"}, "envFrom": [{"secretRef": 3}, {"configMapRef": {"name": 4}}]}]},
    {"containers": [{"env": [{"name": "H", "valueFrom": {"secretKeyRef": {"name": "x", "key": None}}}]}]},
    {"volumes": [{"configMap": 3}, {"projected": {"sources": "x"}}, {"secret": {"secretName": 1}}, None]},
    {"containers": [{"env": [{"name": "DB_HOST", "value": "\ue000\ue001:5432"}]}]},
]


@pytest.mark.parametrize("spec", HOSTILE)
def test_whatever_a_pod_spec_holds_discovery_ends(spec: dict[str, Any]):
    made = cluster(workload("web"), *DB)
    odd = replace(made, workloads=tuple(replace(each, pod_spec=spec) for each in made.workloads))
    assert discover(odd, config(""), DiscoveryOptions()).demands == ()
