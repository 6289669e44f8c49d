"""Signals end the program by way of every `finally`."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

WAITING = """
import signal, sys, time
from netpol_action.interruption import end_on_signals
end_on_signals()
try:
    print("ready", flush=True)
    time.sleep(60)
finally:
    time.sleep({cleaning})
    print("cleaned up", flush=True)
"""


def started(tmp_path: Path, cleaning: float) -> subprocess.Popen[str]:
    script = tmp_path / "waiting.py"
    script.write_text(WAITING.format(cleaning=cleaning))
    process = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cleans_up_and_ends_with_the_shells_code(tmp_path: Path, number: signal.Signals, code: int):
    process = started(tmp_path, cleaning=0)
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert (process.returncode, output) == (code, "cleaned up\n")


def test_a_second_signal_does_not_cut_the_cleaning_short(tmp_path: Path):
    process = started(tmp_path, cleaning=0.5)
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.2)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert (process.returncode, output) == (130, "cleaned up\n")
