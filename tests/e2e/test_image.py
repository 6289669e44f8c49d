"""The image, started as GitHub's runner starts a container action: environment, mounts, root, and no network.

Needs a Docker Engine and the image (`make image`); where NETPOL_ACTION_IMAGE names it, as in .ci/run, its absence is a
failure and not a reason to skip.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from git_server import WRITE_TOKEN, World, git, git_server
from image_runner import EXAMPLE, IMAGE, OWNER, GitHubRunner, docker, hand_over, needed, prepared

from netpol_action.inputs import OUTPUTS

pytestmark = [pytest.mark.image, pytest.mark.slow]


@pytest.fixture(scope="module", autouse=True)
def _image() -> None:
    needed()


@pytest.fixture
def runner(tmp_path: Path) -> GitHubRunner:
    made = prepared(tmp_path)
    shutil.copytree(EXAMPLE, made.workspace)
    hand_over(made.workspace)
    return made


def command_line(*arguments: str, directory: Path, variables: Mapping[str, str] | None = None) -> bytes:
    """What the program that is installed here prints."""
    program = Path(sys.executable).with_name("netpol-action")
    environment = {"PATH": f"{program.parent}:{os.environ['PATH']}", "HOME": str(directory), **(variables or {})}
    return subprocess.run([program, *arguments], cwd=directory, env=environment, capture_output=True, check=True).stdout


def files(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_the_example_gets_its_policies_its_map_and_its_list(runner: GitHubRunner):
    step = runner.run(path="manifests", generate="true")
    assert step.code == 0, step.log
    assert step.outputs["policies-path"] == "network-policies.yaml"
    assert step.outputs["policies-changed"] == "true"
    assert int(step.outputs["unresolved-count"]) > 0
    assert (runner.workspace / step.outputs["policies-path"]).read_text().count("kind: NetworkPolicy") > 1
    assert (runner.workspace / step.outputs["connectivity-dot"]).read_text().startswith("digraph")
    assert (runner.workspace / step.outputs["connectivity-png"]).read_bytes().startswith(b"\x89PNG")
    json.loads((runner.workspace / step.outputs["report"]).read_text())
    assert "```mermaid" in step.summary


def test_a_second_run_changes_nothing(runner: GitHubRunner):
    runner.run(path="manifests", generate="true")
    before = files(runner.workspace)
    (runner.directory / "file_commands/set_output").write_text("")
    step = runner.run(path="manifests", generate="true")
    assert step.outputs["policies-changed"] == "false"
    assert files(runner.workspace) == before


def test_the_image_writes_the_bytes_that_the_command_line_writes(runner: GitHubRunner, tmp_path: Path):
    twin = tmp_path / "twin"
    shutil.copytree(EXAMPLE, twin)
    formats = "txt,md,csv,json,dot,mermaid"
    step = runner.run(path="manifests", generate="true", formats=formats)
    assert step.code == 0, step.log
    variables = {"INPUT_PATH": "manifests", "INPUT_GENERATE": "true", "INPUT_FORMATS": formats}
    command_line("run", directory=twin, variables=variables)
    made = files(runner.workspace)
    assert len(made) > len(files(EXAMPLE)) + 6
    assert made == files(twin)


@pytest.mark.parametrize(
    "arguments",
    [
        ("generate", "manifests"),
        ("generate", "kustomize/overlays/production"),
        ("map", "manifests", "-o", "dot"),
        ("map", "manifests", "--generated", "-o", "json"),
    ],
    ids=" ".join,
)
def test_the_image_is_the_command_line_too(runner: GitHubRunner, arguments: tuple[str, ...]):
    if "kustomize/overlays/production" in arguments and not Path(sys.executable).with_name("kustomize").exists():
        pytest.skip("there is no kustomize here to compare with")
    inside = subprocess.run(["docker", *runner.command(variables={}), *arguments], capture_output=True, check=False)
    assert inside.returncode == 0, inside.stderr
    assert inside.stdout == command_line(*arguments, directory=runner.workspace)


def test_a_version_of_the_repository_is_read_by_its_ref(runner: GitHubRunner):
    """The workspace belongs to another user than the container's: git must not stop at that."""
    script = (
        "git init -q -b main . && git add manifests && git -c user.name=t -c user.email=t@example.com commit -qm one"
        f" && chown -R {OWNER[0]}:{OWNER[1]} .git && rm manifests/scheduler.yaml"
    )
    ours = {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*"}
    subprocess.run(["sh", "-c", script], cwd=runner.workspace, env={**os.environ, **ours}, check=True)
    arguments = ("diff", "main:manifests", "manifests", "-o", "json")
    inside = subprocess.run(["docker", *runner.command(variables={}), *arguments], capture_output=True, check=False)
    assert inside.returncode == 0, inside.stderr
    assert any(
        "workload default/scheduler[Deployment] removed" in row["workloads"] for row in json.loads(inside.stdout)
    )


def test_a_commit_is_pushed_by_git_where_there_is_no_api(runner: GitHubRunner, tmp_path: Path):
    """The image's own git, which speaks HTTP. The checkout belongs to another user, and stays as it is."""
    (tmp_path / "root").mkdir()
    with git_server(tmp_path / "root") as served, ExitStack() as stack:
        world = World(tmp_path / "world", served, stack)
        world.push(**{f"manifests__{path.name}": path.read_text() for path in EXAMPLE.glob("manifests/*.yaml")})
        before = world.at()
        shutil.rmtree(runner.workspace)
        git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{world.bare}", str(runner.workspace))
        git(runner.workspace, "remote", "set-url", "origin", world.url)
        if os.geteuid() == 0:
            for path in (runner.workspace, *runner.workspace.rglob("*")):
                os.chown(path, *OWNER)
        left = files(runner.workspace / ".git")
        github = {"GITHUB_SERVER_URL": served.url, "GITHUB_REPOSITORY": "shop/app", "GITHUB_SHA": before}
        inputs = {"path": "manifests", "generate": "true", "publish": "commit", "token": WRITE_TOKEN}
        step = runner.run(github, "host", **inputs)
        assert step.code == 0, step.log
        assert step.outputs["commit-sha"] == world.at()
        assert git(world.bare, "rev-list", f"{before}..main") == world.at()
        assert "kind: NetworkPolicy" in git(world.bare, "show", "main:network-policies.yaml")
        assert files(runner.workspace / ".git") == left
    encoded = base64.b64encode(f"x-access-token:{WRITE_TOKEN}".encode()).decode()
    shown = [line for line in step.log.splitlines() if not line.startswith("::add-mask::")]
    assert not any(WRITE_TOKEN in line or encoded in line for line in (*shown, step.summary))
    assert f"::add-mask::{encoded}" in step.log


def test_a_chart_is_rendered_without_a_network(runner: GitHubRunner):
    chart = runner.workspace / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("{apiVersion: v2, name: shop, version: 0.1.0}\n")
    (chart / "templates/pod.yaml").write_text(
        "{apiVersion: v1, kind: Pod, metadata: {name: '{{ .Chart.Name }}-web', labels: {a: b}}, spec: {containers: []}}"
    )
    step = runner.run(path="chart", formats="txt")
    assert step.code == 0, step.log
    assert "shop-web" in (runner.workspace / "netpol-action-output/connectivity.txt").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give the workspace to somebody else")
def test_what_is_written_belongs_to_the_owner_of_the_workspace(runner: GitHubRunner):
    runner.run(path="manifests", generate="true", output_directory="new/maps", policies_path="new/k8s/p.yaml")
    assert (runner.workspace / "new/k8s/p.yaml").exists()
    owners = {(path.stat().st_uid, path.stat().st_gid) for path in runner.workspace.rglob("*")}
    assert owners == {OWNER}


def test_a_failed_gate_fails_the_step_and_writes_all_the_same(runner: GitHubRunner):
    step = runner.run(path="manifests", fail_on="unresolved")
    assert step.code == 1
    assert (runner.workspace / step.outputs["report"]).exists()
    assert step.summary


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [({"path": "missing"}, "missing"), ({"generate": "perhaps"}, "generate must be true or false, not 'perhaps'")],
    ids=["missing path", "bad input"],
)
def test_an_unusable_call_is_one_sentence(runner: GitHubRunner, inputs: dict[str, str], sentence: str):
    step = runner.run(**inputs)
    assert step.code == 2
    assert sentence in step.log
    assert "Traceback" not in step.log
    assert "report" not in step.outputs


def test_nothing_in_a_manifest_reaches_the_runner_as_a_command(runner: GitHubRunner):
    hostile = runner.workspace / "hostile"
    hostile.mkdir()
    (hostile / "##[error]x.yaml").write_text("{apiVersion: v1, kind: Pod, metadata: 'x\\n::add-mask::a\\n##[group]b'}")
    (hostile / "::stop-commands::x.yaml").write_text("[")
    (hostile / "new\nline\r::error::x.yaml").write_text("a: [")
    step = runner.run(path="hostile", fail_on="none")
    commands = [line for line in re.split(r"[\r\n]", step.log) if line.strip().startswith("::")]
    assert all(re.match(r"::(error|warning|notice) [^:]*::", line) for line in commands), step.log
    assert "##[" not in step.log
    assert set(step.outputs) <= set(OUTPUTS)


@pytest.mark.parametrize(("name", "code"), [("INT", 130), ("TERM", 143)])
def test_a_signal_ends_the_container_at_once_and_leaves_nothing(runner: GitHubRunner, name: str, code: int):
    before = files(runner.workspace)
    container = f"netpol-action-{name.lower()}-{os.getpid()}"
    variables = runner.variables({"path": "-", "generate": "true"})
    process = subprocess.Popen(
        ["docker", *runner.command("--interactive", "--name", container, variables=variables)],
        env={**os.environ, **variables},
        stdin=subprocess.PIPE,  # held open: the program waits for its input
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        ended = time.monotonic() + 30
        while process.poll() is None and time.monotonic() < ended:
            # The first ones may come before there is a container, or a handler in it.
            docker("kill", "--signal", name, container)
            time.sleep(0.2)
        assert process.poll() == code
    finally:
        docker("rm", "--force", container)
        process.communicate()
    assert files(runner.workspace) == before


def test_the_image_holds_what_is_needed_and_no_more():
    config = json.loads(docker("image", "inspect", IMAGE).stdout)[0]["Config"]
    assert config["Entrypoint"] == ["python", "-IB", "/app/entrypoint.py"]
    assert not config["User"]
    assert config["WorkingDir"] in ("", "/")
    script = "for name in pip pip3 gcc go curl wget; do command -v $name; done; find / -xdev -name '*.pip' -o -name pip"
    assert docker("run", "--rm", "--network", "none", "--entrypoint", "sh", IMAGE, "-c", script).stdout == ""
