"""Starting a rendering tool: without secrets in its environment, within limits of time, output and memory.

The tool sees a directory made for it and nothing else by name. It needs no network, and what it would need to use one
(credentials, proxies, git's protocols) is kept from it.
"""

from __future__ import annotations

import os
import re
import resource
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from netpol_action.manifests.limits import FILE_BYTES

SECONDS = 60.0
"""For one rendering; the largest ones take two."""

_MEMORY_BYTES = 1024**3
_MEGABYTE = 1024 * 1024
_OUT_OF_MEMORY = re.compile(r"fatal error: .*out of memory|fatal error: .*cannot allocate memory")  # Go's last words
_CHUNK = 1 << 16
_DEAD_PROXY = "http://127.0.0.1:9"  # nothing listens on the discard port


class ToolError(Exception):
    """A tool that was ended; the text says why, and reads on after the tool's name."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What a tool wrote and how it ended."""

    status: int
    output: bytes
    complaint: str


def find(name: str) -> str | None:
    """The program of this name on the search path; relative entries, which would find it in the input, do not count."""
    entries = [entry for entry in os.environ.get("PATH", os.defpath).split(os.pathsep) if Path(entry).is_absolute()]
    return shutil.which(name, path=os.pathsep.join(entries)) if entries else None


def run(command: Sequence[str], directory: Path, seconds: float = SECONDS) -> Completed:
    """Runs a tool in a directory of its own. Raises ToolError where it exceeds a limit or cannot be started."""
    home = directory / "home"
    home.mkdir()
    try:
        process = subprocess.Popen(  # noqa: S603  # no shell; the program comes from `find`
            command,
            cwd=directory,
            env=_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as problem:
        raise ToolError(f"cannot be started: {problem.strerror or problem}") from problem
    try:
        if sys.platform == "linux":
            with suppress(OSError):  # it has ended already
                resource.prlimit(process.pid, resource.RLIMIT_DATA, (_MEMORY_BYTES, _MEMORY_BYTES))
        output, complaint = _drain(process, time.monotonic() + seconds)
        done = Completed(process.wait(), output, complaint.decode("utf-8", "replace"))
    finally:
        _end(process)
    if done.status and _OUT_OF_MEMORY.match(done.complaint):
        raise ToolError(f"needed more than {_MEMORY_BYTES // _MEGABYTE} MB of memory and was ended")
    return done


def _environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        "HELM_CACHE_HOME": str(home / "cache"),
        "HELM_CONFIG_HOME": str(home / "config"),
        "HELM_DATA_HOME": str(home / "data"),
        "HELM_PLUGINS": str(home / "plugins"),
        "GIT_ALLOW_PROTOCOL": "none",
        "HTTP_PROXY": _DEAD_PROXY,
        "HTTPS_PROXY": _DEAD_PROXY,
    }


def _drain(process: subprocess.Popen[bytes], deadline: float) -> tuple[bytes, bytes]:
    """Everything that the process writes until it closes both streams."""
    assert process.stdout  # noqa: S101  # both were asked for
    assert process.stderr  # noqa: S101
    written = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as selector:
        for stream in written:
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(max(deadline - time.monotonic(), 0))
            if not ready and time.monotonic() >= deadline:
                raise ToolError("took too long and was ended")
            for key, _ in ready:
                stream = process.stdout if key.fileobj is process.stdout else process.stderr
                chunk = os.read(stream.fileno(), _CHUNK)
                if not chunk:
                    selector.unregister(stream)
                written[stream] += chunk
                if len(written[stream]) > FILE_BYTES:
                    raise ToolError(f"wrote more than {FILE_BYTES // _MEGABYTE} MB and was ended")
    return bytes(written[process.stdout]), bytes(written[process.stderr])


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the tool and whatever it started, if anything is left of them."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for stream in (process.stdout, process.stderr):
        if stream:
            stream.close()
