"""ConfigMaps taken as a whole: their addresses count for each workload that takes them, and that is said once."""

from __future__ import annotations

from application import Object, config_map, requirements, service, workload

DB = (workload("db"), service("db", 5432), workload("cache"), service("cache", 6379))
ADDRESSES = config_map("addresses", {"DB_HOST": "db:5432", "CACHE_HOST": "cache:6379"})
ALL = {"envFrom": [{"configMapRef": {"name": "addresses"}}]}


def said(*objects: Object) -> list[str]:
    return [each.message for each in requirements(*DB, ADDRESSES, *objects).assumptions if "envFrom" in each.message]


def taking(*names: str) -> list[Object]:
    return [workload(name, container=ALL) for name in names]


def test_of_each_shared_one_it_is_said_once():
    (message,) = said(*taking("web", "api"))
    assert message == (
        "Deployment api, Deployment web take all of ConfigMap addresses (envFrom): each may connect to all that it "
        "names, which may be more than it uses"
    )


def test_of_many_workloads_the_first_are_named():
    (message,) = said(*taking("a", "b", "c", "d", "e"))
    assert message.startswith("Deployment a, Deployment b, Deployment c and 2 more take all of ConfigMap addresses")


def test_nothing_is_said_of_what_one_workload_takes_alone():
    assert said(*taking("web")) == []


def test_nothing_is_said_where_single_keys_are_taken():
    key = {"valueFrom": {"configMapKeyRef": {"name": "addresses", "key": "DB_HOST"}}}
    assert said(workload("web", {"DB_HOST": key}), workload("api", {"DB_HOST": key})) == []


def test_nothing_is_said_where_something_else_says_that_it_is_used():
    both = {"DB_HOST": "db:5432", "CACHE_HOST": "cache:6379", "A_HOST": "db:5432", "B_HOST": "cache:6379"}
    assert said(*taking("web"), workload("api", both, container={**ALL, "env": _listed(both)})) == []


def test_the_same_name_in_another_namespace_is_another_one():
    other = [
        {**each, "metadata": {**each["metadata"], "namespace": "shop"}} for each in (*DB, ADDRESSES, *taking("api"))
    ]
    assert said(*taking("web"), *other) == []


def _listed(variables: dict[str, str]) -> list[Object]:
    return [{"name": name, "value": value} for name, value in variables.items()]
