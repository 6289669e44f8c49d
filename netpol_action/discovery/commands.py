"""Commands and arguments as named values: `--db-host db`, `-Ddb.host=db`, `nc -z db 3306`, scripts for a shell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

_SHELL_WORD = re.compile(r"\"([^\"]*)\"|'([^']*)'|((?:\$\(\w+\)|[^\s\"';&|()<>])+)")
_ASSIGNMENT = re.compile(r"(-{0,2}[A-Za-z_][\w.\-]{0,200})=(.*)", re.DOTALL)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*|\$[{(]?\w+[})]?")
_PORT = re.compile(r"[0-9]{1,5}|\$[{(]?\w*PORT\w*[})]?")
_DIALLER = re.compile(r"(?:.*/)?(?:nc|ncat|netcat|telnet|wait[-_]?for[\w.-]*)")
_SCRIPT_FLAG = re.compile(r"-[a-z]{0,5}c")
_SHORT = {"h": "host", "H": "host", "p": "port", "P": "port"}
_NO_HOST_SHORT = frozenset({"chgrp", "chown", "df", "du", "egrep", "fgrep", "free", "grep", "ls", "sort", "touch"})
"""Programs to which `-h` is no host."""


def words_of_command(command: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The name and value of each argument, empty where it has none. The program is left out.

    A name and a number that follow one another become `name:number`. Under the name `host` where a program runs that
    connects to them, as `nc` does; with a slash behind elsewhere, as they may be no more than `sleep 30`.

    `command` is `command` and `args` of a container, one after the other.
    """
    words = [word for position, argument in enumerate(command) for word in _split(argument, first=position == 0)]
    position, program = 1, words[0] if words else ""
    while position < len(words):
        word, *following = words[position : position + 3]
        assignment = _ASSIGNMENT.fullmatch(word)
        if assignment:
            yield _flag(assignment[1]), assignment[2]
        elif _is_host_and_port([word, *following]):
            yield ("host", f"{word}:{following[0]}") if _DIALLER.fullmatch(program) else ("", f"{word}:{following[0]}/")
            position, program = position + 1, word
        elif not word.startswith("-"):
            yield "", word
            program = word
        elif following and not _is_host_and_port(following) and _is_value(following[0]):
            yield _flag(word, program), following[0]
            position, program = position + 1, following[0] if _SCRIPT_FLAG.fullmatch(word) else program
        else:
            yield _flag(word), ""
        position += 1


def _is_host_and_port(words: Sequence[str]) -> bool:
    """Whether a name and a number follow one another, as in `nc -z db 3306`."""
    return len(words) > 1 and not words[0].isdigit() and bool(_NAME.fullmatch(words[0]) and _PORT.fullmatch(words[1]))


def _is_value(word: str) -> bool:
    """Whether the word behind a flag can be its value: no flag and no assignment, but for a URL with a query."""
    return not word.startswith("-") and "=" not in word.split("://", 1)[0]


def _split(argument: str, *, first: bool) -> list[str]:
    """The words of an argument that is a script; the argument itself otherwise."""
    if first or not re.search(r"\s", argument):
        return [argument]
    return ["".join(groups) for groups in _SHELL_WORD.findall(argument)]


def _flag(text: str, program: str = "") -> str:
    name = text.lstrip("-")
    if program.rpartition("/")[2] in _NO_HOST_SHORT:
        return name
    if text.startswith("-D") and not text.startswith("--"):
        name = name[1:]
    return _SHORT.get(name, name)
