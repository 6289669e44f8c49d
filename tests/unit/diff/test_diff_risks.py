"""What a change means: the kind and the risks of each row, and what of it breaks the application."""

from __future__ import annotations

import pytest
from handmade import admin, allow, block, cluster, deny, pods, rule, workload

from netpol_action.arguments import RISKS
from netpol_action.connectivity import EvaluationOptions, evaluate
from netpol_action.diff import Causes, Version, diff
from netpol_action.gates import failures
from netpol_action.model.addresses import AddressRange
from netpol_action.model.cluster import Cluster
from netpol_action.model.connections import ConnectionSet
from netpol_action.model.demands import Demand
from netpol_action.model.diff import ConnectivityDiff, Risk
from netpol_action.model.endpoints import Anywhere, Endpoint, IpBlock
from netpol_action.model.policies import Policy
from netpol_action.model.tally import tally

WEB, DB, JOB = "shop/web app=web", "shop/db app=db", "batch/job app=job"
SHUT = allow("shop/db", "app=db", ingress=[])


def open_to(*peers: str, ports: str | None = "TCP 5432") -> Policy:
    """The policy of the database that admits these pods."""
    return allow("shop/db", "app=db", ingress=[rule(ports, *(pods(*each.split(" in ")) for each in peers))])


def between(before: Cluster, after: Cluster, *demands: Demand) -> ConnectivityDiff:
    maps = [
        evaluate(one, EvaluationOptions(told_apart=other.policies)).map
        for one, other in ((before, after), (after, before))
    ]
    causes = Causes(Version(before, lambda origin: origin), Version(after, lambda origin: origin))
    return diff(*maps, demands, causes)


def rows(found: ConnectivityDiff) -> list[str]:
    """The rows as `+ source => destination : before -> after [risks]`."""
    return [
        f"{row.change.kind} {row.source} => {row.destination} : {row.change.before} -> {row.change.after} "
        f"[{', '.join(row.risks)}]"
        for row in found.rows()
    ]


def to_db(found: ConnectivityDiff) -> list[str]:
    return [row.split(" : ")[1] for row in rows(found) if "web[Deployment] => shop/db" in row]


CHANGES = {
    "opened within the namespace": (
        SHUT,
        open_to("app=web"),
        ["No Connections -> TCP 5432 [opened-within-namespace]"],
    ),
    "closed": (open_to("app=web"), SHUT, ["TCP 5432 -> No Connections [closed]"]),
    "widened": (
        open_to("app=web"),
        open_to("app=web", ports="TCP 5432-5433"),
        ["TCP 5432 -> TCP 5432-5433 [widened]"],
    ),
    "narrowed": (
        open_to("app=web", ports="TCP 5432-5433"),
        open_to("app=web"),
        ["TCP 5432-5433 -> TCP 5432 [narrowed]"],
    ),
    "another port: both": (
        open_to("app=web", ports="TCP 80"),
        open_to("app=web"),
        ["TCP 80 -> TCP 5432 [widened, narrowed]"],
    ),
    "the same in other words": (
        open_to("app=web"),
        allow("shop/db", "app=db", ingress=[rule("TCP 5432-5432", pods("app in web"), pods("app=web"))]),
        [],
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_change_between_two_workloads(before: Policy, after: Policy, expected: list[str]):
    assert to_db(between(cluster(WEB, DB, policies=[before]), cluster(WEB, DB, policies=[after]))) == expected


def test_what_another_namespace_may_open_now_is_opened_between_namespaces():
    found = between(cluster(DB, JOB, policies=[SHUT]), cluster(DB, JOB, policies=[open_to("app=job in *")]))
    assert rows(found) == [
        "added batch/job[Deployment] => shop/db[Deployment] : No Connections -> TCP 5432 [opened-between-namespaces]"
    ]


def test_one_source_may_lose_different_ports_to_different_destinations():
    after = allow("shop/web", "app=web", egress=[rule("TCP 80", pods("app=db")), rule("UDP 53", pods("app=dns"))])
    found = between(cluster(WEB, DB, "shop/dns app=dns"), cluster(WEB, DB, "shop/dns app=dns", policies=[after]))
    assert rows(found) == [
        "changed shop/web[Deployment] => shop/db[Deployment] : All Connections -> TCP 80 [narrowed]",
        "changed shop/web[Deployment] => shop/dns[Deployment] : All Connections -> UDP 53 [narrowed]",
        "removed shop/web[Deployment] => 0.0.0.0-255.255.255.255 : All Connections -> No Connections [closed]",
    ]


def test_addresses_are_cut_only_where_the_versions_differ():
    before = allow("shop/db", "app=db", ingress=[rule(None, block("10.0.0.0/8"))])
    after = allow("shop/db", "app=db", ingress=[rule(None, block("10.0.0.0/7", "10.128.0.0/9"))])
    found = between(cluster(DB, policies=[before]), cluster(DB, policies=[after]))
    assert rows(found) == [
        "removed 10.128.0.0-10.255.255.255 => shop/db[Deployment] : All Connections -> No Connections [closed]",
        "added 11.0.0.0-11.255.255.255 => shop/db[Deployment] : No Connections -> All Connections [opened-internet]",
    ]


def test_what_only_one_version_speaks_of_was_open_before():
    """A version whose policies know no nodes leaves them open: that another one allows them opens nothing."""
    after = admin("nodes", egress=[rule("TCP 443", block("10.0.0.0/8"))])
    assert rows(between(cluster(WEB), cluster(WEB, policies=[after]))) == []
    assert rows(between(cluster(WEB, policies=[after]), cluster(WEB))) == []


def test_ipv6_is_compared_where_one_version_speaks_of_it():
    after = allow("shop/web", "app=web", egress=[rule(None, block("::/0"))])
    assert rows(between(cluster(WEB), cluster(WEB, policies=[after]))) == [
        "removed shop/web[Deployment] => 0.0.0.0-255.255.255.255 : All Connections -> No Connections [closed]"
    ]


def test_workloads_that_come_and_go_are_named():
    found = between(cluster(WEB), cluster(DB, policies=[SHUT]))
    assert [(str(row.source), row.workloads) for row in found.rows()] == [
        ("shop/db[Deployment]", ("workload shop/db[Deployment] added",)),
        ("shop/web[Deployment]", ("workload shop/web[Deployment] removed",)),
        ("0.0.0.0-255.255.255.255", ("workload shop/web[Deployment] removed",)),
    ]
    assert found.workloads() == ("workload shop/db[Deployment] added", "workload shop/web[Deployment] removed")


def test_variants_are_apart_only_where_one_version_tells_them_apart():
    blue, green = (workload(f"shop/web color={color}", variant=f"color={color}") for color in ("blue", "green"))
    after = allow("shop/db", "app=db", ingress=[rule(None, pods("color=blue"))])
    found = between(cluster(blue, green, DB), cluster(blue, green, DB, policies=[after]))
    assert [row for row in rows(found) if "=> shop/db" in row and "web" in row] == [
        "removed shop/web[Deployment]{color=green} => shop/db[Deployment] : All Connections -> No Connections [closed]"
    ]


def demand(source: Endpoint, destination: Endpoint, ports: str = "TCP 5432") -> Demand:
    return Demand(source, destination, ConnectionSet.parse(ports), ())


def test_closing_what_the_application_needs_breaks_it():
    before, after = cluster(WEB, DB, policies=[open_to("app=web")]), cluster(WEB, DB, policies=[SHUT])
    db, web = sorted(after.workloads, key=str)
    found = between(before, after, demand(web, db))
    assert to_db(found) == ["TCP 5432 -> No Connections [closed-required, closed]"]
    assert to_db(between(before, after, demand(web, db, "TCP 80"))) == ["TCP 5432 -> No Connections [closed]"]
    assert to_db(between(before, after, demand(db, web))) == ["TCP 5432 -> No Connections [closed]"]


def test_what_is_needed_of_some_addresses_is_a_row_of_its_own():
    after = cluster(DB, policies=[SHUT])
    some = IpBlock(AddressRange.parse("10.0.0.0/8"))
    before = cluster(DB, policies=[allow("shop/db", "app=db", ingress=[rule("TCP 5432", block("0.0.0.0/0"))])])
    told = allow("shop/other", "app=none", ingress=[rule(None, block("10.0.0.0/8"))])
    after = cluster(DB, policies=[SHUT, told])
    (db,) = after.workloads
    found = between(before, after, demand(some, db))
    assert [row.split(" ")[1] + row.split(" : ")[1] for row in rows(found)] == [
        "0.0.0.0-9.255.255.255TCP 5432 -> No Connections [closed]",
        "10.0.0.0-10.255.255.255TCP 5432 -> No Connections [closed-required, closed]",
        "11.0.0.0-255.255.255.255TCP 5432 -> No Connections [closed]",
    ]
    everyone = between(before, after, demand(Anywhere(), db))
    assert [row.risk for row in everyone.rows()] == [Risk.CLOSED_REQUIRED]


def test_no_gate_is_dodged_by_doing_something_graver_too():
    before, after = (cluster(WEB, DB, policies=[open_to("app=web", ports=ports)]) for ports in ("TCP 5432", "TCP 80"))
    db, web = sorted(after.workloads, key=str)
    counts = tally(between(before, after, demand(web, db)))
    assert counts.gravest == {Risk.CLOSED_REQUIRED: 1}
    assert [failures([gate], (), changes=counts) for gate in ("closed-required", "widened", "opened-internet")] == [
        ("the change breaks the application by closing 1 connection that it needs (closed-required)",),
        ("the change widens 1 connection (widened)",),
        (),
    ]


def test_the_command_line_names_every_risk():
    assert tuple(Risk) == RISKS


CAUSES = {
    "a policy added that isolates": ([], [SHUT], "NetworkPolicy shop/db added (db.yaml:1)"),
    "a policy removed that isolated": ([SHUT], [], "NetworkPolicy shop/db removed (db.yaml:1)"),
    "a rule added": ([SHUT], [open_to("app=web")], "NetworkPolicy shop/db changed (db.yaml:1)"),
    "an admin policy": (
        [],
        [admin("no", ingress=[deny(None, pods("app=web", "*"))])],
        "AdminNetworkPolicy no added (no.yaml:1)",
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), CAUSES.values(), ids=CAUSES)
def test_the_policy_that_changed_is_named(before: list[Policy], after: list[Policy], expected: str):
    found = between(cluster(WEB, DB, policies=before), cluster(WEB, DB, policies=after))
    (row,) = (row for row in found.rows() if str(row.source) == "shop/web[Deployment]" and "db" in str(row.destination))
    assert [str(cause) for cause in found.explain(row)] == [expected]


def test_a_policy_that_changed_elsewhere_is_not_named():
    other = [allow("shop/web", "app=web", ingress=[rule(ports)]) for ports in ("TCP 80", "TCP 81")]
    found = between(cluster(WEB, DB, policies=[SHUT, other[0]]), cluster(WEB, DB, policies=[other[1]]))
    (row,) = (row for row in found.rows() if str(row.source) == "shop/web[Deployment]" and "db" in str(row.destination))
    assert [str(cause) for cause in found.explain(row)] == ["NetworkPolicy shop/db removed (db.yaml:1)"]


def test_changed_labels_are_named_where_no_policy_changed():
    policy = open_to("app=web")
    found = between(cluster(WEB, DB, policies=[policy]), cluster("shop/web app=wob", DB, policies=[policy]))
    (row,) = found.rows()
    assert [cause.what for cause in found.explain(row)] == ["the labels or ports of shop/web[Deployment] changed"]
