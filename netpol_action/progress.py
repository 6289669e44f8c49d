"""A sign of life while something takes long: one line that is rewritten each second, and erased at the end.

A timer interrupts the work, and the innermost module that is then at work tells what is being done. So no stage has to
report, and what is done within the first second says nothing.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

SECOND: Final = 1.0

_ERASE: Final = "\r\x1b[K"
_WORK: Final = {
    "netpol_action.sources": "reading the input",
    "netpol_action.manifests": "reading the manifests",
    "netpol_action.discovery": "finding what the application requires",
    "netpol_action.synthesis": "writing policies",
    "netpol_action.connectivity": "evaluating the policies",
    "netpol_action.diff": "comparing",
    "netpol_action.checks": "checking",
    "netpol_action.render": "writing the answer",
    "netpol_action.publish": "publishing",
    "netpol_action.publish.graphviz": "drawing",
}
"""What the packages do; the longest name that fits counts."""


@contextmanager
def sign_of_life(write: Callable[[str], object], every: float = SECOND) -> Iterator[None]:
    """Lets `write` have the line and how to erase it, for as long as the context lasts; `every` is in seconds.

    `write` is called in the middle of anything, so it must not use a buffered stream. For the main thread alone.
    """
    started, shown = time.monotonic(), False

    def tick(_number: int, frame: FrameType | None) -> None:
        nonlocal shown
        shown = True
        write(f"{_ERASE}{_work(frame)}: {time.monotonic() - started:.0f} s")

    before = signal.signal(signal.SIGALRM, tick)
    signal.setitimer(signal.ITIMER_REAL, every, every)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if shown:
            write(_ERASE)


def _work(frame: FrameType | None) -> str:
    while frame is not None:
        module = str(frame.f_globals.get("__name__", ""))
        fitting = [name for name in _WORK if module == name or module.startswith(f"{name}.")]
        if fitting:
            return _WORK[max(fitting, key=len)]
        frame = frame.f_back
    return "working"
