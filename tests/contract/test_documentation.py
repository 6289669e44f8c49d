"""What the documentation says of commands, permissions and gates is so."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from netpol_action.arguments import parse, parser
from netpol_action.inputs import RUN_GATES

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
GITLAB = ROOT / "examples/workflows/gitlab/.gitlab-ci.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
HOOKS_USED = ROOT / "examples/workflows/pre-commit/.pre-commit-config.yaml"

CALL = re.compile(r"netpol-action ((?:generate|map|diff|explain|reach|check|init|run) [^`\n]+)")
CALLS = [(path.name, call) for path in DOCUMENTS for call in sorted(set(CALL.findall(path.read_text())))]

PEERS_FLAGS = {
    "generate": "-d --output-dir -f --output-file --fail --strict --remove --dnsport",
    "map": "-o --output-format -f --output-file --save-to-file --focus-workload --exposure --explain "
    "--fail --strict --remove",
    "diff": "-o --output-format --dir1 --dir2 -f --output-file --save-to-file --fail --strict --remove",
}
"""The flags of roxctl's three commands, by the names of ours."""

ANOTHER_WAY = {"--explain"}
"""Flags of roxctl that have another form here, as the page says."""


@pytest.mark.parametrize("call", [pytest.param(call, id=f"{name}: {call}") for name, call in CALLS])
def test_the_program_takes_the_calls_that_are_documented(call: str):
    words = shlex.split(call.replace("PATH...", "PATH"))
    assert parse(words).command == words[0]


def test_calls_are_found_in_the_readme_and_beside_roxctls():
    assert {"README.md", "migration.md", "generate.md"} <= {name for name, _ in CALLS}


def flags_of(command: str) -> set[str]:
    (commands,) = (action for action in parser()._actions if isinstance(action, argparse._SubParsersAction))
    return {flag for action in commands.choices[command]._actions for flag in action.option_strings}


@pytest.mark.parametrize("command", PEERS_FLAGS)
def test_roxctls_flags_are_taken_and_on_the_page(command: str):
    flags = set(PEERS_FLAGS[command].split())
    assert flags - flags_of(command) == flags & ANOTHER_WAY
    page = (ROOT / "docs/migration.md").read_text()
    assert [
        flag for flag in flags if f"`{flag}`" not in page and f"`{flag} " not in page and f" {flag} " not in page
    ] == []


def test_the_readme_says_what_permissions_an_example_needs():
    rows = [line for line in (ROOT / "README.md").read_text().splitlines() if line.startswith("| [")]
    listed = {name for row in rows for name in re.findall(r"\]\(examples/workflows/([^)]+)\)", row)}
    there = {
        str(path.relative_to(ROOT / "examples/workflows")) for path in (ROOT / "examples/workflows").rglob("*.y*ml")
    }
    assert listed == there
    for row in rows:
        files = re.findall(r"\]\((examples/workflows/[^/)]+)\)", row)
        granted = set().union(*(permissions(ROOT / file) for file in files)) - {"contents: read"}
        assert set(re.findall(r"`([a-z-]+: write)`", row)) == granted, row


def permissions(workflow: Path) -> set[str]:
    jobs = yaml.safe_load(workflow.read_text())["jobs"].values()
    return {f"{name}: {value}" for job in jobs for name, value in job["permissions"].items()}


def test_the_page_on_github_has_every_gate():
    section = (ROOT / "docs/github.md").read_text().partition("| Gate |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([a-z-]+)`", section)) == set(RUN_GATES)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_documents_name_only_files_and_headings_that_exist(document: Path):
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", document.read_text()):
        path, _, heading = target.partition("#")
        found = document.parent / path if path else document
        assert found.exists(), target
        anchors = (
            {anchor(line) for line in re.findall(r"^#+ (.+)$", found.read_text(), re.MULTILINE)} if heading else {""}
        )
        assert heading in anchors, target


def anchor(heading: str) -> str:
    """As GitHub makes it of a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def test_the_pipeline_for_gitlab_calls_the_program_as_it_takes_it():
    jobs: dict[str, Any] = yaml.safe_load(GITLAB.read_text())
    lines = [line for job in jobs.values() if isinstance(job, dict) for line in job.get("script", ())]
    calls = [shlex.split(line.removeprefix("netpol-action ")) for line in lines if line.startswith("netpol-action ")]
    assert [parse(call).command for call in calls] == ["diff", "check", "generate", "map", "map"]
    assert (ROOT / jobs["variables"]["MANIFESTS"]).is_dir()


def test_the_hooks_for_pre_commit_call_the_program_as_it_takes_it():
    hooks = {hook["id"]: hook for hook in yaml.safe_load(HOOKS.read_text())}
    (used,) = yaml.safe_load(HOOKS_USED.read_text())["repos"]
    assert {hook["id"] for hook in used["hooks"]} == set(hooks)
    for hook in used["hooks"]:
        program, *words = hooks[hook["id"]]["entry"].split()
        assert program == "netpol-action"
        assert (ROOT / parse([*words, *hook["args"]]).paths[0]).is_dir()
