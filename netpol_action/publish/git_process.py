"""git with a network: in a bare repository of its own, with one remote, `origin`.

The user's settings count, as with their own git: proxies, certificates, programs that know passwords. Those of the
checkout count as far as `git_access` took them over. The rest of the environment stays behind: variables that trace
what git does, which would write its headers to the log, and the tokens of a workflow.
"""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from netpol_action.errors import InputError
from netpol_action.publish.errors import PassingError
from netpol_action.publish.git_access import Access
from netpol_action.sources import git, sandbox

SECONDS: Final = 120.0
"""For one command. git itself gives up a connection that has stood still for half a minute."""

_PASSED_ON: Final = (
    *("PATH", "HOME", "XDG_CONFIG_HOME", "TMPDIR", "SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL"),
    *("http_proxy", "https_proxy", "all_proxy", "no_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"),
    *("GIT_SSL_CAINFO", "SSL_CERT_FILE", "SSL_CERT_DIR"),
)
"""What git and what it starts get to see of the environment, beside what is said here."""

_SETTINGS: Final = (
    ("core.hooksPath", os.devnull),
    ("core.fsmonitor", "false"),
    ("core.askPass", ""),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("i18n.commitEncoding", "UTF-8"),
    ("protocol.version", "2"),
    ("http.lowSpeedLimit", "1"),
    ("http.lowSpeedTime", "30"),
)


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended; `complaint` is what it wrote to standard error, without secrets."""

    status: int
    output: bytes
    complaint: str


class Git:
    """Starts git in the bare repository at `directory`, which `create` makes."""

    def __init__(self, directory: Path, access: Access) -> None:
        self._directory = directory
        self._access = access
        self._program = sandbox.find("git")

    def create(self, object_format: str) -> Done:
        """Makes the repository, empty and without hooks."""
        return self.run("init", "--quiet", "--bare", "--template=", f"--object-format={object_format}", ".")

    def cut_off(self) -> frozenset[str]:
        """The commits whose parents were not fetched."""
        shallow = self._directory / "shallow"
        return frozenset(shallow.read_text().split() if shallow.exists() else ())

    def run(self, *arguments: str, given: bytes = b"", further: Mapping[str, str] | None = None) -> Done:
        """Runs a command, with `given` on its standard input and `further` variables, and waits for its end.

        Raises InputError where git is missing, PassingError where it takes too long.
        """
        process = self._started(arguments, further)
        try:
            output, complaint = process.communicate(given, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise _too_slow(arguments) from None
        finally:
            _end(process)
        return Done(process.returncode, output, self._without_secrets(complaint))

    def beginning(self, most: int, *arguments: str) -> Done:
        """As `run`, but no more than the first `most` bytes of what the command writes; what comes after is lost."""
        process = self._started(arguments, None)
        deadline = time.monotonic() + SECONDS
        try:
            output = _first(most, process, deadline)
            if len(output) == most:
                return Done(0, output, "")
            _, complaint = process.communicate(timeout=max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise _too_slow(arguments) from None
        finally:
            _end(process)
        return Done(process.returncode, output, self._without_secrets(complaint))

    def _started(self, arguments: Sequence[str], further: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
        if self._program is None:
            raise InputError("git is not installed, and without it nothing can be committed here")
        try:
            return subprocess.Popen(  # noqa: S603  # no shell; the program comes from `find`
                [self._program, "--no-pager", *arguments],
                cwd=self._directory,
                env={**self._environment(), **(further or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # no terminal to ask on, and one group to end
            )
        except OSError as problem:
            raise InputError(f"git cannot be started: {problem.strerror or problem}") from problem

    def _environment(self) -> dict[str, str]:
        settings = (*_SETTINGS, ("remote.origin.url", self._access.url), *self._access.settings)
        numbered = {
            name: text
            for number, (key, value) in enumerate(settings)
            for name, text in ((f"GIT_CONFIG_KEY_{number}", key), (f"GIT_CONFIG_VALUE_{number}", value))
        }
        return {
            **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            "LANG": "C.UTF-8",
            "GIT_DIR": str(self._directory),
            "GIT_CEILING_DIRECTORIES": str(self._directory.parent),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "",
            "GIT_ALLOW_PROTOCOL": "https:http:file:ssh",
            "GIT_LITERAL_PATHSPECS": "1",
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_CONFIG_COUNT": str(len(settings)),
            **numbered,
        }

    def _without_secrets(self, complaint: bytes) -> str:
        text = git.without_logins(complaint.decode("utf-8", "replace"))
        for secret in filter(None, self._access.secrets):
            # As a whole only: a password of one letter must not make a riddle of every sentence.
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", text)
        return text


def _first(most: int, process: subprocess.Popen[bytes], deadline: float) -> bytes:
    """The first bytes that it writes to standard output. Raises TimeoutExpired where they do not come by then."""
    assert process.stdout  # noqa: S101  # it was asked for
    descriptor, output = process.stdout.fileno(), b""
    while len(output) < most:
        if not select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise subprocess.TimeoutExpired(process.args, SECONDS)
        part = os.read(descriptor, most - len(output))
        if not part:
            break
        output += part
    return output


def _too_slow(arguments: Sequence[str]) -> PassingError:
    return PassingError(f"git {arguments[0]} took more than {SECONDS:.0f} s and was ended")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends git and whatever it started, if anything is left of them."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            with suppress(BrokenPipeError):
                stream.close()
