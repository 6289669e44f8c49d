"""A git server on this machine: bare repositories behind git's own `http-backend`, with tokens, and its failures."""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from netpol_action.publish.git_access import by_token
from netpol_action.publish.git_repository import GitRepository, git_repository

WRITE_TOKEN = "ghs_WriteTokenThatNobodyMaySee0123456789"
READ_TOKEN = "ghs_ReadTokenThatNobodyMaySee01234567890"
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GITHUB_", "INPUT_"))},
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
}


def git(directory: Path, *arguments: str, given: bytes | None = None) -> str:
    """What a git command writes, run as a user who has set nothing."""
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "protocol.file.allow=always")
    command = ["git", *identity, *arguments]
    done = subprocess.run(command, cwd=directory, env=ENVIRONMENT, input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


@dataclass
class Served:
    """What a server serves, has seen, and is to do wrong."""

    root: Path
    url: str = ""
    requests: list[str] = field(default_factory=list)
    passwords: set[str] = field(default_factory=set)
    drops_before: list[str] = field(default_factory=list)
    drops_after: list[str] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=dict)
    before: Callable[[str], None] = lambda _service: None


@contextmanager
def git_server(root: Path) -> Iterator[Served]:
    """Serves the bare repositories below `root` until the end of the test."""
    state = Served(root)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"state": state}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    state: Served
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve(b"")

    def do_POST(self) -> None:
        self._serve(self._body())

    def log_message(self, *_arguments: object) -> None:
        pass

    def _serve(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        service = "receive-pack" if "receive-pack" in self.path else "upload-pack"
        request = f"{self.command} {service}"
        self.state.requests.append(request)
        self.state.before(request)
        status = self.state.answers.get(request) or self._refusal(service)
        if status:
            self._answer(status, [("WWW-Authenticate", 'Basic realm="git"')] if status == 401 else [], b"no")
            return
        if request in self.state.drops_before:
            self.state.drops_before.remove(request)
            self._drop()
            return
        status, headers, content = self._backend(parts.path, parts.query, body)
        if request in self.state.drops_after:
            self.state.drops_after.remove(request)
            self._drop()
            return
        self._answer(status, headers, content)

    def _refusal(self, service: str) -> int:
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        password = base64.b64decode(encoded).decode().partition(":")[2] if scheme.lower() == "basic" else ""
        self.state.passwords.add(password)
        if password not in (WRITE_TOKEN, READ_TOKEN):
            return 401
        return 403 if service == "receive-pack" and password != WRITE_TOKEN else 0

    def _drop(self) -> None:
        self.close_connection = True
        self.connection.close()

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _backend(self, path: str, query: str, body: bytes) -> tuple[int, list[tuple[str, str]], bytes]:
        variables = {
            "GIT_PROJECT_ROOT": str(self.state.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_USER": "somebody",
        }
        command = ["git", "-c", "safe.directory=*", "http-backend"]
        done = subprocess.run(
            command, env={**ENVIRONMENT, **variables}, input=body, stdout=subprocess.PIPE, check=False
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = [tuple(line.split(": ", 1)) for line in head.decode().split("\r\n")]
        status = next((int(value.split()[0]) for name, value in headers if name == "Status"), 200)
        return status, [(name, value) for name, value in headers if name != "Status"], content

    def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class World:
    """A bare repository `shop/app.git` on a server, a workshop that pushes to it, and ways to look at it."""

    def __init__(self, directory: Path, server: Served, stack: ExitStack, form: str = "sha1") -> None:
        self.server, self.form, self._stack = server, form, stack
        self.bare, self.workshop = server.root / "shop/app.git", directory / "workshop"
        self.url = f"{server.url}/shop/app.git"
        for place, bare in ((self.bare, ["--bare"]), (self.workshop, [])):
            place.mkdir(parents=True)
            git(place, "init", "--quiet", "--initial-branch=main", f"--object-format={form}", *bare)
        git(self.bare, "config", "http.receivepack", "true")
        git(self.bare, "config", "uploadpack.allowFilter", "true")

    def push(self, branch: str = "main", **files: str) -> str:
        """A further commit on a branch, as somebody else makes it."""
        for name, content in files.items():
            path = self.workshop / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        git(self.workshop, "add", "--all")
        git(self.workshop, "commit", "--quiet", "--allow-empty", "--message", "work")
        git(self.workshop, "push", "--quiet", "--force", str(self.bare), f"HEAD:refs/heads/{branch}")
        return git(self.workshop, "rev-parse", "HEAD")

    def at(self, branch: str = "main") -> str:
        return git(self.bare, "for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")

    def listing(self, rev: str = "main") -> list[str]:
        return git(self.bare, "ls-tree", "-r", rev).splitlines()

    def opened(self, token: str = WRITE_TOKEN) -> GitRepository:
        return self._stack.enter_context(git_repository(self.workshop, by_token(self.url, token), in_workflow=True))
