"""Artifacts, by the real client code against a service that fails as the real one does."""

from __future__ import annotations

import base64
import io
import json
import logging
import os
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from results_server import JOB, RUN, TOKEN, Fault, Memory, Results, runtime_token, serving

from netpol_action.publish import artifacts
from netpol_action.publish.archive import zipped
from netpol_action.publish.artifacts import Uploaded, upload
from netpol_action.publish.blob import BLOCK, signatures
from netpol_action.publish.effects import UploadArtifacts, WriteFile
from netpol_action.publish.errors import PublishingError
from netpol_action.publish.results_service import ResultsService, backend
from netpol_action.runner import Runner

REPORT, PICTURE = WriteFile("out/report.json", b"{}"), WriteFile("diff.svg", b"<svg/>")
WANTED = UploadArtifacts("netpol-action-map", (REPORT, WriteFile("policies.yaml", b"")), PICTURE)
ZIP_ONLY = replace(WANTED, picture=None)
ADDRESS = "https://github.example/o/r/actions/runs/40/artifacts/"


@dataclass
class Service:
    """A running service, and what the action would upload to it."""

    results: Results
    url: str
    waits: list[float] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)

    @property
    def runner(self) -> Runner:
        return Runner(
            in_workflow=True,
            repository="o/r",
            server_url="https://github.example",
            run=(40, 1),
            results_url=f"{self.url}/some/path/",
            runtime_token=TOKEN,
        )

    def upload(self, wanted: UploadArtifacts = ZIP_ONLY, runner: Runner | None = None) -> Uploaded:
        return upload(wanted, runner or self.runner, self.hidden.append, sleep=self.waits.append)

    def failure(self, wanted: UploadArtifacts = ZIP_ONLY, runner: Runner | None = None) -> str:
        with pytest.raises(PublishingError) as raised:
            self.upload(wanted, runner)
        return str(raised.value)

    def names(self) -> list[str]:
        return list(self.results.finished())


@pytest.fixture
def service() -> Iterator[Service]:
    with serving() as (results, url):
        yield Service(results, url)


def contents(archive: bytes | None) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive or b"")) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def test_files_go_up_as_a_zip_and_the_picture_by_itself(service: Service):
    assert service.upload(WANTED) == Uploaded(f"{ADDRESS}901", f"{ADDRESS}902")
    archive, picture = service.results.artifacts.values()
    assert (archive.name, archive.version, archive.mime_type) == ("netpol-action-map", 7, "application/zip")
    assert (picture.name, picture.version, picture.mime_type) == ("netpol-action-map.svg", 7, "image/svg+xml")
    found = service.results.finished()
    assert found["netpol-action-map.svg"] == PICTURE.content
    assert contents(found["netpol-action-map"]) == {"out/report.json": b"{}", "policies.yaml": b""}
    assert service.results.storage.types == {"artifact-1": "application/zip", "artifact-2": "image/svg+xml"}
    assert service.waits == []


def test_the_same_files_are_the_same_zip_in_any_order():
    one, two = WriteFile("b", b"2"), WriteFile("a", b"1" * 1000)
    assert zipped([one, two]) == zipped([two, one])
    with zipfile.ZipFile(io.BytesIO(zipped([one, two]))) as opened:
        entries = opened.infolist()
    assert [(entry.filename, entry.date_time) for entry in entries] == [
        ("a", (1980, 1, 1, 0, 0, 0)),
        ("b", (1980, 1, 1, 0, 0, 0)),
    ]
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}
    assert entries[0].compress_size < 100


def test_the_address_that_was_signed_is_only_added_to(service: Service):
    service.upload()
    storage = service.results.storage
    assert isinstance(storage, Memory)
    signed = storage.upload_url("artifact-1").partition("?")[2]
    block, blocklist = storage.queries
    assert block.startswith(f"{signed}&comp=block&blockid=")
    assert blocklist == f"{signed}&comp=blocklist"


def test_what_is_larger_than_a_block_is_sent_in_several(service: Service):
    noise = os.urandom(2 * BLOCK + 5)
    service.upload(replace(ZIP_ONLY, picture=WriteFile("p.svg", noise)))
    assert service.results.requests.count("PUT /storage/artifact-2 block") == 3
    assert service.results.finished()["netpol-action-map.svg"] == noise


def test_a_picture_without_content_is_one_too(service: Service):
    assert service.upload(replace(WANTED, picture=WriteFile("p.svg", b""))).picture_url
    assert service.results.finished()["netpol-action-map.svg"] == b""


def test_a_name_that_is_taken_gets_a_number(service: Service):
    for number in (901, 903, 905):
        assert service.upload(WANTED).url == f"{ADDRESS}{number}"
    assert service.names() == [
        "netpol-action-map",
        "netpol-action-map.svg",
        "netpol-action-map-2",
        "netpol-action-map-2.svg",
        "netpol-action-map-3",
        "netpol-action-map-3.svg",
    ]


def test_a_name_that_the_user_gave_gets_none(service: Service):
    wanted = replace(ZIP_ONLY, exact=True)
    service.upload(wanted)
    assert service.failure(wanted) == "its name is taken in this workflow run"
    assert service.results.requests.count("POST CreateArtifact") == 2


def test_numbers_end_somewhere(service: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(artifacts, "MOST_NAMES", 3)
    for _ in range(3):
        service.upload()
    assert service.failure() == "its name is taken in this workflow run"


STEPS = ["POST CreateArtifact", "PUT /storage/artifact-1 block", "PUT /storage/artifact-1 blocklist"]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("step", [*STEPS, "POST FinalizeArtifact"])
def test_what_may_pass_is_tried_again(service: Service, step: str, status: int):
    service.results.faults = [Fault(step, status, times=4)]
    assert service.upload().url == f"{ADDRESS}901"
    assert service.waits == [3.0, 4.5, 6.75, 10.125]


@pytest.mark.parametrize("step", [*STEPS, "POST FinalizeArtifact"])
def test_and_given_up_after_five_attempts(service: Service, step: str):
    service.results.faults = [Fault(step, 503, times=99)]
    assert "answered 503" in service.failure()
    assert service.results.requests.count(step) == 5


def test_a_service_that_says_how_long_to_wait_is_heard_within_reason(service: Service):
    service.results.faults = [
        Fault("POST CreateArtifact", 429, headers={"Retry-After": "7"}),
        Fault("POST CreateArtifact", 429, headers={"Retry-After": "86400"}),
        Fault("POST CreateArtifact", 429, headers={"Retry-After": "soon"}),
    ]
    service.upload()
    assert service.waits == [7.0, 30.0, 6.75]


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b"\xff", b"[" * 100_000])
@pytest.mark.parametrize("step", ["POST CreateArtifact", "POST FinalizeArtifact"])
def test_an_answer_that_is_no_object_of_json_is_asked_for_again(service: Service, step: str, body: bytes):
    service.results.faults = [Fault(step, 200, body)]
    service.upload()
    assert service.waits == [3.0]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("finalized_twice", [False, True])
@pytest.mark.parametrize("step", [*STEPS, "POST FinalizeArtifact"])
def test_an_answer_that_is_lost(service: Service, step: str, *, after: bool, finalized_twice: bool):
    service.results.finalized_twice = finalized_twice
    service.results.faults = [Fault(step, after=after)]
    found = service.upload()
    renamed = after and "Create" in step
    assert service.names() == ["netpol-action-map-2" if renamed else "netpol-action-map"]
    assert found.url == f"{ADDRESS}{902 if renamed else 901}"


def test_a_lost_answer_leaves_the_given_name_taken_and_says_so(service: Service):
    service.results.faults = [Fault("POST CreateArtifact", after=True)]
    sentence = service.failure(replace(ZIP_ONLY, exact=True))
    assert sentence.startswith("its name is taken in this workflow run, maybe by this step's own request")


def test_an_artifact_of_another_size_is_not_taken_for_ours(service: Service):
    service.results.faults = [Fault("POST FinalizeArtifact", after=True), Fault("POST ListArtifacts", 200)]
    sizes = {"name": "netpol-action-map", "size": "1", "databaseId": "7"}
    ids = {"workflowRunBackendId": RUN, "workflowJobRunBackendId": JOB}
    service.results.faults[1].body = json.dumps({"artifacts": [{**ids, **sizes}, 5, None]}).encode()
    assert "answered 412" in service.failure()


@pytest.mark.parametrize("refusal", [Fault("", 400, b'{"msg":"unknown field"}'), Fault("", 500, b"proto: unknown")])
def test_a_service_without_types_gets_the_zip_without_and_no_picture(service: Service, refusal: Fault):
    service.results.knows_types = False
    service.results.faults = [replace(refusal, request="POST CreateArtifact")]
    found = service.upload(WANTED)
    assert (found.url, found.picture_url) == (f"{ADDRESS}901", "")
    assert "400: unknown field mime_type" in found.no_picture
    (archive,) = service.results.artifacts.values()
    assert (archive.version, archive.mime_type) == (4, "")
    assert service.waits == []


def test_a_service_that_spells_names_the_other_way(service: Service):
    service.results.camel_case = True
    assert service.upload(WANTED).picture_url


def test_a_storage_that_is_used_up_is_not_asked_again(service: Service):
    body = b'{"code":"resource_exhausted","msg":"insufficient usage to create artifact"}'
    service.results.faults = [Fault("POST CreateArtifact", 429, body, times=99)]
    assert service.failure() == "the storage that the account may use for artifacts is used up"
    assert service.results.requests == ["POST CreateArtifact"]


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("", TOKEN),
        ("http://127.0.0.1", ""),
        ("ftp://127.0.0.1", TOKEN),
        ("http://", TOKEN),
        ("http://[::1", TOKEN),
        ("http://user:word@127.0.0.1", TOKEN),
        ("http://127.0.0.1:99999", TOKEN),
        ("file:///etc/passwd", TOKEN),
        ("http://127.0.0.1", f"{TOKEN}\r\nX-Other: 1"),
        ("http://127.0.0.1", "naïve"),
        ("http://127.0.0.1", "a.b"),
        ("http://127.0.0.1", "a.%%%.c"),
        ("http://127.0.0.1", f"a.{base64.b64encode(b'[' * 100_000).decode()}.c"),
        ("http://127.0.0.1", f"a.{base64.b64encode(b'[1]').decode()}.c"),
        ("http://127.0.0.1", f"a.{base64.b64encode(json.dumps({'scp': 5}).encode()).decode()}.c"),
        ("http://127.0.0.1", runtime_token("Actions.GenericRead:1:2")),
        ("http://127.0.0.1", runtime_token("Actions.Results:1")),
        ("http://127.0.0.1", runtime_token("Actions.Results:1:2:3")),
        ("http://127.0.0.1", runtime_token("Actions.Results::")),
    ],
)
def test_without_a_usable_address_and_token_nothing_is_asked(service: Service, url: str, token: str):
    runner = replace(service.runner, results_url=url, runtime_token=token)
    assert "the runner" in service.failure(runner=runner)
    assert service.results.requests == []


def test_the_token_says_which_run_and_job_it_is_for():
    found = backend(runtime_token("Actions.Results Actions.Results:run:job Actions.Other:1:2"))
    assert (found.run, found.job) == ("run", "job")


def test_a_token_that_has_run_out_or_is_for_another_job(service: Service):
    assert "401" in service.failure(runner=replace(service.runner, runtime_token=runtime_token("Actions.Results:1:2")))


def test_an_address_that_has_run_out(service: Service):
    service.results.storage.expires = 1.0
    assert service.failure() == "the storage of artifacts answered 403 (AuthenticationFailed)"


@pytest.mark.parametrize(
    "url", ["", 5, None, "file:///etc/passwd", "//host/x", "ftp://host/x", "http://a b/", "http://u:p@host/", "http://"]
)
def test_an_address_that_is_none_is_refused(service: Service, url: object):
    service.results.upload_url = lambda _: url
    assert service.failure() == "the service of artifacts named no address for the content"


def test_nothing_follows_a_redirect(service: Service):
    elsewhere = {"Location": f"{service.url}/elsewhere?sig=secret"}
    for step in STEPS:
        service.results.artifacts.clear()
        service.results.faults = [Fault(step, 307, b"", elsewhere)]
        assert service.failure().endswith("answered 307")
    assert not any("elsewhere" in request for request in service.results.requests)


@pytest.mark.parametrize("step", [*STEPS, "POST FinalizeArtifact"])
def test_an_answer_without_end_is_not_read_to_it(service: Service, step: str):
    service.results.faults = [Fault(step, endless=True, times=99)]
    assert service.failure().endswith("sent an answer without end")


@pytest.mark.parametrize("fault", [Fault("", 503, times=99), Fault("", slow=True)])
def test_all_of_it_takes_a_bounded_time(service: Service, monkeypatch: pytest.MonkeyPatch, fault: Fault):
    monkeypatch.setattr(artifacts, "LONGEST", 0.2)
    service.results.faults = [replace(fault, request="POST CreateArtifact")]
    with pytest.raises(PublishingError, match="it took longer than 0 s"):
        upload(WANTED, service.runner, service.hidden.append)  # with real waits


def test_a_service_that_is_not_there_is_a_sentence(service: Service):
    runner = replace(service.runner, results_url="http://127.0.0.1:1")
    assert service.failure(runner=runner) == "the service of artifacts could not be reached, or did not answer"


@pytest.mark.parametrize("body", [b'{"ok":false}', b'{"ok":true}', b'{"ok":true,"artifact_id":"x"}'])
def test_no_address_is_made_up(service: Service, body: bytes):
    service.results.faults = [Fault("POST FinalizeArtifact", 200, body)]
    assert service.failure() == "the service of artifacts did not accept the content"


def test_a_picture_that_fails_leaves_the_zip(service: Service):
    service.results.faults = [Fault(".*artifact-2 block", 403)]
    found = service.upload(WANTED)
    assert (found.url, found.picture_url) == (f"{ADDRESS}901", "")
    assert found.no_picture == "the storage of artifacts answered 403"


def test_a_signature_is_hidden_in_each_way_of_writing_it(service: Service):
    service.upload()
    assert service.hidden == ["a+b/c=d~e", "a%2Bb%2Fc%3Dd~e"]
    assert signatures("https://host/x?se=1&sig=a%2bb") == ("a+b", "a%2bb", "a%2Bb")
    assert signatures("https://host/x?mysig=1&se=2") == ()


SECRETS = (TOKEN, "a+b/c=d~e", "a%2Bb%2Fc%3Dd~e", "a%2bb")


@pytest.mark.parametrize("step", [*STEPS, "POST FinalizeArtifact"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault("", 400, json.dumps({"msg": f"you sent {TOKEN}"}).encode()),
        Fault("", 503),
        Fault("", 0),
        Fault("", 200, b"", {"x": "y\r\nno colon here"}),
        Fault("", endless=True),
    ],
)
def test_neither_token_nor_signature_is_in_any_log_or_error(
    service: Service, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], step: str, fault: Fault
):
    caplog.set_level(logging.DEBUG)
    service.results.faults = [replace(fault, request=step, times=99)]
    with pytest.raises(PublishingError) as raised:
        service.upload()
    told, problem = [caplog.text, *capfd.readouterr()], raised.value
    while problem:
        told.append(repr(problem) + str(problem))
        problem = problem.__cause__ or problem.__context__
    assert not [secret for secret in SECRETS if secret in "\n".join(told)]


def test_no_login_of_a_netrc_file_is_sent(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password word\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    assert service.upload().url


def test_an_error_of_ours_is_not_swallowed_by_the_thread(service: Service, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr(artifacts, "zipped", broken)
    with pytest.raises(ZeroDivisionError):
        service.upload()


def test_a_picture_that_takes_too_long_loses_nothing_of_the_files(service: Service, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(artifacts, "PICTURE_LONGEST", 0.3)
    create, ended = ResultsService.create, threading.Event()

    def slow(self: ResultsService, name: str, mime_type: str) -> str:
        if mime_type == artifacts.SVG:
            ended.wait(30)
        return create(self, name, mime_type)

    monkeypatch.setattr(ResultsService, "create", slow)
    found = service.upload(WANTED)
    ended.set()
    assert (found.url, found.picture_url) == (f"{ADDRESS}901", "")
    assert "took longer" in found.no_picture
    assert service.names() == ["netpol-action-map"]
