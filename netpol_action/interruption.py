"""What SIGINT and SIGTERM do: end the program the way an error would, so that nothing half-written stays behind."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Final, NoReturn

SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interrupted(SystemExit):
    """Raised in the main thread by a signal; ends the program with 128 + the signal's number, as a shell counts."""


def end_on_signals() -> None:
    """Lets SIGINT and SIGTERM end the program by raising Interrupted.

    A container's first process needs this: the kernel gives it no default action for SIGTERM. A runner that cancels a
    job sends SIGINT, SIGTERM 7.5 s later, and kills 2.5 s after that; the first of them counts, so that the second
    does not interrupt the cleaning up.
    """
    for number in SIGNALS:
        signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    raise Interrupted(128 + number)
