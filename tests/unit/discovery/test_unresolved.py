"""What the input leaves open, in both directions, and the netpol.yaml lines that settle it."""

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
from netpol_action.model.connections import NOTHING
from netpol_action.model.demands import Confidence, Gap, Requirements
from netpol_action.model.endpoints import Unseen
from netpol_action.model.resolutions import combined

DB = key_of("secret", "db-connection-properties", "DBHOST")
SIDECAR = {"annotations": {"sidecar.istio.io/inject": "true"}}
EXAMPLE = (
    workload(
        "graph",
        {"SCHEDULER_SERVICE": "scheduler", "DATABASE_URL": key_of("secret", "mongodb", "URL")},
        template=SIDECAR,
    ),
    service("graph", 4000),
    workload("scheduler", {"POSTGRESCLUSTER_USER": key_of("secret", "db-connection-properties", "DBUSER"), "HOST": DB}),
    service("scheduler", 8080),
)


def questions(*objects: Object, netpol: str = "") -> list[str]:
    return open_questions(requirements(*objects, netpol=netpol))


OUTSIDE: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a host from a Secret that is not there": (
        {"DB_HOST": key_of("secret", "s", "host")},
        ["web secret-host secret/s/host No Connections"],
    ),
    "its port guessed from the Secret's name": (
        {"DATABASE_URL": key_of("secret", "mongodb-connection", "url")},
        ["web secret-host secret/mongodb-connection/url TCP 27017"],
    ),
    "its port guessed from a variable of the same Secret": (
        {"POSTGRES_USER": key_of("secret", "s", "user"), "HOST": key_of("secret", "s", "host")},
        ["web secret-host secret/s/host TCP 5432"],
    ),
    "its port beside it": (
        {"DB_HOST": key_of("secret", "s", "host"), "DB_PORT": "6000"},
        ["web secret-host secret/s/host TCP 6000"],
    ),
    "its port where the value is used": (
        {"X": key_of("secret", "s", "x"), "URL": "http://$(X):8123/"},
        ["web secret-host secret/s/x TCP 8123"],
    ),
    "the key alone suggests an address": (
        {"X": key_of("secret", "s", "DBHOST")},
        ["web secret-host secret/s/DBHOST No Connections"],
    ),
    "a ConfigMap that is not there": (
        {"DB_HOST": key_of("configMap", "c", "host")},
        ["web unknown-host configmap/c/host No Connections"],
    ),
    "a URL": ({"X": "https://api.example.com/v1"}, ["web external-host host/api.example.com TCP 443"]),
    "a host with a port": ({"X": "api.example.com:8443"}, ["web external-host host/api.example.com TCP 8443"]),
    "a host by name": ({"API_HOST": "api.example.com"}, ["web external-host host/api.example.com No Connections"]),
    "a host by name, with a hint": (
        {"POSTGRES_HOST": "db.example.com"},
        ["web external-host host/db.example.com TCP 5432"],
    ),
    "an IP address": ({"API_ADDR": "10.1.2.3:80"}, ["web external-host host/10.1.2.3 TCP 80"]),
    "an IPv6 address": ({"API_ADDR": "[2001:db8::1]:80"}, ["web external-host host/2001:db8::1 TCP 80"]),
    "one host on two ports": (
        {"A_URL": "http://a.example.com", "B_URL": "https://a.example.com"},
        ["web external-host host/a.example.com TCP 80,443"],
    ),
    "a Service of another namespace": (
        {"CACHE": "redis.cache.svc:6379"},
        ["web unknown-host host/redis.cache.svc TCP 6379"],
    ),
    "a Service that is not there": ({"DB_HOST": "db"}, ["web unknown-host host/db No Connections"]),
    "the API server": ({"X": "https://kubernetes.default.svc"}, ["web external-host host/kubernetes TCP 443,6443"]),
}


@pytest.mark.parametrize(("env", "expected"), OUTSIDE.values(), ids=OUTSIDE)
def test_what_a_workload_calls_outside_the_input(env: dict[str, Any], expected: list[str]):
    assert questions(workload("web", env)) == expected


@pytest.mark.parametrize(
    ("host", "target"),
    [
        ("db", "{namespace: shop}"),
        ("db.data", "{host: db.data}"),
        ("db.data.svc", "{namespace: data}"),
        ("db.svc", "{host: db.svc}"),
    ],
)
def test_a_service_that_is_not_there_is_looked_for_in_its_namespace(host: str, target: str):
    web = workload("web", {"DB_HOST": f"{host}:5432"}, namespace="shop")
    (row,) = requirements(web).unresolved
    assert f"\n  to: {target}\n" in row.resolution
    resolved = requirements(web, netpol=combined([row.resolution]))
    assert resolved.unresolved == ()
    if "namespace" in target:
        (demand,) = resolved.demands
        assert isinstance(demand.destination, Unseen)


def test_where_no_namespace_is_named_the_suggestion_is_the_one_that_is_assumed():
    (row,) = requirements(workload("web", {"DB_HOST": "db"})).unresolved
    assert row.resolution.startswith(
        "dependencies:\n"
        "# add pods: {LABEL: VALUE} to open less than the namespace; {host: db} where it is outside of the cluster\n"
        "- from: web\n  to: {namespace: default}\n"
    )


@pytest.mark.parametrize(
    "env",
    [
        {"DBUSER": key_of("secret", "s", "DBUSER")},
        {"DB_PASSWORD": key_of("secret", "s", "password")},
        {"DBNAME": key_of("secret", "s", "DBNAME")},
        {"TOKEN": key_of("secret", "postgres", "token")},
        {"VERSION": "1.2.3"},
        {"CLASS": "com.example.Main"},
        {"FILE": "/etc/app.yaml"},
        {"CONFIG": "settings.yaml"},
        {"OAUTH_REDIRECT_URI": "https://shop.example.com/back"},
        {"LISTEN_ADDR": "10.0.0.1:80"},
        {"ADMIN": "me@example.com"},
        {"DB_HOST": "none"},
        {"POD_IP": {"valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}}},
    ],
    ids=str,
)
def test_what_is_no_dependency(env: dict[str, Any]):
    assert questions(workload("web", env)) == []


def test_an_external_name_is_outside():
    found = questions(
        workload("web", {"DB_HOST": "db"}),
        service("db", 5432, selector={}, type="ExternalName", externalName="db.example.com"),
    )
    assert found == ["web external-host host/db.example.com TCP 5432"]


def test_a_guessed_port_is_said_to_be_a_guess():
    (row,) = requirements(workload("web", {"DATABASE_URL": key_of("secret", "mongodb", "url")})).unresolved
    assert "probably MongoDB on TCP 27017, a guess from names" in row.message
    assert "# the port is a guess" in row.resolution
    assert [str(each) for each in row.evidence] == ["Deployment web, env DATABASE_URL from Secret mongodb, key url"]
    assert row.evidence[0].origin.field[-2:] == ("valueFrom", "secretKeyRef")


def test_all_variables_of_a_missing_secret_are_open_where_its_name_suggests_an_address_and_assumed_elsewhere():
    def with_all(name: str) -> Requirements:
        return requirements(workload("web", container={"envFrom": [{"secretRef": {"name": name}}]}))

    assert open_questions(with_all("db-connection")) == ["web secret-host secret/db-connection No Connections"]
    assumed = with_all("session-keys")
    assert assumed.unresolved == ()
    (assumption,) = assumed.assumptions
    assert "takes variables from Secret session-keys" in assumption.message


def test_the_demo_application():
    found = requirements(*EXAMPLE)
    assert lines(found.demands) == ["graph -> scheduler: TCP 8080"]
    assert open_questions(found) == [
        "graph platform platform/istio TCP 15012",
        "graph secret-host secret/mongodb/URL TCP 27017",
        "graph unknown-callers callers/graph TCP 4000",
        "scheduler secret-host secret/db-connection-properties/DBHOST TCP 5432",
    ]


def test_a_service_that_nobody_calls_or_exposes_has_unknown_callers():
    assert questions(workload("web"), service("web", 80)) == ["web unknown-callers callers/web TCP 80"]


INGRESS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "shop"},
    "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([service("web", 80), workload("caller", {"WEB_URL": "http://web"})], "caller -> web: TCP 80"),
        ([service("web", 80, type="LoadBalancer")], "{anywhere} -> web: TCP 80"),
        ([service("web", 80, type="NodePort")], "{anywhere} -> web: TCP 80"),
        ([service("web", 80), INGRESS], "{ingress-controller} -> web: TCP 80"),
    ],
)
def test_a_service_that_is_called_or_exposed_has_known_callers(others: list[Object], expected: str):
    found = requirements(workload("web"), *others)
    assert found.unresolved == ()
    assert lines(found.demands) == [expected]


def test_ports_that_nobody_calls_are_open_questions_one_by_one():
    web = service("web", 80, 9090), workload("web"), workload("caller", {"WEB_URL": "http://web"})
    assert questions(*web) == ["web unknown-callers callers/web TCP 9090"]


def test_a_headless_twin_is_no_second_question():
    twins = service("web", 80), service("web-pods", 80, clusterIP="None", selector={"app": "web"})
    assert questions(workload("web"), *twins) == ["web unknown-callers callers/web TCP 80"]


@pytest.mark.parametrize(("policy", "source"), [("Local", "203.0.113.0-203.0.113.255"), ("Cluster", "{anywhere}")])
def test_source_ranges_hold_only_where_the_client_keeps_its_address(policy: str, source: str):
    ranges = {"loadBalancerSourceRanges": ["203.0.113.0/24"], "externalTrafficPolicy": policy}
    found = requirements(workload("web"), service("web", 80, type="LoadBalancer", **ranges))
    assert lines(found.demands) == [f"{source} -> web: TCP 80"]


def test_the_ingress_controller_reads_the_endpoints_of_a_headless_service():
    headless = service("web", {"port": 80, "targetPort": 8080}, clusterIP="None")
    assert lines(requirements(workload("web"), headless, INGRESS).demands) == ["{ingress-controller} -> web: TCP 8080"]
    assert questions(workload("web"), headless, INGRESS) == []


def test_a_host_port_is_open_to_everyone():
    ports = [{"containerPort": 80, "hostPort": 8080}]
    assert lines(requirements(workload("web", container={"ports": ports})).demands) == ["{anywhere} -> web: TCP 80"]


@pytest.mark.parametrize(("restart", "found"), [("Always", ["{anywhere} -> web: TCP 80"]), ("OnFailure", [])])
def test_a_host_port_of_a_sidecar_is_open_to_everyone(restart: str, found: list[str]):
    ports = [{"containerPort": 80, "hostPort": 8080}]
    sidecar = {"name": "proxy", "restartPolicy": restart, "ports": ports}
    demands = requirements(workload("web", pod={"initContainers": [sidecar]})).demands
    assert lines(demands) == found
    fields = [each.origin.field for demand in demands for each in demand.evidence]
    assert fields == [("spec", "template", "spec", "initContainers", 0, "ports", 0, "hostPort")] * len(found)


def test_what_the_ingress_controller_reaches_is_an_assumption_until_it_is_known():
    web = workload("web"), service("web", 80), INGRESS
    (assumption,) = requirements(*web).assumptions
    assert "ingressControllers:" in assumption.resolution
    found = requirements(*web, netpol="ingressControllers: [{namespace: ingress, pods: {app: nginx}}]")
    assert found.assumptions == ()
    assert lines(found.demands) == ["{pods app=nginx in namespace ingress} -> web: TCP 80"]


def test_the_clusters_own_dns_is_asked_by_everyone():
    dns = (
        workload("coredns", namespace="kube-system"),
        service("kube-dns", 53, namespace="kube-system", selector={"app": "coredns"}),
    )
    found = requirements(*dns)
    assert lines(found.demands) == ["{anywhere} -> kube-system/coredns: TCP 53"]
    assert found.unresolved == ()


MESHES = {
    "istio by annotation": (SIDECAR, {}, "istio"),
    "istio by label": ({"labels": {"sidecar.istio.io/inject": "true", "app": "web"}}, {}, "istio"),
    "istio by namespace": ({}, {"istio-injection": "enabled"}, "istio"),
    "istio by revision": ({}, {"istio.io/rev": "1-24"}, "istio"),
    "istio ambient": ({}, {"istio.io/dataplane-mode": "ambient"}, "istio-ambient"),
    "linkerd": ({"annotations": {"linkerd.io/inject": "enabled"}}, {}, "linkerd"),
}


@pytest.mark.parametrize(("template", "labels", "pack"), MESHES.values(), ids=MESHES)
def test_a_mesh_is_an_open_question_until_it_is_declared(template: Object, labels: dict[str, str], pack: str):
    place = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": labels}}
    web = workload("web", namespace="shop", template=template)
    (row,) = requirements(place, web).unresolved
    assert (row.gap, row.key, row.resolution) == (Gap.PLATFORM, f"platform/{pack}", f"platform: [{pack}]")
    found = requirements(place, web, netpol=f"platform: [{pack}]")
    assert found.unresolved == ()
    assert found.demands or pack == "istio-ambient"


@pytest.mark.parametrize("template", [{"annotations": {"sidecar.istio.io/inject": "false"}}, {"annotations": {}}])
def test_pods_without_a_sidecar_need_nothing_for_it(template: Object):
    place = {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "shop", "labels": {"istio-injection": "enabled"}},
    }
    objects = (place,) if template["annotations"] else ()
    assert questions(*objects, workload("web", namespace="shop", template=template)) == []


def test_istio_opens_the_way_to_its_control_plane_and_says_why():
    found = requirements(workload("web", template=SIDECAR), netpol="platform: [istio]")
    (demand,) = found.demands
    assert lines([demand]) == ["web -> {pods app=istiod in namespace istio-system}: TCP 15012"]
    assert "istiod" in str(demand.evidence[0])


def test_a_tunnel_is_added_to_connections_within_the_mesh_alone():
    ambient = {"labels": {"istio.io/dataplane-mode": "ambient"}}
    member = workload("in", {"A_URL": "http://a", "B_URL": "http://b"}, labels={"app": "in", **ambient["labels"]})
    a = workload("a", labels={"app": "a", **ambient["labels"]}), service("a", 80)
    b = workload("b"), service("b", 80)
    found = lines(requirements(member, *a, *b, netpol="platform: [istio-ambient]").demands)
    assert "in -> a: TCP 15008" in found
    assert "in -> b: TCP 15008" not in found


def test_openshift_says_where_dns_is():
    (server,) = requirements(workload("web"), netpol="platform: [openshift]").dns
    assert str(server.connections) == "TCP 5353,UDP 5353"


def test_dns_is_in_kube_system_unless_something_else_is_said():
    (server,) = requirements(workload("web")).dns
    assert str(server.connections) == "TCP 53,UDP 53"
    (server,) = requirements(workload("web"), netpol="dns: [{cidr: 169.254.20.10/32, ports: [UDP 53]}]").dns
    assert str(server.connections) == "UDP 53"
    (server,) = discover(cluster(workload("web")), config(""), DiscoveryOptions(dns_port=5353)).dns
    assert str(server.connections) == "TCP 5353,UDP 5353"
    (server,) = discover(cluster(workload("web")), config(""), DiscoveryOptions(dns_port="dns")).dns
    assert (server.port_name, server.connections) == ("dns", NOTHING)


# --- netpol.yaml ------------------------------------------------------------------------------------------------------


def dependency(source: str, target: str, ports: str, more: str = "") -> str:
    return f"dependencies:\n- from: {source}\n  to: {target}\n  ports: [{ports}]\n" + (f"  {more}\n" if more else "")


def test_a_dependency_is_a_demand():
    found = requirements(workload("web"), workload("db"), netpol=dependency("web", "db", "TCP 5432", "note: orders"))
    (demand,) = found.demands
    assert lines([demand]) == ["web -> db: TCP 5432"]
    assert demand.confidence is Confidence.DECLARED
    assert "orders" in str(demand.evidence[0])


TARGETS = {
    "{host: db.example.com}": ["web -> {host db.example.com}: TCP 1"],
    "{host: db.example.com, cidr: 203.0.113.7/32}": ["web -> 203.0.113.7-203.0.113.7: TCP 1"],
    "{cidr: [10.0.0.0/8]}": ["web -> 10.0.0.0-10.255.255.255: TCP 1"],
    "internet": ["web -> 0.0.0.0-255.255.255.255: TCP 1", "web -> ::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff: TCP 1"],
    "cluster": ["web -> db: TCP 1", "web -> {entire-cluster}: TCP 1"],
    "{namespace: default, pods: {app: db}}": [
        "web -> db: TCP 1",
        "web -> {pods app=db in namespace default}: TCP 1",
    ],
}


@pytest.mark.parametrize(("target", "expected"), TARGETS.items())
def test_what_a_dependency_may_lead_to(target: str, expected: list[str]):
    assert (
        lines(requirements(workload("web"), workload("db"), netpol=dependency("web", target, "TCP 1")).demands)
        == expected
    )


def test_resolves_takes_one_question_away_and_no_other():
    web = workload("web", {"A_HOST": key_of("secret", "a", "host"), "B_HOST": key_of("secret", "b", "host")})
    line = dependency("web", "{host: a.example.com}", "TCP 5432", "resolves: secret/a/host")
    assert questions(web, netpol=line) == ["web secret-host secret/b/host No Connections"]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("{host: postgres.example.com}", ["example-host"]),
        ("{host: db.shop.internal}", []),
        ("{host: a.example.com}", []),
        ("{host: postgres.example.com, cidr: 10.0.0.7/32}", []),
    ],
)
def test_a_suggestion_that_nobody_looked_at_is_said(to: str, said: list[str]):
    web = workload("web", {"POSTGRES_HOST": key_of("secret", "postgres", "host")})
    (row,) = requirements(web).unresolved
    assert "to: {host: postgres.example.com}\n" in row.resolution
    line = row.resolution.replace("{host: postgres.example.com}", to)
    found = requirements(web, netpol=line)
    assert found.unresolved == ()
    assert [problem.rule for problem in found.diagnostics] == said
    assert all(problem.origin.field for problem in found.diagnostics)


def test_a_host_that_the_input_itself_names_is_no_example():
    web = workload("web", {"FRAUD_URL": "https://fraud.example.com/v2"})
    (row,) = requirements(web).unresolved
    assert requirements(web, netpol=row.resolution).diagnostics == ()


def test_one_line_never_answers_two_unknown_hosts():
    web = workload(
        "web", {"A_HOST": key_of("secret", "mysql-a", "host"), "B_HOST": key_of("secret", "mysql-b", "host")}
    )
    found = requirements(web, netpol=dependency("web", "{host: a.example.com}", "TCP 3306"))
    assert len(found.unresolved) == 2
    (problem,) = found.diagnostics
    assert problem.rule == "ambiguous-dependency"
    assert "secret/mysql-a/host, secret/mysql-b/host" in problem.message


def test_one_unknown_host_is_answered_by_the_line_that_has_its_port():
    web = workload("web", {"A_HOST": key_of("secret", "mysql", "host")})
    assert questions(web, netpol=dependency("web", "{host: a.example.com}", "TCP 3306")) == []
    assert questions(web, netpol=dependency("web", "{host: a.example.com}", "TCP 25")) != []


def test_a_host_is_answered_by_its_name_and_by_no_other_workload():
    objects = [workload(name, {"URL": "https://api.example.com"}) for name in ("web", "other")]
    assert questions(*objects, netpol=dependency("web", "{host: api.example.com}", "TCP 443")) == [
        "other external-host host/api.example.com TCP 443"
    ]


def test_an_address_is_answered_by_a_block_that_holds_it():
    web = workload("web", {"API_ADDR": "10.1.2.3:80"})
    assert questions(web, netpol=dependency("web", "{cidr: 10.1.0.0/16}", "TCP 80")) == []
    assert questions(web, netpol=dependency("web", "{cidr: 10.2.0.0/16}", "TCP 80")) != []


def test_callers_are_answered_by_whoever_is_declared_to_call():
    web = workload("web"), service("web", 80, 9090), workload("scraper")
    assert questions(*web, netpol=dependency("internet", "web", "TCP 80")) == [
        "web unknown-callers callers/web TCP 9090"
    ]
    assert questions(*web, netpol=dependency("scraper", "web", "80, 9090")) == []


def test_ignore_takes_a_question_away():
    web = workload("web", {"URL": "https://api.example.com"}), workload("b", {"URL": "https://api.example.com"})
    assert questions(*web, netpol="ignore: [host/api.example.com]") == []
    one = "ignore: [{key: host/api.example.com, workload: web, note: only in tests}]"
    assert questions(*web, netpol=one) == ["b external-host host/api.example.com TCP 443"]


DEAD = {
    dependency("wbe", "internet", "80"): "no workload of the input is wbe; did you mean default/web[Deployment]?",
    dependency("web", "shop/db", "80"): "no workload of the input is shop/db",
    dependency("web", "{host: x.example.com}", "80", "resolves: secret/a/hots"): "did you mean secret/a/host?",
    "ignore: [secret/a/hots]": "did you mean secret/a/host?",
}


@pytest.mark.parametrize(("text", "sentence"), DEAD.items())
def test_a_dead_reference_is_said_with_a_suggestion(text: str, sentence: str):
    found = requirements(workload("web", {"A_HOST": key_of("secret", "a", "host")}), netpol=text)
    (problem,) = found.diagnostics
    assert problem.rule == "dead-reference"
    assert sentence in problem.message
    assert problem.origin.path == "netpol.yaml"
    assert problem.origin.field


def test_a_name_that_two_kinds_share_needs_its_kind():
    twins = workload("web"), workload("web", kind="StatefulSet")
    (problem,) = requirements(*twins, netpol=dependency("web", "internet", "80")).diagnostics
    assert "default/web[Deployment], default/web[StatefulSet]" in problem.message
    assert requirements(*twins, netpol=dependency("web[Deployment]", "internet", "80")).diagnostics == ()


def test_the_suggested_lines_settle_everything():
    everything = [each for env, _ in OUTSIDE.values() for each in [{**env}]]
    objects = [workload(f"web-{n}", env) for n, env in enumerate(everything)]
    objects += [service(f"web-{n}", 80) for n in range(len(everything))]
    objects += [workload("internet", {"X": "10.0.0.1:80"}), workload("same", {"X_HOST": "x.example.com"})]
    objects += [workload("same", {"X_HOST": "x.example.com"}, kind="StatefulSet"), *EXAMPLE]
    objects += [workload("same", {"X_HOST": "x.example.com"}, namespace="shop")]
    found = requirements(*objects)
    text = combined(each.resolution for each in (*found.unresolved, *found.assumptions))
    settled = requirements(*objects, netpol=text)
    assert open_questions(settled) == []
    assert {problem.rule for problem in settled.diagnostics} == {"example-host"}
    for row in found.unresolved:
        sides = [(each.source if row.outbound else each.destination, each.connections) for each in settled.demands]
        same = [conns for end, conns in sides if str(end) == str(row.workload)]
        assert any(row.connections <= conns for conns in same), row.key


def test_an_order_of_objects_changes_nothing():
    def shown(found: Requirements) -> list[str]:
        return [*lines(found.demands), *open_questions(found), *(each.message for each in found.assumptions)]

    objects = [*EXAMPLE, config_map("x", {"a": "b"}), secret("y", {"c": "d"})]
    assert shown(requirements(*objects)) == shown(requirements(*reversed(objects)))


def test_a_name_from_a_manifest_cannot_leave_its_line():
    made = cluster(workload("web", {"DB_HOST": key_of("secret", "x\n- evil", "host")}))
    (row,) = discover(made, config(""), DiscoveryOptions()).unresolved
    assert "\n" not in row.message
    assert len(row.resolution.splitlines()) == 6
    odd = replace(made, workloads=tuple(replace(each, name="a: b\n- c") for each in made.workloads))
    (row,) = discover(odd, config(""), DiscoveryOptions()).unresolved
    assert "\n" not in row.message
    assert len(row.resolution.splitlines()) == 6
