"""The command line as a user meets it: what is refused, in one line, with which exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: web}]}\n"
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"


def call(directory: Path, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "netpol_action", *arguments]
    everything = {**os.environ, **environment}
    return subprocess.run(
        command, cwd=directory, input=stdin, env=everything, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["map", "nowhere"], "error: nowhere does not exist"),
        (["map", "-"], "error: there are no manifests in -"),
        (["map", "pod.yaml", "-f", "map.jpg"], "error: map.jpg: .jpg is no known format"),
        (["map", "pod.yaml", "--port", "HTTP 80"], "error: --port: 'HTTP' is not a protocol"),
        (["map", "pod.yaml", "--fail-on", "luck"], "error: map --fail-on takes a list of partial, or none; not luck"),
        (["map", "pod.yaml", "--focus", "shop/db"], "error: no workload of the input is called shop/db"),
        (["frobnicate"], "error: argument COMMAND: invalid choice: 'frobnicate'"),
        (["netpol", "generate", "pod.yaml"], "error: there is no command netpol: docs/migration.md has"),
        (["generate", "service.yaml"], "error: the input has no workloads"),
        (["generate", "pod.yaml", "-f", "service.yaml"], "error: service.yaml holds documents that this program did"),
        (["generate", "pod.yaml", "--check"], "error: --check compares files"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_and_exit_code_2(tmp_path: Path, arguments: list[str], sentence: str):
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "service.yaml").write_text(SERVICE)
    run = call(tmp_path, *arguments)
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith(sentence)
    assert len(run.stderr.splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pod.yaml", "service.yaml"]


def test_an_empty_pipe_leaves_committed_policies_alone(tmp_path: Path):
    (tmp_path / "pod.yaml").write_text(POD)
    assert call(tmp_path, "generate", "pod.yaml", "-f", "policies.yaml").returncode == 0
    before = (tmp_path / "policies.yaml").read_text()
    assert call(tmp_path, "generate", "-", "-f", "policies.yaml").returncode == 2
    assert (tmp_path / "policies.yaml").read_text() == before


def test_the_action_replaces_no_manifests(tmp_path: Path):
    (tmp_path / "pod.yaml").write_text(POD)
    run = call(tmp_path, "run", INPUT_PATH="pod.yaml", INPUT_GENERATE="true", **{"INPUT_POLICIES-PATH": "pod.yaml"})
    assert run.returncode == 2
    assert (tmp_path / "pod.yaml").read_text() == POD


def test_the_action_shows_the_same_before_in_its_second_run(tmp_path: Path):
    (tmp_path / "pod.yaml").write_text(POD)
    reports = []
    for _ in range(2):
        assert call(tmp_path, "run", INPUT_GENERATE="true", INPUT_FORMATS="txt").returncode == 0
        reports.append((tmp_path / "netpol-action-output/report.json").read_text())
    assert reports[0] == reports[1]


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path):
    (tmp_path / "pod.yaml").write_text(
        "---\n".join(POD.replace("name: web}", f"name: web{i}}}", 1) for i in range(300))
    )
    shell = f"'{sys.executable}' -m netpol_action map pod.yaml | head -n 1"
    run = subprocess.run(["bash", "-c", shell], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert len(run.stdout.splitlines()) == 1
    assert run.stderr == ""


def test_accepting_every_suggested_line_breaks_nothing_between_the_workloads(tmp_path: Path):
    """Their addresses are in their images: nobody can tell who calls whom, so `cluster` has to open both ends."""
    shop = "---\n".join(
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\n"
        f"spec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n"
        f"    spec: {{containers: [{{name: {name}, image: {name}}}]}}\n---\n"
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\n"
        f"spec: {{selector: {{app: {name}}}, ports: [{{port: 80}}]}}\n"
        for name in ("web", "carts")
    )
    (tmp_path / "shop.yaml").write_text(shop)
    assert call(tmp_path, "init", "shop.yaml", "-f", "netpol.yaml").returncode == 0
    run = call(tmp_path, "map", "shop.yaml", "--generated", "--fail-on", "partial")
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines() == [
        "default/carts[Deployment] => default/web[Deployment] : TCP 80",
        "default/web[Deployment] => default/carts[Deployment] : TCP 80",
    ]


def test_policies_that_cannot_be_read_are_one_sentence(tmp_path: Path):
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy/pod.yaml").write_text(POD)
    run = call(tmp_path, "run", INPUT_PATH="deploy", INPUT_GENERATE="true", **{"INPUT_POLICIES-PATH": "deploy"})
    assert (run.returncode, run.stderr) == (2, "error: policies-path: deploy cannot be read: Is a directory\n")
    run = call(tmp_path, "run", INPUT_PATH="deploy", **{"INPUT_POLICIES-PATH": "p" * 300})
    assert (run.returncode, run.stderr) == (2, f"error: {'p' * 300} cannot be read: File name too long\n")


@pytest.mark.parametrize("command", ["generate", "map", "init"])
def test_what_is_no_file_is_written_to_and_neither_read_nor_replaced(tmp_path: Path, command: str):
    """By its own names in /proc: a program that replaced /dev/stdout would break the machine under test."""
    (tmp_path / "pod.yaml").write_text(POD)
    program = f"timeout 60 '{sys.executable}' -m netpol_action {command} pod.yaml --fail-on none"
    ways = (
        f"{program} | cat",
        f"{program} -f /proc/self/fd/1 | cat",
        f"{program} -f /proc/self/fd/3 3>&1 | cat",
        f"mkfifo pipe && {{ {program} -f pipe & cat pipe; wait $!; }}",
    )
    if command == "init":
        ways = (ways[0].replace("init", "init -f -"), *ways[1:])
    shown = []
    for way in ways:
        run = subprocess.run(
            ["bash", "-o", "pipefail", "-c", way], cwd=tmp_path, capture_output=True, text=True, check=True
        )
        shown.append(run.stdout)
    assert shown[0]
    assert shown == [shown[0]] * 4
    assert (tmp_path / "pipe").is_fifo()
    assert {path.name for path in tmp_path.iterdir()} == {"pod.yaml", "pipe"}


def test_a_file_among_devices_is_written_in_place(tmp_path: Path):
    """Standard output may be a file with something in it already."""
    (tmp_path / "pod.yaml").write_text(POD)
    (tmp_path / "log").write_text("before\n")
    shell = f"'{sys.executable}' -m netpol_action generate pod.yaml -f /proc/self/fd/3 3>>log"
    subprocess.run(["bash", "-c", shell], cwd=tmp_path, capture_output=True, check=True)
    assert (tmp_path / "log").read_text().startswith("before\n#")


def test_a_misspelt_input_is_named(tmp_path: Path):
    (tmp_path / "pod.yaml").write_text(POD)
    run = call(tmp_path, "run", INPUT_PATH="pod.yaml", INPUT_FAILON="none", INPUT_FORMATS="txt")
    assert "warning: INPUT_FAILON is no input, and is ignored; did you mean fail-on? [unknown-input]" in run.stderr
