"""A server in GitHub's place that keeps what it is sent: enough of it for a comment, and for refusing one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SIGNATURE = "sv=2024-01-01&sig=c2lnbmF0dXJlLXF6eA%3D%3D"
"""What makes the address secret to which an artifact's content goes."""


@dataclass
class Recorded:
    """The server's address, the bodies of comments that are there, every text that came in, and what to answer.

    `status` answers every request with an error, whose message repeats the token, as a careless server's could.
    `uploads` are the contents of artifacts.
    """

    url: str = ""
    comments: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    uploads: list[bytes] = field(default_factory=list)
    status: int = 0


class _Handler(BaseHTTPRequestHandler):
    recorded: Recorded

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        content = body.decode("utf-8", "replace")
        self.recorded.requests.append(f"{self.command} {self.path}\n{content}")
        if self.recorded.status:
            said = f"{self.recorded.status} for {self.headers.get('Authorization')}"
            self._answer(self.recorded.status, {"message": said, "msg": said})
        elif self.command == "PUT":
            self.recorded.uploads.append(body)
            self._answer(201, {})
        elif self.path.endswith("CreateArtifact"):
            self._answer(200, {"ok": True, "signed_upload_url": f"{self.recorded.url}/container/x?{SIGNATURE}"})
        elif self.path.endswith("FinalizeArtifact"):
            self._answer(200, {"ok": True, "artifact_id": "12"})
        elif self.path.endswith("/graphql"):
            self._answer(200, {"data": {"viewer": {"login": "bot"}}})
        elif self.command == "POST":
            self.recorded.comments.append(json.loads(content)["body"])
            self._answer(201, _comment(self.recorded.comments[-1]))
        else:
            self._answer(200, [_comment(body) for body in self.recorded.comments])

    do_POST = do_PATCH = do_PUT = do_GET  # noqa: N815  # names that http.server looks for

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _answer(self, status: int, value: object) -> None:
        content = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _comment(body: str) -> dict[str, Any]:
    url = "https://github.com/o/r/pull/7#issuecomment-1"
    return {"id": 1, "node_id": "IC_1", "body": body, "html_url": url, "user": {"login": "bot"}}


@contextmanager
def recording() -> Iterator[Recorded]:
    """A server on this machine, ended with the context."""
    recorded = Recorded()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"recorded": recorded}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    recorded.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield recorded
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
