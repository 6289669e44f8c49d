"""What a workflow's runner reads: commands in the log, the output file, the summary file.

The log is the dangerous part. A runner obeys a line that starts with `::` and, by an older syntax, `##[` anywhere in a
line, on either stream. So while a workflow runs, everything that the program prints goes through `Disarmed`, tracebacks
too; the commands that it means are written past it, escaped (actions/runner, ActionCommand.cs).
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, TextIO, assert_never

from netpol_action.errors import UsageError
from netpol_action.publish.describe import describe
from netpol_action.publish.effects import (
    Annotate,
    AppendSummary,
    LocalEffect,
    SetOutput,
    WriteFile,
)
from netpol_action.publish.files import write_into
from netpol_action.render.text import plain
from netpol_action.runner import Runner

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_COMMAND: Final = re.compile(r"^([\s\u200b-\u200f\ufeff]*):(?=:)", re.MULTILINE)
_OLD_COMMAND: Final = re.compile(r"##(?=\[)")
_BREAK: Final = "\u200b"
"""A zero-width space: a reader sees the text as it is, a runner sees no command."""


def disarm(text: str) -> str:
    """Text that no runner takes for a command. Control characters go, newlines and tabs stay.

    Holds for text made of whole lines; a stream of pieces goes through `Disarmed`.
    """
    text = _CONTROL.sub("", text)
    return _OLD_COMMAND.sub(f"##{_BREAK}", _COMMAND.sub(rf"\1:{_BREAK}", text))


class Disarmed(io.TextIOBase):
    """A text stream that disarms each line before it reaches `target`. An unfinished line waits until `close`."""

    def __init__(self, target: TextIO) -> None:
        self._target = target
        self._waiting = ""

    def writable(self) -> bool:
        """As any stream that is written to."""
        return True

    def write(self, text: str) -> int:
        """Passes on the lines that are whole now."""
        whole, newline, self._waiting = (self._waiting + text).rpartition("\n")
        if newline:
            self._target.write(disarm(whole) + "\n")
        return len(text)

    def flush(self) -> None:
        """Flushes the whole lines."""
        self._target.flush()

    def close(self) -> None:
        """Writes the last line, with a newline of its own so that nothing can complete it."""
        if self._waiting:
            self._target.write(disarm(self._waiting) + "\n")
            self._waiting = ""
        self._target.flush()


@contextlib.contextmanager
def disarmed_streams(runner: Runner) -> Iterator[TextIO]:
    """Disarms standard output and standard error in a workflow; yields the stream that commands are written to.

    Outside a workflow it changes nothing. What is printed after it, such as a traceback at the end of the program, is
    not disarmed: print it inside.
    """
    commands = sys.stdout
    if not runner.in_workflow:
        yield commands
        return
    with (
        contextlib.closing(Disarmed(sys.stderr)) as errors,
        contextlib.closing(Disarmed(commands)) as output,
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
    ):
        yield commands


def read_event(runner: Runner) -> bytes:
    """The payload of the event that started the workflow; nothing where there is none that can be read."""
    try:
        return Path(runner.event_file).read_bytes() if runner.event_file else b""
    except OSError:
        return b""


def perform(effects: Iterable[LocalEffect], runner: Runner, commands: TextIO) -> None:
    """Performs the effects, files first. Outside a workflow, outputs and annotations are printed to `commands`.

    Raises UsageError where a file cannot be written; the effects after it are then not performed.
    """
    listed = list(effects)
    write_into(Path(runner.workspace), [effect for effect in listed if isinstance(effect, WriteFile)])
    for effect in listed:
        match effect:
            case WriteFile():
                pass
            case SetOutput(name=name, value=value):
                _set_output(name, value, runner, commands)
            case AppendSummary(markdown=markdown):
                if runner.summary_file:
                    _append(runner.summary_file, markdown)
            case Annotate():
                text = annotation_command(effect) if runner.in_workflow else disarm(describe(effect))
                commands.write(f"{text}\n")
            case _:
                assert_never(effect)
    commands.flush()


def hide(secret: str, runner: Runner, commands: TextIO) -> None:
    """Has the runner blot out a text in all that is logged from now on."""
    if runner.in_workflow and secret.strip():
        commands.write(f"::add-mask::{_data(secret)}\n")
        commands.flush()


def annotation_command(annotation: Annotate) -> str:
    """The workflow command, escaped as @actions/core does it, so that nothing in it ends it early."""
    properties = {"file": annotation.path, "line": str(annotation.line or ""), "title": annotation.title}
    if not annotation.path:
        del properties["line"]
    shown = ",".join(f"{key}={_property(value)}" for key, value in properties.items() if value)
    return f"::{annotation.level}{' ' if shown else ''}{shown}::{_data(annotation.message)}"


def output_entry(name: str, value: str, delimiter: Callable[[], str] = lambda: f"ghadelimiter_{uuid.uuid4()}") -> str:
    """The lines that give an output any value, newlines too. Raises ValueError where the value knows the delimiter."""
    end = delimiter()
    if end in value:
        raise ValueError(f"the value of the output {name} holds its own delimiter")
    return f"{name}<<{end}\n{value}\n{end}\n"


def _set_output(name: str, value: str, runner: Runner, commands: TextIO) -> None:
    if runner.output_file:
        _append(runner.output_file, output_entry(name, value))
    else:
        commands.write(disarm(f"{name}={value}") + "\n")


def _append(path: str, text: str) -> None:
    try:
        with Path(path).open("a", encoding="utf-8", errors="replace", newline="\n") as stream:
            stream.write(text)
    except OSError as problem:
        raise UsageError(f"{path} cannot be written: {problem.strerror}") from problem


def _data(text: str) -> str:
    """A command's message: its newlines are escaped like `%`, and what shows nothing is written out."""
    text = "\n".join(map(plain, text.replace("\r\n", "\n").split("\n")))
    return _OLD_COMMAND.sub(f"##{_BREAK}", text).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
