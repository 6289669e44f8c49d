"""What a run decides to upload."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netpol_action.inputs import RunOptions
from netpol_action.publish.effects import UploadArtifacts, WriteFile
from netpol_action.publish.outcome import Artifact, Difference, Outcome
from netpol_action.publish.plan import plan
from netpol_action.runner import Runner

RUNNER = Runner(workspace="/github/workspace", in_workflow=True, job="map")
MAP, DIFF, REPORT = Artifact("connectivity.svg", b"m"), Artifact("diff.svg", b"d"), Artifact("report.json", b"{}")
FOUND = Outcome((MAP, DIFF, REPORT), policies=b"p", policies_before=b"p")


def uploads(outcome: Outcome = FOUND, options: RunOptions = RunOptions(), runner: Runner = RUNNER):  # noqa: B008  # frozen
    return [effect for effect in plan(outcome, options, runner) if isinstance(effect, UploadArtifacts)]


def test_everything_goes_up_under_the_paths_that_it_has_in_the_workspace():
    assert uploads() == [
        UploadArtifacts(
            "netpol-action-map",
            (
                WriteFile("network-policies.yaml", b"p"),
                WriteFile("netpol-action-output/connectivity.svg", b"m"),
                WriteFile("netpol-action-output/diff.svg", b"d"),
                WriteFile("netpol-action-output/report.json", b"{}"),
            ),
            WriteFile("connectivity.svg", b"m"),
            exact=False,
            directory="netpol-action-output",
        )
    ]


def test_a_run_that_generates_nothing_uploads_no_policies():
    (wanted,) = uploads(replace(FOUND, policies=None))
    assert {file.path for file in wanted.files} == {
        "netpol-action-output/connectivity.svg",
        "netpol-action-output/diff.svg",
        "netpol-action-output/report.json",
    }


@pytest.mark.parametrize(
    ("difference", "artifacts", "picture"),
    [
        (None, (MAP, DIFF), "connectivity.svg"),
        (Difference(changed=False, worth_a_comment=True), (MAP, DIFF), "connectivity.svg"),
        (Difference(changed=True), (MAP, DIFF), "diff.svg"),
        (Difference(changed=True), (MAP,), "connectivity.svg"),
        (Difference(changed=True), (REPORT,), None),
        (None, (DIFF,), None),
    ],
)
def test_the_picture_is_of_what_changed_if_anything_did(
    difference: Difference | None, artifacts: tuple[Artifact, ...], picture: str | None
):
    (wanted,) = uploads(Outcome(artifacts, difference=difference))
    assert (wanted.picture.path if wanted.picture else None) == picture


@pytest.mark.parametrize(
    ("outcome", "options", "runner"),
    [
        (FOUND, RunOptions(artifacts=False), RUNNER),
        (FOUND, RunOptions(), replace(RUNNER, in_workflow=False)),
        (Outcome(), RunOptions(), RUNNER),
    ],
)
def test_nothing_goes_up(outcome: Outcome, options: RunOptions, runner: Runner):
    assert uploads(outcome, options, runner) == []


@pytest.mark.parametrize(
    ("job", "given", "name"),
    [
        ("map", "", "netpol-action-map"),
        ("", "", "netpol-action"),
        ('a/b\\c:d"e<f>g|h*i?j\r\nk', "", "netpol-action-a-b-c-d-e-f-g-h-i-j--k"),
        ("x" * 300, "", "netpol-action-" + "x" * 186),
        ("map", "mine", "mine"),
    ],
)
def test_a_name_of_its_own_for_each_job(job: str, given: str, name: str):
    (wanted,) = uploads(options=RunOptions(artifact_name=given), runner=replace(RUNNER, job=job))
    assert (wanted.name, wanted.exact) == (name, bool(given))


def test_paths_hold_only_what_a_path_in_an_artifact_may_hold():
    (wanted,) = uploads(replace(FOUND, policies=None), RunOptions(output_directory='a:b/"c"\n'))
    assert {file.path.rpartition("/")[0] for file in wanted.files} == {"a_b/_c__"}
