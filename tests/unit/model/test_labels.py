"""Label selectors, held against the operators' definitions, one by one."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.model.labels import OPERATORS, SELECT_ALL, Requirement, Selector

REQUIREMENTS = st.builds(
    lambda key, operator, values: Requirement(
        key, operator, tuple(sorted(values)) if operator in ("In", "NotIn") else ()
    ),
    st.sampled_from(("app", "tier")),
    st.sampled_from(OPERATORS),
    st.sets(st.sampled_from(("a", "b", "")), min_size=1),
)
LABELS = [
    {key: value for key, value in zip(("app", "tier"), values, strict=True) if value is not None}
    for values in product((None, "", "a", "b", "c"), repeat=2)
]


@pytest.mark.parametrize(
    ("requirement", "matched", "missed"),
    [
        (Requirement("app", "In", ("a", "b")), [{"app": "a"}, {"app": "b", "x": "y"}], [{"app": "c"}, {}, {"x": "a"}]),
        (Requirement("app", "NotIn", ("a",)), [{"app": "b"}, {}, {"x": "a"}], [{"app": "a"}]),
        (Requirement("app", "Exists"), [{"app": ""}, {"app": "a"}], [{}, {"x": "a"}]),
        (Requirement("app", "DoesNotExist"), [{}, {"x": "a"}], [{"app": ""}, {"app": "a"}]),
    ],
)
def test_operators(requirement: Requirement, matched: list[dict[str, str]], missed: list[dict[str, str]]):
    assert [labels for labels in matched if not requirement.matches(labels)] == []
    assert [labels for labels in missed if requirement.matches(labels)] == []


@given(st.lists(REQUIREMENTS, max_size=3))
def test_a_selector_is_the_conjunction_of_its_requirements(requirements: list[Requirement]):
    selector = Selector.of(*requirements)
    for labels in LABELS:
        assert selector.matches(labels) == all(requirement.matches(labels) for requirement in requirements)


@given(st.lists(REQUIREMENTS, max_size=3))
def test_selectors_are_canonical(requirements: list[Requirement]):
    assert Selector.of(*requirements) == Selector.of(*reversed(requirements), *requirements)


@given(REQUIREMENTS)
def test_in_and_not_in_exclude_each_other(requirement: Requirement):
    opposite = dict(zip(OPERATORS, ("NotIn", "In", "DoesNotExist", "Exists"), strict=True))[requirement.operator]
    other = Requirement(requirement.key, opposite, requirement.values)  # type: ignore[arg-type]
    for labels in LABELS:
        assert requirement.matches(labels) is not other.matches(labels)


def test_match_labels_are_requirements():
    assert Selector.labels({"b": "2", "a": "1"}) == Selector.of(
        Requirement("a", "In", ("1",)), Requirement("b", "In", ("2",))
    )


def test_no_requirement_selects_everything():
    assert Selector.labels({}) == SELECT_ALL
    assert all(SELECT_ALL.matches(labels) for labels in LABELS)


@pytest.mark.parametrize(
    ("requirement", "text"),
    [
        (Requirement("app", "In", ("a",)), "app=a"),
        (Requirement("app", "In", ("a", "b")), "app in (a,b)"),
        (Requirement("app", "NotIn", ("a",)), "app notin (a)"),
        (Requirement("app", "Exists"), "app"),
        (Requirement("app", "DoesNotExist"), "!app"),
    ],
)
def test_the_text_is_what_kubectl_takes(requirement: Requirement, text: str):
    assert str(Selector.of(requirement)) == text
    assert str(Selector.of(requirement, Requirement("z", "Exists"))) == f"{text},z"


def test_the_text_of_everything():
    assert str(SELECT_ALL) == "everything"
