"""Files that are scripts for a shell, read as the commands of a container are: `psql -h db`, `nc -z mq 5672`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from netpol_action.discovery.commands import words_of_command
from netpol_action.discovery.configfiles import Entry, entries

_SHELL = r"(?:ba|da|a|k|mk|pdk|z)?sh"
_INTERPRETER = re.compile(rf"#![^\n]{{0,200}}\b{_SHELL}\b")
_ENDING = re.compile(rf".*\.{_SHELL}")
_RUN = re.compile(rf"(?:^|[\s;&|/])(?:{_SHELL}|source|\.)(?=((?:\s+-\w{{1,20}}){{0,5}})\s+([^\s;&|]{{1,300}}))")
_CONTINUED = re.compile(r"\\\r?\n")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_TOKEN = re.compile(r"[^\s\"'`;|()<>]+")


def is_script(file: str, text: str) -> bool:
    """Whether a file is a script for a shell, by its ending or its first line."""
    return bool(_ENDING.fullmatch(file) or _INTERPRETER.match(text))


def run_by_shell(command: Sequence[str]) -> Iterator[str]:
    """The names of the files that a command gives to a shell: `run` of `sh -e /c/run`."""
    for flags, word in _RUN.findall(" ".join(command)):
        if not flags.endswith("c"):
            yield word.strip("\"'").rpartition("/")[2]


def script_entries(text: str, file: str) -> Iterator[Entry]:
    """The named values in a script: those of its lines, as in any file, and the arguments of its commands.

    What both find is given once, so that each connection keeps one piece of evidence.
    """
    commands = list(dict.fromkeys(_arguments(text)))
    named = {each.value for each in commands if each.name}
    lines = [each for each in entries(text, file) if not (each.strict and each.value in named)]
    known = {(each.name, each.value) for each in lines}
    tokens = {token for each in lines if "://" in each.value for token in _TOKEN.findall(each.value)}
    yield from lines
    for each in commands:
        if (each.name, each.value) not in known and not ("://" in each.value and each.value in tokens):
            yield each


def _arguments(text: str) -> Iterator[Entry]:
    """What the commands take, line by line: an apostrophe in a comment or a text opens no quotation then."""
    for line in _CONTINUED.sub(" ", text).splitlines():
        for name, value in words_of_command(["", _COMMENT.sub("", line, count=1)]):
            yield Entry(name, value, argument=True)
