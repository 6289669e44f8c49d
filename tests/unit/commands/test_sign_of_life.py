"""Long work shows progress on a terminal, and not in a log."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time

import pytest

from netpol_action.progress import sign_of_life

MANIFEST = b"apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: [{name: main}]}\n"
ERASED = "\r\x1b[K"
LONG = 1.5
"""Seconds for which the input is held back: longer than what passes without a word."""
PATIENCE = 60
"""Seconds that a slow machine may take to say something."""


def test_what_takes_long_is_named_and_erased_at_the_end():
    written: list[str] = []
    with sign_of_life(written.append, every=0.01):
        while not written:
            pass
    assert written[0] == f"{ERASED}working: 0 s"
    assert written[-1] == ERASED


def test_what_is_done_at_once_says_nothing():
    written: list[str] = []
    with sign_of_life(written.append):
        pass
    assert written == []


def test_the_line_is_erased_when_the_work_fails():
    written: list[str] = []

    def fails() -> None:
        with sign_of_life(written.append, every=0.01):
            while not written:
                pass
            raise ValueError("oh")

    with pytest.raises(ValueError, match="oh"):
        fails()
    assert written[-1] == ERASED


def shown(*, terminal: bool, environment: dict[str, str], expected: bool = False) -> str:
    """What a call whose input comes late writes to standard error; where a line is expected, later than that line."""
    master, slave = pty.openpty() if terminal else os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "netpol_action", "map", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=slave,
        env={
            **{name: value for name, value in os.environ.items() if name not in {"CI", "GITHUB_ACTIONS"}},
            **environment,
        },
    )
    os.close(slave)
    if expected:
        select.select([master], [], [], PATIENCE)
    else:
        time.sleep(LONG)
    process.communicate(MANIFEST)
    assert process.returncode == 0
    found = b""
    try:
        while part := os.read(master, 4096):
            found += part
    except OSError:  # the end of a terminal whose other side is closed
        pass
    os.close(master)
    return found.decode()


def test_on_a_terminal_there_is_a_line_that_does_not_stay():
    text = shown(terminal=True, environment={"TERM": "xterm"}, expected=True)
    assert f"{ERASED}reading the input: 1 s" in text
    assert text.endswith(ERASED)


@pytest.mark.parametrize(
    ("terminal", "environment"),
    [(False, {"TERM": "xterm"}), (True, {"CI": "true", "TERM": "xterm"}), (True, {"TERM": "dumb"})],
    ids=["a log", "a runner", "a terminal that erases nothing"],
)
def test_elsewhere_nothing_is_said(terminal: bool, environment: dict[str, str]):
    assert shown(terminal=terminal, environment=environment) == ""
