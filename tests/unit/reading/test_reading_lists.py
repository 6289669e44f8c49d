"""Lists are taken apart into their items."""

from __future__ import annotations

import pytest
from reading_words import documents, problems

from netpol_action.origin import Origin

POD_LIST = """
apiVersion: v1
kind: PodList
metadata: {resourceVersion: ""}
items:
- metadata: {name: a}
- apiVersion: v2
  kind: Other
  metadata: {name: b}
"""

NESTED = """
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: List
  items:
  - {apiVersion: v1, kind: Pod, metadata: {name: a}}
- {apiVersion: v1, kind: Pod, metadata: {name: b}}
"""


def test_items_of_a_typed_list_need_not_say_their_kind():
    a, b = documents(POD_LIST)
    assert a.value == {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    assert (b.value["apiVersion"], b.value["kind"]) == ("v2", "Other")


def test_an_item_knows_its_way_from_the_root():
    assert [one.origin for one in documents(NESTED, "l.yaml")] == [
        Origin("l.yaml", 1, 2, ("items", 0, "items", 0)),
        Origin("l.yaml", 1, 2, ("items", 1)),
    ]


@pytest.mark.parametrize("items", ["", "items:", "items: []"])
def test_an_empty_list_holds_nothing(items: str):
    assert documents(f"apiVersion: v1\nkind: List\n{items}\n") == []


def test_an_object_whose_kind_only_ends_like_a_list_is_an_object():
    (found,) = documents("apiVersion: example.com/v1\nkind: AllowList\nmetadata: {name: a}\nspec: {}\n")
    assert found.value["kind"] == "AllowList"


@pytest.mark.parametrize(
    ("items", "sentence"),
    [
        ("items: {a: b}", "f1:1: items must be a list"),
        ("items: [1]", "f1:1: an item of a List must be an object"),
        ("items: [{metadata: {}}]", "f1:1: apiVersion is missing"),
        ("items: [{apiVersion: v1, kind: 1}]", "f1:1: kind must be text"),
    ],
)
def test_a_broken_list_is_an_error(items: str, sentence: str):
    assert problems(f"apiVersion: v1\nkind: List\n{items}\n") == [sentence]
