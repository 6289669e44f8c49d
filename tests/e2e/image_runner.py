"""A runner in GitHub's place, as far as it starts container actions: environment, mounts, root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/sessionize"
IMAGE = os.environ.get("NETPOL_ACTION_IMAGE", "netpol-action:dev")
OWNER = (1001, 127)


def docker(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *arguments],
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def needed() -> None:
    """Skips what needs the image where there is none; where NETPOL_ACTION_IMAGE names it, as in .ci/run, it fails."""
    found = shutil.which("docker") and docker("image", "inspect", IMAGE).returncode == 0
    if not found and "NETPOL_ACTION_IMAGE" in os.environ:
        pytest.fail(f"the image {IMAGE} is missing")
    if not found:
        pytest.skip(f"no Docker Engine answers, or it has no image {IMAGE}; build it with `make image`")


@dataclass(frozen=True)
class Step:
    """What a step of a workflow left behind."""

    code: int
    log: str
    outputs: Mapping[str, str]
    summary: str


@dataclass(frozen=True)
class GitHubRunner:
    """The directories that a runner mounts, and the way in which it starts a container action."""

    directory: Path

    @property
    def workspace(self) -> Path:
        return self.directory / "workspace"

    def variables(self, inputs: Mapping[str, str]) -> dict[str, str]:
        return {
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
            "HOME": "/github/home",
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": "/github/workflow/event.json",
            "GITHUB_OUTPUT": "/github/file_commands/set_output",
            "GITHUB_STEP_SUMMARY": "/github/file_commands/step_summary",
            "GITHUB_WORKSPACE": "/github/workspace",
            "RUNNER_TEMP": "/github/runner_temp",
        }

    def command(self, *options: str, variables: Mapping[str, str], network: str = "none") -> list[str]:
        mounts = {
            "runner_temp": "/github/runner_temp",
            "home": "/github/home",
            "workflow": "/github/workflow",
            "file_commands": "/github/file_commands",
            "workspace": "/github/workspace",
        }
        return [
            *("run", "--rm", "--network", network, "--workdir", "/github/workspace", *options),
            *(part for name in variables for part in ("-e", name)),
            *(part for name, place in mounts.items() for part in ("-v", f"{self.directory / name}:{place}")),
            IMAGE,
        ]

    def run(self, variables: Mapping[str, str] | None = None, network: str = "none", **inputs: str) -> Step:
        given = self.variables({name.replace("_", "-"): value for name, value in inputs.items()})
        return self.start({**given, **(variables or {})}, network=network)

    def start(self, variables: Mapping[str, str], *options: str, network: str = "none") -> Step:
        done = docker(*self.command(*options, variables=variables, network=network), environment=variables)
        return Step(
            done.returncode,
            done.stdout + done.stderr,
            read_outputs(self.directory / "file_commands/set_output"),
            (self.directory / "file_commands/step_summary").read_text(),
        )


def prepared(directory: Path) -> GitHubRunner:
    """A runner whose directories are there, but for the workspace."""
    for name in ("runner_temp", "home", "workflow", "file_commands"):
        (directory / name).mkdir(parents=True)
    (directory / "workflow/event.json").write_text("{}")
    (directory / "file_commands/set_output").touch()
    (directory / "file_commands/step_summary").touch()
    return GitHubRunner(directory)


def hand_over(workspace: Path) -> None:
    """Gives the workspace to the user that a runner would be."""
    if os.geteuid() == 0:
        for path in (workspace, *workspace.rglob("*")):
            os.chown(path, *OWNER, follow_symlinks=False)


def read_outputs(path: Path) -> dict[str, str]:
    """The outputs as the runner reads them."""
    found = {}
    lines = path.read_text().splitlines()
    while lines:
        name, _, end = lines.pop(0).partition("<<")
        value = lines[: lines.index(end)]
        del lines[: len(value) + 1]
        found[name] = "\n".join(value)
    return found
