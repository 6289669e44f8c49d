"""The pull request with the policies: the real client against a server with a real repository behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faults import FAULTS, at, kinds
from github_git import BY_GITHUB
from github_server import Fault
from github_shapes import pull
from published import OURS, PATH, World, change, proposal, world

from netpol_action.publish.errors import ForbiddenError, PublishingError
from netpol_action.publish.runs import PULL_REQUEST_MARK, body_of


@pytest.fixture
def github(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def test_the_first_run_makes_it(github: World):
    done = github.propose()
    assert done.operation == "created"
    (made,) = github.pulls.open()
    assert done.pull_request is not None
    assert (done.pull_request.number, done.pull_request.url) == (7, "https://github.com/o/r/pull/7")
    assert made["body"] == "<!-- netpol-action pull request --><!-- run 40.1 -->\nwhat changes"
    assert github.data.content(OURS, PATH) == b"new\n"
    assert github.messages(OURS, "main") == ["Update network policies"]
    assert github.data.branches()["main"] == github.start


def test_the_next_run_updates_it(github: World):
    github.propose()
    done = github.propose(proposal(b"newer\n", 41, "what changes now"))
    assert done.operation == "updated"
    (made,) = github.pulls.open()
    assert made["body"].endswith("what changes now")
    assert github.data.content(OURS, PATH) == b"newer\n"
    assert github.messages(OURS, "main") == ["Update network policies"]


def test_a_run_that_finds_all_as_it_should_be_writes_nothing(github: World):
    wanted = replace(
        proposal(), labels=("policies",), assignees=("ada",), reviewers=("bob",), team_reviewers=("o/sec",)
    )
    github.propose(wanted)
    github.state.requests.clear()
    done = github.propose(replace(wanted, change=change(run=41)))
    assert done.operation == "none"
    assert done.pull_request is not None
    assert done.pull_request.number == 7
    assert github.state.writes() == []


def test_it_follows_its_base(github: World):
    github.propose()
    moved = github.somebody_pushes("main", {"README.md": b"moved\n"})
    assert github.propose(proposal(run=41)).operation == "updated"
    assert github.data.git("rev-parse", f"{OURS}^") == moved
    assert len(github.pulls.all) == 1


def test_where_nothing_is_left_to_change_it_is_closed(github: World):
    github.propose()
    github.somebody_pushes("main", {PATH: b"new\n"})
    done = github.propose(proposal(run=41))
    assert done.operation == "closed"
    assert github.pulls.open() == []
    assert OURS in github.data.branches()
    assert github.propose(proposal(run=42)).operation == "none"


@pytest.mark.parametrize("known", [True, False])
def test_its_branch_goes_where_that_is_asked_for(github: World, *, known: bool):
    github.state.has_update_refs = known
    github.propose()
    github.somebody_pushes("main", {PATH: b"new\n"})
    assert github.propose(proposal(run=41), delete_branch=True).operation == "closed"
    assert set(github.data.branches()) == {"main"}


@pytest.mark.parametrize(("resolved", "lost"), [(b"both\n", False), (b"new\n", True), (b"main's own\n", True)])
def test_what_a_person_writes_in_the_editor_for_conflicts_is_not_lost(github: World, resolved: bytes, *, lost: bool):
    github.propose()
    ours, moved = github.data.branches()[OURS], github.somebody_pushes("main", {PATH: b"main's own\n"})
    people = ("GitHub", "noreply@github.com")
    merge = github.data.commit({PATH: resolved}, ours, moved, message="Merge branch 'main'", people=people)
    github.data.point(OURS, merge)
    if lost:
        assert github.propose(proposal(b"newer\n", 41)).operation == "updated"
    else:
        with pytest.raises(PublishingError, match="holds commits by others"):
            github.propose(proposal(b"newer\n", 41))
    assert (github.data.branches()[OURS] != merge) == lost


def test_a_branch_of_its_name_with_nothing_but_merges_by_github_is_not_taken_over(github: World):
    moved = github.somebody_pushes("main", {"README.md": b"later\n"})
    people = ("GitHub", "noreply@github.com")
    merge = github.data.commit({}, github.start, moved, message="Merge branch 'main'", people=people)
    github.data.point(OURS, merge)
    with pytest.raises(PublishingError, match="was not made by this action"):
        github.propose()
    assert github.data.branches()[OURS] == merge


def test_where_rules_keep_the_branch_the_pull_request_is_closed_and_a_warning_says_so(github: World):
    github.propose()
    github.somebody_pushes("main", {PATH: b"new\n"})
    github.data.protected.add(OURS)
    done = github.propose(proposal(run=41), delete_branch=True)
    assert done.operation == "closed"
    assert "could not be removed" in done.warnings[0]
    assert github.pulls.open() == []
    again = github.propose(proposal(run=42), delete_branch=True)
    assert again.operation == "none"
    assert "could not be removed" in again.warnings[0]


def test_a_branch_without_a_pull_request_goes_too_but_not_one_that_was_never_ours(github: World):
    github.data.point("develop", github.start)
    unchanged = proposal(b"old\n")
    assert github.propose(unchanged, branch="develop", delete_branch=True).operation == "none"
    assert "develop" in github.data.branches()
    github.data.delete_ref("develop")
    github.propose(branch="develop")
    github.pulls.all[7]["state"] = "closed"
    github.propose(replace(unchanged, change=change(b"old\n", 41)), branch="develop", delete_branch=True)
    assert set(github.data.branches()) == {"main"}


@pytest.mark.parametrize("merged", ["by itself", "by a merge"])
def test_a_branch_of_ours_that_was_merged_is_used_again_and_goes_where_that_is_asked_for(github: World, merged: str):
    github.propose(branch="policies")
    tip = github.data.branches()["policies"]
    if merged == "by a merge":
        moved = github.somebody_pushes("main", {"README.md": b"moved\n"})
        tip = github.data.commit({"README.md": b"moved\n"}, tip, moved, message="Merge", people=BY_GITHUB)
        github.data.point("policies", tip)
    github.data.point("main", tip)
    github.pulls.all[7]["state"] = "closed"
    github.somebody_pushes("main", {"README.md": b"later\n"})
    assert github.propose(proposal(b"newer\n", 41), branch="policies").operation == "created"
    github.data.point("policies", tip)
    github.propose(proposal(b"new\n", 42), branch="policies", delete_branch=True)
    assert "policies" not in github.data.branches()


@pytest.mark.parametrize(
    "where", ["at the base", "behind it", "at a merge by GitHub", "beyond it by a merge by GitHub"]
)
def test_a_branch_that_was_never_ours_is_not_moved(github: World, where: str):
    theirs = github.start
    if where == "behind it":
        github.somebody_pushes("main", {"README.md": b"moved\n"})
    if "merge" in where:
        further = github.data.commit({"README.md": b"moved\n"}, github.start)
        theirs = github.data.commit({}, github.start, further, message="Merge", people=BY_GITHUB)
        github.data.point("main", further if where.startswith("beyond") else theirs)
    github.data.point("release", theirs)
    with pytest.raises(PublishingError, match="the branch release exists and was not made by this action"):
        github.propose(branch="release")
    github.propose(proposal(b"old\n"), branch="release", delete_branch=True)
    assert github.data.branches()["release"] == theirs


def test_a_branch_that_stands_on_a_squashed_commit_of_ours_is_not_ours(github: World):
    github.propose()
    message = github.data.git("log", "-1", "--format=%B", OURS)
    squashed = github.data.commit({PATH: b"new\n"}, github.start, message=message, people=BY_GITHUB)
    for branch in ("main", "release"):
        github.data.point(branch, squashed)
    github.propose(proposal(b"new\n", 41), branch="release", delete_branch=True)
    assert github.data.branches()["release"] == squashed
    with pytest.raises(PublishingError, match="the branch release exists and was not made by this action"):
        github.propose(proposal(b"newer\n", 41), branch="release")


def test_the_default_branch_is_ours_but_only_removed_where_a_run_made_it(github: World):
    github.data.point(OURS, github.start)
    github.propose(proposal(b"old\n"), delete_branch=True)
    assert OURS in github.data.branches()
    assert github.propose().operation == "created"


def test_what_a_reviewer_amends_is_not_lost(github: World):
    github.propose()
    message = github.data.git("log", "-1", "--format=%B", OURS)
    amended = github.data.commit({PATH: b"new\n", "docs/why.md": b"hours of work\n"}, github.start, message=message)
    github.data.point(OURS, amended)
    with pytest.raises(PublishingError, match=rf"holds commits by others \({amended[:7]}\)"):
        github.propose(proposal(b"newer\n", 41))
    github.propose(proposal(b"old\n", 42), delete_branch=True)
    assert github.data.branches()[OURS] == amended


@pytest.mark.parametrize(
    ("other", "purpose"),
    [
        ({"change": change(b"a\n", 40, "app-a/p.yaml")}, f"app-a/p.yaml from {OURS} into main"),
        ({"base": "release"}, f"{PATH} from {OURS} into release"),
    ],
)
def test_two_jobs_do_not_reset_each_others_branch(github: World, other: dict[str, object], purpose: str):
    github.data.point("release", github.start)
    github.propose(**other)
    theirs = github.data.branches()[OURS]
    with pytest.raises(PublishingError, match=rf"holds policies of another job \({purpose}\): give each its own"):
        github.propose(proposal(b"newer\n", 41))
    done = github.propose(proposal(b"old\n", 42), delete_branch=True, labels=("ours",))
    assert (done.operation, done.pull_request) == ("none", None)
    assert github.data.branches()[OURS] == theirs
    assert github.pulls.all[7]["labels"] == []


def test_nothing_to_change_and_nothing_there_is_nothing(github: World):
    assert github.propose(proposal(b"old\n")).operation == "none"
    assert github.state.writes() == []


def test_commits_by_others_are_not_lost(github: World):
    github.propose()
    theirs = github.somebody_pushes(OURS, {"README.md": b"theirs\n"})
    with pytest.raises(
        PublishingError, match=rf"holds commits by others \({theirs[:7]}\), which would be lost: delete"
    ):
        github.propose(proposal(b"newer\n", 41))
    assert github.data.branches()[OURS] == theirs


def test_nor_is_a_branch_of_another_history_or_a_pull_request_that_holds_them(github: World):
    unrelated = github.data.commit({"other": b"x"})
    github.data.point(OURS, unrelated)
    with pytest.raises(PublishingError, match="holds commits by others"):
        github.propose()
    assert github.propose(proposal(b"old\n"), delete_branch=True).operation == "none"
    assert github.data.branches()[OURS] == unrelated


def test_what_the_button_update_branch_does_is_not_by_others(github: World):
    github.propose()
    moved = github.somebody_pushes("main", {"README.md": b"moved\n"})
    people = ("GitHub", "noreply@github.com")
    tip = github.data.branches()[OURS]
    merge = github.data.commit({"README.md": b"moved\n"}, tip, moved, message="Merge branch 'main'", people=people)
    github.data.point(OURS, merge)
    assert github.propose(proposal(b"newer\n", 41)).operation == "updated"
    assert github.messages(OURS, "main") == ["Update network policies"]


@pytest.mark.parametrize(("known", "refusal"), [(True, ""), (False, ""), (True, "no")])
def test_a_branch_is_reset_whether_or_not_the_server_does_it_in_one_step(github: World, refusal: str, *, known: bool):
    github.state.has_update_refs, github.state.refuses_update_refs = known, refusal
    github.propose()
    assert github.propose(proposal(b"newer\n", 41)).operation == "updated"
    assert github.data.content(OURS, PATH) == b"newer\n"


def test_a_pull_request_that_a_person_made_from_the_branch_keeps_its_text_and_the_rest(github: World):
    github.propose()
    theirs = github.pulls.all[7]
    theirs.update(title="Their own title", body="their words")
    done = github.propose(proposal(b"newer\n", 41), labels=("policies",), reviewers=("bob",))
    assert done.operation == "updated"
    assert done.warnings == (
        "the pull request 7 was not made by this action, and keeps its title, text, labels and people as they are",
    )
    assert (theirs["title"], theirs["body"], theirs["labels"]) == ("Their own title", "their words", [])
    assert theirs["requested_reviewers"] == []
    assert github.data.content(OURS, PATH) == b"newer\n"


def test_a_body_with_the_mark_is_ours_whoever_opened_it_and_whatever_stands_above(github: World):
    github.propose()
    github.pulls.all[7].update(title="Their own title", body=f"a word before\n{PULL_REQUEST_MARK}")
    assert github.propose(proposal(run=41)).operation == "updated"
    assert github.pulls.all[7]["body"].endswith("what changes")


def test_a_text_by_a_later_run_is_neither_closed_nor_replaced_by_an_earlier_one(github: World):
    github.propose()
    github.pulls.all[7]["body"] = body_of(proposal(run=43, body="later"))
    assert github.propose(proposal(run=41, body="earlier")).operation == "none"
    assert github.propose(proposal(b"old\n", 42)).operation == "none"
    assert github.pulls.all[7]["state"] == "open"
    assert github.pulls.all[7]["body"].endswith("later")


def test_what_a_later_run_does_after_the_pull_request_was_looked_at_stays(github: World):
    github.propose(proposal(b"first\n", 39, "first"))

    looked: list[str] = []

    def between(_method: str, path: str) -> None:
        if looked:
            github.state.between = lambda _method, _path: None
            github.propose(proposal(b"later\n", 41, "later"))
        elif path.endswith("/pulls"):
            looked.append(path)

    github.state.between = between
    github.propose(proposal(b"earlier\n", 40, "earlier"))
    assert github.data.content(OURS, PATH) == b"later\n"
    assert github.pulls.all[7]["body"].endswith("later")


def test_what_a_later_run_wrote_stays(github: World):
    github.propose(proposal(b"later\n", 41, "later"))
    done = github.propose(proposal(b"new\n", 40, "earlier"))
    assert done.operation == "none"
    assert done.warnings == (f"a later run has written to the branch {OURS} already, and this one leaves it as it is",)
    assert github.data.content(OURS, PATH) == b"later\n"
    assert github.pulls.all[7]["body"].endswith("later")


def test_a_run_by_hand_may_always_write(github: World):
    github.propose()
    by_hand = replace(proposal(b"by hand\n", body="by hand"), change=replace(change(b"by hand\n"), run=(0, 0)))
    assert github.propose(by_hand).operation == "updated"
    assert github.data.content(OURS, PATH) == b"by hand\n"
    assert github.propose(proposal(b"later\n", 41)).operation == "updated"


def test_it_gets_labels_people_and_teams_beside_those_that_it_has(github: World):
    github.propose(labels=("Policies", "security"), assignees=("ada",), reviewers=("bob",), team_reviewers=("o/sec",))
    found = github.pulls.all[7]
    assert [each["name"] for each in found["labels"]] == ["Policies", "security"]
    assert [each["login"] for each in found["assignees"]] == ["ada"]
    assert [each["login"] for each in found["requested_reviewers"]] == ["bob"]
    assert [each["slug"] for each in found["requested_teams"]] == ["sec"]
    github.propose(proposal(b"newer\n", 41), labels=("policies", "new"), assignees=("Ada", "eve"))
    assert [each["name"] for each in found["labels"]] == ["Policies", "security", "new"]
    assert [each["login"] for each in found["assignees"]] == ["ada", "eve"]


def test_who_gave_a_review_is_not_asked_again(github: World):
    github.propose()
    github.pulls.reviews[7] = ["bob"]
    github.propose(proposal(run=41), reviewers=("bob", "github-actions[bot]"))
    assert github.pulls.all[7]["requested_reviewers"] == []


def test_what_cannot_be_had_of_these_is_a_warning_and_the_rest_is_done(github: World):
    done = github.propose(reviewers=("nobody",), team_reviewers=("no-team",), assignees=("ada", "nobody"))
    assert done.operation == "created"
    assert done.warnings[0] == "the pull request is not assigned to all: GitHub does not take nobody"
    assert [each.partition(":")[0] for each in done.warnings[1:]] == [
        "the pull request is not sent to its reviewers",
        "the pull request is not sent to the teams that are to review it",
    ]
    assert [each["login"] for each in github.pulls.all[7]["assignees"]] == ["ada"]


@pytest.mark.parametrize(("draft", "again"), [("false", False), ("true", False), ("always-true", True)])
def test_drafts(github: World, draft: str, *, again: bool):
    github.propose(draft=draft)
    assert github.pulls.all[7]["draft"] is (draft != "false")
    github.pulls.all[7]["draft"] = False
    github.propose(proposal(run=41), draft=draft)
    assert github.pulls.all[7]["draft"] is False
    github.propose(proposal(b"newer\n", 42), draft=draft)
    assert github.pulls.all[7]["draft"] is again


def test_where_there_are_no_drafts_it_is_none_and_that_is_said(github: World):
    github.pulls.drafts = False
    done = github.propose(draft="true")
    assert (done.operation, done.warnings) == (
        "created",
        ("the pull request is no draft: this repository offers none",),
    )
    assert github.pulls.all[7]["draft"] is False


def test_an_unknown_base_is_named(github: World):
    with pytest.raises(PublishingError, match="there is no branch release in o/r"):
        github.propose(base="release")


@pytest.mark.parametrize(
    ("token", "permitted", "sentence"),
    [("read-token", True, "Resource not accessible"), ("bot-token", False, "not permitted to create or approve")],
)
def test_what_is_not_allowed_is_told_apart(github: World, token: str, sentence: str, *, permitted: bool):
    github.pulls.permitted = permitted
    with pytest.raises(ForbiddenError, match=sentence):
        github.propose(token=token)
    assert github.pulls.all == {}


def test_a_pull_request_that_is_not_from_this_repositorys_branch_is_not_taken_for_ours(github: World):
    foreign = pull(99, "mallory", (OURS, "0" * 40), ("main", github.start))
    foreign["head"]["repo"]["full_name"] = "o/fork"
    github.pulls.all[99] = foreign
    listed = github.pulls.listed
    github.state.between = lambda _method, _path: None
    assert listed({"head": f"o:{OURS}"}) == [foreign]
    foreign["base"]["ref"] = "main"
    with pytest.raises(PublishingError):
        github.propose()  # this server, unlike the real one, takes the two for one
    assert foreign["body"] == ""


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_fails_at_any_request_there_is_exactly_one_of_each(github: World, fault: Fault):
    wanted = replace(proposal(), labels=("policies",), assignees=("ada",), reviewers=("bob",), team_reviewers=("sec",))
    github.propose(wanted)
    for kind in kinds(github.state.requests):
        github.data.delete_ref(OURS)
        github.pulls.all.clear()
        github.state.faults = [at(kind, fault)]
        done = github.propose(wanted)
        assert github.state.faults[0].times == 0, kind
        assert (done.operation, done.warnings) == ("created", ()), kind
        (made,) = github.pulls.open()
        assert made["body"] == body_of(wanted)
        counts = [len(made[name]) for name in ("labels", "assignees", "requested_reviewers", "requested_teams")]
        assert counts == [1, 1, 1, 1], kind
        assert github.messages(OURS, "main") == ["Update network policies"], kind


@pytest.mark.parametrize("fault", FAULTS)
def test_so_it_is_where_one_is_updated(github: World, fault: Fault):
    github.propose()
    github.state.requests.clear()
    github.propose(proposal(b"first\n", 41, "first"))
    for number, kind in enumerate(kinds(github.state.requests), 42):
        wanted = proposal(f"{number}\n".encode(), number, f"body {number}")
        github.state.faults = [at(kind, fault)]
        assert github.propose(wanted).operation == "updated", kind
        assert github.state.faults[0].times == 0, kind
        (made,) = github.pulls.open()
        assert made["body"] == body_of(wanted), kind
        assert github.messages(OURS, "main") == ["Update network policies"], kind
        assert github.data.content(OURS, PATH) == f"{number}\n".encode(), kind


@pytest.mark.parametrize("fault", FAULTS)
def test_and_where_one_is_closed(github: World, fault: Fault):
    github.propose()
    closing = replace(proposal(b"old\n", 41), delete_branch=True)
    github.state.requests.clear()
    github.propose(closing)
    for number, kind in enumerate(kinds(github.state.requests), 42):
        github.propose(proposal(run=2 * number))
        github.state.faults = [at(kind, fault)]
        done = github.propose(replace(closing, change=change(b"old\n", 2 * number + 1)))
        assert github.state.faults[0].times == 0, kind
        assert done.operation == "closed", kind
        assert github.pulls.open() == [], kind
        assert set(github.data.branches()) == {"main"}, kind
