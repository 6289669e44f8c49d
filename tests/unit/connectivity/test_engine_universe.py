"""Clauses as sets of endpoints: what a selector, a block, a name picks."""

from __future__ import annotations

import pytest
from handmade import block, cluster, pods, selector, workload
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.connectivity.universe import Network, Universe, named_ports
from netpol_action.model.addresses import IPV4, IPV6, AddressRange
from netpol_action.model.bits import elements
from netpol_action.model.endpoints import Unseen
from netpol_action.model.labelled import LabelIndex
from netpol_action.model.labels import Requirement, Selector
from netpol_action.model.policies import DomainPeer, IpPeer, NodePeer, Peer, PolicyTier

NAMESPACE, ADMIN = PolicyTier.NAMESPACE, PolicyTier.ADMIN
ONLY_IPV4 = Network((IPV4,))
WORLD = cluster(
    "shop/web app=web tier=front http:TCP:80",
    "shop/db app=db http:TCP:8080",
    "back/job app=job",
    workload("back/agent app=agent", host_network=True),
    namespaces={"shop": "team=a", "back": "team=b"},
)


def picked(peer: Peer | None, tier: PolicyTier = NAMESPACE, network: Network = ONLY_IPV4) -> list[str]:
    """The names of the endpoints that a peer of a policy in shop matches; address blocks as they are."""
    peers = () if peer is None else (peer,)
    universe = Universe(WORLD, peers, network)
    bits = universe.matching(None if peer is None else peers, tier, "shop")
    return [str(universe.endpoints[i]).partition("[")[0] for i in elements(bits)]


PODS = ["back/job", "shop/db", "shop/web"]
CONTROLLER, AGENT = "{ingress-controller}", "back/agent"
V4, V6 = "0.0.0.0-255.255.255.255", f"{'::'}-{':'.join(['ffff'] * 8)}"


@pytest.mark.parametrize(
    ("peer", "found"),
    [
        pytest.param(None, [AGENT, *PODS, CONTROLLER, V4], id="no peers: everyone"),
        pytest.param(pods(), ["shop/db", "shop/web"], id="own namespace"),
        pytest.param(pods("app=web"), ["shop/web"], id="by label"),
        pytest.param(pods("*", "*"), [*PODS, CONTROLLER], id="every pod, but those on the host network"),
        pytest.param(pods("*", "team=b"), ["back/job"], id="by namespace label"),
        pytest.param(pods("app=agent", "*"), [], id="no selector matches a host-network pod"),
        pytest.param(pods("!tier", "*"), ["back/job", "shop/db", CONTROLLER], id="a label that is missing"),
        pytest.param(pods("*", "!team"), [CONTROLLER], id="the controller is in a namespace without labels"),
        pytest.param(block("10.0.0.0/8"), ["10.0.0.0-10.255.255.255"], id="a block"),
        pytest.param(block("10.0.0.0/8", "10.0.0.0/16"), ["10.1.0.0-10.255.255.255"], id="a block without its excepts"),
        pytest.param(block("0.0.0.0/0"), [AGENT, V4], id="every address: host-network pods have one of them"),
        pytest.param(block("::/0"), [], id="a block of a family that is not in use"),
    ],
)
def test_what_a_peer_of_a_network_policy_matches(peer: Peer | None, found: list[str]):
    assert picked(peer) == found


@pytest.mark.parametrize(
    ("peer", "network", "found"),
    [
        pytest.param(block("0.0.0.0/0"), Network((IPV4,)), [AGENT, *PODS, CONTROLLER, V4], id="a whole family"),
        pytest.param(
            block("10.0.0.0/8"), Network((IPV4,)), ["10.0.0.0-10.255.255.255"], id="elsewhere, as far as known"
        ),
        pytest.param(
            block("10.0.0.0/8"),
            Network((IPV4,), pod_cidrs=(AddressRange.parse("10.1.0.0/16"),)),
            [*PODS, "10.0.0.0-10.255.255.255"],
            id="all of podCIDRs",
        ),
        pytest.param(
            block("10.0.0.0/8"),
            Network((IPV4,), pod_cidrs=(AddressRange.parse("10.1.0.0/16"), AddressRange.parse("11.0.0.0/16"))),
            ["10.0.0.0-10.255.255.255"],
            id="a part of podCIDRs",
        ),
        pytest.param(
            block("10.0.0.0/8"),
            Network((IPV4, IPV6), pod_cidrs=(AddressRange.parse("10.1.0.0/16"), AddressRange.parse("fd00::/64"))),
            [*PODS, "10.0.0.0-10.255.255.255"],
            id="all of podCIDRs of its family",
        ),
    ],
)
def test_what_networks_of_an_admin_policy_match(peer: Peer, network: Network, found: list[str]):
    assert picked(peer, ADMIN, network) == found


def test_pods_are_met_by_a_block_over_its_own_family_alone():
    peer = block("0.0.0.0/0")
    universe = Universe(WORLD, (peer,), Network((IPV4, IPV6)))
    over = {family: universe.matching((peer,), ADMIN, "", family) & universe.every_workload for family in (IPV4, IPV6)}
    assert over == {IPV4: universe.every_workload, IPV6: 0}


def test_ordinary_host_network_pods_are_matched_as_any():
    network = Network((IPV4,), exempt_host_network=False)
    assert picked(pods("app=agent", "*"), network=network) == [AGENT]
    assert picked(block("0.0.0.0/0"), network=network) == [V4]


def test_nodes_and_hosts_are_endpoints_of_their_own():
    peers = (
        NodePeer(selector("role=infra")),
        NodePeer(),
        DomainPeer(("*.example.com",)),
        DomainPeer(("a.example.com",)),
    )
    universe = Universe(WORLD, peers, Network((IPV4,)))

    def names(peer: Peer) -> list[str]:
        return [str(universe.endpoints[i]) for i in elements(universe.matching((peer,), ADMIN, ""))]

    assert names(peers[0]) == ["{nodes role=infra}"]
    assert names(peers[1]) == ["{nodes role=infra}", "{nodes}"]
    assert names(peers[2]) == ["{host *.example.com}", "{host a.example.com}"]
    assert names(peers[3]) == ["{host a.example.com}"]


def test_blocks_are_cut_where_any_peer_has_an_end_and_no_further():
    universe = Universe(WORLD, (block("10.0.0.0/8", "10.0.0.0/9"), block("10.0.0.0/9")), Network((IPV4,)))
    assert [str(e) for e in universe.endpoints if "-" in str(e) and "ingress" not in str(e)] == [
        "0.0.0.0-9.255.255.255",
        "10.0.0.0-10.127.255.255",
        "10.128.0.0-10.255.255.255",
        "11.0.0.0-255.255.255.255",
    ]
    assert universe.of_family(IPV4) == universe.outside
    assert universe.of_family(IPV6) == 0


def test_unseen_pods_stand_between_the_workloads_and_the_controller():
    unseen = Unseen(pods=selector("app=web"))
    universe = Universe(WORLD, (), Network((IPV4,)), (unseen,))
    assert universe.endpoints[len(universe.workloads)] == unseen
    matched = universe.matching((pods("app", "*"),), NAMESPACE, "shop")
    assert [str(universe.endpoints[i]).partition("[")[0] for i in elements(matched)] == [*PODS, str(unseen)]
    assert universe.matching((IpPeer(AddressRange.whole(IPV4)),), ADMIN, "") & universe.every_pod == universe.every_pod


def test_ports_by_name_are_those_of_each_pod_the_first_of_a_name_counting():
    universe = Universe(WORLD, (), Network((IPV4,)))
    found = {key: list(elements(bits)) for key, bits in universe.ports_named("http").items()}
    position = {w.name: i for i, w in enumerate(universe.workloads)}
    assert found == {("TCP", 80): [position["web"]], ("TCP", 8080): [position["db"]]}
    assert universe.ports_named("ghost") == {}
    assert named_ports(workload("a/b x:TCP:1 x:UDP:2 x:TCP:3 :TCP:4")) == [("x", "TCP", 1), ("x", "UDP", 2)]


LABELS = st.dictionaries(st.sampled_from("ab"), st.sampled_from("12"))
REQUIREMENTS = st.one_of(
    st.builds(
        Requirement,
        st.sampled_from("abc"),
        st.sampled_from(("In", "NotIn")),
        st.sets(st.sampled_from("123"), min_size=1).map(lambda values: tuple(sorted(values))),
    ),
    st.builds(Requirement, st.sampled_from("abc"), st.sampled_from(("Exists", "DoesNotExist"))),
)


@given(st.lists(LABELS, max_size=6), st.lists(REQUIREMENTS, max_size=3))
def test_the_label_index_finds_what_the_selector_matches(labels: list[dict[str, str]], requirements: list[Requirement]):
    wanted = Selector.of(*requirements)
    assert list(elements(LabelIndex(labels).matching(wanted))) == [
        i for i, each in enumerate(labels) if wanted.matches(each)
    ]
