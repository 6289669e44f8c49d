"""Whatever a Secret of the input holds, no text of it is shown: not in rows, evidence, keys or policies."""

from __future__ import annotations

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
from hypothesis import given, settings
from hypothesis import strategies as st

from netpol_action.discovery import DiscoveryOptions, discover
from netpol_action.discovery.first_config import first_config
from netpol_action.manifests.write import policies_yaml
from netpol_action.model.resolutions import combined
from netpol_action.synthesis import SynthesisOptions, synthesise

MARKER = "hunter2"
REDIS = (workload("redis"), service("redis", {"port": 6379, "name": ""}))


def shown(*objects: Object) -> str:
    """All that discovery and synthesis say about the application."""
    made = cluster(*objects)
    found = discover(made, config(""), DiscoveryOptions())
    policies, notes = synthesise(found, made, SynthesisOptions())
    texts = [str(each) for row in found.unresolved for each in (row.message, row.resolution, row.key, *row.evidence)]
    texts += [str(each) for demand in (*found.demands, *found.candidates) for each in demand.evidence]
    texts += [
        repr(found),
        combined(each.resolution for each in (*found.unresolved, *found.assumptions)),
        first_config(found),
    ]
    texts += [policies_yaml(policies), repr(policies), repr(notes)]
    return "\n".join(texts).lower()


def test_a_password_that_stands_where_a_port_does_is_no_address():
    found = requirements(
        workload("web", {"REDIS_AUTH": key_of("secret", "s", "auth")}), secret("s", {"auth": "redis:hunter2"}), *REDIS
    )
    assert lines(found.demands) == []
    assert not [row for row in found.unresolved if row.outbound]


def test_a_port_that_the_service_does_not_have_is_not_shown_where_a_secret_holds_it():
    web = workload("web", {"REDIS_URL": key_of("secret", "s", "url")})
    found = requirements(web, secret("s", {"url": "redis://redis:hunter2"}), *REDIS)
    assert "web unknown-port port/redis TCP 6379" in open_questions(found)
    assert MARKER not in repr(found)


def test_a_pod_of_a_service_without_selector_is_not_shown_where_a_secret_names_it():
    bare = service("redis", 6379, selector={}, clusterIP="None")
    web = workload("web", {"REDIS_URL": key_of("secret", "s", "url")})
    found = requirements(web, secret("s", {"url": "redis://hunter2.redis.default.svc:6379"}), bare)
    assert "web external-host host/redis TCP 6379" in open_questions(found)
    assert MARKER not in repr(found)


def test_a_path_within_a_file_is_shown_of_a_config_map_and_not_of_a_secret():
    file = {"app.yaml": "hunter2:\n  host: redis\n"}
    for kind, source, fields in (
        (config_map, {"configMap": {"name": "c"}}, ["ConfigMap c, key app.yaml, hunter2.host"]),
        (secret, {"secret": {"secretName": "c"}}, ["Secret c, key app.yaml"]),
    ):
        web = workload("web", pod={"volumes": [{"name": "v", **source}]})
        (demand,) = requirements(web, kind("c", file), *REDIS).demands
        assert [each.field for each in demand.evidence] == fields


SHAPES = [
    "redis:{0}",
    "{0}:6379",
    "{0}",
    "{0}.example.com",
    "{0}.redis",
    "{0}.redis.default.svc",
    "redis.{0}",
    "redis.{0}.svc.cluster.local",
    "_{0}._tcp.redis",
    "redis://redis:{0}",
    "redis://:{0}@redis:6379/0",
    "redis://{0}:pw@redis:1/0",
    "redis://{0}/0",
    "redis://redis:6379/{0}",
    "redis://redis:6379?{0}={0}",
    "{0}://redis:6379",
    "{0}://redis",
    "u:{0}@tcp(redis:6379)/app",
    "u:p@tcp({0}:6379)/app",
    "host=redis port={0} {0}=redis",
    "{0}=redis:6379",
    "Server={0},1433;Database=x",
    "redis:6379,{0}:6379",
    "redis,{0}",
    "redis {0}",
    "redis:6379:{0}",
    "redis:6379/{0}",
    "jdbc:oracle:thin:{0}/pw@redis:1521:x",
    "jdbc:oracle:thin:me/pw@{0}:1521:x",
    "{0}:\n  {0}:\n    host: redis\n    url: redis:6379\n",
    '{{"{0}": {{"host": "redis:6379", "{0}": "http://{0}.example.com"}}}}',
    "upstream {0} {{\n server redis:6379;\n}}\nproxy_pass http://{0};\n",
    "[{0}]\nurl = redis://redis:{0}\n",
]
WORDS = [MARKER, "hunter2-a", "a-hunter2", "hunter2.b", "HUNTER2"]
NAMES = ["REDIS_AUTH", "REDIS_HOST", "REDIS_URL", "DSN", "X", "OTEL_ENABLED", "KUBERNETES_MASTER", "REDIS_PASSWORD"]
SERVICES: list[tuple[Object, ...]] = [
    REDIS,
    (service("redis", 6379),),
    (service("redis", 6379, selector={}),),
    (service("redis", 6379, selector={}, clusterIP="None"),),
    (workload("redis"), service("redis", 6379, clusterIP="None")),
    (service("redis", 6379, selector={}, type="ExternalName", externalName="cache.example.com"),),
    (),
]


def taken(name: str, how: str) -> Object:
    """A workload that takes the key `k` of the Secret `s` in one of the ways that there are."""
    reference = {name: key_of("secret", "s", "k")}
    match how:
        case "variable":
            return workload("web", reference)
        case "all":
            return workload("web", container={"envFrom": [{"prefix": name, "secretRef": {"name": "s"}}]})
        case "part":
            return workload("web", {**reference, "OTHER_URL": f"$({name})", "OTHER_HOST": f"redis:$({name})"})
        case "argument":
            command = {"command": ["run", f"--host=$({name})", f"redis:$({name})"], "args": [f"nc $({name}) 80"]}
            return workload("web", reference, container=command)
        case "probe":
            probe = {"exec": {"command": ["sh", "-c", f"nc -z ${name} 6379; curl http://${{{name}}}:80"]}}
            return workload("web", reference, container={"livenessProbe": probe})
        case _:
            return workload("web", pod={"volumes": [{"name": "v", "secret": {"secretName": "s"}}]})


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(SHAPES),
    st.sampled_from(WORDS),
    st.sampled_from(NAMES),
    st.sampled_from(["variable", "all", "part", "argument", "probe", "volume"]),
    st.sampled_from(SERVICES),
)
def test_no_text_of_a_secret_is_shown(shape: str, word: str, name: str, how: str, services: tuple[Object, ...]):
    held = secret("s", {"k": shape.format(word)})
    assert MARKER not in shown(taken(name, how), held, *services)
