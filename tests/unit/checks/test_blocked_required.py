"""Which required connections policies block, with the policy that does it, and of which nobody can tell."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checking import DNS, EVIDENCE, KUBE_SYSTEM, checked, lines, needs, workload_of
from handmade import admin, allow, block, cluster, deny, pods, rule

from netpol_action.model.addresses import AddressRange
from netpol_action.model.config import CidrRef, DnsServer, PodsRef
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Gap, Unresolved
from netpol_action.model.endpoints import Anywhere, DomainName, Endpoint, IngressController, IpBlock, Unseen
from netpol_action.model.labels import Selector
from netpol_action.model.policies import Policy, Rule

WEB, DB = "shop/web app=web", "shop/db app=db pg:TCP:5432"
INTERNET = IpBlock(AddressRange.parse("0.0.0.0/0"))


def test_the_finding_names_the_policy_its_place_why_no_rule_fits_and_the_evidence():
    shop = cluster(WEB, DB, policies=[allow("shop/db", "app=db", ingress=[rule("TCP 3306", pods("app=api"))])])
    (finding,) = [
        each
        for each in checked(shop, needs(shop, "shop/web", "shop/db", "TCP 5432")).findings
        if each.rule == "blocked-required"
    ]
    assert finding.message == (
        "shop/web[Deployment] needs shop/db[Deployment] on TCP 5432, "
        "but NetworkPolicy shop/db closes the other end's ingress"
    )
    assert str(finding.origin) == "db.yaml:1"
    assert [str(each) for each in finding.causes] == [
        (
            "NetworkPolicy shop/db: isolates for ingress; rule 1: it selects pods with app=api in namespace shop, and "
            "shop/web[Deployment] has app=web; its ports are TCP 3306, not TCP 5432"
        )
    ]
    assert finding.evidence == (EVIDENCE,)


def test_only_the_ports_that_are_blocked_are_named():
    shop = cluster(WEB, DB, policies=[allow("shop/db", "app=db", ingress=[rule("TCP 5432", pods("app=web"))])])
    found = checked(shop, needs(shop, "shop/web", "shop/db", "TCP 5432-5433"))
    assert [str(each.connections) for each in found.findings if each.rule == "blocked-required"] == ["TCP 5433"]


def test_both_ends_and_an_admin_rule_are_named():
    policies = [
        allow("shop/web", "app=web", egress=[]),
        admin("guard", ingress=[deny("TCP 5432", pods("app=web", "*"))]),
    ]
    shop = cluster(WEB, DB, policies=policies)
    (line,) = lines(checked(shop, needs(shop, "shop/web", "shop/db", "TCP 5432")), "blocked-required")
    assert "NetworkPolicy shop/web closes its own egress and " in line
    assert line.endswith("AdminNetworkPolicy guard ingress rule 1 closes the other end's ingress")


def test_what_is_allowed_is_no_finding():
    shop = cluster(WEB, DB, policies=[allow("shop/db", "app=db", ingress=[rule("pg", pods("app=web"))])])
    assert lines(checked(shop, needs(shop, "shop/web", "shop/db", "TCP 5432")), "blocked-required") == []


GREEN = Unseen(Selector.labels({"kubernetes.io/metadata.name": "green"}))


@pytest.mark.parametrize(
    ("other", "peers", "verdict"),
    [
        (INTERNET, [block("0.0.0.0/0", "169.254.169.254/32")], "undecided-required"),
        (INTERNET, [pods()], "blocked-required"),
        (IpBlock(AddressRange.parse("10.0.0.0/8")), [block("10.0.0.0/7")], None),
        (IpBlock(AddressRange.parse("10.0.0.0/8")), [block("10.0.0.0/9")], "blocked-required"),
        (DomainName("db.example.com"), [block("0.0.0.0/0")], None),
        (DomainName("db.example.com"), [block("203.0.113.0/24")], "undecided-required"),
        (DomainName("db.example.com"), [pods("*", "*")], "blocked-required"),
        (GREEN, [pods("*", "*")], None),
        (GREEN, [pods("app=x", "*")], "undecided-required"),
        (GREEN, [pods("*", "kubernetes.io/metadata.name=blue")], "blocked-required"),
        (GREEN, [block("0.0.0.0/0")], "blocked-required"),
    ],
    ids=str,
)
def test_an_end_that_is_not_in_the_input(other: Endpoint, peers: list[object], verdict: str | None):
    shop = cluster(WEB, policies=[allow("shop/web", egress=[rule("TCP 443", *peers)])])  # type: ignore[arg-type]
    found = checked(shop, needs(shop, "shop/web", other, "TCP 443")).findings
    assert {each.rule for each in found} & {"blocked-required", "undecided-required"} == (
        {verdict} if verdict else set()
    )


@pytest.mark.parametrize(
    ("source", "policy", "verdict"),
    [
        (IngressController(), allow("shop/web", ingress=[rule("TCP 80", pods("app=db"))]), "blocked-required"),
        (
            IngressController(),
            allow("shop/web", ingress=[rule("TCP 80", pods("*", "team=edge"))]),
            "undecided-required",
        ),
        (IngressController(), allow("shop/web", ingress=[rule("TCP 80", pods("*", "*"))]), None),
        (IngressController(), allow("shop/web", ingress=[rule("TCP 80", block("10.0.0.0/8"))]), "undecided-required"),
        (Anywhere(), allow("shop/web", ingress=[rule("TCP 80")]), None),
        (Anywhere(), allow("shop/web", ingress=[rule("TCP 80", pods("*", "*"))]), "blocked-required"),
        (Anywhere(), allow("shop/web", ingress=[rule("TCP 80", block("10.0.0.0/8"))]), "undecided-required"),
        (Anywhere(), allow("shop/web", ingress=[]), "blocked-required"),
    ],
)
def test_who_comes_from_outside(source: Endpoint, policy: Policy, verdict: str | None):
    shop = cluster(WEB, policies=[policy])
    found = {each.rule for each in checked(shop, needs(shop, source, "shop/web", "TCP 80")).findings}
    assert found & {"blocked-required", "undecided-required"} == ({verdict} if verdict else set())


@pytest.mark.parametrize(
    ("egress", "rules"),
    [
        ([], ["blocked-required", "blocked-required"]),
        ([rule(None, pods("app=db"))], ["blocked-required"]),
        ([rule(None, pods("app=db")), rule("UDP 53", pods("k8s-app=kube-dns", "*"))], ["dns-over-tcp"]),
        ([rule(None, pods("app=db")), rule("UDP 53,TCP 53", pods("k8s-app=kube-dns", "*"))], []),
        ([rule(None, pods("app=db")), rule("UDP 53,TCP 53")], []),
        ([rule(None, pods("app=db")), rule("TCP 53", pods("*", "*"))], ["blocked-required"]),
        ([rule(None, pods("app=db")), rule("UDP 53,TCP 53", pods("*", "team=web"))], []),
        ([rule(None, pods("app=db")), rule("UDP 53,TCP 53", block("0.0.0.0/0"))], ["blocked-required"]),
    ],
    ids=["nothing", "the database alone", "UDP", "both", "to anyone", "TCP alone", "unknown namespace", "addresses"],
)
def test_a_workload_that_connects_by_name_has_to_resolve_it(egress: list[object], rules: list[str]):
    shop = cluster(WEB, DB, policies=[allow("shop/web", "app=web", egress=egress)])  # type: ignore[arg-type]
    found = checked(shop, needs(shop, "shop/web", "shop/db", "TCP 5432"), dns=DNS).findings
    assert [each.rule for each in found if each.rule in ("blocked-required", "dns-over-tcp")] == rules


def test_the_finding_about_names_says_so():
    shop = cluster(WEB, DB, policies=[allow("shop/web", "app=web", egress=[rule("TCP 5432", pods("app=db"))])])
    (line,) = lines(checked(shop, needs(shop, "shop/web", "shop/db", "TCP 5432"), dns=DNS), "blocked-required")
    assert line == (
        "error blocked-required: shop/web connects by name, but it cannot resolve names: "
        "{all pods in namespace kube-system} on TCP 53,UDP 53 is out of its reach, since NetworkPolicy shop/web closes "
        "its own egress"
    )


def test_a_port_by_name_may_be_any_port_of_pods_that_are_not_in_the_input():
    egress = [rule(None, pods("app=db")), rule("dns", pods("k8s-app=kube-dns", "*"))]
    shop = cluster(WEB, DB, policies=[allow("shop/web", "app=web", egress=egress)])
    assert lines(checked(shop, needs(shop, "shop/web", "shop/db", "TCP 5432"), dns=DNS), "blocked-required") == []


def test_one_of_several_dns_servers_is_enough():
    local = DnsServer(CidrRef((AddressRange.parse("169.254.20.10/32"),)), ConnectionSet.parse("UDP 53"))
    egress = [rule(None, pods("app=db")), rule("UDP 53", block("169.254.20.10/32"))]
    shop = cluster(WEB, DB, policies=[allow("shop/web", "app=web", egress=egress)])
    demand = needs(shop, "shop/web", "shop/db", "TCP 5432")
    assert lines(checked(shop, demand, dns=(*DNS, local)), "blocked-required") == []
    assert len(lines(checked(shop, demand, dns=DNS), "blocked-required")) == 1


def test_a_dns_server_whose_port_is_a_name_is_within_reach_for_all_that_is_known():
    egress = [rule(None, pods("app=db")), rule("TCP 5353,UDP 5353", pods("", "*"))]
    shop = cluster(WEB, DB, policies=[allow("shop/web", "app=web", egress=egress)])
    demand = needs(shop, "shop/web", "shop/db", "TCP 5432")
    by_name = (DnsServer(PodsRef(), ConnectionSet(), "dns"),)
    assert lines(checked(shop, demand, dns=by_name), "blocked-required", "undecided-required") == []
    assert len(lines(checked(shop, demand, dns=DNS), "blocked-required")) == 1


@pytest.mark.parametrize(
    ("dns_rules", "rules"),
    [
        ([], ["blocked-required"]),
        ([rule("TCP 5353", pods("", "*"))], ["blocked-required"]),
        ([rule("UDP 5353", pods("", "*"))], ["dns-over-tcp"]),
        ([rule("dns", pods("k8s-app=kube-dns", "*"))], []),
        ([rule("UDP 53,TCP 53", block("10.0.0.0/8"))], ["blocked-required"]),
    ],
    ids=["nothing", "TCP alone", "UDP alone", "the name", "addresses"],
)
def test_a_dns_server_whose_port_is_a_name_is_closed_where_no_port_of_it_is_open(
    dns_rules: list[Rule], rules: list[str]
):
    egress = [rule(None, pods("app=db")), *dns_rules]
    shop = cluster(WEB, DB, policies=[allow("shop/web", "app=web", egress=egress)])
    by_name = (DnsServer(PodsRef(KUBE_SYSTEM), ConnectionSet(), "dns"),)
    found = checked(shop, needs(shop, "shop/web", "shop/db", "TCP 5432"), dns=by_name).findings
    assert [each.rule for each in found if each.rule in ("blocked-required", "dns-over-tcp")] == rules
    assert all("is out of its reach on every port, since" in f.message for f in found if f.rule == "blocked-required")


def test_servers_on_different_ports_that_are_all_closed_are_closed():
    openshift = DnsServer(PodsRef(KUBE_SYSTEM), ConnectionSet.parse("TCP 5353,UDP 5353"))
    shop = cluster(WEB, DB, policies=[allow("shop/web", "app=web", egress=[rule(None, pods("app=db"))])])
    demand = needs(shop, "shop/web", "shop/db", "TCP 5432")
    assert len(lines(checked(shop, demand, dns=(*DNS, openshift)), "blocked-required")) == 1


def test_who_connects_to_addresses_alone_needs_no_names():
    shop = cluster(WEB, policies=[allow("shop/web", egress=[rule("TCP 443", block("192.0.2.0/24"))])])
    demand = needs(shop, "shop/web", IpBlock(AddressRange.parse("192.0.2.0/24")), "TCP 443")
    assert lines(checked(shop, demand, dns=DNS), "blocked-required") == []


@pytest.mark.parametrize(("host", "blocked"), [("api.example.com", 1), ("192.0.2.1", 0)])
def test_an_unresolved_host_by_name_needs_names_too(host: str, blocked: int):
    shop = cluster(WEB, policies=[allow("shop/web", egress=[])])
    web = workload_of(shop, "shop/web")
    row = Unresolved(Gap.EXTERNAL_HOST, web, outbound=True, message="m", key=f"host/{host}", resolution="")
    assert len(lines(checked(shop, unresolved=(row,), dns=DNS), "blocked-required")) == blocked


def test_the_headline_counts():
    shop = cluster(WEB, DB, policies=[allow("shop/db", "app=db", ingress=[])])
    found = checked(shop, needs(shop, "shop/web", "shop/db", "TCP 5432"))
    assert found.headline == ("The policies block 1 required connection of 1, and leave 2 open that nothing requires.")
    assert checked(shop).headline == (
        "No connection was found to be required. The policies block none, and leave 2 open that nothing requires."
    )
    assert checked(cluster(WEB)).headline == "There are no policies in the input, so that everything is open."


def test_the_headline_counts_what_nobody_could_look_at():
    shop = cluster(WEB, policies=[allow("shop/web", egress=[])])
    row = Unresolved(Gap.SECRET_HOST, workload_of(shop, "shop/web"), outbound=True, message="m", key="k", resolution="")
    one = checked(shop, unresolved=(row,)).headline
    assert one.endswith(" requires. 1 dependency is unresolved: nobody knows whether the policies allow it.")
    two = checked(shop, unresolved=(row, replace(row, key="l"))).headline
    assert two.endswith(" requires. 2 dependencies are unresolved: nobody knows whether the policies allow them.")
