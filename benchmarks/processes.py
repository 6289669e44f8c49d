"""Runs a program as a process of its own, and asks the kernel what that took."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]

LONGEST_ANSWER = 10_000
"""What the benchmark's own processes print is far shorter, and what the command prints is of no interest here."""

LIMITS = {resource.RLIMIT_AS: 6 * 10**9, resource.RLIMIT_CPU: 300}
"""Bytes and seconds of the processor that a process gets, so that what goes wrong does not take the machine along."""

_OF_WORKFLOWS = ("GITHUB_", "INPUT_", "ACTIONS_")


@dataclass(frozen=True, slots=True)
class Run:
    """What a process printed, its seconds by the clock and of the processor, and its peak memory in MB.

    Processes that it started count too: their time is added, and of memory the largest of them counts.
    """

    output: str = field(repr=False)
    seconds: float
    processor: float
    memory: float


def run(command: Sequence[str], directory: Path = ROOT, variables: Mapping[str, str] | None = None) -> Run:
    """Runs a command in a directory, with these variables added to the environment; ends the benchmark where it fails.

    Compiled modules are kept, as in the image. A workflow's own variables are not passed on.
    """
    unwanted = ("PYTHONDONTWRITEBYTECODE", *_OF_WORKFLOWS)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    environment |= variables or {}
    start = time.perf_counter()
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, cwd=directory, env=environment) as process,
    ):
        for limit, most in LIMITS.items():
            resource.prlimit(process.pid, limit, (most, most))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        if process.returncode:
            sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}")
        size = output.seek(0, os.SEEK_END)
        output.seek(0)
        printed = output.read() if size < LONGEST_ANSWER else ""
    return Run(printed, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
