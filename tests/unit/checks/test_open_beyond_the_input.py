"""What policies leave open, though nothing requires it, to pods that are not in the input."""

from __future__ import annotations

from pathlib import Path

import pytest
from checking import DNS, checked, lines, needs, workload_of
from handmade import admin, allow, block, cluster, deny, pods, rule, selector

from netpol_action import pipeline
from netpol_action.cli import main
from netpol_action.connectivity import EvaluationOptions
from netpol_action.discovery import DiscoveryOptions
from netpol_action.model.addresses import AddressRange
from netpol_action.model.config import DnsServer, PodsRef
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Gap, Unresolved
from netpol_action.model.endpoints import Anywhere, DomainName, Endpoint, IpBlock, Unseen
from netpol_action.model.policies import Peer, Rule

HOME = "kubernetes.io/metadata.name"
WEB, DB = "shop/web app=web", "shop/db app=db"
CLOSED = allow("shop/closed", ingress=[], egress=[])
EVERY_POD = pods("*", "*")
OPEN = ("not-required", "unresolved-allowed", "unprotected-ingress", "unprotected-egress")


def unseen(namespaces: str = "*", which: str = "*") -> Unseen:
    return Unseen(selector(namespaces), selector(which))


def let_in(*ingress: Rule, demands: tuple[tuple[Endpoint | str, str], ...] = ()) -> list[str]:
    """What is said of the database where its policy has these rules, and who needs which ports of it."""
    shop = cluster(WEB, DB, policies=[CLOSED, allow("shop/db", "app=db", list(ingress))])
    found = checked(shop, *(needs(shop, source, "shop/db", ports) for source, ports in demands))
    return _short(lines(found, *OPEN))


def let_out(*egress: Rule, demands: tuple[tuple[Endpoint | str, str], ...] = ()) -> list[str]:
    """The same of what the web may open."""
    shop = cluster(WEB, DB, policies=[CLOSED, allow("shop/web", "app=web", egress=list(egress))])
    found = checked(shop, *(needs(shop, "shop/web", other, ports) for other, ports in demands), dns=DNS)
    return _short(lines(found, *OPEN))


def _short(found: list[str]) -> list[str]:
    return [line.partition(": ")[2].removesuffix(", and nothing requires it") for line in found]


@pytest.mark.parametrize(
    ("peer", "end"),
    [
        (EVERY_POD, "{entire-cluster}"),
        (pods("*", f"{HOME}=other"), "{all pods in namespace other}"),
        (pods("app=x", f"{HOME}=other"), "{pods app=x in namespace other}"),
        (pods("*", "team=edge"), "{all pods in namespaces team=edge}"),
        (pods(), "{all pods in namespace shop}"),
        (pods("app=web", "*"), "{pods app=web in any namespace}"),
        (pods("app=nobody"), "{pods app=nobody in namespace shop}"),
    ],
    ids=str,
)
def test_pods_that_a_rule_describes(peer: Peer, end: str):
    assert let_in(rule("TCP 5432", peer)) == [f"shop/db accepts TCP 5432 from {end}"]
    assert let_out(rule("TCP 9000", peer)) == [f"shop/web may open TCP 9000 to {end}"]


def test_name_servers_may_be_named_without_their_namespace():
    servers = pods("k8s-app=kube-dns", "*")
    assert let_out(rule("TCP 53,UDP 53", servers)) == []
    assert let_out(rule("TCP 53,8053,UDP 53", servers)) == [
        "shop/web may open TCP 8053 to {pods k8s-app=kube-dns in any namespace}"
    ]


def test_labels_of_workloads_of_the_input_stand_for_those():
    assert let_in(rule("TCP 5432", pods("app=web")), demands=(("shop/web", "TCP 5432"),)) == []
    assert let_in(rule("TCP 5432", pods("app in web,db")), demands=(("shop/web", "TCP 5432"),)) == []


def test_the_rule_and_the_ends_are_named():
    ingress = [rule("TCP 80", EVERY_POD), rule("TCP 5432", pods("*", f"{HOME}=other")), rule("TCP 5432", pods())]
    shop = cluster(DB, policies=[CLOSED, allow("shop/db", "app=db", ingress=ingress)])
    found = {str(each.connections): each for each in checked(shop).findings}
    assert [str(cause) for cause in found["TCP 80"].causes] == ["NetworkPolicy shop/db ingress rule 1"]
    assert [str(cause) for cause in found["TCP 5432"].causes] == [
        "NetworkPolicy shop/db ingress rule 2",
        "NetworkPolicy shop/db ingress rule 3",
    ]
    assert found["TCP 80"].sources == (Unseen(),)
    assert found["TCP 80"].destinations == (workload_of(shop, "shop/db"),)
    assert str(found["TCP 5432"].origin) == "db.yaml:1"


def test_workloads_that_are_among_such_pods_are_ends_and_go_without_saying():
    policies = [
        CLOSED,
        allow("shop/out", egress=[rule(None, pods("app in web,db"))]),
        allow("shop/db", "app=db", ingress=[rule("TCP 5432", EVERY_POD)]),
    ]
    shop = cluster(WEB, DB, "blue/api app=api", policies=policies)
    found = [each for each in checked(shop).findings if each.rule == "not-required"]
    assert [each.message for each in found] == [
        "shop/db[Deployment] accepts TCP 5432 from {entire-cluster}, and nothing requires it"
    ]
    assert [str(end) for end in found[0].sources] == [
        "blue/api[Deployment]",
        "shop/web[Deployment]",
        "{entire-cluster}",
    ]


def test_pods_of_the_input_that_are_not_among_them_are_named_after_them():
    policies = [CLOSED, allow("shop/db", "app=db", ingress=[rule("TCP 80", pods("*", "team=edge"), pods("app=web"))])]
    shop = cluster(WEB, DB, policies=[*policies, allow("shop/out", egress=[rule(None, pods("app in web,db"))])])
    assert _short(lines(checked(shop), "not-required")) == [
        "shop/db accepts TCP 80 from {all pods in namespaces team=edge} and shop/web"
    ]


@pytest.mark.parametrize(
    ("demand", "ports", "said"),
    [
        (unseen(), "TCP 80-81", []),
        (unseen(f"{HOME}=other"), "TCP 80-81", []),
        (unseen(f"{HOME}=other"), "TCP 80", ["TCP 81"]),
        (unseen(f"{HOME} in other,third"), "TCP 80-81", []),
        (unseen(HOME), "TCP 80-81", []),
        (unseen(f"{HOME}=third"), "TCP 80-81", ["TCP 80-81"]),
        (unseen(f"{HOME}=other", "app=x"), "TCP 80-81", ["TCP 80-81"]),
        (Anywhere(), "TCP 80-81", []),
        ("shop/web", "TCP 80-81", ["TCP 80-81"]),
        (IpBlock(AddressRange.parse("0.0.0.0/0")), "TCP 80-81", ["TCP 80-81"]),
    ],
    ids=str,
)
def test_required_is_what_all_such_pods_need(demand: Endpoint | str, ports: str, said: list[str]):
    opened = rule("TCP 80-81", pods("*", f"{HOME}=other"))
    end = "{all pods in namespace other}"
    assert let_in(opened, demands=((demand, ports),)) == [f"shop/db accepts {each} from {end}" for each in said]
    if not isinstance(demand, str):
        assert let_out(opened, demands=((demand, ports),)) == [f"shop/web may open {each} to {end}" for each in said]


def test_all_labels_of_a_namespace_of_the_input_are_known():
    policies = [CLOSED, allow("shop/db", "app=db", ingress=[rule("TCP 80", pods("*", f"{HOME}=other"))])]
    demand = (unseen("team=edge"), "shop/db", "TCP 80")
    known = cluster(DB, policies=policies, namespaces={"other": "team=edge"})
    assert lines(checked(known, needs(known, *demand)), *OPEN) == []
    unknown = cluster(DB, policies=policies)
    assert len(lines(checked(unknown, needs(unknown, *demand)), *OPEN)) == 1


@pytest.mark.parametrize(
    ("peer", "said"),
    [
        (pods("*", f"{HOME}=kube-system"), []),
        (pods("k8s-app=kube-dns", f"{HOME}=kube-system"), []),
        (EVERY_POD, ["shop/web may open TCP 53,UDP 53 to {entire-cluster}"]),
    ],
    ids=str,
)
def test_names_are_looked_up_at_the_servers(peer: Peer, said: list[str]):
    assert let_out(rule("TCP 53,UDP 53", peer)) == said


def test_a_server_whose_port_is_a_name_may_be_asked_on_any():
    opened = rule("TCP 5353,UDP 5353", pods("*", f"{HOME}=kube-system"))
    shop = cluster(WEB, policies=[CLOSED, allow("shop/web", egress=[opened])])
    server = PodsRef(selector(f"{HOME}=kube-system"))
    assert lines(checked(shop, dns=(DnsServer(server, ConnectionSet(), "dns"),)), *OPEN) == []
    assert len(lines(checked(shop, dns=DNS), *OPEN)) == 1


def test_a_host_may_be_any_pod_for_all_that_policies_know():
    assert let_out(rule("TCP 443", EVERY_POD), demands=((DomainName("api.example.com"), "TCP 443"),)) == []


def test_what_more_pods_have_too_is_said_once():
    edge = pods("*", "team=edge")
    several = [EVERY_POD, pods("*", f"{HOME}=other"), pods("app=x", f"{HOME}=other"), pods("app=x", "team=edge")]
    assert let_in(rule("TCP 80", *several)) == ["shop/db accepts TCP 80 from {entire-cluster}"]
    assert let_in(rule("TCP 80", *several[1:], edge)) == [
        "shop/db accepts TCP 80 from {all pods in namespace other} and {all pods in namespaces team=edge}"
    ]
    assert let_in(rule("TCP 80", EVERY_POD), rule("TCP 80-81", several[1]), rule("TCP 81-82", several[2])) == [
        "shop/db accepts TCP 80 from {entire-cluster}",
        "shop/db accepts TCP 81 from {all pods in namespace other}",
        "shop/db accepts TCP 82 from {pods app=x in namespace other}",
    ]


def test_pods_described_in_two_ways_are_said_once():
    same = [pods("app=x", "team=edge"), pods("app=x;app", "team=edge")]
    assert let_in(rule("TCP 80", *same)) == ["shop/db accepts TCP 80 from {pods app,app=x in namespaces team=edge}"]


@pytest.mark.parametrize("further", [[], [rule("TCP 80", pods("*", f"{HOME}=other"))]], ids=["alone", "beside another"])
def test_what_is_open_to_everyone_is_said_once(further: list[Rule]):
    shop = cluster(WEB, DB, policies=[allow("shop/db", "app=db", [rule("TCP 80"), *further], [])])
    assert _short(lines(checked(shop), "not-required")) == ["shop/db accepts TCP 80 from everywhere"]
    assert let_out(rule("TCP 80"), *further) == ["shop/web may open TCP 80 to every address outside the cluster"]


def test_every_address_and_all_workloads_are_not_every_pod():
    opened = rule("TCP 80", block("0.0.0.0/0"), pods("app=web"))
    shop = cluster(WEB, DB, policies=[allow("shop/db", "app=db", [opened], [])])
    assert _short(lines(checked(shop), "not-required")) == [
        "shop/db accepts TCP 80 from shop/web and 0.0.0.0-255.255.255.255"
    ]


def test_every_pod_where_only_the_addresses_are_required():
    internet = IpBlock(AddressRange.parse("0.0.0.0/0"))
    assert let_out(rule("TCP 443"), demands=((internet, "TCP 443"),)) == [
        "shop/web may open TCP 443 to {entire-cluster}"
    ]
    assert let_out(rule("TCP 443", block("0.0.0.0/0")), demands=((internet, "TCP 443"),)) == []


def test_what_is_open_by_the_addresses_of_pods_is_required_with_those():
    internet = IpBlock(AddressRange.parse("0.0.0.0/0"))
    homes = (AddressRange.parse("10.0.0.0/8"),)
    shop = cluster(WEB, policies=[CLOSED, allow("shop/web", egress=[rule("TCP 443", block("0.0.0.0/0"))])])
    demand = needs(shop, "shop/web", internet, "TCP 443")
    assert lines(checked(shop, demand, pod_cidrs=homes), *OPEN) == []
    assert _short(lines(checked(shop, pod_cidrs=homes), *OPEN)) == [
        "shop/web may open TCP 443 to every address outside the cluster"
    ]
    guarded = cluster(WEB, policies=[CLOSED, admin("out", egress=[rule("TCP 443", block("0.0.0.0/0"))])])
    demand = needs(guarded, "shop/web", internet, "TCP 443")
    assert lines(checked(guarded, demand), *OPEN) == []


def test_admin_policies_open_and_close():
    opened = admin("a", ingress=[deny("TCP 81", EVERY_POD), rule("TCP 80-81", pods("*", f"{HOME}=other"))])
    shop = cluster(DB, policies=[CLOSED, opened])
    found = checked(shop)
    assert _short(lines(found, *OPEN)) == ["shop/db accepts TCP 80 from {all pods in namespace other}"]
    assert [str(cause) for cause in found.findings[0].causes] == ["AdminNetworkPolicy a ingress rule 2"]


def test_an_open_question_may_be_about_such_pods():
    shop = cluster(WEB, policies=[CLOSED, allow("shop/web", egress=[rule("TCP 5432,TCP 80", EVERY_POD)])])
    wanted = ConnectionSet.parse("TCP 5432")
    web = workload_of(shop, "shop/web")
    row = Unresolved(Gap.UNKNOWN_HOST, web, outbound=True, message="m", key="k", resolution="", connections=wanted)
    assert lines(checked(shop, unresolved=(row,)), *OPEN) == [
        "warning not-required: shop/web may open TCP 80 to {entire-cluster}, and nothing requires it",
        (
            "note unresolved-allowed: shop/web may open TCP 5432 to {entire-cluster}, which may be what an unresolved "
            "dependency of it needs"
        ),
    ]


def test_every_address_is_no_answer_to_an_open_question_whatever_else_is_open():
    opened = rule("TCP 5432", block("0.0.0.0/0"), pods("*", f"{HOME}=other"))
    shop = cluster(WEB, policies=[CLOSED, allow("shop/web", egress=[opened])])
    wanted = ConnectionSet.parse("TCP 5432")
    web = workload_of(shop, "shop/web")
    row = Unresolved(Gap.UNKNOWN_HOST, web, outbound=True, message="m", key="k", resolution="", connections=wanted)
    assert _short(lines(checked(shop, unresolved=(row,)), *OPEN)) == [
        "shop/web may open TCP 5432 to {all pods in namespace other} and 0.0.0.0-255.255.255.255"
    ]


APP = f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: db, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: db}}}}
  template:
    metadata: {{labels: {{app: db}}}}
    spec: {{containers: [{{name: db, image: db, ports: [{{containerPort: 5432}}]}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: db, namespace: shop}}
spec: {{selector: {{app: db}}, ports: [{{port: 5432}}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: db, namespace: shop}}
spec: {{defaultBackend: {{service: {{name: db, port: {{number: 5432}}}}}}}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: db, namespace: shop}}
spec:
  podSelector: {{}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{{namespaceSelector: {{matchLabels: {{{HOME}: ingress-nginx}}}}}}]
    ports: [{{port: 5432}}PORTS]
"""
CONFIG = "version: 1\ningressControllers: [{namespace: ingress-nginx}]\n"


@pytest.mark.parametrize(("ports", "code"), [("", 0), (", {port: 81}", 1)])
def test_an_ingress_controller_needs_what_is_exposed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ports: str, code: int
):
    (tmp_path / "app.yaml").write_text(APP.replace("PORTS", ports))
    (tmp_path / "netpol.yaml").write_text(CONFIG)
    assert main(["check", str(tmp_path), "--fail-on", "not-required"]) == code
    line = "shop/db[Deployment] accepts TCP 81 from {all pods in namespace ingress-nginx}, and nothing requires it"
    assert (line in capsys.readouterr().out) is bool(code)


def test_the_gate_counts_them_and_the_map_does_not_show_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "app.yaml").write_text(APP.replace("PORTS", ", {port: 81}").replace("ingress-nginx", "other"))
    assert main(["check", str(tmp_path), "--fail-on", "not-required"]) == 1
    assert "leave 1 open that nothing requires" in capsys.readouterr().out
    assert main(["map", str(tmp_path)]) == 0
    assert "namespace other" not in capsys.readouterr().out
    loaded = pipeline.load(pipeline.InputOptions((str(tmp_path),)), bytes)
    report = pipeline.checked(loaded, DiscoveryOptions(), EvaluationOptions())
    assert not any(isinstance(each, Unseen) for each in report.allowed.endpoints)


def test_a_rule_for_two_ends_that_both_need_it_is_no_finding():
    ends = [rule("TCP 5432", pods("app=web"), pods("*", f"{HOME}=other"))]
    out = allow("shop/web", "app=web", egress=[rule("TCP 5432", pods("app=db"))])
    shop = cluster(WEB, DB, policies=[CLOSED, allow("shop/db", "app=db", ingress=ends), out])
    demands = [needs(shop, end, "shop/db", "TCP 5432") for end in ("shop/web", unseen(f"{HOME}=other"))]
    assert lines(checked(shop, *demands), *OPEN) == []
    assert len(lines(checked(shop, demands[0]), *OPEN)) == 1
