"""The other commands on such a workspace: what each prints or writes, and who judges it."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest import mock

import judges_of_drawings as drawings
import judges_of_markup as markup
import judges_of_text as text

from netpol_action import cli

Judge = Callable[[str], Iterable[str]]

FORMATS: Mapping[str, Judge] = {
    "txt": text.terminal,
    "md": markup.markdown,
    "csv": text.table,
    "json": text.json_text,
    "dot": drawings.dot,
    "mermaid": drawings.flowchart,
}
DRAWN = tuple(FORMATS)
WRITTEN = ("txt", "md", "csv", "json")
TOLD = ("txt", "md", "json")

PAIR = ("--from", "shop/selector", "--to", "shop/selector-db")
CALLS: Sequence[tuple[tuple[str, ...], Sequence[str]]] = [
    (("map", "k8s", "--exposure"), WRITTEN),
    (("map", "k8s", "--group"), WRITTEN),
    (("map", "k8s", "--side-by-side"), DRAWN),
    (("map", "k8s", "--focus", "shop/selector"), DRAWN),
    (("diff", "HEAD~1:k8s", "k8s"), DRAWN),
    (("explain", "k8s", *PAIR), TOLD),
    (("reach", "k8s", "--from", "internet"), DRAWN),
    (("check", "k8s"), TOLD),
]
"""Calls, and the formats that are asked of them."""

DOCUMENTS: Mapping[tuple[str, ...], Judge] = {
    ("generate", "k8s"): markup.policies,
    ("init", "k8s", "-f", "-"): markup.netpol_yaml,
}

WITH_A_TEXT: Sequence[tuple[str, ...]] = [
    ("map", "TEXT"),
    ("map", "k8s", "--focus", "TEXT"),
    ("map", "k8s", "--namespace", "TEXT"),
    ("map", "k8s", "--config", "TEXT"),
    ("explain", "k8s", "--from", "TEXT", "--to", "TEXT", "--port", "TEXT"),
    ("diff", "TEXT:k8s", "k8s"),
    ("check", "k8s", "--fail-on", "TEXT"),
    ("TEXT",),
]
"""Calls with a text of somebody else among the arguments, as from the name of a branch."""


MOST_OF_AN_ARGUMENT = 1 << 17
"""Linux' MAX_ARG_STRLEN."""


def call(directory: Path, *arguments: str, workflow: bool = False) -> tuple[int, str, str]:
    """One call in this process: its exit code, what it printed, what it complained of."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "surrogateescape", newline="\n") for _ in range(2))
    variables = {"PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))}
    variables["GITHUB_ACTIONS"] = "true" if workflow else ""
    with chdir(directory), mock.patch.dict(os.environ, variables), redirect_stdout(out), redirect_stderr(err):
        try:
            code = cli.main(arguments)
        except SystemExit as end:  # argparse
            code = int(end.code or 0)
    for stream in (out, err):
        stream.flush()
    return code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode()


def judged(directory: Path) -> Iterator[str]:
    """What is to be said against the commands' answers."""
    for arguments, formats in CALLS:
        for format_ in formats:
            yield from _answer(directory, (*arguments, "-o", format_), FORMATS[format_])
    for arguments, judge in DOCUMENTS.items():
        yield from _answer(directory, arguments, judge)
    yield from _files_of_policies(directory)
    yield from _existing_config(directory)


def judged_with(directory: Path, given: str) -> Iterator[str]:
    """What is to be said against the answers to calls with this text among the arguments, where it can be one."""
    try:
        if "\0" in given or len(os.fsencode(given)) >= MOST_OF_AN_ARGUMENT:
            return
    except UnicodeEncodeError:
        return
    for arguments in WITH_A_TEXT:
        for workflow in (False, True):
            words = [word.replace("TEXT", given) for word in arguments]
            code, out, err = call(directory, *words, workflow=workflow)
            title = f"{' '.join(arguments)}{' in a workflow' if workflow else ''}"
            for stream in (out, err):
                judge = text.log_without_commands if workflow else text.terminal
                yield from (f"{title}: {reason}" for reason in judge(stream))
            if "a defect of netpol-action" in err or code not in (0, 1, 2):
                yield f"{title}: ends with {code}: {err[-2000:]}"


def _answer(directory: Path, arguments: Sequence[str], judge: Judge) -> Iterator[str]:
    code, out, err = call(directory, *arguments, "--fail-on", "none")
    title = " ".join(arguments)
    if code != 0:
        yield f"{title}: ends with {code}: {err[-2000:]}"
    yield from (f"{title}: {reason}" for reason in judge(out))
    yield from (f"{title}, standard error: {reason}" for reason in text.terminal(err))


def _files_of_policies(directory: Path) -> Iterator[str]:
    code, _, err = call(directory, "generate", "k8s", "-d", "policies", "--fail-on", "none")
    if code:
        yield f"generate -d: ends with {code}: {err[-2000:]}"
    for path in (directory / "policies").iterdir():
        if not path.name.isascii() or not path.name.replace("-", "").replace(".", "").isalnum():
            yield f"generate -d: a file {path.name!r}"
        yield from (f"generate -d: {path.name}: {reason}" for reason in markup.policies(path.read_text()))


def _existing_config(directory: Path) -> Iterator[str]:
    """`init` twice: what it wrote is read, and has nothing added."""
    for again in ((), ("--config", "first.yaml")):
        code, _, err = call(directory, "init", "k8s", "-f", "first.yaml", *again, "--fail-on", "none")
        if code:
            yield f"init: ends with {code}: {err[-2000:]}"
            return
        yield from (f"init: {reason}" for reason in markup.netpol_yaml((directory / "first.yaml").read_text()))
