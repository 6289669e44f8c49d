"""Tokens and the values of Secrets reach nothing that a run leaves or starts, whatever goes wrong, at any log level."""

from __future__ import annotations

import base64
import io
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from carriers import Files, Object, service, thing, workload
from hostile_runs import Left, Workspace
from recording_server import SIGNATURE, Recorded, recording

JOB = base64.urlsafe_b64encode(json.dumps({"scp": "Actions.Results:run:job"}).encode()).decode().rstrip("=")
TOKENS = {
    "INPUT_TOKEN": "ghs_inputTokenQ7w8E9r0T1y2",
    "ACTIONS_RUNTIME_TOKEN": f"eyJhbGciOiJub25lIn0.{JOB}.runtimeTokenQ7w8E9r0",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "idTokenQ7w8E9r0T1y2U3",
    "GITHUB_TOKEN": "ghs_environmentTokenQ7w8E9",
    "AWS_SECRET_ACCESS_KEY": "awsQ7w8E9r0T1y2U3",
}
"""What the environment of a step may hold; the last is one that the program knows nothing of."""

HELD = ("dataQ7w8E9r0", "stringDataQ7w8E9r0", "passwordInUrlQ7w8", "plainPasswordQ7w8", "tokenInArgumentQ7w8")
"""What the manifests hold: in Secrets, in a URL, in a variable that is called a password, in an argument."""

SECRETS = (*TOKENS.values(), *HELD, SIGNATURE.rpartition("=")[2])

DEBUG = {
    "ACTIONS_STEP_DEBUG": "true",
    "ACTIONS_RUNNER_DEBUG": "true",
    "RUNNER_DEBUG": "1",
    "PYTHONDEVMODE": "1",
    "GIT_TRACE": "1",
    "GIT_CURL_VERBOSE": "1",
}
LOGGED = """
import faulthandler, logging, sys
faulthandler.enable()
logging.basicConfig(level=logging.DEBUG)
from netpol_action import cli
{0}
sys.exit(cli.main(["run"]))
"""
"""The program with everything logged that a library has to say."""

CRASH = """
import netpol_action.action as action
def crash(*given):
    raise RuntimeError(" ".join(map(repr, given)))
action.plan = crash
"""

pytestmark = pytest.mark.skipif(not shutil.which("dot"), reason="Graphviz is not installed")


def application() -> Files:
    """Manifests that hold secrets wherever people put them."""
    data, text, in_url, plain, argument = HELD
    reference = {"name": "REDIS_URL", "valueFrom": {"secretKeyRef": {"name": "s", "key": "url"}}}
    env = [
        reference,
        {"name": "DATABASE_URL", "value": f"postgres://app:{in_url}@shop-db:5432/app?sslmode=x&password={in_url}"},
        {"name": "MAIL_URL", "value": f"smtp://app:{in_url}@mail.example.com:25"},
        {"name": "GONE_URL", "value": f"amqp://app:{in_url}@gone:5672"},
        {"name": "DB_PASSWORD", "value": plain},
        {"name": "API_TOKEN", "value": f"{plain}:8080"},
        {"name": "CACHE_AUTH", "value": f"shop-db:{plain}"},
        {"name": "DSN", "value": f"app:{in_url}@tcp(shop-db:3306)/app"},
        {"name": "SQL", "value": f"Server=shop-db,1433;User Id=sa;Password={plain};"},
    ]
    arguments = [f"--token={argument}", f"--db-url=mysql://u:{argument}@shop-db:3306", "--password", argument]
    config = {"app.yaml": f"db:\n  url: http://u:{in_url}@shop-db\n  password: {plain}\n", "API_KEY": plain}
    encoded = base64.b64encode(f"redis://:{data}@shop-db:6379".encode()).decode()
    broken = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "b"}, "data": {"a": [plain]}}
    objects: list[Object] = [
        workload("shop", container={"env": env, "args": arguments, "envFrom": [{"configMapRef": {"name": "c"}}]}),
        workload("shop-db"),
        service("shop-db", "shop-db", ports=[{"port": 5432}, {"port": 3306, "name": "b"}]),
        thing("Secret", "s", data={"url": encoded, "host": encoded}, stringData={"port": f"shop-db:{text}"}),
        thing("ConfigMap", "c", data=config),
        broken,
    ]
    made = "".join(f"---\n{json.dumps(each)}\n" for each in objects).encode()
    return {
        "application.yaml": made,
        "broken.yaml": f"apiVersion: v1\nkind: Secret\ndata: {{a: {data}\n".encode(),
        "twice.yaml": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: t}}\ndata: {{a: {data}, a: {data}}}\n".encode(),
        "tag.yaml": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: u}}\ndata: {{a: !x {data}}}\n".encode(),
    }


def forms(secret: str) -> Iterator[str]:
    """The ways in which a secret may be written."""
    yield secret
    yield quote(secret, safe="")
    yield secret.encode().hex()
    for user in ("", "x-access-token:", "u:"):  # base64 goes by groups of three
        yield base64.b64encode(f"{user}{secret}".encode()).decode().rstrip("=")[:-1]


def leaks(text: str) -> list[str]:
    """The secrets that a text holds, in whatever form."""
    return [secret for secret in SECRETS if any(form in text for form in forms(secret))]


def everything(workspace: Workspace, left: Left, server: Recorded) -> str:
    """All that a run leaves, less the commands that have the runner blot a secret out."""
    texts = [line for line in left.sinks["log"].splitlines() if not line.startswith("::add-mask::")]
    texts += [text for sink, text in left.sinks.items() if sink != "log"]
    texts += [repr(left.outputs), *server.comments]
    texts += [(workspace.top / name).read_bytes().decode("utf-8", "replace") for name in left.files]
    for content in server.uploads:
        if not zipfile.is_zipfile(io.BytesIO(content)):
            texts.append(content.decode())
            continue
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            texts += [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    return "\n".join(texts)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path)
    made.fill(application())
    return made


FAILURES = {
    "success": {},
    "results in a service that refuses": {"ACTIONS_RESULTS_URL": "http://127.0.0.1:9"},
    "connection refused": {"GITHUB_API_URL": "http://127.0.0.1:9"},
    "unusable input": {"INPUT_FORMATS": "nonsense"},
    "unusable token": {
        "INPUT_TOKEN": f"{TOKENS['INPUT_TOKEN']}\nb",
        "ACTIONS_RUNTIME_TOKEN": "runtimeTokenQ7w8E9r0\x07",
    },
    "dry run": {"INPUT_DRY_RUN": "true"},
}


@pytest.mark.parametrize("failure", [*FAILURES, 401, 403, 404, 422, pytest.param(500, marks=pytest.mark.slow)])
@pytest.mark.parametrize("script", ["", LOGGED.format(""), LOGGED.format(CRASH)], ids=["plain", "logged", "crash"])
def test_no_secret_is_left(workspace: Workspace, script: str, failure: str | int):
    with recording() as server:
        server.status = failure if isinstance(failure, int) else 0
        variables = {**TOKENS, **DEBUG, "ACTIONS_RESULTS_URL": server.url, **FAILURES.get(str(failure), {})}
        left = workspace.run(server, script, **variables)
        found = everything(workspace, left, server)
    assert leaks(found) == []
    if script.count("crash") == 0 and failure == "success":
        assert server.comments
        assert b"PK" in {content[:2] for content in server.uploads}
        assert "postgres" in found or "DATABASE_URL" in found, "the evidence is shown, and not what it must not show"
    elif script.count("crash") and failure != "unusable input":
        assert "RuntimeError: Outcome(" in left.sinks["stderr"]


def test_invalid_tls_tells_no_secret(workspace: Workspace):
    with recording() as server:
        url = server.url.replace("http:", "https:")
        left = workspace.run(
            server, LOGGED.format(""), **{**TOKENS, **DEBUG, "ACTIONS_RESULTS_URL": url, "GITHUB_API_URL": url}
        )
        assert leaks(everything(workspace, left, server)) == []


def test_programs_that_are_started_see_no_secret(workspace: Workspace):
    seen = workspace.top / "seen"
    programs = workspace.top / "programs"
    programs.mkdir()
    for name in ("dot", "git", "kustomize", "helm"):
        real = shutil.which(name) or "/bin/false"
        script = programs / name
        script.write_text(f'#!/bin/sh\n{{ echo "{name} $*"; env; }} >>{seen}\nexec {real} "$@"\n')
        script.chmod(0o755)
    for tool, file in (("kustomization", "kustomization.yaml"), ("chart", "Chart.yaml")):
        (workspace.directory / "k8s" / tool).mkdir()
        text = "resources: []\n" if tool == "kustomization" else "apiVersion: v2\nname: c\nversion: 1.0.0\n"
        (workspace.directory / "k8s" / tool / file).write_text(text)
    with recording() as server:
        path = os.pathsep.join((str(programs), os.environ["PATH"]))
        workspace.run(server, **{**TOKENS, **DEBUG, "ACTIONS_RESULTS_URL": server.url, "PATH": path})
    dumped = seen.read_text()
    started = {line.split()[0] for line in dumped.splitlines() if line.split()[:1] and "=" not in line.split()[0]}
    assert started >= {"dot", "git", "kustomize", "helm"}
    assert leaks(dumped) == []
    names = {line.partition("=")[0] for line in dumped.splitlines() if "=" in line}
    assert not [name for name in names if name.startswith(("INPUT_", "ACTIONS_", "GITHUB_", "RUNNER_", "AWS_"))]
