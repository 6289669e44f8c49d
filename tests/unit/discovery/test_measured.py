"""What discovery finds in the labelled applications stays as good as docs/discovery.md says."""

from __future__ import annotations

import os
import shutil
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))  # the benchmarks are no part of the package

from benchmarks.discovery import DOCUMENT, END, START, Measured, measure_all, report, total  # noqa: E402  # see above

BAZAAR = "bazaar, the full-size example"
APPS = ROOT.parent / "shared" / "apps"


@pytest.fixture(autouse=True)
def _tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Most of the applications are charts and kustomizations; the tools stand beside the interpreter."""
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    missing = [tool for tool in ("kustomize", "helm") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed: run `make tools`")


@cache
def measured() -> tuple[Measured, ...]:
    return tuple(measure_all())


def whole() -> Measured:
    return total(measured())


def test_nothing_that_an_application_requires_is_lost():
    assert whole().lost == ()


def test_nearly_all_that_the_input_resolves_is_a_demand():
    assert len(whole().missed) <= 0.05 * whole().given


def test_nearly_all_demands_are_right():
    assert len(whole().wrong) <= 0.05 * whole().demands


def test_there_are_no_more_candidates_than_demands():
    assert all(each.candidates <= each.demands for each in measured())


def test_no_secret_of_the_example_is_shown_anywhere():
    from benchmarks.discovery import found_in  # noqa: PLC0415  # used here alone
    from benchmarks.labels import applications  # noqa: PLC0415

    (bazaar,) = (each for each in applications() if each.name == BAZAAR)
    assert "not-shown-anywhere" not in repr(found_in(bazaar))


def test_the_table_is_up_to_date():
    if not APPS.exists():
        pytest.skip("the real applications are not there: ../shared/apps")
    written = DOCUMENT.read_text().partition(START)[2].partition(END)[0].strip()
    assert written == "\n".join(report(measured()))
