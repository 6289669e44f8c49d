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
"""Seconds that it may take in all: a job costs its user money while it waits."""

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
    return within(LONGEST, lambda web: _Upload(wanted, runner, hide, web).done(), sleep)


@dataclass(frozen=True, slots=True)
class _Upload:
    wanted: UploadArtifacts
    runner: Runner
    hide: Hide
    web: Web

    def done(self) -> Uploaded:
        service = ResultsService(self.runner.results_url, self.runner.runtime_token, self.web)
        name, url = self._sent(service, zipped(self.wanted.files), ZIP, self._names(self.wanted.name, ""))
        if self.wanted.picture is None:
            return Uploaded(url)
        return self._with_picture(service, name, url, self.wanted.picture)

    def _with_picture(self, service: ResultsService, name: str, url: str, picture: WriteFile) -> Uploaded:
        """The picture is in the zip as well: without it by itself, something is missing, but nothing is lost."""
        try:
            _, picture_url = self._sent(service, picture.content, SVG, self._names(name, ".svg"))
        except PublishingError as problem:
            return Uploaded(url, no_picture=str(problem))
        return Uploaded(url, picture_url)

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
