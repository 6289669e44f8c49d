"""The program's outer door: arguments, the environment, standard streams and exit codes.

Exit codes: 0 done; 1 a gate failed (all outputs are written); 2 the call or its input is unusable.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NoReturn, TextIO

from netpol_action.arguments import parse
from netpol_action.errors import NetpolActionError
from netpol_action.interruption import end_on_signals
from netpol_action.progress import sign_of_life

DONE = 0
GATE_FAILED = 1
UNUSABLE = 2

_OUTPUT, _ERRORS = 1, 2
"""The descriptors of standard output and standard error."""

_BATCH = 1 << 18
"""So many characters are gathered for one write: a map may have millions of lines, and a line a million characters."""


def entry() -> NoReturn:
    """The console script's entry point."""
    end_on_signals()
    sys.exit(main(sys.argv[1:]))


def main(argv: Sequence[str]) -> int:
    """Runs one call and returns its exit code. What is wrong with the call or the input goes to standard error."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return _perform(parse(argv), sys.stdout)
    from netpol_action.publish.workflow import disarmed_streams  # noqa: PLC0415  # as above
    from netpol_action.runner import read_runner  # noqa: PLC0415  # --help must not wait for the stages

    with disarmed_streams(read_runner(os.environ)) as workflow:
        return _perform(parse(argv), workflow)


def _perform(options: argparse.Namespace, workflow: TextIO) -> int:
    """Performs the call; `workflow` is standard output as it is, also where `sys.stdout` disarms what is printed."""
    from netpol_action.commands import perform  # noqa: PLC0415  # --help must not wait for the stages

    # A run is short and makes no cycles to speak of: collecting garbage would only walk the manifests over and over.
    gc.disable()
    try:
        with _sign_of_life():
            answer = perform(options, sys.stdin.buffer.read, os.environ, workflow)
        # On a terminal the rows are a sign themselves.
        with _while_somebody_reads(_OUTPUT), nullcontext() if sys.stdout.isatty() else _sign_of_life():
            _write(answer.output, workflow)
        _complain(answer.notices)
    except NetpolActionError as problem:
        _complain([f"error: {line}" for line in str(problem).splitlines()])
        return UNUSABLE
    except BrokenPipeError:  # what a workflow's runner is told during the work: nobody knows how it would have ended
        _drop(_OUTPUT)
        return UNUSABLE
    except Exception:  # noqa: BLE001  # a defect: Python's own exit code would read as a failed gate
        _complain(traceback.format_exc().splitlines())
        _complain(["error: this is a defect of netpol-action; please report it with the lines above"])
        return UNUSABLE
    return GATE_FAILED if answer.failed else DONE


@contextmanager
def _while_somebody_reads(descriptor: int) -> Iterator[None]:
    """Ends what is in it where the reader has seen enough (`| head`). Nothing else follows from that."""
    try:
        yield
    except BrokenPipeError:
        _drop(descriptor)


def _drop(descriptor: int) -> None:
    """Drops what is written from now on: what is still buffered must not fail again at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


def _sign_of_life() -> AbstractContextManager[None]:
    """Shows on a terminal, and nowhere else, that work goes on."""
    if not sys.stderr.isatty() or os.environ.get("CI") or os.environ.get("TERM", "dumb") == "dumb":
        return nullcontext()
    return sign_of_life(lambda text: os.write(sys.stderr.fileno(), text.encode()))


def _write(output: Iterable[str] | bytes, workflow: TextIO) -> None:
    if isinstance(output, bytes):
        if workflow is sys.stdout or not _is_text(output):
            workflow.buffer.write(output)
            workflow.buffer.flush()
            return
        output = output.decode().splitlines()  # an SVG: a runner would obey its lines like any others
    batch: list[str] = []
    size = 0
    for line in output:
        batch.append(line)
        size += len(line)
        if size >= _BATCH:
            sys.stdout.write("\n".join((*batch, "")))
            batch.clear()
            size = 0
    sys.stdout.write("\n".join((*batch, "")) if batch else "")
    sys.stdout.flush()


def _is_text(output: bytes) -> bool:
    try:
        output.decode()
    except UnicodeDecodeError:
        return False
    return True


def _complain(lines: Iterable[str]) -> None:
    """Prints lines to standard error; what they quote of the call or the input reaches no terminal as an escape."""
    from netpol_action.render.text import plain  # noqa: PLC0415  # most calls have nothing to complain of

    with _while_somebody_reads(_ERRORS):
        for line in lines:
            print(plain(line), file=sys.stderr)
        sys.stderr.flush()
