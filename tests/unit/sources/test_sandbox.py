"""The limits that a tool runs within, shown with shell scripts that exceed them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from netpol_action.sources import sandbox
from netpol_action.sources.sandbox import ToolError


def shell(script: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", script)


def test_output_complaint_and_status_are_given(tmp_path: Path):
    done = sandbox.run(shell("echo out; echo err >&2; exit 3"), tmp_path)
    assert (done.status, done.output, done.complaint) == (3, b"out\n", "err\n")


def test_no_variable_of_the_caller_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in (
        "INPUT_TOKEN",
        "GITHUB_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
        "KUBECONFIG",
        "AWS_SECRET_ACCESS_KEY",
        "https_proxy",
    ):
        monkeypatch.setenv(name, "secret")
    done = sandbox.run(shell("env"), tmp_path)
    assert b"secret" not in done.output
    assert f"HOME={tmp_path}/home".encode() in done.output


def test_the_working_directory_is_the_copys(tmp_path: Path):
    assert sandbox.run(shell("pwd"), tmp_path).output.strip() == str(tmp_path).encode()


@pytest.mark.parametrize("script", ["sleep 60", "sleep 60 & exec >/dev/null 2>&1; sleep 60", "while :; do :; done"])
def test_a_tool_that_takes_too_long_is_ended(tmp_path: Path, script: str):
    with pytest.raises(ToolError, match="took too long and was ended"):
        sandbox.run(shell(script), tmp_path, seconds=0.2)


def test_a_tool_that_writes_too_much_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sandbox, "FILE_BYTES", 1024 * 1024)
    with pytest.raises(ToolError, match="wrote more than 1 MB and was ended"):
        sandbox.run(shell("while :; do echo aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done"), tmp_path)


def test_memory_is_limited(tmp_path: Path):
    hungry = "b = bytearray(2 * 1024**3)"
    done = sandbox.run((sys.executable, "-c", hungry), tmp_path)
    assert done.status != 0
    assert "MemoryError" in done.complaint


def test_a_tool_that_cannot_be_started_is_an_error(tmp_path: Path):
    with pytest.raises(ToolError, match="cannot be started: No such file or directory"):
        sandbox.run((str(tmp_path / "nothing"),), tmp_path)
