"""What a hostile manifest or call puts on the streams: no command for a workflow's runner, no escape for a terminal."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from netpol_action import cli, commands

OLD = "##[error]pwned"


def pod(name: str, namespace: str) -> str:
    spec = "spec: {containers: [{name: main, image: main}]}"
    return f'apiVersion: v1\nkind: Pod\nmetadata: {{name: "{name}", namespace: "{namespace}"}}\n{spec}\n'


def call(directory: Path, *arguments: str, workflow: bool) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "GITHUB_ACTIONS": "true" if workflow else ""}
    command = [sys.executable, "-m", "netpol_action", *arguments]
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, check=False)


def obeyed(log: bytes) -> list[str]:
    """The lines that a runner would take for commands."""
    lines = re.split(r"\r\n|\r|\n", log.decode())
    return [line for line in lines if line.strip().startswith("::") or "##[" in line]


@pytest.fixture
def pods(tmp_path: Path) -> Path:
    """Its rows of IPv6 begin with `::`, as a command does; names that do are refused before they get that far."""
    (tmp_path / "pods.yaml").write_text("---\n".join(pod(name, "shop") for name in ("web", "db")))
    return tmp_path


@pytest.mark.parametrize(
    "arguments",
    [
        ("map", "pods.yaml", "--ip-family", "dual"),
        ("map", "pods.yaml", "--ip-family", "dual", "-o", "csv"),
        ("map", "pods.yaml", "--focus", OLD),
        ("map", "pods.yaml", OLD),
        ("map", "pods.yaml", f"--{OLD}"),
        (OLD,),
    ],
    ids=" ".join,
)
def test_in_a_workflow_no_command_prints_a_workflow_command(pods: Path, arguments: tuple[str, ...]):
    outside = call(pods, *arguments, workflow=False)
    inside = call(pods, *arguments, workflow=True)
    assert obeyed(outside.stdout + outside.stderr)
    assert obeyed(inside.stdout) == obeyed(inside.stderr) == []
    assert inside.returncode == outside.returncode
    broken = inside.stdout.decode().replace("\u200b", "")
    assert broken == outside.stdout.decode(), "nothing else may change"


@pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")
def test_pictures_pass_in_a_workflow(pods: Path):
    for format_ in ("png", "svg"):
        call_ = ("map", "pods.yaml", "-o", format_)
        assert call(pods, *call_, workflow=True).stdout == call(pods, *call_, workflow=False).stdout != b""


def test_a_reader_that_has_seen_enough_is_no_error_in_a_workflow(tmp_path: Path):
    (tmp_path / "pods.yaml").write_text("---\n".join(pod(f"web{i}", "shop") for i in range(300)))
    shell = f"'{sys.executable}' -m netpol_action map pods.yaml | head -n 1"
    environment = {**os.environ, "GITHUB_ACTIONS": "true"}
    done = subprocess.run(["bash", "-c", shell], cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == b""


@pytest.mark.parametrize("arguments", [("map", "esc/\x1b[31mnope"), ("map", "pod.yaml", "--x\x1b[31mnope")])
def test_errors_hold_no_terminal_escapes(tmp_path: Path, arguments: tuple[str, ...]):
    (tmp_path / "pod.yaml").write_text(pod("web", "shop"))
    done = call(tmp_path, *arguments, workflow=False)
    assert done.returncode == 2
    assert b"\x1b" not in done.stderr
    assert b"\\x1b[31mnope" in done.stderr


def test_the_traceback_of_a_defect_holds_no_terminal_escapes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def broken(*_: object) -> None:
        raise ValueError("\x1b[31mred")

    monkeypatch.setattr(commands, "perform", broken)  # a defect cannot be had from the outside
    assert cli.main(["map", "x"]) == cli.UNUSABLE
    errors = capsys.readouterr().err
    assert "ValueError: \\x1b[31mred" in errors
    assert "\x1b" not in errors
