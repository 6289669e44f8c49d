"""What a run decides to write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netpol_action.event import PullRequest
from netpol_action.inputs import OUTPUTS, RunOptions
from netpol_action.model.demands import Evidence, Gap, Unresolved
from netpol_action.model.diagnostics import Diagnostic, error, note, warning
from netpol_action.model.endpoints import Workload
from netpol_action.origin import Origin
from netpol_action.publish.effects import (
    Annotate,
    AppendSummary,
    Effect,
    Level,
    SetOutput,
    UploadArtifacts,
    UpsertComment,
    WriteFile,
)
from netpol_action.publish.outcome import Artifact, Difference, Outcome
from netpol_action.publish.plan import plan
from netpol_action.publish.sticky import mark
from netpol_action.runner import Runner

HERE = "/github/workspace"
RUNNER = Runner(workspace=HERE, in_workflow=True, workflow="CI", job="map", run=(40, 1))
OPTIONS = RunOptions()


def planned(outcome: Outcome, options: RunOptions = OPTIONS) -> tuple[Effect, ...]:
    return plan(outcome, options, RUNNER)


def outputs(outcome: Outcome, options: RunOptions = OPTIONS) -> dict[str, str]:
    return {effect.name: effect.value for effect in planned(outcome, options) if isinstance(effect, SetOutput)}


def written(outcome: Outcome, options: RunOptions = OPTIONS) -> dict[str, bytes]:
    return {effect.path: effect.content for effect in planned(outcome, options) if isinstance(effect, WriteFile)}


def annotations(outcome: Outcome) -> list[Annotate]:
    return [effect for effect in planned(outcome) if isinstance(effect, Annotate)]


def unresolved(message: str, *evidence: Evidence) -> Unresolved:
    web = Workload("shop", "web", "Deployment", origin=Origin("web.yaml", 1, 3))
    return Unresolved(Gap.SECRET_HOST, web, outbound=True, message=message, key="k", resolution="", evidence=evidence)


def test_a_run_sets_every_output_that_the_action_declares():
    assert set(outputs(Outcome())) == set(OUTPUTS)


def test_nothing_found_means_empty_outputs():
    assert outputs(Outcome()) == {
        "policies-path": "",
        "policies-changed": "false",
        "connectivity-dot": "",
        "connectivity-png": "",
        "report": "",
        "unresolved-count": "0",
        "connections-added": "",
        "connections-removed": "",
        "risk": "",
        "changed": "",
        "comment-url": "",
        "commit-sha": "",
        "commit-verified": "",
        "pull-request-number": "",
        "pull-request-url": "",
        "pull-request-operation": "",
        "artifact-url": "",
        "picture-url": "",
        "sarif-file": "",
        "output-directory": "netpol-action-output",
    }


def test_files_go_to_the_output_directory_and_outputs_name_them():
    artifacts = (
        Artifact("report.json", b"{}"),
        Artifact("connectivity.dot", b"digraph"),
        Artifact("connectivity.png", b"PNG"),
    )
    options = replace(OPTIONS, output_directory="./out//map/")
    assert written(Outcome(artifacts), options) == {
        "out/map/report.json": b"{}",
        "out/map/connectivity.dot": b"digraph",
        "out/map/connectivity.png": b"PNG",
    }
    found = outputs(Outcome(artifacts), options)
    assert found["report"] == "out/map/report.json"
    assert found["connectivity-dot"] == "out/map/connectivity.dot"
    assert found["connectivity-png"] == "out/map/connectivity.png"


@pytest.mark.parametrize(
    ("before", "after", "path", "changed", "files"),
    [
        (None, None, "", "false", {}),
        (b"old", None, "", "false", {}),
        (None, b"new", "network-policies.yaml", "true", {"network-policies.yaml": b"new"}),
        (b"old", b"new", "network-policies.yaml", "true", {"network-policies.yaml": b"new"}),
        (b"same", b"same", "network-policies.yaml", "false", {}),
    ],
)
def test_policies_are_written_where_they_changed(
    before: bytes | None, after: bytes | None, path: str, changed: str, files: dict[str, bytes]
):
    outcome = Outcome(policies=after, policies_before=before)
    assert written(outcome) == files
    assert (outputs(outcome)["policies-path"], outputs(outcome)["policies-changed"]) == (path, changed)


def test_paths_in_outputs_are_relative_to_the_workspace():
    options = replace(OPTIONS, policies_path=f"{HERE}/k8s/policies.yaml", output_directory=f"{HERE}/out")
    outcome = Outcome((Artifact("report.json", b""),), policies=b"p")
    assert list(written(outcome, options)) == ["k8s/policies.yaml", "out/report.json"]
    assert outputs(outcome, options)["policies-path"] == "k8s/policies.yaml"
    assert outputs(outcome, options)["report"] == "out/report.json"


def test_files_come_first_and_what_may_wait_for_a_server_last():
    outcome = Outcome((Artifact("report.json", b""),), b"p", summary="# S", failures=("partial",))
    kinds = [type(effect) for effect in planned(outcome)]
    assert kinds == sorted(kinds, key=[WriteFile, SetOutput, AppendSummary, Annotate, UploadArtifacts].index)
    assert set(kinds) == {WriteFile, UploadArtifacts, SetOutput, AppendSummary, Annotate}


def test_the_summary_is_left_out_where_it_is_switched_off():
    effects = planned(Outcome(summary="# Map"), replace(OPTIONS, summary=False))
    assert not [effect for effect in effects if isinstance(effect, AppendSummary)]


def test_no_summary_is_written_where_there_is_nothing_to_say():
    assert not [effect for effect in planned(Outcome()) if isinstance(effect, AppendSummary)]


def test_what_other_steps_add_to_the_summary_stands_apart():
    assert [e.markdown for e in planned(Outcome(summary="# S")) if isinstance(e, AppendSummary)] == ["# S\n\n"]


def test_a_diagnostic_becomes_an_annotation_at_its_place():
    place = Origin("k8s/db.yaml", 2, 14)
    assert annotations(Outcome(diagnostics=(error("bad-ingress", "spec.ingress must be a list", place),))) == [
        Annotate(Level.ERROR, "spec.ingress must be a list", "bad-ingress", "k8s/db.yaml", 14)
    ]


def test_levels_follow_severities_and_failures_come_first():
    found = (warning("w", "a warning"), note("n", "a note"), error("e", "an error"))
    assert [(a.level, a.message) for a in annotations(Outcome(diagnostics=found, failures=("a gate",)))] == [
        (Level.ERROR, "a gate"),
        (Level.ERROR, "an error"),
        (Level.WARNING, "a warning"),
        (Level.NOTICE, "a note"),
    ]


def test_an_unresolved_dependency_is_a_warning_where_its_evidence_stands():
    evidence = Evidence("Deployment web", "env DB_HOST", origin=Origin("web.yaml", 1, 21))
    assert annotations(Outcome(unresolved=(unresolved("its database is unknown", evidence),))) == [
        Annotate(Level.WARNING, "its database is unknown", "unresolved: shop/web[Deployment]", "web.yaml", 21)
    ]


def test_an_unresolved_dependency_without_a_place_stands_at_its_workload():
    (annotation,) = annotations(Outcome(unresolved=(unresolved("who calls it is unknown"),)))
    assert (annotation.path, annotation.line) == ("web.yaml", 3)


def many(count: int) -> tuple[Diagnostic, ...]:
    return tuple(warning("w", f"warning {number}") for number in range(count))


def test_ten_annotations_of_a_level_are_all_shown():
    assert [a.message for a in annotations(Outcome(diagnostics=many(10)))] == [f"warning {n}" for n in range(10)]


def test_the_rest_beyond_ten_is_counted():
    shown = annotations(Outcome(diagnostics=many(25)))
    assert len(shown) == 10
    assert shown[-1] == Annotate(Level.WARNING, "16 more of this kind; report.json has all of them")


def test_each_level_has_its_own_ten():
    found = (*many(12), *(note("n", f"note {number}") for number in range(12)))
    assert len(annotations(Outcome(diagnostics=found))) == 20


def test_a_long_message_is_cut_at_the_runners_limit():
    (annotation,) = annotations(Outcome(diagnostics=(warning("w", "x" * 5000),)))
    assert len(annotation.message) == 4096
    assert annotation.message.endswith("…")


def comments(outcome: Outcome, **options: str) -> list[UpsertComment]:
    return [e for e in planned(outcome, replace(OPTIONS, **options)) if isinstance(e, UpsertComment)]


PULL_REQUEST = PullRequest(7, "main", "b" * 40, "c" * 40)
WORTH_IT = Outcome(difference=Difference(2, 1, "closed", True, True, "### verdict"), pull_request=PULL_REQUEST)
NO_CHANGE = Outcome(difference=Difference(comment="### nothing"), pull_request=PULL_REQUEST)


def test_a_difference_is_told_in_outputs():
    found = outputs(WORTH_IT)
    names = ("connections-added", "connections-removed", "risk", "changed")
    assert [found[name] for name in names] == ["2", "1", "closed", "true"]
    assert [outputs(NO_CHANGE)[name] for name in names] == ["0", "0", "", "false"]


def test_the_url_of_a_comment_is_left_to_whoever_makes_it():
    assert "comment-url" not in outputs(WORTH_IT)


@pytest.mark.parametrize(
    ("outcome", "comment", "applies"),
    [
        (WORTH_IT, "auto", [True]),
        (WORTH_IT, "always", [True]),
        (WORTH_IT, "never", []),
        (NO_CHANGE, "auto", [False]),
        (NO_CHANGE, "always", [True]),
        (NO_CHANGE, "never", []),
        (replace(WORTH_IT, pull_request=None), "always", []),
        (replace(WORTH_IT, difference=None), "always", []),
    ],
)
def test_a_pull_request_gets_a_comment_where_it_is_to(outcome: Outcome, comment: str, applies: list[bool]):
    assert [each.applies for each in comments(outcome, comment=comment)] == applies


def test_comments_of_different_jobs_or_keys_are_different_ones():
    assert comments(WORTH_IT) == [UpsertComment(7, mark("CI/map"), (40, 1), "### verdict")]
    assert comments(WORTH_IT, comment_key="map of dev")[0].mark == mark("map of dev")


@pytest.mark.parametrize(
    ("paths", "key"),
    [
        (("shop",), "CI/map: shop"),
        ((f"{HERE}/shop",), "CI/map: shop"),
        (("./shop/", "bank"), "CI/map: shop,bank"),
        ((f"{'a' * 40}:shop",), "CI/map: shop"),
        ((f"{'a' * 40}:",), "CI/map"),
    ],
)
def test_steps_and_jobs_of_a_matrix_that_differ_in_path_have_comments_of_their_own(paths: tuple[str, ...], key: str):
    assert comments(WORTH_IT, paths=paths)[0].mark == mark(key)


def test_what_remote_effects_may_say_has_room_beside_fifteen_warnings():
    outcome = replace(WORTH_IT, artifacts=(Artifact("report.json", b""),), diagnostics=many(15))
    shown = [each for each in annotations(outcome) if each.level is Level.WARNING]
    assert len(shown) == 8
    assert shown[-1].message == "8 more of this kind; report.json has all of them"
