"""The service that keeps the artifacts of workflow runs, by the requests of actions/toolkit (packages/artifact).

It is GitHub's own and promises nothing to others: each answer is looked at as if it could be anything.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from netpol_action.publish.errors import PassingError, PublishingError
from netpol_action.publish.web import ATTEMPTS, PASSING, Answer, Web, is_address
from netpol_action.render.text import shortened

PATH: Final = "/twirp/github.actions.results.api.v1.ArtifactService/"
ZIP: Final = "application/zip"
WITH_TYPE, WITHOUT_TYPE = 7, 4
"""Versions of an artifact: the latter is what servers know that have no idea of types."""

_OK, _ELSEWHERE = range(200, 300), range(300, 400)
_BAD_REQUEST, _CONFLICT, _SERVER_ERROR = 400, 409, 500
_QUOTA = "insufficient usage"
_TOKEN = re.compile(r"[!-~]+")
_ID = re.compile(r"[1-9]\d{0,19}")
_LONGEST = 200

Message = Mapping[str, object]


class TakenError(PublishingError):
    """The workflow run has an artifact of this name already."""


@dataclass(frozen=True, slots=True)
class Backend:
    """How the service calls the workflow run and the job."""

    run: str
    job: str


def backend(token: str) -> Backend:
    """The run and the job that the token (a JWT) is for; nobody checks it here. Raises PublishingError without them."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, RecursionError):
        claims = None
    scopes = claims.get("scp") if isinstance(claims, dict) else None
    for scope in scopes.split(" ") if isinstance(scopes, str) else ():
        name, _, ids = scope.partition(":")
        if name == "Actions.Results" and ids.count(":") == 1 and all(ids.split(":")):
            return Backend(*ids.split(":"))
    raise PublishingError("the runner's token is not for a service of artifacts")


class ResultsService:
    """The artifacts of the job that the token belongs to. Raises PublishingError where either of the two is of no use.

    `takes_types` turns false once it took an artifact only without its type.
    """

    def __init__(self, results_url: str, token: str, web: Web) -> None:
        if not (results_url and token):
            raise PublishingError("the runner gives this step no access to a service of artifacts")
        if not is_address(results_url) or not _TOKEN.fullmatch(token):
            raise PublishingError("the runner's address or token for the service of artifacts is not usable")
        parts = urlsplit(results_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._token = token
        self._job = backend(token)
        self._web = web
        self.takes_types = True

    def create(self, name: str, mime_type: str) -> str:
        """Begins an artifact; returns the signed address that its content is to be sent to.

        A zip is also offered without its type to a service that refuses it with, and then it is unpacked all the same.
        Raises TakenError where the name is taken, also by an earlier request of ours whose answer was lost.
        """
        unanswered = False

        def undertaking() -> str:
            nonlocal unanswered
            try:
                return self._created(name, mime_type)
            except PassingError:
                unanswered = True
                raise

        try:
            return self._web.repeated(undertaking, ATTEMPTS if self.takes_types else 1)
        except TakenError as problem:
            if not unanswered:
                raise
            raise TakenError(f"{problem}, maybe by this step's own request, whose answer was lost") from problem

    def finalize(self, name: str, content: bytes) -> int:
        """Ends an artifact whose content has been sent; returns its number."""
        size = str(len(content))
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        try:
            return self._web.repeated(lambda: self._finalized(name=name, size=size, hash=digest))
        except PublishingError:
            # An earlier request may have done it, with its answer lost.
            if number := self._listed(name, size):
                return number
            raise

    def _created(self, name: str, mime_type: str) -> str:
        answer = self._send("CreateArtifact", name=name, version=WITH_TYPE, mime_type=mime_type)
        typed = answer.status not in (_BAD_REQUEST, _SERVER_ERROR) or mime_type != ZIP
        if not typed:
            answer = self._send("CreateArtifact", name=name, version=WITHOUT_TYPE)
        if answer.status == _CONFLICT:
            raise TakenError("its name is taken in this workflow run")
        url = _member(self._read(answer), "signed_upload_url")
        self.takes_types = typed
        if not isinstance(url, str) or not is_address(url):
            raise PublishingError("the service of artifacts named no address for the content")
        if self._origin.startswith("https:") and not url.startswith("https:"):
            raise PublishingError("the service of artifacts named an unencrypted address for the content")
        return url

    def _finalized(self, **message: object) -> int:
        answer = self._read(self._send("FinalizeArtifact", **message))
        number = _number(_member(answer, "artifact_id"))
        if answer.get("ok") is not True or not number:
            raise PublishingError("the service of artifacts did not accept the content")
        return number

    def _listed(self, name: str, size: str) -> int:
        """The number of this job's artifact of that name and size, 0 where there is none to be found."""
        try:
            artifacts = _member(self._read(self._send("ListArtifacts", name_filter=name)), "artifacts")
        except PublishingError:
            return 0
        wanted = {
            "name": name,
            "size": size,
            "workflow_run_backend_id": self._job.run,
            "workflow_job_run_backend_id": self._job.job,
        }
        for each in artifacts if isinstance(artifacts, list) else ():
            if isinstance(each, dict) and all(str(_member(each, key)) == value for key, value in wanted.items()):
                return _number(_member(each, "database_id"))
        return 0

    def _send(self, method: str, **message: object) -> Answer:
        ids = {"workflow_run_backend_id": self._job.run, "workflow_job_run_backend_id": self._job.job}
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        body = json.dumps({**ids, **message}).encode()
        return self._web.send("the service of artifacts", "POST", f"{self._origin}{PATH}{method}", headers, body)

    def _read(self, answer: Answer) -> Message:
        """What the answer says, where it says yes."""
        status = answer.status
        said = _json(answer.body)
        msg = "" if said is None else str(said.get("msg") or "")
        if _QUOTA in msg.lower():
            raise PublishingError("the storage that the account may use for artifacts is used up")
        if said is not None and status in _OK:
            return said
        reason = f": {shortened(msg.replace(self._token, '***'), _LONGEST)}" if msg else ""
        sentence = f"the service of artifacts answered {status}{reason}"
        if status in PASSING or (said is None and status not in _ELSEWHERE):
            raise PassingError(sentence, answer.wait)
        raise PublishingError(sentence)


def _json(body: bytes) -> Message | None:
    """The object that the body is, None where it is none."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _member(message: Message, name: str) -> object:
    """A field; some servers spell its name the other way that protobuf's JSON knows, as in `artifactId`."""
    first, *others = name.split("_")
    return message.get(name, message.get(first + "".join(word.capitalize() for word in others)))


def _number(value: object) -> int:
    text = str(value)
    return int(text) if _ID.fullmatch(text) else 0
