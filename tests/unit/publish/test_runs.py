"""The marks by which a run's commits and texts are known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from published import change, proposal

from netpol_action.author import Author
from netpol_action.publish.runs import body_of, message_of, run_of_body, run_of_commit, same_content

ADA = Author("Ada", "ada@example.com")
MARK = "Netpol-Action-Run: 40.1"


@pytest.mark.parametrize(
    ("text", "signer", "message"),
    [
        ("Subject", None, f"Subject\n\n{MARK}\n"),
        ("Subject", ADA, f"Subject\n\n{MARK}\nSigned-off-by: Ada <ada@example.com>\n"),
        ("Subject\n\nText.\n\n", None, f"Subject\n\nText.\n\n{MARK}\n"),
        ("Subject\n\nText.\n\nRefs: 7", None, f"Subject\n\nText.\n\nRefs: 7\n{MARK}\n"),
        ("Subject\n\nRefs: 7\nFixes: 8\n  and 9", None, f"Subject\n\nRefs: 7\nFixes: 8\n  and 9\n{MARK}\n"),
        ("fix: subject", None, f"fix: subject\n\n{MARK}\n"),
        ("Subject\n\nNote: this\nis text", None, f"Subject\n\nNote: this\nis text\n\n{MARK}\n"),
    ],
)
def test_trailers_follow_the_text_and_join_those_that_are_there(text: str, signer: Author | None, message: str):
    assert message_of(replace(change(), message=text), signer) == message


@pytest.mark.parametrize(
    ("message", "run"),
    [
        (f"Subject\n\n{MARK}", (40, 1)),
        (f"Subject\n\n{MARK}\nSigned-off-by: Ada <ada@example.com>\n", (40, 1)),
        ("Subject", None),
        (f"Revert\n\n{MARK}\n\nThis reverts commit 0.", None),
        ("Subject\n\n> Netpol-Action-Run: 40.1", None),
        ("Subject\n\nNetpol-Action-Run: many", None),
        ("Netpol-Action-Run: 40.1", None),
    ],
)
def test_only_a_trailer_of_the_last_paragraph_is_the_mark_of_a_run(message: str, run: tuple[int, int] | None):
    assert run_of_commit(message) == run


def test_a_body_says_by_which_run_it_is():
    assert run_of_body(body_of(proposal())) == (40, 1)
    assert run_of_body("written by hand\n<!-- run 41.1 -->") == (0, 0)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (body_of(proposal(run=41)), True),
        (body_of(proposal()).replace("\n", "\r\n") + "\r\n", True),
        (body_of(proposal(body="what changes\n\n[All files](<https://x>) <!-- netpol-action links -->")), True),
        (body_of(proposal(body="what else changes")), False),
        ("what changes", True),
        ("", False),
    ],
)
def test_bodies_are_compared_by_what_a_reader_sees(other: str, *, same: bool):
    assert same_content(body_of(proposal()), other) is same
