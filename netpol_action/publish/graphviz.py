"""Pictures, by Graphviz: the only place that starts `dot`.

Graphviz can draw a false picture, complain on standard error and leave a file all the same. A picture that it
complains about is never shown: the next, simpler drawing is tried, and in the end a sentence says why there is none.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

PictureFormat = Literal["png", "svg"]

TIMEOUT = 30.0
"""Seconds that all attempts at one picture may take together."""

_LEAST = 0.5
"""Seconds that an attempt gets at least; shares of what is left would come close to nothing."""

_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LD_LIBRARY_PATH",
    "GVBINDIR",
    "FONTCONFIG_PATH",
    "FONTCONFIG_FILE",
    "XDG_CACHE_HOME",
)
"""What `dot` gets to see of the environment: what it needs to find its plugins and fonts, and no tokens."""

_COMPLAINT = re.compile(r"error|warning|trouble|too large|lost|memory", re.IGNORECASE)
_HARMLESS = re.compile(r"fontconfig|pango|glib", re.IGNORECASE)
"""Complaints about fonts: another font is taken, and the picture is true."""

_COMMENT = re.compile(rb"<!--.*?-->\n?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing that Graphviz finished without complaint; `simplified` counts the drawings that were given up."""

    format: PictureFormat
    content: bytes = field(repr=False)
    simplified: int = 0


@dataclass(frozen=True, slots=True)
class NoPicture:
    """Why there is no picture: one sentence for the user."""

    reason: str


def draw(dots: Iterable[str], format: PictureFormat, timeout: float = TIMEOUT) -> Picture | NoPicture:  # noqa: A002
    """The first of these drawings, from the richest to the simplest, that Graphviz makes without complaint.

    `timeout` is in seconds and for all of them; each may take half of what is left. The same dot text gives the same
    bytes as long as Graphviz and its fonts are the same.
    """
    program = shutil.which("dot")
    if program is None:
        return NoPicture(
            "no picture was drawn: `dot` is not installed; install Graphviz (on Debian: apt-get install graphviz)"
        )
    deadline = time.monotonic() + timeout
    reason = "there is nothing to draw"
    for given_up, dot in enumerate(dots):
        left = deadline - time.monotonic()
        if left <= 0:
            break
        result = _run([program, f"-T{format}"], dot, max(left / 2, min(_LEAST, left)))
        if isinstance(result, bytes):
            content = _COMMENT.sub(b"", result) if format == "svg" else result
            return Picture(format, content, given_up)
        reason = result
    return NoPicture(f"no picture was drawn: {reason}")


def _run(command: list[str], dot: str, seconds: float) -> bytes | str:
    """What the program wrote, or a clause that says what went wrong."""
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    try:
        process = subprocess.Popen(  # noqa: S603  # a fixed command; the drawing goes through standard input
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except OSError as problem:
        return f"`dot` cannot be started: {problem.strerror}"
    try:
        output, complaints = process.communicate(dot.encode(), timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"Graphviz had not finished after {seconds:.0f} s"
    finally:
        _end(process)
    return _judge(process.returncode, output, complaints.decode(errors="replace"))


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the program and all that it started, also when this program is being ended itself."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _judge(code: int, output: bytes, complaints: str) -> bytes | str:
    lines = complaints.splitlines()
    serious = [line for line in lines if _COMPLAINT.search(line) and not _HARMLESS.search(line)]
    if serious:
        return f"Graphviz says {serious[0].strip()[:200]!r}"
    if code < 0:
        return f"Graphviz was ended by {signal.Signals(-code).name}"
    if code:
        return f"Graphviz failed with exit code {code}"
    return output or "Graphviz wrote nothing"
