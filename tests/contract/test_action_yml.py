"""action.yml, the program's inputs and outputs and the workflows say the same; `test_readme` holds the README to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from netpol_action.inputs import DEFAULTS, OUTPUTS, RunOptions, read_inputs

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
WORKFLOWS = sorted([*(ROOT / "examples/workflows").glob("*.yml"), *(ROOT / ".github/workflows").glob("*.yml")])


def steps_with_the_action(workflow: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(workflow.read_text())["jobs"].values()
    steps = [step for job in jobs for step in job.get("steps", ())]
    return [step for step in steps if step.get("uses") == "./" or "/netpol-action@" in step.get("uses", "")]


def test_the_inputs_are_those_that_the_program_reads_with_the_same_defaults():
    declared = {name: entry["default"] for name, entry in ACTION["inputs"].items()}
    assert declared == {**DEFAULTS, "token": "${{ github.token }}"}


def test_defaults_are_strings_as_runners_pass_them_on():
    assert {type(entry["default"]) for entry in ACTION["inputs"].values()} == {str}


def test_the_defaults_mean_what_the_options_default_to():
    assert read_inputs({f"INPUT_{name.upper()}": value for name, value in DEFAULTS.items()}) == RunOptions()


def test_the_outputs_are_those_that_the_program_sets():
    assert list(ACTION["outputs"]) == list(OUTPUTS)


def test_everything_is_described_in_one_line():
    described = [ACTION, *ACTION["inputs"].values(), *ACTION["outputs"].values()]
    assert all(entry["description"] and "\n" not in entry["description"] for entry in described)


def test_the_marketplace_takes_the_description():
    assert len(ACTION["description"]) < 125


def test_on_main_the_image_is_built_from_the_dockerfile_and_takes_no_arguments():
    assert ACTION["runs"] == {"using": "docker", "image": "Dockerfile"}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_workflows_use_inputs_and_outputs_that_exist(workflow: Path):
    for step in steps_with_the_action(workflow):
        assert set(step.get("with", ())) <= set(ACTION["inputs"])
        used = re.findall(rf"steps\.{step.get('id', '-')}\.outputs\.([\w-]+)", workflow.read_text())
        assert set(used) <= set(ACTION["outputs"])


def test_every_example_and_ci_use_the_action():
    assert {path.name for path in WORKFLOWS if not steps_with_the_action(path)} == {"release.yml"}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_permission_is_given_to_a_job_and_says_what_for(workflow: Path):
    granted = re.findall(r"^ {6}[a-z-]+: (?:read|write)\b.*$", workflow.read_text(), re.MULTILINE)
    jobs = yaml.safe_load(workflow.read_text())["jobs"].values()
    assert len(granted) == sum(len(job["permissions"]) for job in jobs)
    assert [line for line in granted if not re.search(r" # .+", line)] == []


def test_the_second_stage_for_forks_follows_the_first_and_takes_nothing_of_the_fork_but_objects():
    first, second = (ROOT / "examples/workflows" / name for name in ("fork-analyse.yml", "fork-comment.yml"))
    triggers = yaml.safe_load(second.read_text())[True]  # `on` is a truth value in YAML 1.1
    assert triggers["workflow_run"]["workflows"] == [yaml.safe_load(first.read_text())["name"]]
    (job,) = yaml.safe_load(second.read_text())["jobs"].values()
    checkout = job["steps"][0]["with"]
    assert set(checkout) == {"fetch-depth", "persist-credentials"}
    assert not checkout["persist-credentials"]
    assert not any("artifact" in step.get("uses", "") for step in job["steps"])
    assert "github.event" not in "".join(step.get("run", "") for step in job["steps"])


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: str(path.relative_to(ROOT)))
def test_workflows_grant_nothing_by_default_and_pin_what_they_use(workflow: Path):
    content = yaml.safe_load(workflow.read_text())
    assert content["permissions"] == {}
    used = re.findall(r"^\s*(?:- )?uses: (.*)$", workflow.read_text(), re.MULTILINE)
    foreign = [use for use in used if not use.startswith(("./", "OWNER/netpol-action@"))]
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use) for use in foreign), foreign
