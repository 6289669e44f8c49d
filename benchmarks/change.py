"""What it costs to compare two versions, beside looking at one; and what a run of the action costs, beside `generate`.

python -m benchmarks.change [SIZE...]

All seconds are of the processor, and the cases of a size take turns, so that ratios hold on a busy machine too.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import clusters
from benchmarks.engine import MOST_ROWS, ROUNDS
from benchmarks.markdown import table
from benchmarks.processes import run

SIZES = (100, 1_000, 3_000)
CHANGES = ("one policy", "the first policies")
CHANGED_POLICY = "ns-0-app-0-netpol.yaml"


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of the processor, and peak memory in MB."""

    seconds: float
    memory: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One change of an application of one size: what the difference costs beside one version, and a run with it.

    `write` are the seconds for its rows, or for the first MOST_ROWS of them.
    """

    change: str
    size: int
    rows: int
    write: float
    one_side: Cost
    comparison: Cost
    generate: Cost
    run: Cost
    run_with_before: Cost


@dataclass(frozen=True, slots=True)
class Versions:
    """Directories: an application without policies, with those generated for it, and with one of these changed."""

    bare: Path
    protected: Path
    changed: Path

    @property
    def before(self) -> Mapping[str, Path]:
        """The version before each of the changes; after all of them the application is protected."""
        return dict(zip(CHANGES, (self.changed, self.bare), strict=True))


def measure(size: int) -> Iterator[Measured]:
    """Generates an application and measures each change of it."""
    with tempfile.TemporaryDirectory() as folder:
        versions = _versions(size, Path(folder))
        rounds = [(_parts(versions), _runs(versions.bare, versions.before)) for _ in range(ROUNDS)]
    for change in CHANGES:
        answers = [parts[change] for parts, _ in rounds]
        yield Measured(
            change,
            size,
            rows=int(answers[0]["rows"]),
            write=statistics.median(answer["write"] for answer in answers),
            one_side=_median(_cost(parts["alone"]) for parts, _ in rounds),
            comparison=_median(map(_cost, answers)),
            generate=_median(runs["generate"] for _, runs in rounds),
            run=_median(runs["run"] for _, runs in rounds),
            run_with_before=_median(runs[change] for _, runs in rounds),
        )


def report(measured: Sequence[Measured]) -> Iterator[str]:
    """The section of docs/performance.md."""
    yield from ("## A change", "", (clusters.application.__doc__ or "").splitlines()[0])
    yield "Policies are generated for it; the change is to one of them, or from no policies to all. Seconds here are"
    yield "those of the processor. *One version* is reading and evaluating the version after, *comparison* reading both"
    yield "and comparing them; rows are written with the same limit as above."
    yield ""
    ratio = "to one version"
    header = ["change", "workloads", "one version", "comparison", ratio, "memory", ratio, "rows", "written in"]
    yield from table(header, map(_comparison_cells, measured))
    yield ""
    yield "The whole command, interpreter included: `generate`, the action with `generate: true`, and that with"
    yield "`before`, held against the other two. The action also draws pictures; what Graphviz takes is counted."
    yield ""
    ratios = ["to `generate`", "to the action"]
    header = ["change", "workloads", "`generate`", "action", "with `before`", *ratios, "memory", *ratios]
    yield from table(header, map(_run_cells, measured))


def _comparison_cells(one: Measured) -> list[str]:
    return [
        one.change,
        f"{one.size:,}",
        f"{one.one_side.seconds:.2f} s",
        f"{one.comparison.seconds:.2f} s",
        f"{one.comparison.seconds / one.one_side.seconds:.1f}",
        f"{one.comparison.memory:.0f} MB",
        f"{one.comparison.memory / one.one_side.memory:.1f}",
        f"{one.rows:,}" if one.rows <= MOST_ROWS else f"first {MOST_ROWS:,} of {one.rows:,}",
        f"{one.write:.2f} s",
    ]


def _run_cells(one: Measured) -> list[str]:
    last, others = one.run_with_before, (one.generate, one.run)
    return [
        one.change,
        f"{one.size:,}",
        *(f"{cost.seconds:.2f} s" for cost in (*others, last)),
        *(f"{last.seconds / other.seconds:.1f}" for other in others),
        f"{last.memory:.0f} MB",
        *(f"{last.memory / other.memory:.1f}" for other in others),
    ]


def _versions(size: int, folder: Path) -> Versions:
    versions = Versions(folder / "bare", folder / "protected", folder / "changed")
    versions.bare.mkdir()
    # In processes of their own: a child's peak memory counts what its parent held when it was started.
    run([sys.executable, "-m", "benchmarks.clusters", clusters.APPLICATION, str(size), str(versions.bare)])
    shutil.copytree(versions.bare, versions.protected)
    run([*_command("generate"), str(versions.bare), "-d", str(versions.protected / "policies")])
    shutil.copytree(versions.protected, versions.changed)
    policy = versions.changed / "policies" / CHANGED_POLICY
    policy.write_text(policy.read_text().replace(f"port: {clusters.PORT}", f"port: {clusters.PORT + 1}"))
    return versions


def _parts(versions: Versions) -> dict[str, dict[str, float]]:
    """One round of looking at the version after alone, and of comparing it with each version before."""
    program, after = [sys.executable, "-m", "benchmarks.change_parts"], str(versions.protected)
    calls = {"alone": [after], **{change: [str(before), after] for change, before in versions.before.items()}}
    return {name: json.loads(run([*program, *directories]).output) for name, directories in calls.items()}


def _runs(application: Path, befores: Mapping[str, Path]) -> dict[str, Cost]:
    """One round of the whole commands."""
    found = {"generate": _perform([*_command("generate"), str(application), "-f", "policies.yaml"])}
    for name, before in {"run": "", **befores}.items():
        inputs = {"INPUT_PATH": str(application), "INPUT_GENERATE": "true", "INPUT_BEFORE": str(before)}
        found[name] = _perform(_command("run"), inputs)
    return found


def _perform(command: Sequence[str], inputs: Mapping[str, str] | None = None) -> Cost:
    """What a command costs that writes into its working directory, which is a new one."""
    with tempfile.TemporaryDirectory() as workspace:
        done = run(command, Path(workspace), inputs)
    return Cost(done.processor, done.memory)


def _command(name: str) -> list[str]:
    return [sys.executable, "-m", "netpol_action", name]


def _cost(answer: Mapping[str, float]) -> Cost:
    return Cost(answer["whole"], answer["memory"])


def _median(costs: Iterable[Cost]) -> Cost:
    """The median of the seconds, and the largest memory."""
    found = list(costs)
    return Cost(statistics.median(each.seconds for each in found), max(each.memory for each in found))


if __name__ == "__main__":
    sizes = [int(size) for size in sys.argv[1:]] or SIZES
    print("\n".join(report([one for size in sizes for one in measure(size)])))
