"""The levels of strictness and the namespaces that are treated apart, case by case."""

from __future__ import annotations

import pytest
import yaml
from handmade import cluster, selector, workload

from netpol_action.model.addresses import AddressRange
from netpol_action.model.config import DnsServer, NamespaceRules, PodsRef, Strictness
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Assumption, Confidence, Demand, Evidence, Gap, Requirements, Unresolved
from netpol_action.model.endpoints import Anywhere, DomainName, Endpoint, IngressController, IpBlock
from netpol_action.model.policies import Direction
from netpol_action.synthesis import SynthesisOptions, scoped, synthesise

WEB = workload("shop/web app=web", selector=selector("app=web"))
DB = workload("shop/db app=db", selector=selector("app=db"))
AGENT = workload("shop/agent app=agent", selector=selector("app=agent"), host_network=True)
TCP_80 = ConnectionSet.parse("TCP 80")
WHY = Evidence("Service web", "type", "LoadBalancer")
DNS = DnsServer(PodsRef(selector("kubernetes.io/metadata.name=kube-system")), ConnectionSet.parse("UDP 53"))
STRICT = SynthesisOptions(strictness="strict")


def directions(strictness: Strictness) -> set[frozenset[Direction]]:
    policies, _ = synthesise(
        Requirements((Demand(WEB, DB, TCP_80, ()),), dns=(DNS,)),
        cluster(WEB, DB),
        SynthesisOptions(strictness=strictness),
    )
    return {each.policy.directions for each in policies}


def test_ingress_only_policies_isolate_for_ingress_alone_and_have_no_egress_rule():
    assert directions("ingress-only") == {frozenset({Direction.INGRESS})}
    assert directions("standard") == directions("strict") == {frozenset(Direction)}
    policies, _ = synthesise(
        Requirements((Demand(WEB, DB, TCP_80, ()),), dns=(DNS,)),
        cluster(WEB, DB),
        SynthesisOptions(strictness="ingress-only"),
    )
    assert [rule.direction for each in policies for rule in each.policy.rules] == [Direction.INGRESS]


def row(outbound: bool, of: object = WEB) -> Unresolved:
    return Unresolved(Gap.SECRET_HOST, of, outbound, "open", "key", "")  # type: ignore[arg-type]


def test_nothing_outbound_is_unresolved_where_egress_is_not_held():
    requirements = Requirements(unresolved=(row(True), row(False)))
    found = scoped(requirements, SynthesisOptions(strictness="ingress-only"))
    assert found.unresolved == (row(False),)
    assert scoped(requirements, SynthesisOptions()) == requirements


def resolvers(*demands: Demand, unresolved: tuple[Unresolved, ...] = ()) -> set[str]:
    """The workloads that may resolve names under `strict`."""
    requirements = Requirements(demands, unresolved=unresolved, dns=(DNS,))
    policies, _ = synthesise(requirements, cluster(WEB, DB), STRICT)
    return {
        each.workload.name
        for each in policies
        for why in each.reasons
        if each.workload and why and why[0].startswith("DNS")
    }


def test_strict_lets_those_resolve_names_that_open_connections():
    assert resolvers(Demand(WEB, DB, TCP_80, ())) == {"web"}
    assert resolvers(Demand(DB, DB, TCP_80, ())) == {"db"}
    assert resolvers(unresolved=(row(True, DB), row(False, WEB))) == {"db"}
    assert resolvers() == set()


NAMELESS: dict[str, tuple[Endpoint, Endpoint, str, bool]] = {
    "the unknown ingress controller": (IngressController(), WEB, "ingressControllers", False),
    "anyone": (Anywhere(), WEB, "from: internet", False),
    "a host without addresses": (WEB, DomainName("db.example.com"), "", True),
    "a host-network source": (AGENT, WEB, "", False),
    "a host-network destination": (WEB, AGENT, "", True),
}


@pytest.mark.parametrize(("source", "destination", "resolution", "outbound"), NAMELESS.values(), ids=NAMELESS)
def test_strict_opens_nothing_without_a_peer_and_lists_it(
    source: Endpoint, destination: Endpoint, resolution: str, outbound: bool
):
    named = Demand(WEB, DB, TCP_80, ())
    found = scoped(Requirements((Demand(source, destination, TCP_80, (WHY,)), named)), STRICT)
    assert found.demands == (named,)
    (open_row,) = found.unresolved
    assert (open_row.gap, open_row.workload, open_row.outbound) == (Gap.NO_PEER, WEB, outbound)
    assert open_row.connections == TCP_80
    assert resolution in open_row.resolution
    assert open_row.evidence == (WHY,)


def test_the_suggested_lines_are_netpol_yaml():
    demand = Demand(Anywhere(), WEB, ConnectionSet.parse("TCP 80,443-444,UDP 53"), (WHY,))
    (found,) = scoped(Requirements((demand,)), STRICT).unresolved
    assert yaml.safe_load(found.resolution) == {
        "dependencies": [
            {"from": "internet", "to": "shop/web[Deployment]", "ports": ["TCP 80", "TCP 443-444", "UDP 53"]}
        ]
    }


def test_declared_addresses_settle_who_may_come_from_outside_as_far_as_they_go():
    ports = ConnectionSet.parse("TCP 80,443")
    everywhere = IpBlock(AddressRange.parse("0.0.0.0/0"))
    outside = Demand(Anywhere(), WEB, ports, (WHY,))
    for declared, left in (("TCP 80,443", None), ("TCP 80", ConnectionSet.parse("TCP 443"))):
        answer = Demand(everywhere, WEB, ConnectionSet.parse(declared), (), Confidence.DECLARED)
        rows = scoped(Requirements((outside, answer)), STRICT).unresolved
        assert [each.connections for each in rows] == ([left] if left else [])
    guessed = Demand(everywhere, WEB, ports, ())
    assert len(scoped(Requirements((outside, guessed)), STRICT).unresolved) == 1


def test_strict_assumes_nothing_of_what_it_leaves_out():
    other = Evidence("Ingress shop", "backend")
    kept, gone = Assumption("kept", evidence=(other, WHY)), Assumption("gone", evidence=(WHY,))
    found = scoped(Requirements((Demand(Anywhere(), WEB, TCP_80, (WHY,)),), assumptions=(kept, gone)), STRICT)
    assert found.assumptions == (kept,)


EXCLUDED = SynthesisOptions(namespaces=NamespaceRules(excluded=("kube-*",), protected=("shared",)))


def test_no_policy_is_written_in_an_excluded_namespace_and_no_default_deny_in_a_protected_one():
    web, dns = workload("shop/web app=web"), workload("kube-dns/dns app=dns")
    shared = workload("shared/tool app=tool")
    made = cluster(web, dns, shared)
    policies, problems = synthesise(Requirements(), made, EXCLUDED)
    assert {(each.policy.namespace, each.policy.name) for each in policies} == {
        ("shared", "tool-netpol"),
        ("shop", "default-deny"),
        ("shop", "web-netpol"),
    }
    assert sorted(each.rule for each in problems) == ["default-deny", "protected-namespace"]


def test_the_systems_own_namespace_is_never_closed_as_a_whole():
    policies, problems = synthesise(
        Requirements(), cluster(workload("kube-system/proxy app=proxy")), SynthesisOptions()
    )
    assert [each.policy.name for each in policies] == ["proxy-netpol"]
    assert [each.rule for each in problems] == ["protected-namespace"]


def test_workloads_of_excluded_namespaces_are_still_peers_and_have_no_open_questions():
    dns = workload("kube-dns/dns app=dns", selector=selector("app=dns"))
    demand = Demand(dns, WEB, TCP_80, ())
    found = scoped(Requirements((demand,), unresolved=(row(True, dns), row(False))), EXCLUDED)
    assert found.demands == (demand,)
    assert found.unresolved == (row(False),)
    policies, _ = synthesise(found, cluster(WEB, dns), EXCLUDED)
    (web,) = [each for each in policies if each.workload is WEB]
    assert len(web.policy.rules) == 1
