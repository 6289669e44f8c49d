"""The policies that demands become: selectors, peers, names, comments, and what no policy can do."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal

import pytest

from netpol_action.discovery import DiscoveryOptions, discover
from netpol_action.manifests.decode import decode
from netpol_action.manifests.write import policies_yaml
from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Cluster
from netpol_action.model.config import Config, DnsServer, PodsRef
from netpol_action.model.connections import EVERYTHING, NOTHING, ConnectionSet
from netpol_action.model.demands import Demand, Evidence, Requirements
from netpol_action.model.documents import Document
from netpol_action.model.endpoints import Anywhere, DomainName, Endpoint, IngressController, IpBlock, Unseen, Workload
from netpol_action.model.generated import MANAGED_BY, MANAGED_BY_LABEL, GeneratedPolicy
from netpol_action.model.labels import JOB_NAME_LABELS, Selector
from netpol_action.model.policies import Direction, IpPeer, NamedPort, PodPeer, Policy, PolicyTier, Rule
from netpol_action.origin import Origin
from netpol_action.synthesis import SynthesisOptions, synthesise

TCP_80 = ConnectionSet.parse("TCP 80")
WHY = Evidence("Deployment web", "env DB_HOST", "db")


def workload(name: str, namespace: str = "", **more: Any) -> Workload:  # noqa: ANN401  # any field of a Workload
    """A Deployment with the label `app: NAME` that selects by it."""
    labels = more.pop("labels", {"app": name})
    selector = more.pop("selector", Selector.labels({"app": name}) if "app" in labels else None)
    fields = {"kind": "Deployment", "namespace": namespace or "default", "declared_namespace": namespace, **more}
    return Workload(name=name, labels=labels, selector=selector, **fields)


def written(
    workloads: list[Workload], *demands: tuple[Endpoint, Endpoint], default_deny: Literal["namespace", "none"] = "none"
) -> dict[str, GeneratedPolicy]:
    """The policies by name, for demands on TCP 80."""
    found = [Demand(source, destination, TCP_80, (WHY,)) for source, destination in demands]
    policies, _ = synthesise(
        Requirements(tuple(found)), Cluster(workloads=tuple(workloads)), SynthesisOptions(default_deny)
    )
    return {each.policy.name: each for each in policies}


def peers(generated: GeneratedPolicy, direction: Direction) -> list[Any]:
    return [rule.peers for rule in generated.policy.rules if rule.direction is direction]


def selector(**labels: str) -> Selector:
    return Selector.labels(labels)


def test_a_demand_opens_one_rule_at_each_end():
    web, db = workload("web"), workload("db")
    policies = written([web, db], (web, db))
    assert peers(policies["web-netpol"], Direction.EGRESS) == [(PodPeer(None, selector(app="db")),)]
    assert peers(policies["db-netpol"], Direction.INGRESS) == [(PodPeer(None, selector(app="web")),)]
    assert peers(policies["web-netpol"], Direction.INGRESS) == []
    assert peers(policies["db-netpol"], Direction.EGRESS) == []


def test_every_policy_isolates_both_ways_carries_our_label_and_has_the_workloads_namespace():
    policies = written([workload("web"), workload("db", "shop")], default_deny="namespace")
    assert sorted((each.policy.declared_namespace, name) for name, each in policies.items() if "deny" not in name) == [
        ("", "web-netpol"),
        ("shop", "db-netpol"),
    ]
    for each in policies.values():
        assert each.policy.directions == frozenset(Direction)
        assert each.policy.labels == {MANAGED_BY_LABEL: MANAGED_BY}


def test_peers_of_another_namespace_are_named_with_it():
    web, db = workload("web", "web"), workload("db", "shop")
    policies = written([web, db], (web, db))
    assert peers(policies["web-netpol"], Direction.EGRESS) == [
        (PodPeer(Selector.labels({"kubernetes.io/metadata.name": "shop"}), selector(app="db")),)
    ]


def test_replicas_that_talk_to_each_other_are_allowed_to():
    kafka = workload("kafka")
    (policy,) = written([kafka], (kafka, kafka)).values()
    own = (PodPeer(None, selector(app="kafka")),)
    assert peers(policy, Direction.INGRESS) == [own]
    assert peers(policy, Direction.EGRESS) == [own]


OTHER_ENDS: dict[str, tuple[Endpoint, Any]] = {
    "a block of addresses": (IpBlock(AddressRange.parse("10.0.0.0/8")), (IpPeer(AddressRange.parse("10.0.0.0/8")),)),
    "a host by name": (DomainName("db.example.com"), None),
    "anywhere": (Anywhere(), None),
    "the unknown ingress controller": (IngressController(), None),
    "pods that are not in the input": (
        Unseen(selector(team="a"), selector(app="x")),
        (PodPeer(selector(team="a"), selector(app="x")),),
    ),
    "pods of the own namespace": (
        Unseen(Selector.labels({"kubernetes.io/metadata.name": "default"}), selector(app="x")),
        (PodPeer(None, selector(app="x")),),
    ),
    "every pod": (Unseen(), (PodPeer(Selector(), Selector()),)),
    "a pod on the host's network": (workload("node", host_network=True), None),
}


@pytest.mark.parametrize(("end", "expected"), OTHER_ENDS.values(), ids=OTHER_ENDS)
def test_what_the_other_end_becomes(end: Endpoint, expected: object):
    web = workload("web")
    others = [end] if isinstance(end, Workload) else []
    assert peers(written([web, *others], (end, web))["web-netpol"], Direction.INGRESS) == [expected]
    assert peers(written([web, *others], (web, end))["web-netpol"], Direction.EGRESS) == [expected]


def test_peers_that_need_the_same_ports_share_a_rule_with_the_reasons_of_both():
    web, a, b = workload("web"), workload("a"), workload("b")
    policy = written([web, a, b], (web, b), (web, a))["web-netpol"]
    assert peers(policy, Direction.EGRESS) == [(PodPeer(None, selector(app="a")), PodPeer(None, selector(app="b")))]
    assert policy.reasons == (
        (
            "to Deployment a: Deployment web, env DB_HOST = db",
            "to Deployment b: Deployment web, env DB_HOST = db",
        ),
    )


def test_all_connections_need_no_ports():
    web, db = workload("web"), workload("db")
    requirements = Requirements((Demand(web, db, EVERYTHING, (WHY,)),))
    policies, _ = synthesise(requirements, Cluster(workloads=(web, db)), SynthesisOptions("none"))
    assert [rule.ports for each in policies for rule in each.policy.rules] == [None, None]


SELECTORS: dict[str, tuple[dict[str, str], dict[str, str] | None, list[dict[str, str]], dict[str, str]]] = {
    "its own selector": ({"app": "web", "tier": "front"}, {"app": "web"}, [], {"app": "web"}),
    "and one label that tells it apart": (
        {"app": "shop", "tier": "front", "team": "a"},
        {"app": "shop"},
        [{"app": "shop", "tier": "back", "team": "a"}],
        {"app": "shop", "tier": "front"},
    ),
    "never a version while another does": (
        {"app": "shop", "app.kubernetes.io/version": "1", "helm.sh/chart": "a-1", "tier": "front"},
        {"app": "shop"},
        [{"app": "shop", "app.kubernetes.io/version": "2", "helm.sh/chart": "b-1", "tier": "back"}],
        {"app": "shop", "tier": "front"},
    ),
    "a version where nothing else does": (
        {"app": "shop", "version": "1"},
        {"app": "shop"},
        [{"app": "shop", "version": "2"}],
        {"app": "shop", "version": "1"},
    ),
    "two labels where one is not enough": (
        {"app": "s", "x": "1", "y": "1"},
        {"app": "s"},
        [{"app": "s", "x": "1", "y": "2"}, {"app": "s", "x": "2", "y": "1"}],
        {"app": "s", "x": "1", "y": "1"},
    ),
    "its lasting labels where it has no selector": (
        {"app": "web", "pod-template-hash": "5d8", "version": "1"},
        None,
        [],
        {"app": "web"},
    ),
    "all it has where none lasts": ({"version": "1"}, None, [], {"version": "1"}),
}


@pytest.mark.parametrize(("labels", "own", "others", "expected"), SELECTORS.values(), ids=SELECTORS)
def test_which_labels_select_a_workload(
    labels: dict[str, str], own: dict[str, str] | None, others: list[dict[str, str]], expected: dict[str, str]
):
    web = workload("web", labels=labels, selector=None if own is None else Selector.labels(own))
    rivals = [workload(f"other{n}", labels=each, selector=Selector.labels(each)) for n, each in enumerate(others)]
    policy = written([web, *rivals])["web-netpol"].policy
    assert policy.subject == PodPeer(None, Selector.labels(expected))


def test_other_namespaces_need_no_telling_apart():
    twins = [workload("web", place, labels={"app": "web", "x": place}) for place in ("a", "b")]
    policies, problems = synthesise(Requirements(), Cluster(workloads=tuple(twins)), SynthesisOptions("none"))
    assert {each.policy.subject.pods for each in policies} == {selector(app="web")}
    assert problems == ()


LIMITS = {
    "same-labels": [workload("a", labels={"app": "x"}), workload("b", labels={"app": "x"})],
    "no-labels": [workload("a", labels={}, kind="Pod")],
    "host-network": [workload("a", host_network=True)],
}


@pytest.mark.parametrize(("rule", "workloads"), LIMITS.items())
def test_what_policies_cannot_do_is_said(rule: str, workloads: list[Workload]):
    policies, problems = synthesise(Requirements(), Cluster(workloads=tuple(workloads)), SynthesisOptions("none"))
    assert {each.rule for each in problems} == {rule}
    assert bool(policies) == (rule == "same-labels")


def job(name: str, **labels: str) -> Workload:
    return workload(name, labels={**dict.fromkeys(JOB_NAME_LABELS, name), **labels}, kind="Job")


def test_a_job_is_selected_by_its_name_where_it_has_nothing_else():
    bare, named, twin = job("bare"), job("named", app="named"), job("twin", app="named")
    by_name = {each.policy.name: each.policy.subject.pods for each in written([bare, named, twin]).values()}
    assert by_name["bare-netpol"] == Selector.labels({"job-name": "bare"})
    assert by_name["named-netpol"] == Selector.labels({"app": "named", "job-name": "named"})
    alone = written([bare, named])
    assert alone["named-netpol"].policy.subject.pods == selector(app="named")


def test_what_resolves_the_lack_of_labels_is_said():
    bare = workload("bare", labels={}, kind="CronJob", pod_path=("spec", "jobTemplate", "spec", "template", "spec"))
    _, (problem,) = synthesise(Requirements(), Cluster(workloads=(bare,)), SynthesisOptions("none"))
    assert problem.message.endswith("give its pods one (spec.jobTemplate.spec.template.metadata.labels)")


def test_a_pod_without_labels_is_never_everyone():
    web, bare = workload("web"), workload("bare", labels={}, kind="Pod")
    policies = written([web, bare], (bare, web), (web, bare))
    assert set(policies) == {"web-netpol"}
    assert policies["web-netpol"].policy.rules == ()


def test_a_port_of_dns_by_name_is_written_as_a_name():
    system = Selector.labels({"kubernetes.io/metadata.name": "kube-system"})
    found = Requirements(dns=(DnsServer(PodsRef(system), NOTHING, "dns-tcp"),))
    cluster = Cluster(workloads=(workload("web"), workload("proxy", "kube-system")))
    policies, _ = synthesise(found, cluster, SynthesisOptions("none"))
    ports = (NamedPort("dns-tcp", "TCP"), NamedPort("dns-tcp", "UDP"))
    rules = {each.policy.name: each.policy.rules for each in policies}
    assert rules == {
        "web-netpol": (Rule(Direction.EGRESS, peers=(PodPeer(system),), ports=ports),),
        "proxy-netpol": (Rule(Direction.EGRESS, peers=(PodPeer(),), ports=ports),),
    }
    text = policies_yaml(policies)
    assert "- protocol: UDP\n          port: dns-tcp\n" in text
    assert "# DNS: names are resolved here" in text


def test_a_default_deny_for_each_namespace_and_a_warning():
    workloads = (workload("a"), workload("b", "shop"), workload("c", "shop"))
    policies, problems = synthesise(Requirements(), Cluster(workloads=workloads), SynthesisOptions())
    denies = [each.policy for each in policies if each.policy.subject == PodPeer()]
    assert [(each.declared_namespace, each.name, each.rules) for each in denies] == [
        ("", "default-deny", ()),
        ("shop", "default-deny", ()),
    ]
    (problem,) = problems
    assert problem.rule == "default-deny"
    assert problem.message == (
        "the policy default-deny also covers the pods in the namespace that it is applied to and namespace shop "
        "that are not in the input"
    )


def test_of_many_namespaces_the_warning_names_the_first():
    workloads = tuple(workload("web", f"team-{number}") for number in range(7))
    _, (problem,) = synthesise(Requirements(), Cluster(workloads=workloads), SynthesisOptions())
    assert problem.message == (
        "the policy default-deny also covers the pods in namespaces team-0, team-1, team-2, team-3, team-4 and 2 more "
        "that are not in the input"
    )


NAMES = {
    "its own": ([("web", "Deployment")], ["web-netpol"]),
    "with the kind where two share it": (
        [("web", "Deployment"), ("web", "StatefulSet")],
        ["web-deployment-netpol", "web-statefulset-netpol"],
    ),
}


@pytest.mark.parametrize(("named", "expected"), NAMES.values(), ids=NAMES)
def test_names_come_from_the_workloads(named: list[tuple[str, str]], expected: list[str]):
    workloads = [workload(name, kind=kind, labels={"app": kind}, selector=selector(app=kind)) for name, kind in named]
    assert sorted(written(workloads)) == expected


@pytest.mark.parametrize("name", ["Web_1", "a" * 300, "x\n: y", "ünï", "..", "-", "a..b", "web"])
def test_names_are_valid_and_unique(name: str):
    pair = [
        workload(name, labels={"app": "1"}, selector=selector(app="1")),
        workload(name.lower() + "-", labels={"app": "2"}),
    ]
    policies = written(pair)
    assert len(policies) == 2
    for each in policies:
        assert re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", each)
        assert len(each) <= 253


def test_a_policy_of_the_user_is_never_overwritten_and_one_of_ours_is():
    web = workload("web")
    theirs = Policy(PolicyTier.NAMESPACE, "NetworkPolicy", "web-netpol", "default")
    ours = replace(theirs, labels={MANAGED_BY_LABEL: MANAGED_BY})
    for existing, expected in ((theirs, False), (ours, True)):
        policies, _ = synthesise(
            Requirements(), Cluster(workloads=(web,), policies=(existing,)), SynthesisOptions("none")
        )
        assert (policies[0].policy.name == "web-netpol") is expected


def test_the_pods_of_one_owner_that_differ_in_their_labels_have_a_policy_each():
    pods = [workload("set", labels={"app": "set", "x": x}, variant=f"x={x}") for x in ("1", "2")]
    policies = written(pods)
    assert [each.policy.subject.pods for each in policies.values()] == [
        selector(app="set", x="1"),
        selector(app="set", x="2"),
    ]


def test_dns_is_open_to_every_workload():
    document = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web"}]},
    }
    cluster = decode([Document(document, Origin("web.yaml", 1, 1))])
    found = discover(cluster, Config(), DiscoveryOptions())
    (policy,), _ = synthesise(found, cluster, SynthesisOptions("none"))
    text = policies_yaml([policy])
    assert "kubernetes.io/metadata.name: kube-system" in text
    assert text.count("port: 53\n") == 2


def test_the_order_of_demands_and_workloads_changes_nothing():
    names = [workload(name) for name in "abcd"]
    demands = [(one, other) for one in names for other in names if one is not other]
    once, again = written(names, *demands), written(names[::-1], *demands[::-1])
    assert policies_yaml([once[each] for each in sorted(once)]) == policies_yaml(
        [again[each] for each in sorted(again)]
    )
