"""Which repository, branch and commit policies go to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from netpol_action.errors import UsageError
from netpol_action.event import PullRequest
from netpol_action.publish.target import Checkout, Target, target
from netpol_action.runner import Runner

TOP = Path("/github/workspace")
FILE = TOP / "network-policies.yaml"
PUSH = Runner(workspace=str(TOP), repository="o/r", event_name="push", branch="main", sha="a" * 40)
CHECKED_OUT = Checkout(TOP, "a" * 40, "main", "o/r", "https://github.com/o/r")
DETACHED = replace(CHECKED_OUT, branch="")
TAG = replace(PUSH, branch="")
MERGE, HEAD = "d" * 40, "c" * 40
ON_PULL_REQUEST = replace(PUSH, event_name="pull_request", branch="", sha=MERGE)
OWN = PullRequest(7, "main", "b" * 40, HEAD, "topic", "o/r", "o/r")
FORK = replace(OWN, head_repository="mallory/r")


@pytest.mark.parametrize(
    ("runner", "checkout", "event", "branch", "start"),
    [
        (PUSH, CHECKED_OUT, None, "main", "a" * 40),
        (PUSH, None, None, "main", "a" * 40),
        (PUSH, DETACHED, None, "main", "a" * 40),
        (PUSH, replace(DETACHED, head="e" * 40), None, "", "e" * 40),
        (PUSH, replace(CHECKED_OUT, branch="other", head="e" * 40), None, "other", "e" * 40),
        (TAG, DETACHED, None, "", "a" * 40),
        (ON_PULL_REQUEST, replace(DETACHED, head=MERGE), OWN, "topic", HEAD),
        (ON_PULL_REQUEST, replace(DETACHED, head=HEAD), OWN, "topic", HEAD),
        (ON_PULL_REQUEST, replace(DETACHED, head="e" * 40), OWN, "", "e" * 40),
        (ON_PULL_REQUEST, replace(CHECKED_OUT, branch="topic", head=HEAD), OWN, "topic", HEAD),
        (ON_PULL_REQUEST, replace(DETACHED, head=MERGE), FORK, "", HEAD),
        (ON_PULL_REQUEST, None, OWN, "topic", HEAD),
        (replace(PUSH, event_name="pull_request_target"), None, OWN, "main", "a" * 40),
    ],
)
def test_the_branch_is_the_one_that_the_run_is_on_and_the_start_what_it_saw(
    runner: Runner, checkout: Checkout | None, event: PullRequest | None, branch: str, start: str
):
    assert target(FILE, runner, checkout, event) == Target("o/r", "network-policies.yaml", branch, start)


def test_of_another_repository_the_event_says_nothing():
    other = Checkout(TOP, "a" * 40, "", "o/other", "https://github.com/o/other")
    assert target(FILE, PUSH, other, OWN) == Target("o/other", "network-policies.yaml", "", "a" * 40)


def test_where_origin_lies_elsewhere_it_is_the_repository_of_the_run():
    mirror = replace(CHECKED_OUT, repository="", remote="https://mirror.example/o/r")
    assert target(FILE, PUSH, mirror, None).repository == "o/r"


@pytest.mark.parametrize("remote", ["git@github-gitops:org/gitops.git", "https://gitlab.example/org/gitops"])
def test_what_origin_leads_to_is_not_the_repository_of_the_run_where_another_commit_is_checked_out(remote: str):
    other = Checkout(TOP, "e" * 40, "main", "", remote)
    assert target(FILE, PUSH, other, None) == Target("", "network-policies.yaml", "main", "e" * 40)


def test_names_that_differ_in_case_alone_are_of_one_repository():
    typed = replace(DETACHED, head=MERGE, repository="O/R")
    assert target(FILE, ON_PULL_REQUEST, typed, OWN) == Target("o/r", "network-policies.yaml", "topic", HEAD)


def test_the_path_counts_from_the_top_of_the_repository():
    below = replace(CHECKED_OUT, top=TOP / "source")
    assert target(TOP / "source/k8s/policies.yaml", PUSH, below, None).path == "k8s/policies.yaml"


def test_a_file_beside_the_repository_cannot_be_published():
    with pytest.raises(UsageError, match="does not lie in the repository"):
        target(FILE, PUSH, replace(CHECKED_OUT, top=TOP / "source"), None)
