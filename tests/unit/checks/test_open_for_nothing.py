"""What policies leave open though nothing requires it, in few findings, each with the rules that open it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from checking import DNS, checked, lines, needs, workload_of
from handmade import admin, allow, block, cluster, pods, rule, workload

from netpol_action.checks.idle import MAX_HINTS, idle_findings
from netpol_action.checks.selection import Selection
from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Service
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Gap, Unresolved
from netpol_action.model.endpoints import Anywhere, DomainName, Endpoint, IngressController, IpBlock, Unseen
from netpol_action.model.labels import Labels, Selector
from netpol_action.model.policies import NamedPort, Policy, Rule

WEB, DB, API = "shop/web app=web", "shop/db app=db", "shop/api app=api"
WEBS = pods("app=web")
CLOSED = allow("shop/closed", ingress=[], egress=[])
OPEN = ("not-required", "unprotected-ingress", "unprotected-egress")


def test_a_rule_that_admits_more_than_is_required():
    shop = cluster(WEB, DB, API, policies=[CLOSED, allow("shop/db", "app=db", ingress=[rule("TCP 5432-5433", pods())])])
    shop = cluster(*shop.workloads, policies=[*shop.policies, allow("shop/all", egress=[rule()])])
    (finding, *rest) = [
        each
        for each in checked(shop, needs(shop, "shop/web", "shop/db", "TCP 5432")).findings
        if each.rule == "not-required" and each.destinations == (workload_of(shop, "shop/db"),)
    ]
    assert [each.message for each in (finding, *rest)] == [
        "shop/db[Deployment] accepts TCP 5433 from shop/web[Deployment], and nothing requires it",
        "shop/db[Deployment] accepts TCP 5432-5433 from {all pods in namespace shop}, and nothing requires it",
    ]
    assert [(str(each), str(each.origin)) for each in finding.causes] == [
        ("NetworkPolicy shop/db ingress rule 1", "db.yaml:1")
    ]


def test_a_rule_opens_the_port_that_its_name_stands_for():
    named = replace(rule("web", WEBS), ports=(NamedPort("web", "TCP"),))
    policies = [
        CLOSED,
        allow("shop/named", "app=db", ingress=[named]),
        allow("shop/numbered", "app=db", ingress=[rule("TCP 81", WEBS), rule("UDP 82", WEBS)]),
        allow("shop/out", egress=[rule()]),
    ]
    shop = cluster(WEB, f"{DB} web:TCP:80 web:TCP:81 web:UDP:82", policies=policies)
    needed = needs(shop, "shop/web", "shop/db", "TCP 80")
    (finding,) = [
        each for each in checked(shop, needed).findings if each.rule == "not-required" and "accepts" in each.message
    ]
    assert [str(cause) for cause in finding.causes] == [
        "NetworkPolicy shop/numbered ingress rule 1",
        "NetworkPolicy shop/numbered ingress rule 2",
    ]


def test_a_wide_open_workload_is_one_finding():
    many = [f"shop/w{number} app=w" for number in range(200)]
    shop = cluster(
        *many,
        WEB,
        policies=[CLOSED, allow("shop/all", egress=[rule()]), allow("shop/web", "app=web", ingress=[rule()])],
    )
    found = [line for line in lines(checked(shop), "not-required") if "accepts" in line]
    assert found == ["warning not-required: shop/web accepts everything from everywhere, and nothing requires it"]


def test_workloads_that_no_policy_selects_are_one_finding_for_a_namespace_and_direction():
    shop = cluster(
        WEB,
        DB,
        workload("shop/node app=node", host_network=True),
        "data/pg app=pg",
        policies=[
            allow("shop/web", "app=web", ingress=[]),
        ],
    )
    assert lines(checked(shop), *OPEN) == [
        "warning unprotected-egress: data/pg may open everything to everywhere: no policy protects its egress",
        (
            "warning unprotected-egress: shop/db and shop/web may open everything to everywhere: "
            "no policy protects their egress"
        ),
        ("warning unprotected-ingress: data/pg accepts everything from everywhere: no policy protects its ingress"),
        ("warning unprotected-ingress: shop/db accepts everything from everywhere: no policy protects its ingress"),
    ]


def test_addresses_outside_count_where_they_are_reached_from():
    shop = cluster(WEB, policies=[CLOSED, allow("shop/web", egress=[rule("TCP 443", block("203.0.113.0/24"))])])
    assert lines(checked(shop), *OPEN) == [
        "warning not-required: shop/web may open TCP 443 to 203.0.113.0-203.0.113.255, and nothing requires it"
    ]


@pytest.mark.parametrize(
    "other",
    [
        DomainName("api.example.com"),
        IpBlock(AddressRange.parse("203.0.113.0/24")),
        IpBlock(AddressRange.parse("0.0.0.0/0")),
    ],
    ids=str,
)
def test_addresses_that_are_required_are_no_finding(other: Endpoint):
    shop = cluster(WEB, policies=[CLOSED, allow("shop/web", egress=[rule("TCP 443", block("203.0.113.0/24"))])])
    assert lines(checked(shop, needs(shop, "shop/web", other, "TCP 443")), *OPEN) == []


@pytest.mark.parametrize(
    ("source", "which"),
    [
        (Anywhere(), "*"),
        (IngressController(), "*"),
        (Unseen(), "*"),
        (Unseen(pods=Selector.labels({"app": "db"})), "app=db"),
    ],
    ids=str,
)
def test_who_no_rule_could_leave_out_is_no_finding(source: Endpoint, which: str):
    opened = allow("shop/web", "app=web", ingress=[rule("TCP 80", pods(which, "*"))])
    shop = cluster(WEB, DB, policies=[CLOSED, allow("shop/db", "app=db", egress=[rule(None, WEBS)]), opened])
    assert lines(checked(shop, needs(shop, source, "shop/web", "TCP 80")), *OPEN) == []
    assert len(lines(checked(shop), *OPEN)) == 1


def test_what_may_answer_an_open_question_is_a_note():
    shop = cluster(
        WEB,
        DB,
        policies=[
            CLOSED,
            allow("shop/db", "app=db", ingress=[rule("TCP 5432", pods("app=web"))]),
            allow("shop/web", "app=web", egress=[rule(None, pods("app=db"))]),
        ],
    )
    database = workload_of(shop, "shop/db")
    row = Unresolved(
        Gap.UNKNOWN_CALLERS,
        database,
        outbound=False,
        message="m",
        key="callers/db",
        resolution="",
        connections=ConnectionSet.parse("TCP 5432"),
    )
    assert lines(checked(shop), *OPEN) == [
        "warning not-required: shop/db accepts TCP 5432 from shop/web, and nothing requires it"
    ]
    assert lines(checked(shop, unresolved=(row,))) == [
        (
            "note unresolved-allowed: shop/db accepts TCP 5432 from shop/web, which may be what an "
            "unresolved dependency of it needs"
        )
    ]


def test_a_policy_that_allows_exactly_what_is_required_leaves_nothing_open():
    policies = [
        allow(
            "shop/web",
            "app=web",
            ingress=[],
            egress=[
                rule("TCP 5432", pods("app=db")),
                rule("UDP 53,TCP 53", pods("*", "kubernetes.io/metadata.name=kube-system")),
            ],
        ),
        allow("shop/db", "app=db", ingress=[rule("TCP 5432", pods("app=web"))], egress=[]),
    ]
    shop = cluster(WEB, DB, policies=policies)
    assert lines(checked(shop, needs(shop, "shop/web", "shop/db", "TCP 5432"), dns=DNS)) == []


IDLE = [
    (
        allow("shop/cart", "app=webs", ingress=[]),
        "warning policy-selects-nothing: NetworkPolicy shop/cart",
        "selects no workload of the input: none has the labels app=webs in namespace shop; did you mean app=web?",
    ),
    (
        allow("shop/p", ingress=[rule(None, pods("app=dp"))]),
        "note peer-matches-nothing: NetworkPolicy shop/p ingress rule 1",
        "has a peer that matches no workload of the input: none has the labels app=dp in namespace shop",
    ),
    (
        allow("shop/p", ingress=[rule(None, pods("app=webb"))]),
        "warning peer-matches-nothing: NetworkPolicy shop/p ingress rule 1",
        (
            "has a peer that matches no workload of the input: none has the labels app=webb in namespace shop; "
            "did you mean app=web?"
        ),
    ),
    (
        allow("shop/p", ingress=[rule("htpp")]),
        "warning unknown-port-name: NetworkPolicy shop/p ingress rule 1",
        "speaks of the port htpp, which no pod that it is about has; did you mean http?",
    ),
    (
        allow("shop/p", egress=[rule("sql", pods("app=web"))]),
        "warning unknown-port-name: NetworkPolicy shop/p egress rule 1",
        "speaks of the port sql, which no pod that it is about has",
    ),
]


@pytest.mark.parametrize(("policy", "who", "what"), IDLE)
def test_what_does_nothing(policy: Policy, who: str, what: str):
    shop = cluster("shop/web app=web http:TCP:80", policies=[policy])
    assert f"{who} {what}" in lines(checked(shop))


@pytest.mark.parametrize(
    "policy",
    [
        allow("shop/p", ingress=[rule(None, pods("*", "team=edge"))]),
        allow("shop/p", ingress=[rule(None, pods("app=prometheus", "kubernetes.io/metadata.name=monitoring"))]),
        allow("shop/p", ingress=[rule("http")]),
        allow("shop/p", egress=[rule("dns", pods("*", "kubernetes.io/metadata.name=kube-system"))]),
        allow("shop/p", "app=node", ingress=[]),
        admin("a", pods("*", "kubernetes.io/metadata.name=shop"), ingress=[]),
    ],
    ids=["another namespace", "pods elsewhere", "a port that is there", "a name elsewhere", "host network", "admin"],
)
def test_what_is_not_said_to_do_nothing(policy: Policy):
    shop = cluster("shop/web app=web http:TCP:80", workload("shop/node app=node", host_network=True), policies=[policy])
    idle = ("policy-selects-nothing", "peer-matches-nothing", "unknown-port-name")
    assert lines(checked(shop), *idle) == []


@pytest.mark.parametrize(
    ("rules", "where"),
    [
        ({"egress": [rule("TCP 5432", pods("app=db"), block("10.96.0.7/32"))]}, "egress rule 1"),
        ({"egress": [rule(), rule(None, block("fd00::7/128"))]}, "egress rule 2"),
        ({"ingress": [rule(None, block("10.96.0.7/32"))]}, "ingress rule 1"),
        ({"egress": [rule(None, block("10.96.0.0/16"))]}, ""),
        ({"egress": [rule(None, block("10.96.0.8/32"))]}, ""),
        ({"egress": [rule(None, block("192.0.2.7/32"))]}, ""),
    ],
    ids=["egress", "IPv6", "ingress", "a wider block", "another address", "an external IP"],
)
def test_the_cluster_ip_of_a_service_is_no_address_that_policies_see(rules: dict[str, list[Rule]], where: str):
    ips = ("10.96.0.7", "fd00::7", "none")
    service = Service("shop", "db", addresses=(*ips, "192.0.2.7"), cluster_ips=ips, external_ips=("192.0.2.7",))
    shop = replace(cluster(WEB, DB, policies=[allow("shop/p", "app=web", **rules)]), services=(service,))  # type: ignore[arg-type]
    found = [each for each in checked(shop).findings if each.rule == "cluster-ip-peer"]
    assert [each.message.partition(" speaks of ")[0] for each in found] == (
        [f"NetworkPolicy shop/p {where}"] if where else []
    )
    assert all("the cluster IP of Service shop/db: policies act on the addresses of pods" in f.message for f in found)


def test_what_was_meant_is_looked_for_a_limited_number_of_times():
    many = [allow(f"shop/p{number:03}", f"app=frontend{number:03}", ingress=[]) for number in range(MAX_HINTS + 10)]
    same = [allow(f"shop/s{number:03}", "app=frontend000", ingress=[]) for number in range(10)]
    shop = cluster("shop/web app=frontend", policies=[*many, *same])
    found = lines(checked(shop), "policy-selects-nothing")
    assert len(found) == MAX_HINTS + 20
    assert [line.endswith("did you mean app=frontend?") for line in found] == [True] * MAX_HINTS + [False] * 10 + [
        True
    ] * 10


def test_a_word_that_is_there_takes_no_part_of_the_search():
    apps = [f"shop/w{number} app=w{number} tier=back" for number in range(MAX_HINTS)]
    many = [allow(f"shop/p{number:03}", f"app=w{number};tier=front", ingress=[]) for number in range(MAX_HINTS)]
    last = allow("shop/z", "app=webb", ingress=[])
    shop = cluster(*apps, "shop/web app=web", policies=[*many, last])
    assert lines(checked(shop), "policy-selects-nothing")[-1].endswith("did you mean app=web?")


def test_policies_are_compared_with_the_pods_of_the_hosts_network_that_they_may_select(monkeypatch: pytest.MonkeyPatch):
    """Not each policy with each pod: the count of comparisons says so, since times differ between machines."""
    compared: list[Selector] = []
    matches = Selector.matches

    def counted(self: Selector, labels: Labels) -> bool:
        compared.append(self)
        return matches(self, labels)

    nodes = [workload(f"shop/n{number} app=n{number}", host_network=True) for number in range(100)]
    policies = [allow(f"shop/p{number}", f"app=n{number}", ingress=[]) for number in range(100)]
    selection = Selection(cluster(*nodes, policies=policies))
    monkeypatch.setattr(Selector, "matches", counted)
    assert list(idle_findings(selection)) == []
    assert len(compared) <= 2 * len(policies)
