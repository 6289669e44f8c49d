"""The program's outer door: arguments, the environment, standard streams and exit codes.

Exit codes: 0 done; 1 a gate failed (all outputs are written); 2 the call or its input is unusable.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Sequence
from types import FrameType
from typing import NoReturn

from netpol_action.arguments import parse
from netpol_action.errors import NetpolActionError

DONE = 0
GATE_FAILED = 1
UNUSABLE = 2

_BATCH = 4096
"""Lines that are joined for one write: a map may have millions."""


def entry() -> NoReturn:
    """The console script's and the container's entry point."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Runs one call and returns its exit code. What is wrong with the call or the input goes to standard error."""
    options = parse(argv)
    from netpol_action import commands  # noqa: PLC0415  # --help must not wait for the stages

    try:
        answer = commands.perform(options, sys.stdin.buffer.read, os.environ)
        _write(answer.output)
        _complain(answer.notices)
    except NetpolActionError as problem:
        _complain([f"error: {line}" for line in str(problem).splitlines()])
        return UNUSABLE
    except BrokenPipeError:
        # The reader has seen enough (`| head`). What is still buffered must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return GATE_FAILED if answer.failed else DONE


def _write(output: Iterable[str] | bytes) -> None:
    if isinstance(output, bytes):
        sys.stdout.buffer.write(output)
        sys.stdout.buffer.flush()
        return
    batch: list[str] = []
    for line in output:
        batch.append(line)
        if len(batch) == _BATCH:
            sys.stdout.write("\n".join((*batch, "")))
            batch.clear()
    sys.stdout.write("\n".join((*batch, "")) if batch else "")
    sys.stdout.flush()


def _complain(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, file=sys.stderr)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    """Ends the program as a signal asks, by way of every `finally`: as PID 1 it has no default action for SIGTERM."""
    del frame
    raise SystemExit(128 + number)
