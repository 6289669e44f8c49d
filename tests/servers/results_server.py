"""A small service of artifacts on this machine, with the failures that the real one has.

It is strict: fields it does not know, wrong types, wrong ids, a size or a digest that the storage does not confirm
are refused and noted. The real client of actions/toolkit is content with it (test_artifacts_with_real_parts.py).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.etree import ElementTree as ET

from jsonschema import Draft202012Validator

RUN, JOB = "21b0c3ee-run", "49d0f7aa-job"
PATH = "/twirp/github.actions.results.api.v1.ArtifactService/"

_IDS = {"workflow_run_backend_id": {"type": "string"}, "workflow_job_run_backend_id": {"type": "string"}}
_NAME = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r'^[^":<>|*?\r\n\\/]+$'}
_NUMBER = {"type": "string", "pattern": r"^\d+$"}


def _message(required: dict[str, Any], **optional: object) -> Draft202012Validator:
    properties = {**_IDS, **required, **optional}
    needed = [*_IDS, *required]
    return Draft202012Validator(
        {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}
    )


MESSAGES = {
    "CreateArtifact": _message(
        {"name": _NAME, "version": {"enum": [4, 7]}},
        expires_at={"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT[\d:.]+Z$"},
        mime_type={"type": "string", "pattern": "^[a-z]+/[a-z.+-]+$"},
    ),
    "FinalizeArtifact": _message(
        {"name": _NAME, "size": _NUMBER, "hash": {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}}
    ),
    "ListArtifacts": _message({}, name_filter=_NAME, id_filter=_NUMBER),
    "GetSignedArtifactURL": _message({"name": _NAME}),
}


def runtime_token(scopes: str = f"Actions.GenericRead:0 Actions.Results:{RUN}:{JOB}") -> str:
    """A token as runners hand it to actions: three parts, of which the second says what it is for."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part({'scp': scopes, 'exp': 4102444800})}.c2lnbmVkLWJ5LW5vYm9keQ"


TOKEN = runtime_token()


class Storage(Protocol):
    """Where contents go, by signed addresses."""

    def upload_url(self, key: str) -> str: ...

    def download_url(self, key: str, file_name: str) -> str: ...

    def content(self, key: str) -> bytes | None: ...


@dataclass
class Fault:
    """What goes wrong at a request whose method and path match, so many times. Without a status, the connection ends.

    `after`: the work is done, and the answer lost.
    """

    request: str
    status: int = 0
    body: bytes = b'{"code":"unavailable","msg":"later"}'
    headers: dict[str, str] = field(default_factory=dict)
    after: bool = False
    times: int = 1
    endless: bool = False
    slow: bool = False


@dataclass
class Artifact:
    """An artifact that was begun; `id` is 0 until it is finished."""

    name: str
    key: str
    version: int
    mime_type: str = ""
    id: int = 0
    size: int = 0
    digest: str = ""


@dataclass
class Results:
    """What the service knows, has seen, and is to do wrong."""

    storage: Storage
    artifacts: dict[str, Artifact] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    messages: list[tuple[str, object]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    knows_types: bool = True
    camel_case: bool = False
    upload_url: Callable[[str], str] = lambda url: url
    finalized_twice: bool = False
    between: Callable[[str], None] = lambda _request: None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def finished(self) -> dict[str, bytes | None]:
        """The contents of what was finished."""
        return {each.name: self.storage.content(each.key) for each in self.artifacts.values() if each.id}

    def answer(self, method: str, authorization: str, sent: object) -> tuple[int, dict[str, Any]]:
        self.messages.append((method, sent))
        if authorization != f"Bearer {TOKEN}":
            return 401, {"code": "unauthenticated", "msg": "the token is not valid"}
        if method not in MESSAGES:
            return 404, {"code": "bad_route", "msg": f"no handler for {method}"}
        if not self.knows_types and isinstance(sent, dict) and "mime_type" in sent:
            return 400, {"code": "malformed", "msg": "unknown field mime_type"}
        found = [f"{method}: {error.json_path} {error.message}" for error in MESSAGES[method].iter_errors(sent)]
        if found:
            self.problems += found
            return 400, {"code": "malformed", "msg": found[0]}
        if (sent["workflow_run_backend_id"], sent["workflow_job_run_backend_id"]) != (RUN, JOB):
            return 403, {"code": "permission_denied", "msg": "the token is for another job"}
        return {
            "CreateArtifact": self._create,
            "FinalizeArtifact": self._finalize,
            "ListArtifacts": self._list,
            "GetSignedArtifactURL": self._signed,
        }[method](sent)

    def _create(self, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        name, version, mime_type = sent["name"], sent["version"], sent.get("mime_type", "")
        if (version == 7) != bool(mime_type):
            self.problems.append(f"version {version} with the type {mime_type!r}")
        if name in self.artifacts:
            msg = "an artifact with this name already exists on the workflow run"
            return 409, {"code": "already_exists", "msg": msg}
        key = f"artifact-{len(self.artifacts) + 1}"
        self.artifacts[name] = Artifact(name, key, version, mime_type)
        url = self.upload_url(self.storage.upload_url(key))
        return 200, {"ok": True, "signed_upload_url": url}

    def _finalize(self, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        artifact = self.artifacts.get(sent["name"])
        if artifact is None:
            return 404, {"code": "not_found", "msg": "there is no such artifact"}
        if artifact.id and not self.finalized_twice:
            return 412, {"code": "failed_precondition", "msg": "the artifact is finished already"}
        content = self.storage.content(artifact.key)
        if content is None:
            return 412, {"code": "failed_precondition", "msg": "nothing was uploaded"}
        if int(sent["size"]) != len(content) or sent["hash"] != f"sha256:{hashlib.sha256(content).hexdigest()}":
            self.problems.append(f"{sent['name']}: not what the storage holds")
            return 400, {"code": "invalid_argument", "msg": "size or hash differ"}
        artifact.id = artifact.id or 900 + len(self.artifacts)
        artifact.size, artifact.digest = len(content), sent["hash"]
        return 200, {"ok": True, "artifact_id": str(artifact.id)}

    def _list(self, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        listed = [
            {
                "workflow_run_backend_id": RUN,
                "workflow_job_run_backend_id": JOB,
                "database_id": str(each.id),
                "name": each.name,
                "size": str(each.size),
                "created_at": "2026-11-01T00:00:00Z",
                "digest": each.digest,
            }
            for each in self.artifacts.values()
            if each.id
            and each.name == sent.get("name_filter", each.name)
            and str(each.id) == sent.get("id_filter", str(each.id))
        ]
        return 200, {"artifacts": listed}

    def _signed(self, sent: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        artifact = self.artifacts.get(sent["name"])
        if artifact is None or not artifact.id:
            return 404, {"code": "not_found", "msg": "there is no such artifact"}
        ending = ".zip" if artifact.mime_type in ("", "application/zip") else ""
        return 200, {"signed_url": self.storage.download_url(artifact.key, f"{artifact.name}{ending}")}


class Memory:
    """Block storage with Azure's rules as far as they matter here, on the service's own server."""

    SIGNATURE = "a+b/c=d~e"

    def __init__(self) -> None:
        self.base = ""
        self.expires = time.time() + 600
        self.pending: dict[str, dict[str, bytes]] = {}
        self.committed: dict[str, dict[str, bytes]] = {}
        self.blobs: dict[str, bytes] = {}
        self.types: dict[str, str] = {}
        self.queries: list[str] = []

    def upload_url(self, key: str) -> str:
        # As verbatim as it gets: what a client writes in another way is another signature to some servers.
        return f"{self.base}/storage/{key}?se={self.expires:.0f}&sp=cw&sig={quote(self.SIGNATURE, safe='~')}&ske=1+1"

    def download_url(self, key: str, file_name: str) -> str:
        return f"{self.upload_url(key)}&rscd={quote(file_name)}"

    def content(self, key: str) -> bytes | None:
        return self.blobs.get(key)

    def put(self, target: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """The status, and Azure's code for an error."""
        parts = urlsplit(target)
        key, query = parts.path.removeprefix("/storage/"), parse_qs(parts.query)
        self.queries.append(parts.query)
        if "authorization" in headers or query.get("sig") != [self.SIGNATURE]:
            return 403, "AuthenticationFailed"
        if float(query["se"][0]) < time.time():
            return 403, "AuthenticationFailed"
        if "x-ms-version" not in headers:
            return 400, "MissingRequiredHeader"
        if query["comp"] == ["block"]:
            return self._block(key, query["blockid"][0], body)
        names = [each.text or "" for each in ET.fromstring(body)]
        blocks = {**self.committed.get(key, {}), **self.pending.pop(key, {})}  # `Latest`: those that wait come first
        if set(names) - set(blocks):
            return 400, "InvalidBlockList"
        self.committed[key] = {name: blocks[name] for name in names}
        self.blobs[key] = b"".join(blocks[name] for name in names)
        self.types[key] = headers.get("x-ms-blob-content-type", "")
        return 201, ""

    def _block(self, key: str, name: str, body: bytes) -> tuple[int, str]:
        blocks = self.pending.setdefault(key, {})
        base64.b64decode(name, validate=True)
        if len({len(name), *map(len, blocks)}) > 1 or not body:
            return 400, "InvalidBlobOrBlock"
        if len(body) > 8 * 1024 * 1024:
            return 413, "RequestBodyTooLarge"
        blocks[name] = body
        return 201, ""


class Handler(BaseHTTPRequestHandler):
    """One request. `results` is set by `serving`."""

    results: Results
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self._serve()

    do_PUT = do_GET = do_POST  # noqa: N815  # names that http.server looks for

    def log_message(self, *_: object) -> None:
        """Says nothing."""

    def _serve(self) -> None:
        path = urlsplit(self.path).path
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = f"{self.command} {path.removeprefix(PATH)}"
        if comp := re.search(r"[?&]comp=(\w+)", self.path):
            request += f" {comp[1]}"
        self.results.between(request)
        with self.results.lock:
            self.results.requests.append(request)
            fault = next((f for f in self.results.faults if f.times and re.fullmatch(f.request, request)), None)
            if fault:
                fault.times -= 1
            if fault and not fault.after:
                self._fail(fault)
                return
            status, headers, answer = self._answer(path, body)
        if fault:
            self._fail(fault)
        else:
            self._send(status, headers, answer)

    def _answer(self, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if path.startswith("/storage/") and isinstance(self.results.storage, Memory):
            given = {name.lower(): value for name, value in self.headers.items()}
            status, code = self.results.storage.put(self.path, given, body)
            return status, {"x-ms-error-code": code} if code else {}, b""
        status, answer = self.results.answer(
            path.removeprefix(PATH), self.headers.get("Authorization", ""), json.loads(body)
        )
        if self.results.camel_case:
            answer = {re.sub("_(.)", lambda found: found[1].upper(), name): value for name, value in answer.items()}
        return status, {"Content-Type": "application/json"}, json.dumps(answer).encode()

    def _fail(self, fault: Fault) -> None:
        if fault.endless:
            self._babble()
        elif fault.slow:
            self._stammer()
        elif fault.status:
            self._send(fault.status, {"Content-Type": "application/json", **fault.headers}, fault.body)
        else:
            self.close_connection = True
            self.connection.close()

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _babble(self) -> None:
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 65_536)
        except OSError:
            pass

    def _stammer(self) -> None:
        """Answers byte by byte, each in time, for longer than a test takes."""
        self.close_connection = True
        for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 10:
            self.wfile.write(bytes([byte]))
            time.sleep(0.1)


@contextmanager
def serving(storage: Storage | None = None) -> Iterator[tuple[Results, str]]:
    """A service and its URL, ended with the block; a request that was not as it has to be fails the test there."""
    results = Results(storage or Memory())
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"results": results}))
    server.daemon_threads = True
    url = f"http://127.0.0.1:{server.server_port}"
    if isinstance(results.storage, Memory):
        results.storage.base = url
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield results, url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert results.problems == []


def decoded(url: str) -> str:
    """The secret part of an address, as it was before it was put into one."""
    return unquote(re.findall(r"[?&]sig=([^&]*)", url)[0])
