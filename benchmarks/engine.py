"""How long reading, evaluating and writing take, how much memory, and how both grow.

Each measurement is a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks import clusters
from benchmarks.processes import run

SIZES = (100, 1_000, 5_000, 10_000, 20_000)
ROUNDS = 3
MOST_ROWS = 1_000_000
"""Of larger maps only so many rows are written: a wide-open cluster of 20,000 has 400 million. The command is asked for
groups then."""


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
        megabytes = int(run(generator).output) / 1e6
        runs = [json.loads(run([sys.executable, "-m", "benchmarks.parts", directory]).output) for _ in range(ROUNDS)]
        parts = {name: statistics.median(answer[name] for answer in runs) for name in ("read", "evaluate", "write")}
        rows, complete = runs[0]["rows"], runs[0]["rows"] < MOST_ROWS
        command = [sys.executable, "-m", "netpol_action", "map", directory, "-o", "json"]
        whole = [run([*command, *([] if complete else ["--group"])]) for _ in range(ROUNDS)]
        return Measured(
            shape,
            size,
            megabytes,
            **parts,
            rows=rows,
            all_rows=complete,
            command=statistics.median(one.seconds for one in whole),
            memory=max(one.memory for one in whole),
        )


def start_up() -> list[tuple[str, float, float]]:
    """Seconds of the two calls that every user makes first, each with its aim."""
    calls = {"--help": (["--help"], 0.1), "map of the example": (["map", "examples/sessionize/manifests"], 0.3)}
    result = []
    for name, (arguments, aim) in calls.items():
        times = [run([sys.executable, "-m", "netpol_action", *arguments]).seconds for _ in range(2 * ROUNDS)]
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
