"""The conformance cases of differences: what an independent tool says of the same two versions, compared by meaning.

The cases lie outside of the repository. Where the tool is provably wrong, conformance-diff-accepted.txt says so.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CASES = Path(__file__).parents[3] / "shared" / "conformance"
ACCEPTED = Path(__file__).with_name("conformance-diff-accepted.txt")
COMMAND = [sys.executable, "-m", "netpol_action"]
ONLY_WORDS_DIFFER = [
    line.partition(":")[0] for line in ACCEPTED.read_text().splitlines() if line.startswith("semanticDiff")
]

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/conformance beside the repository")


@pytest.mark.slow
def test_agrees_with_the_peer():
    call = [sys.executable, CASES / "compare.py", "--kind", "diff", "--accepted", ACCEPTED]
    run = subprocess.run([*call, "--command", " ".join(COMMAND)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def _verdicts(rows: list[dict[str, Any]], source: str, destination: str) -> set[tuple[str, str, str]]:
    return {(row["type"], row[source], row[destination]) for row in rows}


@pytest.mark.parametrize("case", ONLY_WORDS_DIFFER)
def test_where_only_the_words_are_accepted_the_verdicts_agree(case: str):
    folder = CASES / "diff" / case
    call = [*COMMAND, "diff", folder / "before", folder / "after", "-o", "json", "--ip-family", "ipv4"]
    run = subprocess.run([*call, "--host-network", "ordinary"], capture_output=True, text=True, check=False)
    expected = json.loads((folder / "expected.json").read_text())
    assert _verdicts(json.loads(run.stdout), "src", "dst") == _verdicts(expected, "source", "destination")
