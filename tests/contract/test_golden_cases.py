"""Golden cases: tests/cases/<name>/ with `input`, a line in `about.txt`, and in `expected` what the program writes.

The name of an expected file says how it is made. `pytest --update-golden` rewrites those that are there; a new one
starts as an empty file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

CASES = Path(__file__).parents[1] / "cases"
NAMES = sorted(path.parent.name for path in CASES.glob("*/about.txt"))
GENERATE = ["generate", "input"]
CALLS = {
    "policies": GENERATE,
    "messages": GENERATE,
    "map": ["map", "input"],
    "generated-map": ["map", "input", "--generated"],
}


def expected_files() -> Iterator[Path]:
    for name in NAMES:
        yield from sorted((CASES / name / "expected").iterdir())


def run(case: Path, *arguments: str, seed: str = "0") -> subprocess.CompletedProcess[bytes]:
    """Runs the program in the case's directory, under a hash seed of its own."""
    call = [sys.executable, "-m", "netpol_action", *arguments]
    return subprocess.run(call, cwd=case, capture_output=True, check=False, env={**os.environ, "PYTHONHASHSEED": seed})


def written(path: Path, seed: str = "0") -> bytes:
    """What the program writes for an expected file."""
    case = path.parents[1]
    format_ = ["-o", path.suffix[1:]] if CALLS[path.stem][0] == "map" else []
    done = run(case, *CALLS[path.stem], *format_, "--fail-on", "none", seed=seed)
    assert done.returncode == 0, done.stderr.decode()
    return done.stderr if path.stem == "messages" else done.stdout


@pytest.mark.parametrize("path", list(expected_files()), ids=lambda path: f"{path.parents[1].name}/{path.name}")
def test_golden(path: Path, update_golden: bool):
    found = written(path)
    if update_golden:
        path.write_bytes(found)
    assert found.decode() == path.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("path", list(expected_files()), ids=lambda path: f"{path.parents[1].name}/{path.name}")
def test_the_hash_seed_changes_no_byte(path: Path):
    assert written(path, seed="1") == written(path, seed="2")


@pytest.mark.parametrize("name", NAMES)
def test_generating_again_changes_nothing(name: str, tmp_path: Path):
    shutil.copytree(CASES / name / "input", tmp_path / "input")
    policies = tmp_path / "input" / "network-policies.yaml"
    for _ in range(2):
        first = policies.read_bytes() if policies.exists() else None
        run(tmp_path, *GENERATE, "-f", "input/network-policies.yaml", "--fail-on", "none")
    assert policies.read_bytes() == first


@pytest.mark.parametrize("name", NAMES)
def test_a_case_says_what_it_is_about(name: str):
    assert len((CASES / name / "about.txt").read_text().strip().splitlines()) == 1
