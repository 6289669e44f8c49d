"""Measures the program and writes docs/performance.md: `make bench`.

    python -m benchmarks [SIZE...]

With sizes, only these are measured, and the tables are printed instead of written.
"""

from __future__ import annotations

import contextlib
import io
import math
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import change, clusters, engine, image, versus_naive
from benchmarks.engine import Measured
from benchmarks.markdown import table

REPORT = Path(__file__).parents[1] / "docs" / "performance.md"
IMAGE = "netpol-action:dev"
AIMS = {1_000: "1 s", 10_000: "6 s and 1 GB, of which 0.5 s for the evaluation"}


def main(sizes: Sequence[int]) -> None:
    """Measures, then writes or prints."""
    measured = [_told(engine.measure(shape, size)) for shape in clusters.SHAPES for size in sizes or engine.SIZES]
    changes = [_told_of_change(one) for size in sizes or change.SIZES for one in change.measure(size)]
    text = "\n".join(_report(measured, changes)) + "\n"
    if sizes:
        print(text)
    else:
        REPORT.write_text(text)
        print(f"wrote {REPORT}")


def _told(one: Measured) -> Measured:
    print(f"{one.shape}, {one.size}: {one.command:.2f} s, {one.memory:.0f} MB", file=sys.stderr)
    return one


def _told_of_change(one: change.Measured) -> change.Measured:
    print(f"{one.change} changed, {one.size}: {one.comparison.seconds:.2f} s", file=sys.stderr)
    return one


def _report(measured: Sequence[Measured], changes: Sequence[change.Measured]) -> Iterator[str]:
    yield from ("# Performance", "", f"Written by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {_machine()}.", "")
    yield "Seconds are medians of three runs, interpreter included where the whole command is measured. *Command* is"
    yield "`netpol-action map DIR -o json`, from YAML files to the last row, *memory* its peak; where the map has more"
    yield f"than {engine.MOST_ROWS:,} rows, only so many are written, and the command shows groups. The aims, for the"
    yield "shape *a policy per workload* on two cores: " + "; ".join(f"{n:,} in {aim}" for n, aim in AIMS.items()) + "."
    for shape, function in clusters.SHAPES.items():
        mine = [one for one in measured if one.shape == shape]
        yield from ("", f"## {shape[0].upper()}{shape[1:]}", "", (function.__doc__ or "").splitlines()[0], "")
        yield from table(
            ["workloads", "input", "read", "evaluate", "write", "rows", "command", "memory"], map(_cells, mine)
        )
    yield from ("", "## Growth", "", "The power of the number of workloads with which each part grows.", "")
    parts = {field: dict(engine.growth(measured, field)) for field in ("read", "evaluate", "memory")}
    rows = ([shape, *(f"{parts[field].get(shape, math.nan):.2f}" for field in parts)] for shape in clusters.SHAPES)
    yield from table(["shape", *parts], rows)
    yield from ("", *change.report(changes))
    yield from ("", "## Start-up", "")
    calls = ([name, f"{seconds * 1000:.0f} ms", f"{aim * 1000:.0f} ms"] for name, seconds, aim in engine.start_up())
    yield from table(["call", "measured", "aim"], calls)
    yield from ("", "## Against the second evaluator", "")
    yield "The tests' second evaluator goes pair by pair and port by port; here it is asked about two ports of one"
    yield "protocol, while the engine answers for all."
    yield ""
    versus = ([f"{n}", f"{a:.4f} s", f"{b:.2f} s", f"{b / a:,.0f}"] for n, a, b in versus_naive.ratios())
    yield from table(["workloads", "engine", "second evaluator", "ratio"], versus)
    yield from _image()


def _cells(one: Measured) -> list[str]:
    rows = f"{one.rows:,}" if one.all_rows else f"first {one.rows:,}"
    command = f"{one.command:.2f} s" if one.all_rows else f"{one.command:.2f} s, `--group`"
    parts = [f"{seconds:.2f} s" for seconds in (one.read, one.evaluate, one.write)]
    return [f"{one.size:,}", f"{one.megabytes:.1f} MB", *parts, rows, command, f"{one.memory:.0f} MB"]


def _image() -> Iterator[str]:
    """The image's own measurements, where there is a Docker Engine with the image."""
    if shutil.which("docker") is None:
        return
    if subprocess.run(["docker", "image", "inspect", IMAGE], capture_output=True, check=False).returncode:
        return
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        image.main(IMAGE)
    yield from ("", "## The image", "", *printed.getvalue().splitlines())


def _machine() -> str:
    names = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    cpu = names[0] if names else platform.machine()
    return f"{cpu}, {os.cpu_count()} cores, {memory / 2**20:.0f} GB of memory, Python {platform.python_version()}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines() if Path(path).exists() else []


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]])
