"""A small GitHub on this machine, with the failures that the real one has: comments, git data, pull requests.

It keeps state, so that a test can count what exists afterwards, and notes everything that is not as GitHub's
description of its API says.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from github_git import GitData, Refused
from github_pulls import Pulls
from github_routes import Answer, Routes, UnknownPath, graphql
from github_shapes import comment
from openapi import description

TOKENS = {"bot-token": "github-actions[bot]", "app-token": "policies[bot]", "read-token": "github-actions[bot]"}
"""Who writes with which token. The last may only read."""


@dataclass
class Fault:
    """What goes wrong at a request that matches, so many times. `after`: the work is done, and the answer lost."""

    method: str
    path: str
    status: int = 0
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    times: int = 1


@dataclass
class State:
    """What the server knows, has seen, and is to do wrong."""

    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    minimised: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    between: Callable[[str, str], None] = lambda _method, _path: None
    hidden_from_lists: int = 0
    data: GitData | None = None
    pulls: Pulls | None = None
    has_update_refs: bool = True
    refuses_update_refs: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)

    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.comments.values()]

    def writes(self) -> list[str]:
        return [request for request in self.requests if not request.startswith("GET") and request != "POST /graphql"]

    def put(self, body: str, author: str = "github-actions[bot]", issue: int = 7) -> dict[str, Any]:
        """A comment that is there, or comes in from elsewhere."""
        with self.lock:
            number = 100 + len(self.comments)
            while number in self.comments:
                number += 1
            self.comments[number] = comment(number, body, author, issue)
            return self.comments[number]


class Handler(BaseHTTPRequestHandler):
    """One request. `state` is set by `github`."""

    state: State
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # an answer in two packets waits 40 ms for the first to be acknowledged
    links: dict[str, str]

    def do_GET(self) -> None:
        self._serve()

    do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815  # names that http.server looks for

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _serve(self) -> None:
        self.links = {}
        path, length = urlsplit(self.path).path, int(self.headers.get("Content-Length") or 0)
        sent = json.loads(self.rfile.read(length)) if length else None
        mutation = re.match(r"mutation\b.*?\{\s*(\w+)", sent["query"], re.DOTALL) if path == "/graphql" else None
        self.state.between(self.command, path)
        with self.state.lock:
            self.state.requests.append(f"{self.command} {path}" + (f" {mutation[1]}" if mutation else ""))
            fault = next((f for f in self.state.faults if f.times and self._matches(f, path)), None)
            if fault:
                fault.times -= 1
            if fault and not fault.after:
                self._fail(fault)
                return
            try:
                status, answer = self._answer(path, sent)
            except Refused as refused:
                status, answer = refused.status, {"message": refused.message, "documentation_url": "https://docs"}
            checked = description()
            if checked and path != "/graphql":
                self.state.problems += checked.problems(self.command, path, sent, status, answer)
        if fault:
            self._fail(fault)
        else:
            self._send(status, answer, self.links)

    def _matches(self, fault: Fault, path: str) -> bool:
        return fault.method == self.command and re.fullmatch(fault.path, path) is not None

    def _fail(self, fault: Fault) -> None:
        if not fault.status:
            self.close_connection = True
            self.connection.close()
            return
        self._send(fault.status, {"message": fault.message, "documentation_url": "https://docs"}, fault.headers)

    def _send(self, status: int, answer: object, headers: dict[str, str]) -> None:
        body = b"" if status == 204 else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, path: str, sent: dict[str, Any]) -> Answer:
        token = (self.headers.get("Authorization") or "").removeprefix("token ").removeprefix("Bearer ")
        if token not in TOKENS:
            return 401, {"message": "Bad credentials", "documentation_url": "https://docs"}
        if path == "/graphql":
            return self._graphql(token, sent)
        if self.command != "GET" and token == "read-token":
            return 403, {"message": "Resource not accessible by integration", "documentation_url": "https://docs"}
        if found := re.fullmatch(r"/repos/o/r/issues/(\d+)/comments", path):
            return self._of_issue(int(found[1]), token, sent)
        if found := re.fullmatch(r"/repos/o/r/issues/comments/(\d+)", path):
            return self._one(int(found[1]), sent)
        return self._of_repository(path.removeprefix("/repos/o/r"), TOKENS[token], sent)

    def _of_repository(self, path: str, login: str, sent: dict[str, Any]) -> Answer:
        if self.state.data and self.state.pulls:
            with contextlib.suppress(UnknownPath):
                routes = Routes(self.state.data, self.state.pulls, login)
                return routes.answer(self.command, unquote(path), self._query(), sent)
        return 404, {"message": "Not Found", "documentation_url": "https://docs"}

    def _query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}

    def _of_issue(self, issue: int, token: str, sent: dict[str, Any]) -> Answer:
        if self.command == "POST":
            if len(sent["body"]) > 65_536:
                return 422, {"message": "Validation Failed", "documentation_url": "https://docs"}
            return 201, self.state.put(sent["body"], TOKENS[token], issue)
        query = parse_qs(urlsplit(self.path).query)
        size, page = int(query.get("per_page", ["30"])[0]), int(query.get("page", ["1"])[0])
        listed = [each for each in self.state.comments.values() if each["issue_url"].endswith(f"/{issue}")]
        if self.state.hidden_from_lists:
            self.state.hidden_from_lists -= 1
            listed = []
        if page * size < len(listed):
            following = f"http://{self.headers['Host']}{urlsplit(self.path).path}?per_page={size}&page={page + 1}"
            self.links = {"Link": f'<{following}>; rel="next"'}
        return 200, [self._local(each) for each in listed[(page - 1) * size : page * size]]

    def _local(self, each: dict[str, Any]) -> dict[str, Any]:
        """With the address of this server, which the client asks for the comment itself."""
        return {**each, "url": f"http://{self.headers['Host']}/repos/o/r/issues/comments/{each['id']}"}

    def _one(self, number: int, sent: dict[str, Any]) -> Answer:
        if number not in self.state.comments:
            return 404, {"message": "Not Found", "documentation_url": "https://docs"}
        if self.command == "DELETE":
            del self.state.comments[number]
            return 204, None
        if self.command == "GET":
            return 200, self._local(self.state.comments[number])
        self.state.comments[number]["body"] = sent["body"]
        return 200, self._local(self.state.comments[number])

    def _graphql(self, token: str, sent: dict[str, Any]) -> Answer:
        if "viewer" in sent["query"]:
            return 200, {"data": {"viewer": {"login": TOKENS[token], "databaseId": 41898282}}}
        if token == "read-token":
            return 200, {"errors": [{"type": "FORBIDDEN", "message": "Resource not accessible by integration"}]}
        if self.state.data and self.state.pulls and not re.search("inimizeComment", sent["query"]):
            how = {"known": self.state.has_update_refs, "refusal": self.state.refuses_update_refs}
            return 200, graphql(self.state.data, self.state.pulls, sent, **how)
        node, hide = sent["variables"]["input"]["subjectId"], "unminimize" not in sent["query"]
        (self.state.minimised.add if hide else self.state.minimised.discard)(node)
        name, result = ("minimizeComment", "minimizedComment") if hide else ("unminimizeComment", "unminimizedComment")
        return 200, {"data": {name: {result: {"isMinimized": hide}}}}


@contextmanager
def github(repository: Path | None = None) -> Iterator[tuple[State, str]]:
    """A server and its URL, ended with the block; anything that was not as described fails the test there.

    `repository` is the bare one that holds the git data, where a test needs any.
    """
    state = State()
    if repository:
        state.data = GitData(repository)
        state.pulls = Pulls(state.data)
    handler = type("Handler", (Handler,), {"state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert state.problems == []
