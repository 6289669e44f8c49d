"""What is reached over SSH or in object storage, and written without a URL's host and port."""

from __future__ import annotations

from typing import Any

import pytest
from application import Object, lines, open_questions, requirements, secret, service, workload

from netpol_action.model.demands import Unresolved


def rows(env: dict[str, str], *others: Object, **more: Any) -> list[str]:  # noqa: ANN401  # see application.Json
    return open_questions(requirements(workload("web", env, **more), *others))


def row(env: dict[str, str]) -> Unresolved:
    (found,) = requirements(workload("web", env)).unresolved
    return found


@pytest.mark.parametrize(
    "value",
    [
        "git@github.com:acme/x.git",
        "git@github.com:acme/x",
        "git@github.com:x.git",
        "deploy@github.com:/srv/x",
        "ssh://git@github.com/acme/x.git",
        "git+ssh://git@github.com/acme/x.git",
    ],
)
@pytest.mark.parametrize("name", ["GIT_SYNC_REPO", "REPOSITORY", "X"])
def test_what_git_and_scp_reach_is_a_row_for_ssh(name: str, value: str):
    assert rows({name: value}) == ["web external-host host/github.com TCP 22"]


def test_what_git_clones_over_https_is_a_row_under_whatever_name():
    assert rows({"REPOSITORY": "https://github.com/acme/x.git"}) == ["web external-host host/github.com TCP 443"]
    assert rows({"REPOSITORY": "https://github.com/acme/x"}) == []


@pytest.mark.parametrize(
    "container",
    [
        {"args": ["--repo=git@github.com:acme/x.git"]},
        {"args": ["--repo", "git@github.com:acme/x.git"]},
        {"command": ["git", "clone", "git@github.com:acme/x.git"]},
        {"command": ["sh", "-c", "git clone git@github.com:acme/x.git /x && exec app"]},
    ],
)
def test_a_repository_in_an_argument_is_a_row(container: dict[str, Any]):
    assert rows({}, container=container) == ["web external-host host/github.com TCP 22"]


def test_a_repository_on_a_service_of_the_input_is_required():
    git = workload("gitea"), service("gitea", 22, 3000)
    found = requirements(workload("web", {"REPO": "git@gitea:acme/x.git"}), *git)
    assert lines(found.demands) == ["web -> gitea: TCP 22"]


@pytest.mark.parametrize(
    "value",
    [
        "ops@acme.com",
        "Ops <ops@acme.com>: all",
        "app@sha256:0123456789abcdef",
        "acme/app@sha256:0123456789abcdef",
        "me:password@db",
        "left-pad@1.2.3",
        "@acme/x:1",
    ],
)
def test_what_only_has_an_at_sign_is_nothing_over_ssh(value: str):
    assert not [each for each in rows({"X": value}) if "TCP 22" in each]


def test_a_port_behind_a_user_stays_a_port():
    assert rows({"DB_URL": "me@db.acme.net:5432/x"}) == ["web external-host host/db.acme.net TCP 5432"]


@pytest.mark.parametrize(
    ("value", "key", "target"),
    [
        ("s3://models/x", "storage/s3", "{host: s3.example.com}"),
        ("s3a://models/x", "storage/s3", "{host: s3.example.com}"),
        ("gs://models/x", "storage/gs", "{host: storage.googleapis.com}"),
        ("az://models/x", "storage/storage", "{host: storage.example.com}"),
        ("s3://me:secret@eu-west-1/models", "storage/s3", "{host: s3.example.com}"),
    ],
)
@pytest.mark.parametrize("name", ["BUCKET", "MODEL_URL", "X"])
def test_a_bucket_is_a_row_that_names_the_scheme_and_what_to_write(name: str, value: str, key: str, target: str):
    found = row({name: value})
    assert (found.key, str(found.connections)) == (key, "TCP 443")
    assert value.partition("/")[0] in found.message
    assert f"to: {target}\n" in found.resolution
    assert "secret" not in repr(found)


def test_a_bucket_in_an_argument_is_a_row():
    container = {"command": ["aws", "s3", "sync", "s3://models/x", "s3://others/y"]}
    assert rows({}, container=container) == ["web external-host storage/s3 TCP 443"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("abfss://files@acme.dfs.core.windows.net/x", "host/acme.dfs.core.windows.net TCP 443"),
        ("wasbs://files@acme.blob.core.windows.net/x", "host/acme.blob.core.windows.net TCP 443"),
        ("s3://key:secret@s3.acme.net/models", "host/s3.acme.net TCP 443"),
        ("s3://s3.acme.net:9000/models", "host/s3.acme.net TCP 9000"),
    ],
)
def test_an_object_storage_with_a_host_is_that_host(value: str, expected: str):
    assert rows({"STORAGE": value}) == [f"web external-host {expected}"]


def test_an_object_storage_of_the_input_is_required():
    minio = workload("minio"), service("minio", 9000)
    found = requirements(workload("web", {"LOKI_S3": "s3://key:secret@minio.default:9000/loki"}), *minio)
    assert lines(found.demands) == ["web -> minio: TCP 9000"]
    assert open_questions(found) == []


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("AWS_ENDPOINT_URL", []),
        ("AWS_ENDPOINT_URL_S3", []),
        ("MINIO_SERVER", []),
        ("AWS_ENDPOINT_URL_SQS", ["web external-host storage/s3 TCP 443"]),
    ],
)
def test_where_a_setting_has_the_endpoint_the_bucket_is_no_row(name: str, row: list[str]):
    minio = workload("minio"), service("minio", 9000)
    assert rows({name: "http://minio:9000", "BUCKET": "s3://models/x"}, *minio) == row


def test_a_bucket_in_a_secret_says_where_it_stands_and_nothing_of_it():
    values = secret("models", {"where": "s3://hidden-bucket/x"})
    env = [{"name": "MODELS", "valueFrom": {"secretKeyRef": {"name": "models", "key": "where"}}}]
    found = requirements(workload("web", container={"env": env}), values)
    assert open_questions(found) == ["web external-host secret/models/where TCP 443"]
    assert "hidden" not in repr(found.unresolved)
    assert "s3" not in repr(found.unresolved)
