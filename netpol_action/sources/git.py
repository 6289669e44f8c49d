"""Asking git about a repository: nothing is fetched, no hook or filter runs, and nothing in it is changed.

The repository may belong to somebody else, as in a container, and its content may come from a fork. Only objects are
read, and by commands that look neither at the index nor at `.gitattributes`.
"""

from __future__ import annotations

import os
import posixpath
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from netpol_action.errors import InputError, UsageError
from netpol_action.sources import sandbox
from netpol_action.sources.places import exists, repository_of

SECONDS = 120.0
"""For one command; to list the largest repositories takes a few."""

_LOGIN = re.compile(r"(?<=://)[^/\s]+@")

LEFT_OUT = (
    "some files of this version are not in the clone, which leaves out what was not needed before, and nothing is "
    "fetched here: clone without a filter (in the workflow, give actions/checkout no `filter:`)"
)
"""What to say where objects are missing: git before 2.45 fails to fetch them, later ones name them."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A path in a version of the repository at `top`: `origin/main:deploy`. `path` is empty for all of it."""

    top: Path
    ref: str
    path: str

    @property
    def shown(self) -> str:
        """The version, as it stands before paths in messages."""
        return f"{self.ref}:"


def reference(text: str) -> Reference | None:
    """What `REF:PATH` means in the repository of the working directory; None for anything else that is there.

    Where `REF` is a version, it is meant even if there is a file of that name: whoever proposes a change may make files
    as they like, and must not put one in the place of what the change is compared with. `PATH` counts from the top of
    the repository, and from the working directory where it begins with `./` or `../`, as with git.
    Raises UsageError where there is no repository or the path leads out of it.
    """
    ref, colon, path = text.partition(":")
    if not colon:
        return None
    here = Path.cwd().resolve()
    top = repository_of(here)
    if exists(text) and not (top and ref and is_version(top, ref)):
        return None
    if top is None:
        raise UsageError(f"{text} does not exist, and the working directory is in no git repository")
    if not ref:
        raise UsageError(f"{text} names no version: write a branch, a tag or a commit before the colon")
    if path.startswith(("./", "../")) or path in (".", ".."):
        path = posixpath.join(here.relative_to(top).as_posix(), path)
    inside = posixpath.normpath(path) if path else "."
    if inside.startswith(("/", "../")) or inside == "..":
        raise UsageError(f"{text} leads out of the repository")
    return Reference(top, ref, "" if inside == "." else inside)


def tree_of(reference: Reference) -> str:
    """The id of the tree that the version names. Raises UsageError with what to do where there is none."""
    return _object(reference, "tree")


def commit_of(reference: Reference) -> str:
    """The id of the commit that the version names. Raises UsageError with what to do where there is none."""
    return _object(reference, "commit")


def _object(reference: Reference, kind: str) -> str:
    wanted = f"{reference.ref}^{{{kind}}}"
    done = attempt(reference.top, ["rev-parse", "--verify", "--quiet", "--end-of-options", wanted])
    if done.returncode:
        raise UsageError(_missing(reference))
    return done.stdout.decode().strip()


def is_version(top: Path, text: str) -> bool:
    """Whether a text alone names a commit of the repository; False too where git cannot tell."""
    try:
        return not attempt(
            top, ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{text}^{{commit}}"]
        ).returncode
    except (InputError, ValueError):  # a null byte
        return False


def output(top: Path, arguments: Sequence[str], given: IO[bytes] | None = None) -> bytes:
    """What a git command writes; `given` is its standard input. Raises InputError where it fails."""
    done = attempt(top, arguments, given)
    if done.returncode:
        if b"promisor remote" in done.stderr:
            raise InputError(LEFT_OUT)
        raise InputError(f"git {arguments[0]} failed: {_said(done)}")
    return done.stdout


def command(top: Path, arguments: Sequence[str]) -> list[str]:
    """The command line for a git command in this repository. Raises InputError where git is not installed."""
    program = sandbox.find("git")
    if program is None:
        raise InputError("git is not installed, and without it no version of a repository can be read")
    settings = (f"safe.directory={top}", "core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.allow=never")
    options = [word for setting in settings for word in ("-c", setting)]
    return [program, "--no-pager", "--no-replace-objects", *options, *arguments]


def environment() -> dict[str, str]:
    """What git gets to see of the environment: none of the variables that would lead it elsewhere, and no tokens."""
    return {
        "PATH": os.defpath,
        "HOME": os.devnull,
        "LANG": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }


def attempt(top: Path, arguments: Sequence[str], given: IO[bytes] | None = None) -> subprocess.CompletedProcess[bytes]:
    """How a git command ends, whatever that is. Raises InputError where it cannot be started, or takes too long."""
    try:
        return subprocess.run(  # noqa: S603  # no shell; the program comes from `find`
            command(top, arguments),
            cwd=top,
            env=environment(),
            stdin=given or subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise InputError(f"git {arguments[0]} took more than {SECONDS:.0f} s and was ended") from problem
    except OSError as problem:
        raise InputError(f"git cannot be started: {problem.strerror or problem}") from problem


def without_logins(complaint: str) -> str:
    """What git says, and in its URLs no login, wherever git has it from: a user alone may be a token too."""
    return _LOGIN.sub("***@", complaint)


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    said = without_logins(done.stderr.decode("utf-8", "replace")).strip().splitlines()
    return said[-1] if said else f"exit code {done.returncode}"


def _missing(reference: Reference) -> str:
    ref, top = reference.ref, reference.top
    done = attempt(top, ["rev-parse", "--is-shallow-repository"])
    if done.returncode:
        return f"git cannot read the repository at {top}: {_said(done)}"
    remote, slash, branch = ref.partition("/")
    fetch = f"`git fetch --depth=1 {remote} +{branch}:refs/remotes/{ref}`" if remote == "origin" and slash else ""
    if done.stdout.strip() == b"true":
        instead = f", or run {fetch} before" if fetch else ""
        return (
            f"{ref} is not in this clone, which is shallow: in the workflow, give actions/checkout the line "
            f"`fetch-depth: 0` below `with:`{instead}"
        )
    if is_version(top, f"origin/{ref}"):  # as in a clone whose branches nobody has checked out
        return f"{ref} names no version in the repository at {top}: write origin/{ref}"
    return f"{ref} names no version in the repository at {top}" + (f"; {fetch} would fetch it" if fetch else "")
