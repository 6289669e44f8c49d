"""The official schema of SARIF 2.1.0 and the official validator with GitHub's rules (@microsoft/sarif-multitool).

Both come from .ci/package.json, and `.ci/install-tools` installs them.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

TOOL = Path(__file__).parents[3] / ".ci/node_modules/@microsoft/sarif-multitool-linux"
NO_ADDRESS = "SARIF2005"
"""That the tool has no informationUri: it has no public address."""


def needs_tool() -> None:
    """Skips where the package is missing; in CI that is a failure."""
    if not (TOOL / "Sarif.Multitool").exists():
        assert not os.environ.get("CI"), ".ci/install-tools installs @microsoft/sarif-multitool"
        pytest.skip("@microsoft/sarif-multitool is missing; .ci/install-tools installs it, on Linux")


@functools.cache
def _schema() -> Draft202012Validator:
    schema = json.loads((TOOL / "sarif-2.1.0.json").read_text())
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def schema_problems(document: object) -> list[str]:
    """What the schema has to say against a document."""
    return [f"{error.json_path}: {error.message:.200}" for error in _schema().iter_errors(document)]


def tool_problems(*files: Path) -> list[str]:
    """What the validator has to say against files, by its rules and by those of GitHub."""
    log = files[0].with_suffix(".log")
    command = [TOOL / "Sarif.Multitool", "validate", *files, "--rule-kind", "Sarif;Ghas"]
    done = subprocess.run(
        [*command, "--output", log, "--log", "ForceOverwrite"],
        capture_output=True,
        text=True,
        check=False,
        env={"DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1", "DOTNET_BUNDLE_EXTRACT_BASE_DIR": str(log.parent)},
    )
    assert log.exists(), done.stdout + done.stderr
    found: dict[str, Any] = json.loads(log.read_text())["runs"][0]
    return [f"{each['ruleId']}: {each['message']}" for each in found["results"] if each["ruleId"] != NO_ADDRESS]
