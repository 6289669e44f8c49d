"""The marks by which a run's commits and texts are known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from published import change, proposal

from netpol_action.author import Author
from netpol_action.publish.effects import PushCommit, WriteFile
from netpol_action.publish.runs import Marks, body_of, marks_of, message_of, purpose_of, run_of_body, same_content

ADA = Author("Ada", "ada@example.com")
TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
MARK = f"Netpol-Action-Run: 40.1\nNetpol-Action-For: p.yaml to main\nNetpol-Action-Tree: {TREE}"
OTHER = MARK.replace("40.1", "99.9")
MARKS = Marks((40, 1), "p.yaml to main", TREE)


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
    assert message_of(replace(change(), message=text), "p.yaml to main", TREE, signer) == message


@pytest.mark.parametrize(
    ("message", "marks"),
    [
        (f"Subject\n\n{MARK}", MARKS),
        (f"Subject\n\n{MARK}\nSigned-off-by: Ada <ada@example.com>\n", MARKS),
        (f"Subject\n\n{OTHER}\n{MARK}\n", MARKS),
        ("Subject", None),
        (f"Revert\n\n{MARK}\n\nThis reverts commit 0.", None),
        (f"Subject\n\n> {MARK}", None),
        (f"Subject\n\n{MARK.replace('40.1', 'many')}", None),
        (f"Subject\n\n{MARK.splitlines()[0]}", None),
        (MARK, None),
    ],
)
def test_only_the_last_trailers_of_the_last_paragraph_are_the_marks_of_a_run(message: str, marks: Marks | None):
    assert marks_of(message) == marks


@pytest.mark.parametrize("text", ["Subject", f"Subject\n\n{OTHER}"])
def test_a_message_has_its_own_marks_whatever_its_text_ends_in(text: str):
    message = message_of(replace(change(), message=text), "p.yaml to main", TREE, ADA)
    assert marks_of(message) == MARKS


def test_what_a_commit_is_for_is_one_line_whatever_its_files_are_called():
    wanted = PushCommit(replace(change(), files=(WriteFile("ü\n a,b\udcff.yaml", b""),)), "main", "")
    assert purpose_of(wanted) == "%C3%BC%0A%20a%2Cb%FF.yaml to main"
    assert marks_of(message_of(wanted.change, purpose_of(wanted), TREE, None)) == replace(
        MARKS, purpose=purpose_of(wanted)
    )
    assert purpose_of(proposal()) == "k8s/policies.yaml from netpol-action/policies into main"


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
