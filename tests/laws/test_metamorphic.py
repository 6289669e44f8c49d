"""What must not change, or only change one way, when the input does."""

from __future__ import annotations

from copy import deepcopy

from hypothesis import given
from hypothesis import strategies as st
from laws.clusters import clusters, network_policies
from laws.product import Product
from naive.objects import Object, kubernetes_type

from netpol_action.model.connections import ConnectionSet

NETWORK_POLICY = ("networking.k8s.io/v1", "NetworkPolicy")


def rows(objects: list[Object]) -> list[tuple[str, str, str]]:
    """The map as rows of text."""
    return [(str(row.source), str(row.destination), str(row.allowed)) for row in Product(objects).map.connections()]


def pairs(objects: list[Object]) -> dict[tuple[int, int], ConnectionSet]:
    """What the map allows between every two workloads, themselves included."""
    product = Product(objects)
    workloads = range(len(product.cluster.workloads))
    return {(i, j): product.allowed_between(i, j) for i in workloads for j in workloads}


@given(clusters(), st.data())
def test_the_order_of_objects_changes_nothing(objects: list[Object], data: st.DataObject):
    assert rows(objects) == rows(data.draw(st.permutations(objects)))


@given(clusters(), st.data())
def test_one_more_allow_rule_never_removes_a_connection(objects: list[Object], data: st.DataObject):
    index = _draw_policy(objects, data)
    if index is None:
        return
    direction = data.draw(st.sampled_from(("ingress", "egress")))
    extra = data.draw(network_policies("extra"))["spec"].get(direction) or [{}]
    more = deepcopy(objects)
    spec = more[index]["spec"]
    _fix_directions(spec)  # so that the rule adds to a direction, and does not isolate a new one
    before = deepcopy(more)
    spec[direction] = [*(spec.get(direction) or []), *extra]
    was, now = pairs(before), pairs(more)
    assert [pair for pair, allowed in was.items() if not allowed <= now[pair]] == []


@given(clusters(), st.data())
def test_one_more_policy_on_an_isolated_pod_never_removes_a_connection(objects: list[Object], data: st.DataObject):
    index = _draw_policy(objects, data)
    if index is None:
        return
    extra = data.draw(network_policies("extra"))
    original = objects[index]
    _fix_directions(extra["spec"])
    types = original["spec"].get("policyTypes") or (
        ["Ingress", "Egress"] if original["spec"].get("egress") else ["Ingress"]
    )
    extra["spec"]["policyTypes"] = list(types)
    extra["metadata"]["namespace"] = original["metadata"]["namespace"]
    extra["spec"]["podSelector"] = original["spec"].get("podSelector") or {}
    was, now = pairs(objects), pairs([*objects, extra])
    assert [pair for pair, allowed in was.items() if not allowed <= now[pair]] == []


@given(clusters(), st.data())
def test_a_policy_split_in_two_is_the_whole(objects: list[Object], data: st.DataObject):
    index = _draw_policy(objects, data)
    if index is None:
        return
    whole = deepcopy(objects[index])
    _fix_directions(whole["spec"])
    first, second = deepcopy(whole), deepcopy(whole)
    second["metadata"]["name"] = "other-half"
    for direction in ("ingress", "egress"):
        rules = whole["spec"].get(direction) or []
        cut = data.draw(st.integers(0, len(rules)))
        first["spec"][direction], second["spec"][direction] = rules[:cut], rules[cut:]
    others = [item for place, item in enumerate(objects) if place != index]
    assert rows([*others, whole]) == rows([*others, first, second])


@given(clusters(), st.data())
def test_an_object_repeated_changes_nothing(objects: list[Object], data: st.DataObject):
    again = data.draw(st.sampled_from(objects))
    assert rows(objects) == rows([*objects, deepcopy(again)])


@given(clusters())
def test_a_policy_of_another_namespace_changes_nothing(objects: list[Object]):
    elsewhere: Object = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "deny", "namespace": "elsewhere"},
        "spec": {"policyTypes": ["Ingress", "Egress"]},
    }
    assert rows(objects) == rows([*objects, elsewhere])


def _draw_policy(objects: list[Object], data: st.DataObject) -> int | None:
    places = [place for place, item in enumerate(objects) if kubernetes_type(item) == NETWORK_POLICY]
    return data.draw(st.sampled_from(places)) if places else None


def _fix_directions(spec: Object) -> None:
    """Writes down the policy types that the policy has by default."""
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]
