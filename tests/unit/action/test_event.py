"""Which pull request a workflow runs for."""

from __future__ import annotations

import json

import pytest

from netpol_action.event import FinishedRun, PullRequest, finished_run, pull_request

SIDES = {"base": {"ref": "main", "sha": "b" * 40}, "head": {"ref": "topic", "sha": "c" * 40}}


def test_a_pull_request_is_found():
    payload = json.dumps({"action": "opened", "pull_request": {"number": 7, **SIDES}}).encode()
    assert pull_request(payload) == PullRequest(7, "main", "b" * 40, "c" * 40, "topic")


@pytest.mark.parametrize(
    ("head", "from_fork"),
    [({"full_name": "o/r"}, False), ({"full_name": "mallory/r"}, True), (None, True), ({}, True)],
)
def test_a_pull_request_from_another_repository_or_one_that_is_gone_is_from_a_fork(head: object, *, from_fork: bool):
    sides = {"base": {"repo": {"full_name": "o/r"}}, "head": {"ref": "topic", "repo": head}}
    found = pull_request(json.dumps({"pull_request": {"number": 7, **sides}}).encode())
    assert found is not None
    assert found.from_fork == from_fork


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"no json",
        b"[" * 100_000,
        b"\xff",
        b"[]",
        b"null",
        b'{"ref": "refs/heads/main"}',
        b'{"pull_request": null}',
        b'{"pull_request": {"number": "7"}}',
        b'{"pull_request": {"number": 0}}',
    ],
)
def test_other_payloads_name_none(payload: bytes):
    assert pull_request(payload) is None


def test_sides_that_are_not_as_described_are_empty():
    assert pull_request(b'{"pull_request": {"number": 7, "base": 1, "head": {"sha": []}}}') == PullRequest(
        7, "", "", ""
    )


RUN = {
    "event": "pull_request",
    "head_sha": "c" * 40,
    "head_branch": "topic",
    "head_repository": {"full_name": "fork/r", "owner": {"login": "fork"}},
}


def test_a_finished_run_says_where_the_head_was():
    payload = json.dumps({"action": "completed", "workflow_run": RUN}).encode()
    run = finished_run(payload)
    assert run == FinishedRun("c" * 40, "fork", "fork/r", "topic")
    assert pull_request(payload) is None
    assert run.is_of(PullRequest(7, "main", "b" * 40, "c" * 40, "topic", "o/r", "fork/r"))
    assert not run.is_of(PullRequest(7, "main", "b" * 40, "d" * 40, "topic", "o/r", "fork/r"))
    assert not run.is_of(PullRequest(7, "main", "b" * 40, "c" * 40, "topic", "o/r", "other/r"))


@pytest.mark.parametrize(
    "difference",
    [
        {"event": "push"},
        {"head_sha": "HEAD"},
        {"head_sha": f"{'c' * 40}\n"},
        {"head_branch": None},
        {"head_repository": None},
        {"head_repository": {"full_name": "fork/r", "owner": None}},
        {"head_repository": {"owner": {"login": "fork"}}},
    ],
)
def test_other_finished_runs_say_nothing(difference: dict[str, object]):
    assert finished_run(json.dumps({"workflow_run": {**RUN, **difference}}).encode()) is None
