"""What is to be done so that there is one comment: the decision, without GitHub."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpol_action.publish.effects import UpsertComment
from netpol_action.publish.sticky import Comment, Create, Delete, Edit, Hide, Show, Step, body_of, mark, ours, steps

WANTED = UpsertComment(7, mark("CI/map"), (40, 1), "### verdict")
BOT = "github-actions[bot]"


def by(run: tuple[int, int], number: int = 1, markdown: str = "other", *, applies: bool = True) -> Comment:
    return Comment(number, BOT, body_of(replace(WANTED, run=run, markdown=markdown, applies=applies)))


def test_the_mark_comes_first_and_then_the_verdict():
    first, second = body_of(WANTED).split("\n")
    assert first == "<!-- netpol-action comment: CI/map --><!-- run 40.1 -->"
    assert second == "### verdict"


@pytest.mark.parametrize("key", ["--> <script>", "a -- b", "<!--", "x\ny", "@octocat", "naïve ✓", "-", ""])
def test_no_name_ends_the_mark_early(key: str):
    found = mark(key)
    assert found.startswith("<!-- ")
    assert found.endswith(" -->")
    assert not set(found.removeprefix("<!--").removesuffix("-->")) & set("<>\n@")
    assert "--" not in found.removeprefix("<!--").removesuffix("-->")


@pytest.mark.parametrize("key", ["CI/map", "map of dev", "a.b,c:d/e-f_g 9", "k" * 200])
def test_an_ordinary_key_is_its_mark(key: str):
    assert mark(key) == f"<!-- netpol-action comment: {key} -->"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("部署/check", "测试/check"),
        ("a!", "a?"),
        ("a--b", "a-b"),
        ("a ", "a"),
        ("部", "_"),
        (f"{'k' * 600}1", f"{'k' * 600}2"),
        ("-", ""),
    ],
)
def test_different_keys_have_different_marks(one: str, other: str):
    assert mark(one) != mark(other)


@pytest.mark.parametrize("key", ["k" * 600, "部" * 600, "- " * 600])
def test_a_mark_and_its_run_fit_into_what_is_kept_for_them(key: str):
    wanted = replace(WANTED, mark=mark(key), run=(10**19, 10**19), markdown="", applies=False)
    assert len(body_of(wanted)) <= 512
    assert ours([Comment(1, BOT, body_of(replace(wanted, mark=mark(f"{key}x"))))], wanted, BOT) == []


def test_comments_of_a_longer_key_are_not_ours():
    longer = replace(WANTED, mark=mark("CI/map of dev"))
    assert ours([Comment(1, BOT, body_of(longer))], WANTED, BOT) == []


@pytest.mark.parametrize(("author", "found"), [("github-actions", 1), (BOT, 1), ("mallory", 0), ("", 0)])
def test_a_mark_by_somebody_else_is_no_comment_of_ours(author: str, found: int):
    assert len(ours([replace(by((1, 1)), author=author)], WANTED, BOT)) == found


def test_a_mark_further_down_is_a_quotation():
    assert ours([Comment(1, BOT, f"> {body_of(WANTED)}")], WANTED, BOT) == []


@pytest.mark.parametrize(
    ("comments", "wanted", "todo"),
    [
        ((), WANTED, (Create(body_of(WANTED)),)),
        ((), replace(WANTED, applies=False), ()),
        ((), replace(WANTED, may_create=False), ()),
        ((by((39, 1)),), replace(WANTED, may_create=False), (Edit(by((39, 1)), body_of(WANTED)),)),
        ((by((39, 1)),), WANTED, (Edit(by((39, 1)), body_of(WANTED)),)),
        ((by((39, 1), markdown="### verdict"),), WANTED, ()),
        ((by((41, 1)),), WANTED, ()),
        ((by((40, 2)),), WANTED, ()),
        ((by((39, 1), 1), by((40, 1), 2)), WANTED, (Edit(by((39, 1), 1), body_of(WANTED)), Delete(by((40, 1), 2)))),
        (
            (by((39, 1), 1), by((41, 1), 2)),
            WANTED,
            (Edit(by((39, 1), 1), by((41, 1)).body), Delete(by((41, 1), 2))),
        ),
        (
            (by((39, 1), applies=False),),
            WANTED,
            (Show(by((39, 1), applies=False)), Edit(by((39, 1), applies=False), body_of(WANTED))),
        ),
        (
            (by((39, 1)),),
            replace(WANTED, applies=False),
            (Hide(by((39, 1))), Edit(by((39, 1)), body_of(replace(WANTED, applies=False)))),
        ),
    ],
)
def test_what_is_to_be_done(comments: tuple[Comment, ...], wanted: UpsertComment, todo: tuple[Step, ...]):
    assert steps(comments, wanted, BOT) == todo


def test_other_line_ends_are_no_change():
    comment = by((39, 1), markdown="a\r\nb\r\n")
    assert steps((comment,), replace(WANTED, markdown="a\nb"), BOT) == ()


runs = st.tuples(st.integers(38, 42), st.integers(1, 2))


@given(st.lists(st.tuples(runs, st.booleans(), st.sampled_from("ab")), max_size=4), st.booleans(), runs)
def test_doing_it_leaves_one_comment_and_nothing_more_to_do(
    before: list[tuple[tuple[int, int], bool, str]], applies: bool, run: tuple[int, int]
):
    comments = {n: by(r, n, text, applies=a) for n, (r, a, text) in enumerate(before)}
    wanted = replace(WANTED, run=run, applies=applies, markdown="a")
    for step in steps(tuple(comments.values()), wanted, BOT):
        match step:
            case Create(body=body):
                comments[99] = Comment(99, BOT, body)
            case Edit(comment=comment, body=body):
                comments[comment.id] = replace(comment, body=body)
            case Delete(comment=comment):
                del comments[comment.id]
            case _:
                pass
    assert steps(tuple(comments.values()), wanted, BOT) == ()
    assert len(comments) == (1 if before or applies else 0)
