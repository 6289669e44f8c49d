"""Each value that cluster-topology-analyzer misses or gets wrong, and its other defects, as applications."""

from __future__ import annotations

import pytest
from application import Json, Object, config_map, lines, requirements, secret, service, workload

SERVICES: tuple[Object, ...] = (
    *(workload("db"), service("db", {"name": "http", "port": 3306})),
    *(workload("a"), service("a", 4222), workload("b"), service("b", 4222)),
    *(workload("kafka", kind="StatefulSet"), service("kafka", 9092, clusterIP="None")),
    *(workload("backend"), service("backend", 8080)),
    *(workload("dbp", namespace="prod"), service("dbp", 3306, namespace="prod")),
)
DB, KAFKA = ["web -> db: TCP 3306"], ["web -> kafka: TCP 9092"]

VALUES: dict[str, list[str]] = {
    "postgres://u:p@db:3306/app": DB,
    "jdbc:mysql://db:3306/app?x=1": DB,
    "dbp.prod.svc": ["web -> prod/dbp: TCP 3306"],
    "dbp.prod.svc.cluster.local.": ["web -> prod/dbp: TCP 3306"],
    "db:3306/app": DB,
    "$(DB_HOST):3306": DB,
    "$(DB_SERVICE_HOST):$(DB_SERVICE_PORT)": DB,
    "kafka-0.kafka:9092,kafka-1.kafka:9092": KAFKA,
    "kafka-0.kafka.default.svc.cluster.local:9092": KAFKA,
    "nats://a:4222,nats://b:4222": ["web -> a: TCP 4222", "web -> b: TCP 4222"],
    "user:pw@tcp(db:3306)/app": DB,
    "Server=db,3306;Database=x": DB,
    "amqp://guest:guest@a:4222/%2f": ["web -> a: TCP 4222"],
    "redis://:pw@a:4222/0": ["web -> a: TCP 4222"],
    "grpc://db:http": DB,
    "-Xmx1g -Ddb.host=db -Ddb.port=3306": DB,
    "mongodb://u:p@a:4222,b:4222/x?replicaSet=rs": ["web -> a: TCP 4222", "web -> b: TCP 4222"],
}


@pytest.mark.parametrize(("value", "expected"), VALUES.items())
def test_a_variable(value: str, expected: list[str]):
    env = {"DB_HOST": "db", "THE_URL": value} if "$(DB_HOST)" in value else {"THE_URL": value}
    assert lines(requirements(workload("web", env), *SERVICES).demands) == expected


NGINX = """upstream store {
  server db:3306;
  keepalive 16;
}
server {
  listen 8080;
  location / { proxy_pass http://store; }
}
"""
FILES: dict[str, tuple[str, str]] = {
    "several lines of properties": ("app.properties", "a=1\ndb.host=db\ndb.port=3306\nlog.level=info\n"),
    "JSON": ("app.json", '{"log": "info", "store": {"host": "db", "port": 3306}}'),
    "YAML": ("app.yaml", "log: info\nstore:\n  host: db\n  port: 3306\n"),
    "a list of YAML": ("app.yaml", "stores:\n- targets:\n  - db:3306\n"),
    "TOML": ("app.toml", 'log = "info"\n[store]\nhost = "db"\nport = 3306\n'),
    "nginx": ("nginx.conf", NGINX),
}


@pytest.mark.parametrize("make", [config_map, secret])
@pytest.mark.parametrize(("file", "text"), FILES.values(), ids=FILES)
def test_a_file_in_a_volume(make: Json, file: str, text: str):
    kind = {"configMap": {"name": "c"}} if make is config_map else {"secret": {"secretName": "c"}}
    key = "configMap" if make is config_map else "secret"
    projected = {"projected": {"sources": [{key: {"name": "c"}}]}}
    for volume in (kind, projected):
        web = workload("web", pod={"volumes": [{"name": "v", **volume}]})
        found = requirements(web, make("c", {file: text}), *SERVICES)
        assert lines(found.demands) == DB
        assert not [each.message for each in found.unresolved if each.outbound]


@pytest.mark.parametrize("word", ["true", "info", "production"])
def test_a_service_named_like_a_word_gets_no_edge(word: str):
    web = workload("web", {"LOG_LEVEL": word, "DEBUG": word, "ENVIRONMENT": word})
    assert requirements(web, workload(word), service(word, 80)).demands == ()


def test_init_containers_and_the_commands_of_probes_and_hooks_run_in_the_pod():
    reach = {"exec": {"command": ["sh", "-c", "nc -z db 3306"]}}
    init = [{"name": "wait", "command": ["nc", "-z", "backend", "8080"]}]
    for hooks in ({"livenessProbe": reach}, {"lifecycle": {"preStop": reach}}):
        found = requirements(workload("web", container=hooks, pod={"initContainers": init}), *SERVICES)
        assert lines(found.demands) == ["web -> backend: TCP 8080", *DB]


def test_a_probe_over_http_is_the_kubelets_own():
    probe = {"readinessProbe": {"httpGet": {"host": "db", "port": 3306}}}
    assert requirements(workload("web", container=probe), *SERVICES).demands == ()


def test_a_service_without_selector_matches_no_workload():
    bare = service("legacy", 3306, selector={})
    found = requirements(workload("web", {"LEGACY_HOST": "legacy"}), workload("db"), bare)
    assert found.demands == ()
    assert [each.key for each in found.unresolved] == ["host/legacy"]


def test_a_custom_cluster_domain_and_an_alias_of_a_service():
    alias = service("alias", selector={}, type="ExternalName", externalName="db.default.svc.corp.internal")
    for host in ("db.default.svc.corp.internal", "alias"):
        found = requirements(
            workload("web", {"DB_HOST": host}), alias, *SERVICES, netpol="clusterDomain: corp.internal"
        )
        assert lines(found.demands) == DB


def test_an_alias_of_itself_ends():
    alias = service("alias", selector={}, type="ExternalName", externalName="alias.default.svc.cluster.local")
    assert requirements(workload("web", {"DB_HOST": "alias"}), alias).demands == ()


def test_a_host_alias_is_its_address():
    pod = {"hostAliases": [{"ip": "192.0.2.7", "hostnames": ["old-db"]}]}
    (row,) = requirements(workload("web", {"DB_URL": "pg://old-db:5432"}, pod=pod)).unresolved
    assert row.key == "host/192.0.2.7"


def test_a_host_that_other_values_are_made_of_reaches_what_they_say():
    env = {"SEARCH_HOST": "search", "SEARCH_URL": "http://$(SEARCH_HOST):9200/x"}
    found = requirements(workload("web", env), workload("search"), service("search", 9200, 9300))
    assert lines(found.demands) == ["web -> search: TCP 9200"]
