"""The files that policies go to, and what the header of each is about."""

from __future__ import annotations

import re

import pytest
from handmade import workload

from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Assumption, Demand, Evidence, Gap, Requirements, Unresolved
from netpol_action.model.endpoints import Anywhere, Workload
from netpol_action.model.generated import GeneratedPolicy
from netpol_action.model.policies import Policy, PolicyTier
from netpol_action.synthesis.layout import concerning, files

WEB, DB = workload("shop/web app=web"), workload("shop/db app=db")


def policy(namespace: str, name: str, owner: Workload | None = None) -> GeneratedPolicy:
    made = Policy(PolicyTier.NAMESPACE, "NetworkPolicy", name, namespace or "default", namespace)
    return GeneratedPolicy(made, workload=owner)


LAYOUTS = {
    "a file for each policy": ("workload", ["shop-db-netpol.yaml", "shop-web-netpol.yaml", "tools-x-netpol.yaml"]),
    "a file for each namespace": ("namespace", ["shop-network-policies.yaml", "tools-network-policies.yaml"]),
}


@pytest.mark.parametrize(("layout", "names"), LAYOUTS.values(), ids=LAYOUTS)
def test_which_files_there_are(layout: str, names: list[str]):
    policies = [policy("shop", "web-netpol"), policy("shop", "db-netpol"), policy("tools", "x-netpol")]
    found = files(policies, layout)  # type: ignore[arg-type]
    assert list(found) == names
    assert sorted(str(each.policy) for parts in found.values() for each in parts) == sorted(
        str(each.policy) for each in policies
    )


def test_policies_without_a_namespace_need_no_prefix():
    assert list(files([policy("", "web-netpol")], "workload")) == ["web-netpol.yaml"]
    assert list(files([policy("", "web-netpol")], "namespace")) == ["network-policies.yaml"]


HOSTILE = ["../etc", "a/b", "A", "x" * 300, "ü", "a\nb", "", "..", "con:1", "a" * 62 + "."]


@pytest.mark.parametrize("layout", ["workload", "namespace"])
def test_names_are_safe_and_unique_whatever_the_namespace(layout: str):
    policies = [policy(namespace, name) for namespace in HOSTILE for name in ("n-netpol", "y" * 253)]
    found = files(policies, layout)  # type: ignore[arg-type]
    assert sum(map(len, found.values())) == len(policies)
    assert len(found) == len(policies) // (2 if layout == "namespace" else 1)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,240}\.yaml", name) for name in found)


def test_two_that_would_share_a_name_are_told_apart_and_others_keep_theirs():
    pair = [policy("a-b", "c-netpol"), policy("a", "b-c-netpol")]
    found = files([*pair, policy("a", "d-netpol")], "workload")
    assert len(found) == 3
    assert "a-d-netpol.yaml" in found
    assert "a-b-c-netpol.yaml" not in found
    assert list(files(pair[::-1], "workload")) == [name for name in found if name != "a-d-netpol.yaml"]


def test_no_name_is_one_that_means_something_else():
    special = [policy(name, "x-netpol") for name in ("kustomization", "netpol", "chart")]
    found = files(special, "namespace")
    assert not {"kustomization.yaml", "netpol.yaml", "chart.yaml"} & set(found)


def test_each_header_is_about_the_files_own_workloads():
    why = Evidence("Service web", "type", "LoadBalancer")
    rows = tuple(Unresolved(Gap.SECRET_HOST, each, True, each.name, "key", "") for each in (WEB, DB))
    assumption = Assumption("web is open", evidence=(why,))
    demand = Demand(Anywhere(), WEB, ConnectionSet.parse("TCP 80"), (why,))
    parts = files(
        [policy("shop", "web-netpol", WEB), policy("shop", "db-netpol", DB), policy("shop", "deny")], "workload"
    )
    found = concerning(Requirements((demand,), unresolved=rows, assumptions=(assumption,)), parts)
    assert {name: (each.unresolved, each.assumptions) for name, each in found.items()} == {
        "shop-web-netpol.yaml": (rows[:1], (assumption,)),
        "shop-db-netpol.yaml": (rows[1:], ()),
        "shop-deny.yaml": ((), ()),
    }
