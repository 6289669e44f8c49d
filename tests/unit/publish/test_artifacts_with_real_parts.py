"""Artifacts in real block storage, and the client that workflows use as the judge of what was uploaded."""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from azurite import CLIENT, NODE, Azurite, azurite, needed
from results_server import TOKEN, Results, serving

from netpol_action.publish.artifacts import Uploaded, upload
from netpol_action.publish.blob import BLOCK, store
from netpol_action.publish.effects import UploadArtifacts, WriteFile
from netpol_action.publish.errors import PublishingError
from netpol_action.publish.web import Web
from netpol_action.runner import Runner

pytestmark = pytest.mark.slow

NOISE = os.urandom(2 * BLOCK + 5)
FILES = (
    WriteFile("netpol-action-output/report.json", b'{"rows": []}'),
    WriteFile("netpol-action-output/ünïcode name.md", "Zürich ✓\n".encode()),
    WriteFile("network-policies.yaml", b""),
    WriteFile("noise", NOISE),
)
PICTURE = WriteFile("diff.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>\r\n")
WANTED = UploadArtifacts("netpol-action-map (ünïcode, 1)", FILES, PICTURE)


@pytest.fixture(scope="module")
def storage() -> Iterator[Azurite]:
    needed()
    with azurite() as running:
        yield running


@dataclass
class Service:
    """A running service over real storage."""

    results: Results
    url: str
    storage: Azurite

    def upload(self, wanted: UploadArtifacts = WANTED) -> Uploaded:
        runner = Runner(
            in_workflow=True,
            repository="o/r",
            server_url="https://github.com",
            run=(40, 1),
            results_url=self.url,
            runtime_token=TOKEN,
        )
        return upload(wanted, runner, lambda _secret: None, sleep=lambda _seconds: None)

    def client(self, workspace: Path, *arguments: str) -> Any:  # noqa: ANN401  # JSON
        """What the client that workflows use says to a command."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(workspace),
            "ACTIONS_RESULTS_URL": self.url,
            "ACTIONS_RUNTIME_TOKEN": TOKEN,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_WORKSPACE": str(workspace),
        }
        ended = subprocess.run(
            [NODE, CLIENT, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])


@pytest.fixture
def service(storage: Azurite) -> Iterator[Service]:
    with serving(storage) as (results, url):
        yield Service(results, url, storage)


def test_the_client_that_workflows_use_finds_and_downloads_what_we_uploaded(service: Service, tmp_path: Path):
    found = service.upload()
    listed = service.client(tmp_path, "list")["artifacts"]
    assert [each["name"] for each in listed] == [WANTED.name, f"{WANTED.name}.svg"]
    numbers = [str(each["id"]) for each in listed]
    assert [found.url, found.picture_url] == [f"https://github.com/o/r/actions/runs/40/artifacts/{n}" for n in numbers]
    for number, each in zip(numbers, listed, strict=True):
        got = service.client(tmp_path, "download", number, str(tmp_path / number), each["digest"])
        assert got["digestMismatch"] is False
    unpacked = {
        str(path.relative_to(tmp_path / numbers[0])): path.read_bytes() for path in files(tmp_path / numbers[0])
    }
    assert unpacked == {file.path: file.content for file in FILES}
    (picture,) = files(tmp_path / numbers[1])
    assert (picture.name, picture.read_bytes()) == (f"{WANTED.name}.svg", PICTURE.content)
    keys = [artifact.key for artifact in service.results.artifacts.values()]
    assert [service.storage.mime_type(key) for key in keys] == ["application/zip", "image/svg+xml"]


def files(directory: Path) -> list[Path]:
    return sorted(path for path in directory.rglob("*") if path.is_file())


def test_our_service_is_good_enough_for_the_client_that_workflows_use(service: Service, tmp_path: Path):
    for file in (*FILES, PICTURE):
        path = tmp_path / file.path
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(file.content)
    paths = [str(tmp_path / file.path) for file in FILES]
    uploaded = service.client(tmp_path, "upload", "theirs", str(tmp_path), *paths)
    service.client(tmp_path, "upload-unzipped", str(tmp_path / PICTURE.path))
    found = service.results.finished()
    assert service.results.artifacts["theirs"].id == uploaded["id"]
    with zipfile.ZipFile(io.BytesIO(found["theirs"] or b"")) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {file.path: file.content for file in FILES}
    assert found["diff.svg"] == PICTURE.content
    versions = {(each.version, each.mime_type) for each in service.results.artifacts.values()}
    assert versions == {(7, "application/zip"), (7, "image/svg+xml")}


def test_both_clients_ask_for_the_same(service: Service, tmp_path: Path):
    (tmp_path / "diff.svg").write_bytes(PICTURE.content)
    service.upload(UploadArtifacts("diff", (), PICTURE))
    ours = service.results.messages[2:]
    service.results.artifacts.clear()
    service.results.messages.clear()
    service.client(tmp_path, "upload-unzipped", str(tmp_path / "diff.svg"))
    assert ours == service.results.messages


@pytest.mark.parametrize("content", [b"", b"x", NOISE[:BLOCK], NOISE[: BLOCK + 1]])
def test_any_size_arrives(service: Service, content: bytes):
    service.upload(UploadArtifacts("sizes", (), WriteFile("p.svg", content)))
    assert service.results.finished()["sizes.svg"] == content


def test_a_request_that_is_repeated_since_its_answer_was_lost_changes_nothing(storage: Azurite):
    class Twice(Web):
        def repeated(self, undertaking: Callable[[], None], attempts: int = 2) -> None:
            for _ in range(attempts):
                undertaking()

    store(Twice(), storage.upload_url("twice"), NOISE, "image/svg+xml")
    assert storage.content("twice") == NOISE


def test_an_address_that_has_run_out_is_refused(service: Service):
    service.results.upload_url = lambda _: service.storage.url("late", "cw", until="2020-01-02T00:00:00Z")
    with pytest.raises(PublishingError, match=r"answered 403 \(AuthorizationFailure\)"):
        service.upload()
