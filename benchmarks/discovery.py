"""Holds what discovery finds against the hand-written labels, and writes the table of docs/discovery.md.

python -m benchmarks.discovery [--write] [-v]
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.labels import Application, applications, found_as, is_right
from netpol_action.discovery import DiscoveryOptions, discover
from netpol_action.model.demands import Requirements
from netpol_action.pipeline import InputOptions, load

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "discovery.md"
START, END = "<!-- measured: python -m benchmarks.discovery --write -->", "<!-- end of what is measured -->"
_TITLES = (
    "application",
    "required",
    "lost",
    "given",
    "of these demands",
    "demands",
    "right",
    "candidates",
    "open rows",
)


@dataclass(frozen=True, slots=True)
class Measured:
    """One application's counts. `given` are the labels that the input resolves, `recalled` those that are demands."""

    name: str
    labels: int
    lost: tuple[str, ...]
    given: int
    missed: tuple[str, ...]
    demands: int
    wrong: tuple[str, ...]
    candidates: int
    rows: int

    @property
    def cells(self) -> list[str]:
        """The row of the table."""
        recalled, right = self.given - len(self.missed), self.demands - len(self.wrong)
        numbers = (self.labels, len(self.lost), self.given, recalled, self.demands, right, self.candidates, self.rows)
        return [self.name, *map(str, numbers)]


def measure_all() -> Iterator[Measured]:
    """Measures every application whose input is there."""
    for application in applications():
        if all(_path(each).exists() for each in application.inputs):
            yield measure(application, found_in(application))


def found_in(application: Application) -> Requirements:
    """What discovery finds in the application."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(_path(each)) for each in application.inputs]
        if application.components or application.left_out:
            paths = [_copied(Path(paths[0]), application, Path(folder))]
        loaded = load(InputOptions(tuple(paths)), lambda: b"")
    return discover(loaded.cluster, loaded.config, DiscoveryOptions())


def measure(application: Application, found: Requirements) -> Measured:
    """Counts. What a workload has with itself is not held against the labels, as the map does not list it either."""
    between = [demand for demand in found.demands if demand.source is not demand.destination]
    ways = [(label, found_as(label, found)) for label in application.labels]
    return Measured(
        name=application.name,
        labels=len(ways),
        lost=tuple(str(label) for label, way in ways if way == "lost"),
        given=sum(label.given for label, _ in ways),
        missed=tuple(f"{label} ({way})" for label, way in ways if label.given and way != "demand"),
        demands=len(between),
        wrong=tuple(
            f"{demand.source} -> {demand.destination}: {demand.connections} [{demand.evidence[0]}]"
            for demand in between
            if not is_right(demand, application.labels)
        ),
        candidates=len(found.candidates),
        rows=len(found.unresolved),
    )


def total(measured: Sequence[Measured]) -> Measured:
    """All applications as one."""
    return Measured(
        name="**all**",
        labels=sum(each.labels for each in measured),
        lost=tuple(line for each in measured for line in each.lost),
        given=sum(each.given for each in measured),
        missed=tuple(line for each in measured for line in each.missed),
        demands=sum(each.demands for each in measured),
        wrong=tuple(line for each in measured for line in each.wrong),
        candidates=sum(each.candidates for each in measured),
        rows=sum(each.rows for each in measured),
    )


def main(arguments: Sequence[str]) -> None:
    """Measures, then prints, or writes with `--write`; `-v` lists what is lost, missed and wrong."""
    measured = list(measure_all())
    table = "\n".join(report(measured))
    if "-v" in arguments:
        for each in measured:
            for what in ("lost", "missed", "wrong"):
                for line in getattr(each, what):
                    print(f"{each.name}: {what}: {line}", file=sys.stderr)
    if "--write" in arguments:
        before, _, rest = DOCUMENT.read_text().partition(START)
        DOCUMENT.write_text(f"{before}{START}\n\n{table}\n\n{END}{rest.partition(END)[2]}")
    else:
        print(table)


def report(measured: Sequence[Measured]) -> Iterator[str]:
    """The table, and the four numbers that it comes to."""
    whole = total(measured)
    yield from _table(each.cells for each in (*measured, whole))
    yield ""
    yield f"* Of {whole.labels} required connections, {_percent(whole.labels - len(whole.lost), whole.labels)} are a"
    yield "  demand, a candidate or an unresolved row."
    recalled = whole.given - len(whole.missed)
    yield f"* Of the {whole.given} that the input resolves, {_percent(recalled, whole.given)} are demands."
    yield f"* Of {whole.demands} demands, {_percent(whole.demands - len(whole.wrong), whole.demands)} are right."
    yield f"* There are {whole.candidates} candidates."
    for title, lines in (("Lost", whole.lost), ("Missed", whole.missed), ("Wrong", whole.wrong)):
        if lines:
            yield from ("", f"{title}:", "", *(f"* `{line[:200]}`" for line in dict.fromkeys(lines)))


def _table(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(_TITLES)} |"
    yield f"|{'---|' * len(_TITLES)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "-"


def _path(text: str) -> Path:
    return ROOT.parent / text if text.startswith("shared/") else ROOT / text


def _copied(source: Path, application: Application, folder: Path) -> str:
    """A copy of the input without what is left out, or with a kustomization of its base and the components."""
    copy = folder / source.name
    shutil.copytree(source, copy)
    for place in (copy, *copy.rglob("*")):
        place.chmod(0o755)
    for name in application.left_out:
        (copy / name).unlink()
    if not application.components:
        return str(copy)
    lines = ["resources: [../base]", "components:", *(f"- ../components/{name}" for name in application.components)]
    mine = copy / "measured"
    mine.mkdir()
    (mine / "kustomization.yaml").write_text("\n".join(lines) + "\n")
    return str(mine)


if __name__ == "__main__":
    main(sys.argv[1:])
