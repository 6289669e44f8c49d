"""Editing the resources of a kustomization.yaml: what is added and removed, and that no other byte changes."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.manifests.resource_list import UneditableError, edited

CHANGED = {
    "a list as kustomize writes it": (
        "resources:\n- a.yaml\n# end\nnamespace: shop\n",
        "resources:\n- a.yaml\n- p.yaml\n# end\nnamespace: shop\n",
    ),
    "an indented list with comments": (
        "# top\nresources:\n  # first\n  - a.yaml   # why\n\nnamePrefix: x-\n",
        "# top\nresources:\n  # first\n  - a.yaml   # why\n  - p.yaml\n\nnamePrefix: x-\n",
    ),
    "a list at the end without a line break": ("resources:\n- a.yaml", "resources:\n- a.yaml\n- p.yaml"),
    "a flow list": ("resources: [a.yaml, 'b.yaml'] # all\n", "resources: [a.yaml, 'b.yaml', p.yaml] # all\n"),
    "a flow list of several lines": (
        "resources: [\n  a.yaml,\n]\n",
        "resources: [\n  a.yaml, p.yaml,\n]\n",
    ),
    "an empty flow list": ("resources: []\n", "resources: [p.yaml]\n"),
    "no list": ("namespace: shop\n# end", "namespace: shop\n# end\nresources:\n- p.yaml\n"),
    "nothing at all": ("", "resources:\n- p.yaml\n"),
    "an empty key": ("resources:\nnamespace: shop\n", "resources:\n- p.yaml\nnamespace: shop\n"),
    "a null": ("resources: null\nnamespace: shop\n", "resources:\n- p.yaml\nnamespace: shop\n"),
    "a null with comments": ("resources: # one\n  ~ # two\n", "resources: # one\n- p.yaml # two\n"),
    "other line breaks": ("resources:\r\n- a.yaml\r\n", "resources:\r\n- a.yaml\r\n- p.yaml\r\n"),
    "a quoted key": ('"resources":\n- "a.yaml"\n', '"resources":\n- "a.yaml"\n- p.yaml\n'),
    "a byte order mark": ("\ufeffresources:\n- a.yaml\n", "\ufeffresources:\n- a.yaml\n- p.yaml\n"),
    "a list in a document with a start": ("---\nresources:\n- a\n", "---\nresources:\n- a\n- p.yaml\n"),
}


@pytest.mark.parametrize(("before", "after"), CHANGED.values(), ids=CHANGED)
def test_what_is_added(before: str, after: str):
    assert edited(before, ["p.yaml"], []) == after
    assert edited(after, ["p.yaml"], []) == after


REMOVED = {
    "one of several": (
        "resources:\n# one\n- a.yaml\n- old.yaml # gone\n# two\n- b.yaml\n",
        "resources:\n# one\n- a.yaml\n# two\n- b.yaml\n",
    ),
    "the last": ("resources:\n- a.yaml\n- old.yaml\n", "resources:\n- a.yaml\n"),
    "the only one": ("resources: # all\n- old.yaml\nnamespace: x\n", "resources: [] # all\nnamespace: x\n"),
    "the first of a flow list": ("resources: [old.yaml, a.yaml]\n", "resources: [a.yaml]\n"),
    "the last of a flow list": ("resources: [a.yaml, old.yaml]\n", "resources: [a.yaml]\n"),
    "the only one of a flow list": ("resources: [old.yaml]\n", "resources: []\n"),
    "one that is written another way": ("resources:\n- a.yaml\n- ./x/../old.yaml\n", "resources:\n- a.yaml\n"),
    "one that is not there": ("resources:\n- a.yaml\n", "resources:\n- a.yaml\n"),
}


@pytest.mark.parametrize(("before", "after"), REMOVED.values(), ids=REMOVED)
def test_what_is_removed(before: str, after: str):
    assert edited(before, [], ["old.yaml"]) == after


UNEDITABLE = [
    "[a]",
    "resources: a.yaml\n",
    "resources: [{a: b}]\n",
    "{resources: ~}\n",
    "resources: &none ~\nx: *none\n",
    "{namespace: shop}\n",
    "a: b\n---\nc: d\n",
    "a: [\n",
    "x: &list [a.yaml]\nresources: *list\n",
    "namespace: x\n...\n",
]


@pytest.mark.parametrize("text", UNEDITABLE)
def test_what_cannot_be_edited_is_left_alone_with_a_sentence(text: str):
    with pytest.raises(UneditableError):
        edited(text, ["p.yaml"], [])


OTHERS = [
    "v: 2024-13-01",
    "v: 2024-01-01",
    f"v: {'9' * 5000}",
    "v: !!timestamp x",
    "v: 1:99:99",
    "v: 08",
    f"v: {'[' * 50}{']' * 50}",
]
"""Values that are nothing to us, and that PyYAML's own constructors stumble over."""


@pytest.mark.parametrize("other", OTHERS, ids=lambda each: each[:20])
def test_what_else_stands_in_it_does_not_matter(other: str):
    before = f"commonAnnotations:\n  {other}\nresources:\n- a.yaml\n"
    assert edited(before, ["p.yaml"], []) == f"{before}- p.yaml\n"


HOSTILE = [
    "v: !!int x",
    "v: !!binary x",
    "v: .nan",
    f"v: {'[' * 5000}{']' * 5000}",
    "v: !!float [",
    "v: !x {a: b",
    'v: "\\UFFFFFFFF"',
    "? [a]\n: b",
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda each: each[:20])
def test_what_cannot_be_read_at_all_is_refused_with_a_sentence(hostile: str):
    with pytest.raises(UneditableError):
        edited(f"{hostile}\nresources:\n- a.yaml\n", ["p.yaml"], [])


names = st.text("abc./-_ #:'\"", min_size=1, max_size=6)


@given(st.lists(names, max_size=4, unique=True), st.lists(names, max_size=3, unique=True), st.booleans())
def test_nothing_but_the_list_changes(listed: list[str], new: list[str], flow: bool):
    text = yaml.safe_dump(
        {"namespace": "shop", "resources": listed, "x": 1}, default_flow_style=None if flow else False
    )
    try:
        result = yaml.safe_load(edited(text, new, listed[:1]))
    except UneditableError:
        return
    assert result["namespace"] == "shop"
    assert set(result["resources"]) >= set(listed[1:]) & set(result["resources"])
    assert all(each in listed or each in new for each in result["resources"])
