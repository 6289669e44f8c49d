"""The action's inputs as options."""

from __future__ import annotations

import subprocess
from dataclasses import replace

import pytest

from netpol_action.author import Author
from netpol_action.errors import UsageError
from netpol_action.inputs import DEFAULTS, PullRequestOptions, RunOptions, read_inputs, unknown_inputs
from netpol_action.runner import Runner, read_runner


def read(**inputs: str) -> RunOptions:
    """The options of inputs by name, with `_` for `-`, as a runner passes them on."""
    return read_inputs({f"INPUT_{name.upper().replace('_', '-')}": value for name, value in inputs.items()})


def test_without_variables_every_option_is_its_default():
    assert read_inputs({}) == RunOptions()


def test_a_runner_passes_undeclared_inputs_as_empty_strings_and_they_count_as_defaults():
    assert read_inputs({f"INPUT_{name.upper()}": "" for name in DEFAULTS}) == RunOptions()


@pytest.mark.parametrize(
    ("inputs", "changed"),
    [
        ({"path": "k8s"}, {"paths": ("k8s",)}),
        ({"path": "k8s\n\n  more/k8s  \n"}, {"paths": ("k8s", "more/k8s")}),
        ({"path": "a,b\nc, a"}, {"paths": ("a", "b", "c")}),
        ({"path": " , "}, {}),
        ({"render": "helm"}, {"render": "helm"}),
        ({"helm_values": "values.yaml, prod.yaml"}, {"helm_values": ("values.yaml", "prod.yaml")}),
        ({"namespace": " shop "}, {"namespace": "shop"}),
        ({"config": "net.yaml"}, {"config": "net.yaml"}),
        ({"generate": "true"}, {"generate": True}),
        ({"generate": "True"}, {"generate": True}),
        ({"generate": "FALSE"}, {}),
        ({"policies_path": "out/p.yaml"}, {"policies_path": "out/p.yaml"}),
        ({"generate": "true", "kustomize": "true"}, {"generate": True, "kustomize": True}),
        ({"formats": "png"}, {"formats": ("png",)}),
        ({"formats": "dot\nmermaid"}, {"formats": ("dot", "mermaid")}),
        ({"output_directory": "out"}, {"output_directory": "out"}),
        ({"fail_on": "partial,unresolved"}, {"fail_on": ("partial", "unresolved")}),
        ({"fail_on": "none"}, {"fail_on": ()}),
        ({"summary": "false"}, {"summary": False}),
        ({"fail_on": "closed-required,widened"}, {"fail_on": ("closed-required", "widened")}),
        ({"before": "origin/main"}, {"before": "origin/main"}),
        ({"comment": "always"}, {"comment": "always"}),
        ({"comment_key": "map of dev/eu"}, {"comment_key": "map of dev/eu"}),
        ({"generate": "true", "publish": "commit"}, {"generate": True, "publish": "commit"}),
        ({"branch": "netpol/dev"}, {"branch": "netpol/dev"}),
        ({"branch": "refs/heads/netpol/dev"}, {"branch": "netpol/dev"}),
        ({"base": "release-1.2"}, {"base": "release-1.2"}),
        ({"commit_message": "feat: policies\n\nAll of them."}, {"commit_message": "feat: policies\n\nAll of them."}),
        ({"author": "Ada L. <ada@example.com>"}, {"author": Author("Ada L.", "ada@example.com")}),
        ({"sign_off": "true"}, {"sign_off": True}),
        ({"pull_request_title": "Policies"}, {"pull_request": PullRequestOptions(title="Policies")}),
        ({"pull_request_body": "By the\nplatform"}, {"pull_request": PullRequestOptions(body="By the\nplatform")}),
        ({"pull_request_labels": "a\nb c"}, {"pull_request": PullRequestOptions(labels=("a", "b c"))}),
        ({"pull_request_assignees": "a,b"}, {"pull_request": PullRequestOptions(assignees=("a", "b"))}),
        ({"pull_request_reviewers": "a, b"}, {"pull_request": PullRequestOptions(reviewers=("a", "b"))}),
        ({"pull_request_team_reviewers": "sec"}, {"pull_request": PullRequestOptions(team_reviewers=("sec",))}),
        ({"pull_request_draft": "always-true"}, {"pull_request": PullRequestOptions(draft="always-true")}),
        ({"pull_request_branch_suffix": "random"}, {"pull_request": PullRequestOptions(branch_suffix="random")}),
        ({"pull_request_delete_branch": "true"}, {"pull_request": PullRequestOptions(delete_branch=True)}),
        ({"artifacts": "false"}, {"artifacts": False}),
        ({"artifact_name": "policies of dev"}, {"artifact_name": "policies of dev"}),
        ({"dry_run": "true"}, {"dry_run": True}),
        ({"token": "t0ken"}, {"token": "t0ken"}),
    ],
)
def test_an_input_sets_its_option_and_no_other(inputs: dict[str, str], changed: dict[str, object]):
    assert read(**inputs) == replace(RunOptions(), **changed)


def test_a_name_with_underscores_is_understood_where_no_dash_can_be_passed():
    assert read_inputs({"INPUT_FAIL_ON": "none"}).fail_on == ()


def test_the_dashed_name_wins_unless_it_is_empty():
    assert read_inputs({"INPUT_FAIL-ON": "none", "INPUT_FAIL_ON": "partial"}).fail_on == ()
    assert read_inputs({"INPUT_FAIL-ON": "", "INPUT_FAIL_ON": "none"}).fail_on == ()


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"generate": "yes"}, "generate must be true or false, not 'yes'"),
        ({"generate": "1"}, "generate must be true or false, not '1'"),
        ({"summary": "on"}, "summary must be true or false, not 'on'"),
        ({"render": "ytt"}, "render must be one of auto, none, kustomize, helm, not 'ytt'"),
        ({"formats": "dot,pdf"}, "not 'pdf'"),
        ({"fail_on": "everything"}, "not 'everything'"),
        ({"fail_on": "outdated"}, "blocked-required, not-required, .*closed, not 'outdated'"),
        ({"fail_on": "none,partial"}, "fail-on takes none only by itself"),
        ({"comment": "maybe"}, "comment must be one of auto, always, never, not 'maybe'"),
        ({"comment_key": "a --> b"}, "comment-key takes up to 100"),
        ({"comment_key": "a--b"}, "comment-key takes up to 100"),
        ({"comment_key": "k" * 101}, "comment-key takes up to 100"),
        ({"publish": "push"}, "publish must be one of none, commit, pull-request, not 'push'"),
        ({"publish": "commit"}, "publish needs generate: true"),
        ({"publish": "pull-request", "generate": "false"}, "publish needs generate: true"),
        ({"kustomize": "true"}, "kustomize needs generate: true"),
        ({"kustomize": "yes"}, "kustomize must be"),
        ({"author": "Ada"}, "author must be of the form `Name <address>`, not 'Ada'"),
        ({"author": "Ada <ada@example.com>\nEve <e@x>"}, "author must be"),
        ({"pull_request_draft": "yes"}, "pull-request-draft must be one of false, true, always-true"),
        ({"pull_request_branch_suffix": "uuid"}, "suffix must be one of none, random, timestamp, short-commit-hash"),
        ({"pull_request_title": "a\nb"}, "pull-request-title must be one line"),
        ({"artifact_name": "a/b"}, "artifact-name takes up to 200 characters"),
        ({"artifact_name": "a" * 201}, "artifact-name takes up to 200 characters"),
        ({"before": "a\nb"}, "before must be one line"),
        ({"namespace": "a\nb"}, "namespace must be one line"),
        ({"policies_path": "a\nb=c"}, "policies-path must be one line"),
        ({"path": "a\rb"}, "path must not hold control characters"),
    ],
)
def test_an_unusable_value_is_named(inputs: dict[str, str], sentence: str):
    with pytest.raises(UsageError, match=sentence):
        read(**inputs)


def git_takes(name: str) -> bool:
    done = subprocess.run(["git", "check-ref-format", "--branch", name], capture_output=True, check=False)
    return done.returncode == 0


@pytest.mark.parametrize(
    "name",
    [
        *("-x", "/x", "x/", "a..b", "a b", "a~1", "a^", "a:b", "a?", "a*", "a[b", "a\\b", "a@{b", "a//b", ".a", "a/.b"),
        *("a.", "a.lock", "a.lock/b", "a\x7f"),
    ],
)
def test_what_git_takes_for_no_branch_is_none(name: str):
    assert not git_takes(name)
    with pytest.raises(UsageError, match="branch must be"):
        read(branch=name)


@pytest.mark.parametrize("name", ["@", "refs/tags/v1", "a" * 251])
def test_what_would_be_misread_as_a_branch_is_none(name: str):
    with pytest.raises(UsageError, match="branch must be"):
        read(branch=name)


@pytest.mark.parametrize("name", ["main", "a/b", "a@b", "a-b", "v1.2", "ä", "a.locked", "release/1.x"])
def test_what_git_takes_for_a_branch_is_one(name: str):
    assert read(branch=name).branch == name
    assert git_takes(name)


def test_all_problems_are_told_at_once():
    with pytest.raises(UsageError) as caught:
        read(generate="maybe", render="ytt", formats="pdf")
    assert len(str(caught.value).splitlines()) == 3


def test_the_token_shows_up_in_no_representation():
    assert "t0ken" not in repr(read(token="t0ken"))


def test_what_the_runner_says():
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": "/github/workspace",
        "GITHUB_OUTPUT": "/github/file_commands/set_output",
        "GITHUB_STEP_SUMMARY": "/github/file_commands/step_summary",
        "GITHUB_EVENT_NAME": "pull_request",
        "GITHUB_EVENT_PATH": "/github/workflow/event.json",
        "GITHUB_REPOSITORY": "owner/repository",
        "GITHUB_API_URL": "https://api.github.com",
        "GITHUB_WORKFLOW": "CI",
        "GITHUB_JOB": "map",
        "GITHUB_RUN_ID": "1234567890",
        "GITHUB_RUN_ATTEMPT": "2",
        "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_ACTOR": "ada",
        "GITHUB_REF": "refs/heads/topic/a",
        "GITHUB_REF_NAME": "topic/a",
        "GITHUB_SHA": "c0ffee",
        "ACTIONS_RESULTS_URL": "https://results",
        "ACTIONS_RUNTIME_TOKEN": "runtime",
    }
    assert read_runner(environment) == Runner(
        "/github/workspace",
        "/github/file_commands/set_output",
        "/github/file_commands/step_summary",
        in_workflow=True,
        event_name="pull_request",
        event_file="/github/workflow/event.json",
        repository="owner/repository",
        api_url="https://api.github.com",
        workflow="CI",
        job="map",
        run=(1234567890, 2),
        server_url="https://github.com",
        actor="ada",
        branch="topic/a",
        sha="c0ffee",
        results_url="https://results",
        runtime_token="runtime",
    )
    assert read_runner({}) == Runner(".", "", "", in_workflow=False)


def test_what_is_no_input_is_named():
    given = {"INPUT_FAILON": "x", "INPUT_FAIL-ON": "x", "INPUT_POLICIES_PATH": "x", "INPUT_ARGS": "", "INPUT_ZZZ": "x"}
    assert [
        each.message for each in unknown_inputs({**given, "INPUT_ENTRYPOINT": "x", "INPUT": "x", "OTHER": "x"})
    ] == [
        "INPUT_FAILON is no input, and is ignored; did you mean fail-on?",
        "INPUT_ZZZ is no input, and is ignored",
    ]
