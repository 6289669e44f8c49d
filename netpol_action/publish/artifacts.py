"""Uploads artifacts: which names are tried, and what an artifact is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from netpol_action.publish.archive import zipped
from netpol_action.publish.blob import signatures, store
from netpol_action.publish.effects import UploadArtifacts, WriteFile
from netpol_action.publish.errors import PublishingError
from netpol_action.publish.results_service import ZIP, ResultsService, TakenError
from netpol_action.publish.web import Web, within
from netpol_action.runner import Runner

LONGEST: Final = 300.0
"""Seconds that the zip may take: a job costs its user money while it waits."""

PICTURE_LONGEST: Final = 60.0
"""Seconds that the picture may take, after the zip, in which it is as well."""

MOST_NAMES: Final = 256
"""How many names are tried: a matrix has as many jobs at most, all of one name (docs.github.com, "Usage limits")."""

SVG: Final = "image/svg+xml"

Hide = Callable[[str], None]
"""Has the runner blot out a text wherever a log would show it."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Where people find what was uploaded. Without the picture, `picture_url` is empty and `no_picture` says why."""

    url: str
    picture_url: str = ""
    no_picture: str = ""


def upload(
    wanted: UploadArtifacts, runner: Runner, hide: Hide, *, sleep: Callable[[float], object] | None = None
) -> Uploaded:
    """Uploads the files as one zip, and the picture by itself. Raises PublishingError where the zip cannot be."""
    name, url, typed = within(LONGEST, lambda web: _Upload(wanted, runner, hide, web).zip(), sleep)
    picture = wanted.picture
    if picture is None:
        return Uploaded(url)
    try:
        picture_url = within(
            PICTURE_LONGEST, lambda web: _Upload(wanted, runner, hide, web).picture(picture, name, typed=typed), sleep
        )
    except PublishingError as problem:  # something is missing, but nothing is lost
        return Uploaded(url, no_picture=str(problem))
    return Uploaded(url, picture_url)


@dataclass(frozen=True, slots=True)
class _Upload:
    wanted: UploadArtifacts
    runner: Runner
    hide: Hide
    web: Web

    def zip(self) -> tuple[str, str, bool]:
        """Uploads the files; returns the artifact's name and address, and whether the service knows types."""
        service = self._service()
        name, url = self._sent(service, zipped(self.wanted.files), ZIP, self._names(self.wanted.name, ""))
        return name, url, service.takes_types

    def picture(self, picture: WriteFile, name: str, *, typed: bool) -> str:
        """Uploads the picture beside the zip of that name; returns its address."""
        service = self._service()
        service.takes_types = typed
        return self._sent(service, picture.content, SVG, self._names(name, ".svg"))[1]

    def _service(self) -> ResultsService:
        return ResultsService(self.runner.results_url, self.runner.runtime_token, self.web)

    def _names(self, name: str, ending: str) -> Iterator[str]:
        yield f"{name}{ending}"
        if not self.wanted.exact:
            yield from (f"{name}-{number}{ending}" for number in range(2, MOST_NAMES + 1))

    def _sent(self, service: ResultsService, content: bytes, mime_type: str, names: Iterator[str]) -> tuple[str, str]:
        """The name and the address of an artifact with this content, under the first of the names that is free."""
        name, target = _begun(service, mime_type, names)
        for secret in signatures(target):
            self.hide(secret)
        store(self.web, target, content, mime_type)
        number = service.finalize(name, content)
        run = f"{quote(self.runner.repository)}/actions/runs/{self.runner.run[0]}"
        return name, f"{self.runner.server_url}/{run}/artifacts/{number}"


def _begun(service: ResultsService, mime_type: str, names: Iterator[str]) -> tuple[str, str]:
    taken: TakenError | None = None
    for name in names:
        try:
            return name, service.create(name, mime_type)
        except TakenError as problem:
            taken = problem
    raise taken or TakenError("it has no name")
