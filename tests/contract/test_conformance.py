"""The conformance cases: what an independent tool says of the same manifests, compared by meaning.

The cases lie outside of the repository. Where the API's text proves the tool wrong, conformance-accepted.txt says so.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).parents[3] / "shared" / "conformance"
ACCEPTED = Path(__file__).with_name("conformance-accepted.txt")
COMMAND = [sys.executable, "-m", "netpol_action"]

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="needs ../shared/conformance beside the repository")


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["connectivity"])
def test_agrees_with_the_peer(kind: str):
    call = [sys.executable, CASES / "compare.py", "--kind", kind, "--accepted", ACCEPTED]
    run = subprocess.run([*call, "--command", " ".join(COMMAND)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_every_accepted_case_has_its_reason():
    lines = [line for line in ACCEPTED.read_text().splitlines() if line and not line.startswith("#")]
    for line in lines:
        name, _, reason = line.partition(": ")
        assert (CASES / "connectivity" / name).is_dir(), f"{name} is no case"
        assert len(reason) > 40, f"{name}: which rule does the peer break?"
