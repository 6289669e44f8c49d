"""netpol.yaml: what it may say, and what is said of mistakes in it."""

from __future__ import annotations

import pytest

from netpol_action.config import read_config
from netpol_action.model.addresses import AddressRange
from netpol_action.model.config import (
    CidrRef,
    ClusterRef,
    Config,
    HostRef,
    InternetRef,
    PodsRef,
    WorkloadRef,
)
from netpol_action.model.documents import SourceText
from netpol_action.model.labels import NAMESPACE_NAME_LABEL, SELECT_ALL, Selector

BLOCK = AddressRange.parse("10.0.0.0/8")
SHOP = Selector.labels({NAMESPACE_NAME_LABEL: "shop"})

EVERYTHING = """
version: 1
endpoints:
  databases: {cidr: [10.0.0.0/8]}
dependencies:
- from: shop/web[Deployment]
  to: {endpoint: databases}
  ports: [TCP 5432, UDP 53, 8000-8080]
  note: the order database
  resolves: [secret/db/host, callers/web]
ignore:
- callers/db
- {key: host/api.example.com, workload: shop/web, note: only in tests}
platform: [istio, linkerd]
dns:
- {namespace: kube-system, pods: {k8s-app: kube-dns}}
- {cidr: 169.254.20.10/32, ports: [UDP 53]}
ingressControllers:
- {namespace: ingress, pods: {app: nginx}}
- shop/gateway
- {cidr: 192.0.2.0/24}
clusterDomain: corp.example
podCIDRs: [10.0.0.0/8, "2001:db8::/32"]
"""


def read(text: str) -> tuple[Config, list[str]]:
    config, problems = read_config(SourceText("netpol.yaml", text.encode()))
    assert all(each.rule == "broken-config" for each in problems)
    return config, [each.message for each in problems]


def test_everything_it_may_say():
    config, problems = read(EVERYTHING)
    assert problems == []
    (dependency,) = config.dependencies
    assert dependency.source == WorkloadRef("web", "shop", "Deployment")
    assert dependency.destination == CidrRef((BLOCK,), "databases")
    assert str(dependency.ports) == "TCP 5432,8000-8080,UDP 53"
    assert (dependency.note, dependency.resolves) == ("the order database", ("secret/db/host", "callers/web"))
    assert dependency.origin.field == ("dependencies", 0)
    assert [(each.key, each.workload, each.note) for each in config.ignore] == [
        ("callers/db", None, ""),
        ("host/api.example.com", WorkloadRef("web", "shop"), "only in tests"),
    ]
    assert config.platform == ("istio", "linkerd")
    assert [str(each.connections) for each in config.dns] == ["TCP 53,UDP 53", "UDP 53"]
    assert config.ingress_controllers == (
        PodsRef(Selector.labels({NAMESPACE_NAME_LABEL: "ingress"}), Selector.labels({"app": "nginx"})),
        WorkloadRef("gateway", "shop"),
        CidrRef((AddressRange.parse("192.0.2.0/24"),)),
    )
    assert config.cluster_domain == "corp.example"
    assert config.pod_cidrs == (BLOCK, AddressRange.parse("2001:db8::/32"))


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "version: 1\n", "dependencies:\nignore:\n"])
def test_an_empty_file_says_nothing(text: str):
    assert read(text) == (Config(), [])


PARTIES = {
    "internet": InternetRef(),
    "cluster": ClusterRef(),
    "10.0.0.0/8": CidrRef((BLOCK,)),
    "db": WorkloadRef("db"),
    "shop/db": WorkloadRef("db", "shop"),
    "{workload: internet}": WorkloadRef("internet"),
    "{internet: true}": InternetRef(),
    "{cluster: true}": ClusterRef(),
    "{cidr: 10.0.0.0/8}": CidrRef((BLOCK,)),
    "{host: db.example.com}": HostRef("db.example.com"),
    "{host: db.example.com, cidr: 10.0.0.0/8}": HostRef("db.example.com", (BLOCK,)),
    "{namespace: shop}": PodsRef(SHOP, SELECT_ALL),
    "{namespace: shop, pods: {app: db}}": PodsRef(SHOP, Selector.labels({"app": "db"})),
    "{namespaceLabels: {team: a}}": PodsRef(Selector.labels({"team": "a"}), SELECT_ALL),
    "{namespaceLabels: {}, pods: {app: db}}": PodsRef(SELECT_ALL, Selector.labels({"app": "db"})),
}


@pytest.mark.parametrize(("text", "party"), PARTIES.items())
def test_the_parties_of_a_dependency(text: str, party: object):
    config, problems = read(f"dependencies:\n- {{from: web, to: {text}, ports: [80]}}\n")
    assert problems == []
    assert config.dependencies[0].destination == party


IN_A_DEPENDENCY = {
    "to: db, ports: [80]": " must have from",
    "from: web, to: db": " must have ports",
    "from: web, to: db, ports: []": ".ports must have at least one port",
    "from: web, to: db, ports: [HTTP 80]": ".ports[0] is wrong: 'HTTP' is not a protocol",
    "from: web, to: db, ports: [true]": ".ports[0] must be a port like TCP 80",
    "from: web, to: db, ports: [0]": ".ports[0] is wrong",
    "from: web, to: db, port: [80]": ".port is not a key that netpol.yaml has here; did you mean ports?",
    "from: web, to: {}, ports: [80]": ".to must have exactly one of workload, host",
    "from: web, to: {host: a.b, workload: c}, ports: [80]": ".to must have exactly one of",
    "from: web, to: {host: 'http://a'}, ports: [80]": ".to.host must be a host like",
    "from: web, to: {cidr: 10.0.0.1}, ports: [80]": ".to.cidr must be a CIDR like",
    "from: web, to: {endpoint: dbs}, ports: [80]": ".to.endpoint is dbs, which `endpoints` does not have",
    "from: web, to: {pods: {app: db}}, ports: [80]": ".to must have namespace or namespaceLabels",
    "from: web, to: {internet: false}, ports: [80]": ".to.internet must be true",
    "from: 'we b', to: db, ports: [80]": ".from must name a workload",
    "from: {host: a.example.com}, to: db, ports: [80]": ".from names a host",
    "from: internet, to: {host: a.b}, ports: [80]": " must have a workload at one end",
    "from: web, to: db, ports: [80], note: 3": ".note must be a string, not a number",
}
MISTAKES = {
    **{f"dependencies: [{{{fields}}}]": f"dependencies[0]{problem}" for fields, problem in IN_A_DEPENDENCY.items()},
    "dependancies: []": "dependancies is not a key that netpol.yaml has here; did you mean dependencies?",
    "version: 2": "version must be 1",
    "version: true": "version must be 1",
    "[]": "the document must be a mapping",
    "just text": "the document must be a mapping",
    "dependencies: {}": "dependencies must be a list",
    "dependencies: [web]": "dependencies[0] must be a mapping with from, to, ports, note, resolves",
    "ignore: [{workload: web}]": "ignore[0] must have key",
    "platform: [isto]": "platform[0] is isto, which is no platform; did you mean istio?",
    "dns: [{ports: [53]}]": "dns[0] must have namespace, namespaceLabels or cidr",
    "ingressControllers: [{}]": "ingressControllers[0] must have either workload, cidr, or namespace and pods",
    "clusterDomain: 3": "clusterDomain must be a string, not a number",
    "podCIDRs: [10.0.0.0]": "podCIDRs[0] must be a CIDR like",
    "endpoints: {a: {}}": "endpoints.a must have cidr",
    "a: 1\n---\nb: 2": "the configuration must be one document",
    "a: [": "the document is not valid YAML",
}


@pytest.mark.parametrize(("text", "sentence"), MISTAKES.items())
def test_a_mistake_is_one_sentence(text: str, sentence: str):
    config, problems = read(text)
    assert len(problems) == 1
    assert problems[0].startswith(sentence)
    assert config == Config()


def test_a_mistake_costs_one_item_and_all_are_said_at_once():
    config, problems = read(
        "dependencies:\n- {from: web, to: db, ports: [80]}\n- {from: web}\nplatform: [istio, x]\nclusterDomian: a\n"
    )
    assert len(config.dependencies) == 1
    assert config.platform == ("istio",)
    assert [each.split(" ")[0] for each in problems] == ["clusterDomian", "dependencies[1]", "platform[1]"]


def test_a_mistake_has_its_place():
    _, (problem,) = read_config(SourceText("netpol.yaml", b"version: 1\nplatform:\n- istio\n- x\n"))
    assert problem.origin.field == ("platform", 1)
    assert str(problem).startswith("netpol.yaml:1: ")
    _, (broken,) = read_config(SourceText("netpol.yaml", b"version: 1\nplatform: [\n"))
    assert broken.origin.line > 1


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00", b"[" * 100_000, b"a: &a [x]\nb: [*a, *a]\n", b"? [a]\n: b\n", b"a: !!python/object:x {}"],
)
def test_hostile_bytes_end_in_a_sentence(content: bytes):
    config, problems = read_config(SourceText("netpol.yaml", content))
    assert config.dependencies == ()
    assert problems
    assert all(each.message and "\n" not in each.message for each in problems)


NAMESPACES = {
    "an exact name": ("shop", "shop", True),
    "another name": ("shop", "shop-2", False),
    "a pattern": ("openshift-*", "openshift-dns", True),
    "a pattern elsewhere": ("*-system", "system", False),
}


@pytest.mark.parametrize(("pattern", "name", "expected"), NAMESPACES.values(), ids=NAMESPACES)
def test_which_namespaces_are_treated_apart(pattern: str, name: str, expected: bool):
    config, problems = read_config(
        SourceText("netpol.yaml", f"namespaces: {{excluded: ['{pattern}'], protected: ['{pattern}']}}".encode())
    )
    assert problems == []
    assert config.namespaces.excludes(name) is expected
    assert config.namespaces.protects(name) is expected


def test_the_systems_own_namespaces_are_always_protected():
    assert Config().namespaces.protects("kube-system")
    assert not Config().namespaces.excludes("kube-system")


def test_an_unknown_strictness_is_an_error_with_a_suggestion():
    config, (problem,) = read_config(SourceText("netpol.yaml", b"strictness: ingres-only\n"))
    assert config.strictness == "standard"
    assert "did you mean ingress-only?" in problem.message


def test_the_clusters_own_addresses_are_named_with_their_kind():
    text = b"endpoints: {a: {cidr: 10.0.0.0/8}, b: {cidr: 10.0.0.0/8, kind: nodes}}"
    config, problems = read_config(SourceText("netpol.yaml", text))
    assert problems == []
    assert [(str(each.addresses), each.kind) for each in config.endpoints] == [("a", "addresses"), ("b", "nodes")]


def test_an_unknown_kind_of_addresses_is_an_error_with_a_suggestion():
    text = b"endpoints:\n  cp: {cidr: 10.0.0.0/8, kind: apiserver}\n"
    config, (problem,) = read_config(SourceText("netpol.yaml", text))
    assert config.endpoints == ()
    assert "endpoints.cp.kind is apiserver, which is no kind; did you mean api-server?" in problem.message
