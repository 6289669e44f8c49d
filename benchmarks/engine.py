"""How long reading, evaluating and writing take, how much memory, and how both grow.

Each measurement is a process of its own, so that its peak memory is its own. The parent reads the child's resource
usage from the kernel.
"""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import clusters

SIZES = (100, 1_000, 5_000, 10_000, 20_000)
ROUNDS = 3
MOST_ROWS = 1_000_000
"""Of larger maps only so many rows are written: a wide-open cluster of 20,000 has 400 million. The command is asked for
groups then."""

LONGEST_ANSWER = 10_000
"""What `benchmarks.parts` prints is far shorter, and what the command prints is of no interest here."""

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Measured:
    """One size of one shape: seconds of each part, of the whole command, and its peak memory in MB."""

    shape: str
    size: int
    megabytes: float
    read: float
    evaluate: float
    write: float
    rows: int
    all_rows: bool
    command: float
    memory: float


def measure(shape: str, size: int) -> Measured:
    """Generates the cluster and measures it."""
    with tempfile.TemporaryDirectory() as directory:
        # In a process of its own: a child's peak memory counts what its parent held when it was started.
        generator = [sys.executable, "-m", "benchmarks.clusters", shape, str(size), directory]
        megabytes = int(_run(generator)[0]) / 1e6
        runs = [json.loads(_run([sys.executable, "-m", "benchmarks.parts", directory])[0]) for _ in range(ROUNDS)]
        parts = {name: statistics.median(run[name] for run in runs) for name in ("read", "evaluate", "write")}
        rows, complete = runs[0]["rows"], runs[0]["rows"] < MOST_ROWS
        command = [sys.executable, "-m", "netpol_action", "map", directory, "-o", "json"]
        usage = [_run([*command, *([] if complete else ["--group"])])[1:] for _ in range(ROUNDS)]
        return Measured(
            shape,
            size,
            megabytes,
            **parts,
            rows=rows,
            all_rows=complete,
            command=statistics.median(seconds for seconds, _ in usage),
            memory=max(memory for _, memory in usage),
        )


def start_up() -> list[tuple[str, float, float]]:
    """Seconds of the two calls that every user makes first, each with its aim."""
    calls = {"--help": (["--help"], 0.1), "map of the example": (["map", "examples/sessionize/manifests"], 0.3)}
    result = []
    for name, (arguments, aim) in calls.items():
        times = [_run([sys.executable, "-m", "netpol_action", *arguments])[1] for _ in range(2 * ROUNDS)]
        result.append((name, statistics.median(times), aim))
    return result


def growth(measured: Sequence[Measured], field: str) -> Iterator[tuple[str, float]]:
    """For each shape, the power of the size with which a part grows, between its two largest sizes."""
    for shape in clusters.SHAPES:
        mine = [one for one in measured if one.shape == shape]
        if len(mine) > 1:
            small, large = mine[-2:]
            ratio = math.log(getattr(large, field) / getattr(small, field))
            yield shape, ratio / math.log(large.size / small.size)


def _run(command: Sequence[str]) -> tuple[str, float, float]:
    """What a command prints, its seconds and its peak memory in MB; with compiled modules kept, as in the image."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    with (
        tempfile.TemporaryFile("w+") as output,
        subprocess.Popen(command, stdout=output, stderr=subprocess.DEVNULL, cwd=ROOT, env=environment) as process,
    ):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - start
        if process.returncode:
            sys.exit(f"{' '.join(map(str, command))} ended with {process.returncode}")
        size = output.seek(0, os.SEEK_END)
        output.seek(0)
        return output.read() if size < LONGEST_ANSWER else "", seconds, usage.ru_maxrss / 1024
