"""Generated policies allow every demand and nothing more, judged by the evaluator that shares no code with ours."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from naive.evaluator import Evaluator
from naive.objects import Object, Pod

from netpol_action.config import read_config
from netpol_action.discovery import DiscoveryOptions, discover
from netpol_action.manifests.decode import decode
from netpol_action.manifests.write import policies_yaml
from netpol_action.model.config import Config
from netpol_action.model.connections import PROTOCOLS
from netpol_action.model.demands import Demand, Requirements, Unresolved
from netpol_action.model.documents import Document, SourceText
from netpol_action.model.endpoints import Anywhere, DomainName, Endpoint, IngressController, Unseen, Workload
from netpol_action.model.resolutions import combined
from netpol_action.origin import Origin
from netpol_action.synthesis import SynthesisOptions, synthesise

NAMES = ("a", "b", "c", "d")
NAMESPACES = ("default", "shop")
PORTS = (80, 443, 5432, 8080)
VALUES = (
    "{}",
    "{}:80",
    "{}.shop",
    "{}.default.svc:5432",
    "http://{}",
    "tcp://{}.shop.svc.cluster.local:8080",
    "x,{}:443",
)
VARIABLES = ("PEER_HOST", "BACKEND_URL", "MODE", "SERVICE")
OTHERS = ("https://api.example.com", "10.1.2.3:443", "db.elsewhere.svc:5432")


@st.composite
def applications(draw: st.DrawFn) -> list[Object]:
    """Up to six workloads in two namespaces, with Services before some of them and variables that name them."""
    places = draw(
        st.lists(st.tuples(st.sampled_from(NAMESPACES), st.sampled_from(NAMES)), min_size=1, max_size=6, unique=True)
    )
    namespaces = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}} for name in (*NAMESPACES, "elsewhere")
    ]
    return [*namespaces, *(each for namespace, name in places for each in draw(parts(namespace, name)))]


@st.composite
def parts(draw: st.DrawFn, namespace: str, name: str) -> list[Object]:
    value = st.one_of(st.sampled_from(OTHERS), st.builds(str.format, st.sampled_from(VALUES), st.sampled_from(NAMES)))
    secret = {"valueFrom": {"secretKeyRef": {"name": "mysql", "key": "host"}}}
    env = draw(
        st.dictionaries(
            st.sampled_from(VARIABLES), st.one_of(st.builds(lambda v: {"value": v}, value), st.just(secret)), max_size=3
        )
    )
    labels = {"app": name, **draw(st.sampled_from([{}, {"tier": name}, {"version": "1"}]))}
    container = {"name": name, "env": [{"name": key, **source} for key, source in env.items()]}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": template}
    metadata = {"name": name, "namespace": namespace}
    found = [{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}]
    if draw(st.booleans()):
        ports = draw(st.lists(st.sampled_from(PORTS), min_size=1, max_size=2, unique=True))
        listed = [{"name": f"p{port}", "port": port, "targetPort": draw(st.sampled_from(PORTS))} for port in ports]
        kind = draw(st.sampled_from(["ClusterIP", "ClusterIP", "ClusterIP", "LoadBalancer"]))
        headless = {"clusterIP": "None"} if kind == "ClusterIP" and draw(st.booleans()) else {}
        front = {"selector": {"app": name}, "ports": listed, "type": kind, **headless}
        found.append({"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": front})
    return found


def documents(objects: Iterable[Object]) -> list[Document]:
    return [Document(each, Origin("app.yaml", n, n)) for n, each in enumerate(objects, 1)]


def with_policies(
    objects: list[Object], config: Config, default_deny: Literal["namespace", "none"] = "namespace"
) -> tuple[Requirements, Evaluator]:
    cluster = decode(documents(objects))
    requirements = discover(cluster, config, DiscoveryOptions())
    policies, _ = synthesise(requirements, cluster, SynthesisOptions(default_deny))
    written = [each for each in yaml.safe_load_all(policies_yaml(policies)) if each]
    return requirements, Evaluator([*objects, *written])


def covers(endpoint: Endpoint, pod: Pod) -> bool:
    match endpoint:
        case Workload():
            return (endpoint.namespace, endpoint.name) == (pod.namespace, pod.name)
        case Unseen():
            own = {"kubernetes.io/metadata.name": pod.namespace}
            return endpoint.namespaces.matches(own) and endpoint.pods.matches(pod.labels)
        case Anywhere() | DomainName() | IngressController():
            return True
        case _:
            return False


def opened(demands: Iterable[Demand], one: Pod, other: Pod, protocol: Any, port: int) -> bool:  # noqa: ANN401  # a protocol
    """Whether the demands open a port at both ends; a rule without peers, as for a host by name, opens it to all."""
    there = [each for each in demands if port in each.connections[protocol]]
    leaves = any(
        isinstance(each.source, Workload) and covers(each.source, one) and covers(each.destination, other)
        for each in there
    )
    enters = any(
        isinstance(each.destination, Workload) and covers(each.source, one) and covers(each.destination, other)
        for each in there
    )
    return leaves and enters


def assert_exact(requirements: Requirements, evaluator: Evaluator) -> None:
    for one in evaluator.pods:
        for other in evaluator.pods:
            for protocol in PROTOCOLS:
                for port in (*PORTS, 53, 3306, 1):
                    expected = opened(requirements.demands, one, other, protocol, port)
                    found = evaluator.allows(one, other, protocol, port)
                    assert found == expected, (
                        f"{one} -> {other} {protocol} {port}: allowed {found}, demanded {expected}"
                    )


@given(applications())
def test_the_policies_allow_every_demand_and_nothing_more(objects: list[Object]):
    assert_exact(*with_policies(objects, Config()))


@given(applications())
def test_with_the_suggested_lines_nothing_is_open_and_the_policies_allow_it(objects: list[Object]):
    before, _ = with_policies(objects, Config())
    text = combined(each.resolution for each in (*before.unresolved, *before.assumptions))
    config, problems = read_config(SourceText("netpol.yaml", text.encode()))
    assert problems == []
    after, evaluator = with_policies(objects, config)
    assert after.unresolved == ()
    assert {problem.rule for problem in after.diagnostics} <= {"example-host"}
    assert_exact(after, evaluator)
    # A default deny would also cover the pods of the same namespaces that stand in for what is not in the input.
    _, evaluator = with_policies(objects, config, "none")
    for row in before.unresolved:
        (pod,) = [each for each in evaluator.pods if str(each) == str(row.workload)]
        for protocol, ports in row.connections.ports:
            for first, _ in ports.ranges:
                other = other_end(row)
                ends = (pod, other) if row.outbound else (other, pod)
                assert evaluator.allows(*ends, protocol, first), row.key


def other_end(row: Unresolved) -> Pod | str:
    """Something that the lines of a resolution name."""
    (dependency,) = yaml.safe_load(row.resolution)["dependencies"]
    party = dependency["to" if row.outbound else "from"]
    if party == "cluster":
        return Pod("elsewhere", "somebody")
    return Pod(party["namespace"], "somebody", labels=party.get("pods", {})) if "namespace" in party else "10.1.2.3"


CASES = Path(__file__).parents[4] / "shared" / "conformance" / "synthesis"


@pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/conformance beside the repository")
@pytest.mark.parametrize("case", sorted(CASES.iterdir()) if CASES.is_dir() else [], ids=lambda case: case.name)
def test_every_connection_between_workloads_that_the_peer_allows_is_allowed(case: Path):
    files = sorted(case.joinpath("manifests").rglob("*.yaml"))
    objects = [each for file in files for each in yaml.safe_load_all(file.read_text()) if each]
    (peer_file,) = case.glob("peer-policies.*")
    peer = json.loads(peer_file.read_text()) if peer_file.suffix == ".json" else yaml.safe_load(peer_file.read_text())
    theirs = Evaluator([*objects, *(each for each in peer["items"])])
    requirements, ours = with_policies(objects, Config())
    assert_exact(requirements, ours)
    asked = allowed = 0
    for one in theirs.pods:
        for other in theirs.pods:
            (twin_one,) = [each for each in ours.pods if str(each) == str(one)]
            (twin_other,) = [each for each in ours.pods if str(each) == str(other)]
            for port in {number for pod in theirs.pods for _, _, number in pod.ports} | {80, 443, 6379, 3306, 8080}:
                asked += 1
                if theirs.allows(one, other, "TCP", port):
                    allowed += 1
                    assert ours.allows(twin_one, twin_other, "TCP", port), f"{one} -> {other} TCP {port}"
    assert asked > allowed > 0
