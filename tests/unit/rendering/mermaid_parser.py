"""Mermaid's own parser, in Node.js with jsdom for a browser; `.ci/install-tools` installs them from .ci's locks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

CI = Path(__file__).parents[3] / ".ci"

SCRIPT = """
import { readFileSync } from 'node:fs';
import { JSDOM } from 'jsdom';
globalThis.window = new JSDOM('').window;
globalThis.document = window.document;
const { default: mermaid } = await import('mermaid');
mermaid.initialize({ securityLevel: 'strict' });
const answers = [];
for (const text of JSON.parse(readFileSync(0))) {
  try {
    answers.push((await mermaid.parse(text)).diagramType);
  } catch (problem) {
    answers.push(String(problem));
  }
}
console.log(JSON.stringify(answers));
"""


def parsed(diagrams: Sequence[str]) -> list[str]:
    """For each diagram its type, `flowchart-v2`, or what mermaid says against it.

    Skips where mermaid is missing; in CI that is a failure.
    """
    node = shutil.which("node", path=f"{CI / '.venv/bin'}{os.pathsep}{os.environ['PATH']}")
    if not node or not (CI / "node_modules/mermaid").exists():
        assert not os.environ.get("CI"), ".ci/install-tools installs Node.js and mermaid"
        pytest.skip("Node.js or mermaid is missing; .ci/install-tools installs them")
    command = [node, "--input-type=module", "--eval", SCRIPT]
    done = subprocess.run(command, cwd=CI, input=json.dumps(diagrams), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answers: list[str] = json.loads(done.stdout)
    return answers
