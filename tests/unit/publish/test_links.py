"""The line with the links, and what a comment that has one is compared by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netpol_action.publish.effects import (
    Change,
    PushCommit,
    UpsertComment,
    UpsertPullRequest,
)
from netpol_action.publish.links import LINKS_CHARACTERS, links, with_links, without_links
from netpol_action.publish.plan import COMMENT_CHARACTERS
from netpol_action.publish.sticky import Comment, Edit, body_of, mark, steps

FILES, PICTURE = (
    "https://github.com/o/r/actions/runs/1/artifacts/2",
    "https://github.com/o/r/actions/runs/1/artifacts/3",
)
LINE = f"[Picture](<{PICTURE}>) · [All files](<{FILES}>) <!-- netpol-action links -->"
COMMENT = UpsertComment(7, mark("CI/map"), (40, 1), "### verdict\n\n</details>")
CHANGE = Change("o/r", (), "message")
PULL_REQUEST = UpsertPullRequest(CHANGE, "ours", "main", "title", "<!-- mark -->", "body")


@pytest.mark.parametrize(
    ("files", "picture", "line"),
    [
        (FILES, PICTURE, LINE),
        (FILES, "", f"[All files](<{FILES}>) <!-- netpol-action links -->"),
        ("", "", ""),
        ("https://" + "x" * LINKS_CHARACTERS, "", ""),
    ],
)
def test_the_line(files: str, picture: str, line: str):
    assert links(files, picture) == line


def test_it_is_the_last_paragraph_of_what_is_written_on_github():
    assert with_links(COMMENT, LINE) == replace(COMMENT, markdown=f"### verdict\n\n</details>\n\n{LINE}")
    assert with_links(PULL_REQUEST, LINE) == replace(PULL_REQUEST, body=f"body\n\n{LINE}")
    commit = PushCommit(CHANGE, "main", "0" * 40)
    assert with_links(commit, LINE) == commit
    assert with_links(COMMENT, "") == COMMENT


def test_the_longest_comment_with_the_longest_line_is_within_githubs_limit():
    longest = links("https://" + "x" * (LINKS_CHARACTERS - 60), "")
    assert longest
    wanted = replace(COMMENT, mark=mark("k" * 100), run=(10**19, 99), markdown="x" * COMMENT_CHARACTERS, applies=False)
    assert len(body_of(with_links(wanted, longest))) <= 65_536


@pytest.mark.parametrize("text", ["", "one", "### verdict\n\n[a](b)", "a\n\n<!-- another -->"])
def test_a_text_without_the_line_stays_as_it_is(text: str):
    assert without_links(text) == text
    assert without_links(f"{text}\n\n{LINE}") == text


def there(markdown: str) -> tuple[Comment, ...]:
    return (Comment(1, "bot", body_of(replace(COMMENT, run=(39, 1), markdown=markdown))),)


def test_a_comment_that_says_the_same_keeps_the_links_that_it_has():
    wanted = with_links(COMMENT, LINE)
    earlier = with_links(COMMENT, LINE.replace("runs/1", "runs/0")).markdown
    assert steps(there(earlier), wanted, "bot") == ()
    assert steps(there(earlier.replace("\n", "\r\n")), wanted, "bot") == ()
    assert steps(there(earlier), COMMENT, "bot") == ()  # this time nothing was uploaded


def test_a_comment_that_has_none_gets_them():
    wanted = with_links(COMMENT, LINE)
    found = there(COMMENT.markdown)
    assert steps(found, wanted, "bot") == (Edit(found[0], body_of(wanted)),)


def test_with_another_text_come_the_new_links():
    wanted = with_links(replace(COMMENT, markdown="### other"), LINE)
    found = there(with_links(COMMENT, LINE).markdown)
    assert steps(found, wanted, "bot") == (Edit(found[0], body_of(wanted)),)
