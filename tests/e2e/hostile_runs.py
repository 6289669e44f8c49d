"""The program on a workspace that somebody filled with texts of their choice, and all that it then leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import judges_of_drawings as drawings
import judges_of_markup as markup
import judges_of_text as text
from carriers import workload
from recording_server import Recorded

Judge = Callable[[str], Iterable[str]]

JUDGES: Mapping[str, Judge] = {
    "log": text.log,
    "stderr": text.log_without_commands,
    "summary": markup.markdown,
    "comment": markup.comment,
    "network-policies.yaml": markup.policies,
    "connectivity.txt": text.terminal,
    "connectivity.md": markup.markdown,
    "connectivity.csv": text.table,
    "connectivity.json": text.json_text,
    "connectivity.dot": drawings.dot,
    "connectivity.svg": drawings.svg,
    "connectivity.mmd": drawings.flowchart,
    "report.json": text.json_text,
    "netpol-action.sarif": text.sarif,
    "diff.md": markup.markdown,
    "diff.json": text.json_text,
    "diff.svg": drawings.svg,
}
"""What a run of the action leaves, and who judges it."""

BEFORE = f"---\n{json.dumps(workload('web'))}\n---\n{json.dumps(workload('label-value'))}\n"


@dataclass
class Left:
    """What a run left: its sinks by name, its outputs, the files of the workspace, and how it ended."""

    code: int
    sinks: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    def judged(self) -> list[str]:
        """All that is to be said against it."""
        return [f"{sink}: {reason}" for sink, found in self.sinks.items() for reason in JUDGES[sink](found)]


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "core.quotePath=false"]
    return subprocess.run(
        ["git", *identity, *arguments], cwd=directory, capture_output=True, text=True, check=True
    ).stdout.strip()


@dataclass(frozen=True)
class Workspace:
    """A checkout of a pull request, and the runner's files beside it."""

    top: Path

    @property
    def directory(self) -> Path:
        return self.top / "workspace"

    def fill(self, given: Mapping[str, bytes], hostile: str = "", config: bytes = b"") -> None:
        """One commit with a small application, and one with these files below `k8s` as well."""
        (self.directory / "k8s").mkdir(parents=True)
        git(self.directory, "init", "--quiet", "--initial-branch", "main")
        self._write("k8s/web.yaml", BEFORE.encode())
        base = self._commit()
        for name, content in given.items():
            self._write(f"k8s/{name}", content)
        if config:
            self._write("netpol.yaml", config)
        head = self._commit()
        sides = {"base": {"ref": hostile or "main", "sha": base}, "head": {"ref": hostile or "topic", "sha": head}}
        event = {"pull_request": {"number": 7, "title": hostile, **sides}}
        (self.top / "event.json").write_text(json.dumps(event))

    def _write(self, name: str, content: bytes) -> None:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def _commit(self) -> str:
        git(self.directory, "add", "--all", ".")
        git(self.directory, "commit", "--quiet", "--message", "change")
        return git(self.directory, "rev-parse", "HEAD")

    def environment(self, server: Recorded, **variables: str) -> dict[str, str]:
        """What a runner gives the container."""
        return {
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
            "LANG": "C.UTF-8",
            "HOME": str(self.top),
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.directory),
            "GITHUB_OUTPUT": str(self.top / "output"),
            "GITHUB_STEP_SUMMARY": str(self.top / "summary"),
            "GITHUB_EVENT_NAME": "pull_request",
            "GITHUB_EVENT_PATH": str(self.top / "event.json"),
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_API_URL": server.url,
            "GITHUB_WORKFLOW": "CI",
            "GITHUB_JOB": "map",
            "GITHUB_RUN_ID": "1",
            "GITHUB_RUN_ATTEMPT": "1",
            "INPUT_PATH": "k8s",
            "INPUT_TOKEN": "token",
            "INPUT_GENERATE": "true",
            "INPUT_COMMENT": "always",
            "INPUT_FORMATS": "txt,md,csv,json,dot,svg,mermaid",
            **variables,
        }

    def run(self, server: Recorded, script: str = "", **variables: str) -> Left:
        """The action, started as the container starts it, or by a script of Python's."""
        for name in ("output", "summary"):
            (self.top / name).write_bytes(b"")
        before = self._files()
        started = ["-c", script] if script else ["-m", "netpol_action", "run"]
        command = [sys.executable, "-I", *started]
        done = subprocess.run(
            command, cwd=self.directory, env=self.environment(server, **variables), capture_output=True, check=False
        )
        left = Left(done.returncode, files=self._files() - before)
        left.sinks["log"], left.sinks["stderr"] = _text(done.stdout), _text(done.stderr)
        left.sinks["summary"] = _text((self.top / "summary").read_bytes())
        left.outputs = text.outputs(_text((self.top / "output").read_bytes()))
        for body in server.comments:
            left.sinks["comment"] = body
        for name in sorted(left.files):
            last = name.rpartition("/")[2]
            if last in JUDGES:
                left.sinks[last] = _text((self.top / name).read_bytes())
        return left

    def _files(self) -> set[str]:
        """Every file, with git's own left out."""
        found = (path.relative_to(self.top) for path in self.top.rglob("*") if not path.is_dir())
        return {str(path) for path in found if ".git" not in path.parts}


def _text(content: bytes) -> str:
    return content.decode("utf-8", "surrogateescape")


def mentions(left: Left, mark: str) -> Iterator[str]:
    """The sinks that a text has reached. Escapes are undone as far as they hide it."""
    for sink, found in left.sinks.items():
        if mark in found or mark in found.replace("\\", ""):
            yield sink
