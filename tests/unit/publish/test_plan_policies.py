"""Whether and how policies are published: the decision, without anything outside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netpol_action.author import Author
from netpol_action.errors import UsageError
from netpol_action.event import PullRequest
from netpol_action.inputs import OUTPUTS, PullRequestOptions, RunOptions
from netpol_action.publish.describe import describe
from netpol_action.publish.effects import (
    Annotate,
    AppendSummary,
    Change,
    Level,
    ListResource,
    MadeFrom,
    PushCommit,
    SetOutput,
    UpsertPullRequest,
    WriteFile,
)
from netpol_action.publish.outcome import Listing, Outcome
from netpol_action.publish.plan import plan
from netpol_action.publish.plan_policies import publication
from netpol_action.publish.runs import PULL_REQUEST_MARK
from netpol_action.publish.target import Target, suffix
from netpol_action.runner import Runner

START = "a" * 40
TARGET = Target("o/r", "k8s/policies.yaml", "main", START, inputs=MadeFrom(searched=("k8s",)))
NOWHERE = replace(TARGET, branch="")
RUNNER = Runner(event_name="push", repository="o/r", run=(40, 2), actor="ada")
FOUND = Outcome(policies=b"new\n", proposal="what changes")
COMMIT = RunOptions(generate=True, publish="commit")
PROPOSE = RunOptions(generate=True, publish="pull-request")
CHANGE = Change(
    "o/r",
    (WriteFile("k8s/policies.yaml", b"new\n"),),
    "Update network policies",
    run=(40, 2),
    inputs=MadeFrom(searched=("k8s",)),
    seen=START,
)
ELSEWHERE = replace(CHANGE, seen="")
OWN = PullRequest(7, "main", START, "c" * 40, "topic", "o/r", "o/r")
FORK = Outcome(policies=b"new\n", pull_request=replace(OWN, head_repository="mallory/r"))
ON_PULL_REQUEST = replace(RUNNER, event_name="pull_request")


@pytest.mark.parametrize(
    ("options", "target", "effect"),
    [
        (COMMIT, TARGET, PushCommit(CHANGE, "main", START)),
        (replace(COMMIT, branch="main"), TARGET, PushCommit(CHANGE, "main", START)),
        (replace(COMMIT, branch="policies"), TARGET, PushCommit(ELSEWHERE, "policies", START, exact=False)),
        (replace(COMMIT, branch="policies"), NOWHERE, PushCommit(ELSEWHERE, "policies", START, exact=False)),
        (
            replace(COMMIT, commit_message="Mine", author=Author("Ada", "a@b"), sign_off=True),
            TARGET,
            PushCommit(replace(CHANGE, message="Mine", author=Author("Ada", "a@b"), sign_off=True), "main", START),
        ),
    ],
)
def test_a_commit_goes_to_the_branch_that_is_named_or_checked_out(
    options: RunOptions, target: Target, effect: PushCommit
):
    assert publication(FOUND, options, RUNNER, target).effect == effect


@pytest.mark.parametrize(
    ("options", "target", "runner", "outcome", "begin"),
    [
        (COMMIT, TARGET, replace(RUNNER, branch="main"), FOUND, False),
        (COMMIT, replace(TARGET, branch="topic"), ON_PULL_REQUEST, replace(FOUND, pull_request=OWN), False),
        (COMMIT, replace(TARGET, branch="new"), replace(RUNNER, branch="main"), FOUND, True),
        (COMMIT, replace(TARGET, repository="o/other"), replace(RUNNER, branch="main"), FOUND, True),
        (replace(COMMIT, branch="main"), NOWHERE, replace(RUNNER, branch="main"), FOUND, True),
    ],
)
def test_the_branch_that_the_run_is_for_is_not_begun(
    options: RunOptions, target: Target, runner: Runner, outcome: Outcome, *, begin: bool
):
    effect = publication(outcome, options, runner, target).effect
    assert isinstance(effect, PushCommit)
    assert effect.begin == begin


def proposed(options: RunOptions, target: Target = TARGET) -> UpsertPullRequest:
    effect = publication(FOUND, options, RUNNER, target).effect
    assert isinstance(effect, UpsertPullRequest)
    return effect


LISTING = Listing("sub/k8s/kustomization.yaml", "policies.yaml", b"resources: []\n", b"resources: [policies.yaml]\n")


def test_the_kustomization_is_edited_in_the_same_commit_and_written_after_the_policies():
    found, target = replace(FOUND, listing=LISTING), replace(TARGET, kustomization="k8s/kustomization.yaml")
    both = replace(CHANGE, files=(*CHANGE.files, ListResource("k8s/kustomization.yaml", "policies.yaml")))
    assert publication(found, COMMIT, RUNNER, target).effect == PushCommit(both, "main", START)
    written = [each for each in plan(found, COMMIT, RUNNER, target) if isinstance(each, WriteFile)]
    assert written == [WriteFile("network-policies.yaml", b"new\n"), WriteFile(LISTING.path, LISTING.content)]


def test_a_kustomization_that_lists_them_already_is_not_written_but_held_to_it():
    found = replace(FOUND, listing=replace(LISTING, before=LISTING.content))
    target = replace(TARGET, kustomization="k8s/kustomization.yaml")
    effects = plan(found, COMMIT, RUNNER, target)
    assert [each.path for each in effects if isinstance(each, WriteFile)] == ["network-policies.yaml"]
    (commit,) = (each for each in effects if isinstance(each, PushCommit))
    assert [each.path for each in commit.change.files] == ["k8s/policies.yaml", "k8s/kustomization.yaml"]


def test_a_pull_request_goes_into_the_branch_that_is_checked_out():
    assert proposed(PROPOSE) == UpsertPullRequest(
        CHANGE, "netpol-action/policies", "main", "Update network policies", PULL_REQUEST_MARK, "what changes"
    )


def test_all_that_is_asked_for_of_it_is_passed_on():
    how = PullRequestOptions("Title", "Above", ("l",), ("a",), ("r",), ("t",), "true", "none", delete_branch=True)
    found = proposed(replace(PROPOSE, pull_request=how, branch="b", base="release"), NOWHERE)
    assert (found.branch, found.base, found.title, found.body) == ("b", "release", "Title", "Above\n\nwhat changes")
    assert (found.labels, found.assignees, found.reviewers, found.team_reviewers) == (("l",), ("a",), ("r",), ("t",))
    assert (found.draft, found.delete_branch) == ("true", True)
    assert found.change.seen == ""


@pytest.mark.parametrize(
    ("kind", "ending"),
    [("none", ""), ("random", "-1f2e"), ("timestamp", "-1700000000"), ("short-commit-hash", "-aaaaaaa")],
)
def test_a_suffix_is_added_to_its_branch(kind: str, ending: str):
    added = suffix(kind, START, 1_700_000_000.9, "1f2e")
    assert proposed(PROPOSE, replace(TARGET, suffix=added)).branch == f"netpol-action/policies{ending}"


def test_without_a_commit_there_is_no_suffix_of_it():
    assert suffix("short-commit-hash", "", 0, "1f2e") == ""


@pytest.mark.parametrize(
    ("options", "target", "sentence"),
    [
        (COMMIT, NOWHERE, "branch: no branch is checked out"),
        (PROPOSE, NOWHERE, "base: no branch is checked out"),
        (replace(PROPOSE, branch="main"), TARGET, "branch: a pull request from main cannot be merged into main"),
    ],
)
def test_a_missing_branch_is_named_by_its_input(options: RunOptions, target: Target, sentence: str):
    with pytest.raises(UsageError, match=sentence):
        publication(FOUND, options, RUNNER, target)


@pytest.mark.parametrize(
    ("outcome", "runner", "reason"),
    [
        (
            replace(FOUND, failures=("1 document was left out",)),
            RUNNER,
            "because a gate failed: 1 document was left out",
        ),
        (FORK, ON_PULL_REQUEST, "a pull request from a fork, whose token may only read. They are in the job summary"),
        (FORK, replace(RUNNER, event_name="pull_request_review"), "a pull request from a fork"),
        (FORK, replace(RUNNER, event_name="pull_request_review_comment"), "a pull request from a fork"),
    ],
)
@pytest.mark.parametrize("options", [COMMIT, PROPOSE])
def test_what_is_not_published_is_said_with_the_reason(
    outcome: Outcome, runner: Runner, reason: str, options: RunOptions
):
    effects = plan(outcome, options, runner, NOWHERE)
    assert not [each for each in effects if isinstance(each, PushCommit | UpsertPullRequest)]
    (warning,) = [each for each in effects if isinstance(each, Annotate) and each.level is Level.WARNING]
    assert reason in warning.message
    (line,) = [each.markdown for each in effects if isinstance(each, AppendSummary)]
    assert "are not published" in line


@pytest.mark.parametrize(
    ("outcome", "runner"),
    [
        (replace(FOUND, pull_request=OWN), ON_PULL_REQUEST),
        (FORK, replace(RUNNER, event_name="pull_request_target")),
        (replace(FOUND, pull_request=OWN), replace(ON_PULL_REQUEST, actor="dependabot[bot]")),
    ],
)
def test_others_are_published(outcome: Outcome, runner: Runner):
    assert publication(outcome, COMMIT, runner, TARGET).effect is not None


@pytest.mark.parametrize(
    ("outcome", "options", "target"),
    [(FOUND, RunOptions(generate=True), TARGET), (Outcome(), COMMIT, TARGET), (FOUND, COMMIT, None)],
)
def test_where_nothing_is_to_be_published_nothing_is_said(outcome: Outcome, options: RunOptions, target: Target | None):
    found = publication(outcome, options, RUNNER, target)
    assert (found.effect, found.reason) == (None, "")


@pytest.mark.parametrize("options", [COMMIT, PROPOSE])
def test_every_output_is_set_once_by_the_plan_or_by_whoever_performs_it(options: RunOptions):
    effects = plan(FOUND, replace(options, artifacts=False), RUNNER, TARGET)
    planned = [each.name for each in effects if isinstance(each, SetOutput)]
    of_commit = {"commit-sha", "commit-verified"}
    of_pull_request = {name for name in OUTPUTS if name.startswith("pull-request")}
    left = of_commit if options is COMMIT else of_commit | of_pull_request
    assert sorted([*planned, *left]) == sorted(OUTPUTS)


def test_a_dry_run_says_what_would_be_published():
    assert [describe(each) for each in plan(FOUND, COMMIT, RUNNER, TARGET) if isinstance(each, PushCommit)] == [
        "commit k8s/policies.yaml to main of o/r"
    ]
    assert describe(proposed(PROPOSE)) == (
        "open or update a pull request with k8s/policies.yaml from netpol-action/policies into main of o/r: "
        "Update network policies"
    )
