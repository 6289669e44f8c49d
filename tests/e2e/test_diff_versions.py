"""`diff` against versions of a real repository: by its blobs alone, whatever the repository and its clone look like."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from netpol_action.cli import main

APP = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: db, namespace: shop}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: db, image: db}]}}}
"""
POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from: [{podSelector: {matchLabels: {app: web}}}]
    ports: [{port: PORT}]
"""
OPENED = "shop/web[Deployment] => shop/db[Deployment] : TCP 80 -> TCP 80-81"
AFTER = POLICY.replace("{port: PORT}", "{port: 80, endPort: 81}")
BEFORE = POLICY.replace("PORT", "80")
LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:0123\nsize 12345\n"

POINTER = "the file is a pointer of Git LFS, whose content is not part of the repository, and is not read"

Git = Callable[..., str]


@pytest.fixture
def git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """Runs git in a new repository, or in `at`."""
    home = tmp_path / "home"
    home.mkdir()
    for name, value in {"HOME": str(home), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}.items():
        monkeypatch.setenv(name, value)
    repository = tmp_path / "repository"
    repository.mkdir()
    monkeypatch.chdir(repository)

    def run(*arguments: str | Path, at: Path = repository) -> str:
        settings = ("user.name=t", "user.email=t@example.com", "protocol.file.allow=always", "safe.directory=*")
        options = [word for each in settings for word in ("-c", each)]
        command = ["git", *options, *map(str, arguments)]
        return subprocess.run(command, cwd=at, check=True, capture_output=True, text=True).stdout.strip()

    run("init", "-q", "-b", "main")
    return run


@pytest.fixture
def repository(git: Git, tmp_path: Path) -> Path:
    """A repository whose working tree has one change after its only commit."""
    top = tmp_path / "repository"
    write(top, {"deploy/app.yaml": APP, "deploy/policy.yaml": BEFORE})
    git("add", "-A")
    git("commit", "-q", "-m", "before")
    write(top, {"deploy/policy.yaml": AFTER})
    return top


def write(top: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)


@pytest.fixture
def diff(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, list[str], str]]:
    """Runs `netpol-action diff`: its exit code, the rows of its txt output without reasons, and standard error."""

    def run(*arguments: str) -> tuple[int, list[str], str]:
        code = main(["diff", *arguments])
        output, errors = capsys.readouterr()
        return (
            code,
            [line[2:].split("  [")[0] for line in output.splitlines() if line[:2] in ("+ ", "- ", "~ ")],
            errors,
        )

    return run


Diff = Callable[..., tuple[int, list[str], str]]


def test_a_version_against_the_working_tree(repository: Path, diff: Diff):
    assert diff("main:deploy", "deploy") == (0, [OPENED], "")
    assert diff("HEAD:", ".")[1] == [OPENED]
    assert diff("main:deploy/policy.yaml", "HEAD:deploy/policy.yaml")[1] == []
    assert diff("--dir1", "main:deploy", "--dir2", "deploy")[1] == [OPENED]
    assert (repository / "deploy").is_dir()


def test_paths_count_from_the_top_or_from_where_one_is(repository: Path, diff: Diff, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(repository / "deploy")
    assert diff("main:deploy", ".")[1] == [OPENED]
    assert diff("main:./", ".")[1] == [OPENED]
    code, _, errors = diff("main:../..", ".")
    assert (code, errors) == (2, "error: main:../.. leads out of the repository\n")


def test_two_versions_are_compared(git: Git, repository: Path, diff: Diff):
    git("commit", "-q", "-a", "-m", "after")
    git("tag", "v1")
    assert (repository / "deploy").is_dir()
    assert diff("v1~1:deploy", "v1:deploy")[1] == [OPENED]
    assert diff("v1:deploy", "v1~1:deploy")[1] == [OPENED.replace("80 -> TCP 80-81", "80-81 -> TCP 80")]


def test_causes_and_messages_name_the_version(git: Git, repository: Path, capsys: pytest.CaptureFixture[str]):
    write(repository, {"deploy/broken.yaml": "kind: [", "deploy/policy.yaml": BEFORE})
    git("add", "-A")
    git("commit", "-q", "-m", "broken")
    write(repository, {"deploy/broken.yaml": ""})
    assert main(["diff", "main:deploy", "deploy"]) == 1
    output, errors = capsys.readouterr()
    assert output == "No connection changes.\n"
    assert "error: main:deploy/broken.yaml:2: " in errors
    assert "/tmp" not in errors
    (repository / "deploy/policy.yaml").unlink()
    main(["diff", "main:deploy", "deploy"])
    assert "NetworkPolicy shop/db removed (main:deploy/policy.yaml:" in capsys.readouterr().out


def snapshot(top: Path) -> dict[str, tuple[str, int]]:
    files = (path for path in sorted(top.rglob("*")) if path.is_file())
    return {str(p): (hashlib.sha256(p.read_bytes()).hexdigest(), p.stat().st_mtime_ns) for p in files}


def test_the_checkout_and_its_git_directory_stay_as_they_are(repository: Path, diff: Diff):
    before = snapshot(repository)
    diff("main:deploy", "deploy")
    assert snapshot(repository) == before


def test_no_attribute_has_a_say(git: Git, repository: Path, diff: Diff, tmp_path: Path):
    text = "*.yaml export-ignore export-subst text eol=crlf working-tree-encoding=UTF-16\n* filter=trap diff=trap\n"
    write(repository, {".gitattributes": text})
    git("add", ".gitattributes")
    git("commit", "-q", "-m", "attributes")
    (repository / ".git/info/attributes").write_text(text)
    trap = tmp_path / "filtered"
    git("config", "filter.trap.smudge", f"touch {trap}; cat")
    git("config", "filter.trap.process", f"touch {trap}; false")
    git("config", "diff.trap.textconv", f"touch {trap}; cat")
    git("config", "core.hooksPath", str(tmp_path))
    git("config", "core.fsmonitor", f"touch {trap}")
    assert diff("main:deploy", "deploy") == (0, [OPENED], "")
    assert not trap.exists()


def test_kustomizations_of_a_version_reach_their_bases(
    git: Git, repository: Path, diff: Diff, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    write(
        repository,
        {
            "deploy/policy.yaml": BEFORE,
            "deploy/kustomization.yaml": "resources: [app.yaml, policy.yaml]\n",
            "overlays/dev/kustomization.yaml": "resources: [../../deploy]\nnamePrefix: dev-\n",
        },
    )
    git("add", "-A")
    git("commit", "-q", "-m", "overlay")
    write(repository, {"deploy/policy.yaml": AFTER})
    code, rows, errors = diff("main:overlays/dev", "overlays/dev")
    if "kustomize" in errors and "install" in errors:
        pytest.skip("needs kustomize or kubectl: run .ci/install-tools")
    assert (code, rows) == (0, [OPENED.replace("/web", "/dev-web").replace("/db", "/dev-db")])


def test_the_configuration_of_the_version_before_rules(git: Git, repository: Path, diff: Diff):
    write(repository, {"netpol.yaml": "version: 1\npodCIDRs: [10.0.0.0/8]\n"})
    git("add", "netpol.yaml")
    git("commit", "-q", "-m", "configuration")
    write(repository, {"netpol.yaml": "version: 1\npodCIDRs: [172.16.0.0/12]\n"})
    code, rows, errors = diff("main:deploy", "deploy")
    assert (code, rows) == (0, [OPENED])
    assert "[changed-configuration]" in errors


FULL_CONFIG = """\
version: 1
dependencies:
- from: shop/web
  to: shop/db
  ports: [80]
ignore: [shop/web.env.DB_HOST]
endpoints:
  ledger: {cidr: 203.0.113.7/32}
podCIDRs: [10.0.0.0/8]
"""


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (("podCIDRs", "podCIDRs"), False),
        (("ports: [80]", "ports: [81]"), True),
        (("DB_HOST", "DB_NAME"), True),
        (("203.0.113.7", "203.0.113.8"), True),
        (("10.0.0.0/8", "10.0.0.0/9"), True),
        (("version: 1\n", "version: 1\n# only a comment\n\n"), False),
    ],
)
def test_only_a_configuration_that_says_something_else_is_a_changed_one(
    git: Git, repository: Path, diff: Diff, edit: tuple[str, str], told: bool
):
    write(repository, {"netpol.yaml": FULL_CONFIG})
    git("add", "netpol.yaml")
    git("commit", "-q", "-m", "configuration")
    write(repository, {"netpol.yaml": FULL_CONFIG.replace(*edit)})
    code, _, errors = diff("main:deploy", "deploy")
    assert code == 0, errors
    assert ("[changed-configuration]" in errors) is told


def test_a_shallow_clone_says_what_to_write_into_the_workflow(
    git: Git, repository: Path, diff: Diff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    git("commit", "-q", "-a", "-m", "after")
    clone = tmp_path / "clone"
    git("clone", "-q", "--depth", "1", f"file://{repository}", clone)
    monkeypatch.chdir(clone)
    assert diff("HEAD:deploy", "deploy") == (0, [], "")
    code, _, errors = diff("HEAD~1:deploy", "deploy")
    assert code == 2
    assert "give actions/checkout the line `fetch-depth: 0` below `with:`" in errors
    code, _, errors = diff("origin/dev:deploy", "deploy")
    assert "`git fetch --depth=1 origin +dev:refs/remotes/origin/dev`" in errors


def test_nothing_is_fetched_for_a_clone_that_left_files_out(
    git: Git, repository: Path, diff: Diff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    git("commit", "-q", "-a", "-m", "after")
    git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    git("clone", "-q", "--filter=blob:none", f"file://{repository}", clone)
    monkeypatch.chdir(clone)
    objects = snapshot(clone / ".git/objects")
    code, _, errors = diff("HEAD~1:deploy", "deploy")
    assert code == 2
    assert "clone without a filter" in errors
    assert snapshot(clone / ".git/objects") == objects


def test_a_repository_of_somebody_else_is_read(repository: Path, diff: Diff):
    if os.geteuid() != 0:
        pytest.skip("needs root, to give a repository to somebody else")
    for path in (repository, *repository.rglob("*")):
        os.chown(path, 65534, 65534, follow_symlinks=False)
    assert diff("main:deploy", "deploy") == (0, [OPENED], "")


def test_the_environment_cannot_lead_git_elsewhere(repository: Path, diff: Diff, monkeypatch: pytest.MonkeyPatch):
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    assert (repository / "deploy").is_dir()
    assert diff("main:deploy", "deploy")[1] == [OPENED]


def test_links_submodules_and_pointers(git: Git, repository: Path, diff: Diff, tmp_path: Path):
    secret = tmp_path / "secret.yaml"
    secret.write_text(BEFORE.replace("name: db", "name: stolen"))
    (repository / "deploy/out.yaml").symlink_to(secret)
    (repository / "deploy/up.yaml").symlink_to("../../secret.yaml")
    write(repository, {"deploy/large.yaml": LFS, "deploy/picture.png": LFS, "deploy/policy.yaml": BEFORE})
    git("add", "-A")
    git("update-index", "--add", "--cacheinfo", f"160000,{git('rev-parse', 'HEAD')},deploy/module")
    git("commit", "-q", "-m", "odd things")
    code, rows, errors = diff("main:deploy", "HEAD~1:deploy")
    assert (code, rows) == (1, [])
    assert [line for line in errors.splitlines() if not line.startswith("failed")] == [
        f"error: main:deploy/large.yaml: {POINTER} [lfs-pointer]",
        "error: main:deploy/out.yaml: the symbolic link leads out of the input and is not followed [link-leads-out]",
        "error: main:deploy/up.yaml: the symbolic link leads nowhere [broken-link]",
        "warning: main:deploy/module: the submodule is not read: its files are not part of this repository [submodule]",
    ]


def hostile_tree(git: Git, entry: str, blob: str) -> str:
    """A commit whose tree holds an entry that git itself would not make."""
    made = subprocess.run(
        ["git", "mktree", "--missing"],
        input=f"100644 blob {blob}\t{entry}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    return git("commit-tree", made.stdout.strip(), "-m", "hostile") if made.returncode == 0 else ""


@pytest.mark.parametrize("entry", ["..", ".git"])
def test_names_that_lead_out_are_refused(git: Git, repository: Path, diff: Diff, entry: str):
    commit = hostile_tree(git, entry, git("rev-parse", "main:deploy/policy.yaml"))
    if not commit:
        pytest.skip("this git makes no such tree")
    code, _, errors = diff(f"{commit}:", "deploy")
    assert (code, "which no repository may hold" in errors) == (2, True)
    assert (repository / ".git").is_dir()


def test_a_branch_that_only_the_remote_has_is_named(git: Git, repository: Path, diff: Diff):
    git("update-ref", "refs/remotes/origin/release", "main")
    code, _, errors = diff("release:deploy", "deploy")
    assert (code, errors) == (
        2,
        f"error: release names no version in the repository at {repository}: write origin/release\n",
    )


def test_a_version_is_meant_even_where_a_file_has_its_name(repository: Path, diff: Diff):
    write(repository, {"main:deploy/app.yaml": APP, "none:deploy/app.yaml": APP})
    assert diff("main:deploy", "deploy") == (0, [OPENED], "")
    assert diff("none:deploy", "./main:deploy") == (0, [], "")


UNUSABLE = {
    "no such version": ("nope:deploy", "nope names no version in the repository at "),
    "no such path": ("main:nope", "main holds no nope"),
    "no version at all": (":deploy", ":deploy names no version"),
    "an option": ("--help:deploy", ""),
    "no such file": ("nope", "nope does not exist"),
}


@pytest.mark.parametrize(("before", "expected"), UNUSABLE.values(), ids=UNUSABLE)
def test_what_cannot_be_read_is_said(repository: Path, diff: Diff, before: str, expected: str):
    assert (repository / "deploy").is_dir()
    arguments = ("--", before, "deploy") if before.startswith("-") else (before, "deploy")
    code, _, errors = diff(*arguments)
    assert code == 2
    assert errors.startswith(f"error: {expected}")


def test_outside_of_a_repository(tmp_path: Path, diff: Diff, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert diff("main:deploy", "deploy") == (
        2,
        [],
        "error: main:deploy does not exist, and the working directory is in no git repository\n",
    )


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a run wrote out to read it is gone afterwards."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    yield
    assert list(temporary.iterdir()) == []


def test_gates_and_formats(repository: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path):
    assert main(["diff", "main:deploy", "deploy", "--fail-on", "widened,closed", "-o", "json"]) == 1
    output, errors = capsys.readouterr()
    assert errors == "failed: the change widens 1 connection (widened)\n"
    assert json.loads(output) == [
        {
            "type": "changed",
            "src": "shop/web[Deployment]",
            "dst": "shop/db[Deployment]",
            "before": "TCP 80",
            "after": "TCP 80-81",
            "workloads": [],
            "risk": "widened",
        }
    ]
    assert main(["diff", "main:deploy", "deploy", "--fail-on", "opened-internet"]) == 0
    assert main(["diff", "main:deploy", "deploy", "--fail-on", "unresolved"]) == 2
    starts = {"png": b"\x89PNG", "svg": b"<?xml", "dot": b"digraph", "mmd": b"flowchart", "mermaid": b"flowchart"}
    for ending, start in starts.items():
        name = f"d.{ending}"
        assert main(["diff", "main:deploy", "deploy", "-f", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_bytes().startswith(start)
    assert main(["diff", "main:deploy", "deploy", "-o", "csv", "--save-to-file"]) == 0
    assert (repository / "connectivity_diff.csv").read_text().splitlines() == [
        "diff-type,source,destination,dir1,dir2,workloads-diff-info,risk",
        "changed,shop/web[Deployment],shop/db[Deployment],TCP 80,TCP 80-81,,widened",
    ]


def test_manifests_that_one_version_does_not_have_yet_are_new(repository: Path, git: Git, diff: Diff):
    git("mv", "deploy", "k8s")
    git("commit", "-q", "-a", "-m", "elsewhere")
    code, rows, errors = diff("HEAD~1:k8s", "k8s")
    assert (code, len(rows) > 1) == (0, True)
    assert errors == "note: there is no HEAD~1:k8s, and it counts as empty beside k8s [counts-as-empty]\n"
    assert diff("HEAD~1:./k8s", "HEAD:k8s")[:2] == (0, rows)
    assert diff("HEAD~1:deploy", "HEAD:deploy")[0] == 0
    assert diff("HEAD~1:k8", "k8s")[0] == 2
    assert diff("HEAD:deploy", "HEAD:deploy")[0] == 2
    assert (repository / "k8s").is_dir()


def test_what_may_have_been_meant_is_said(repository: Path, diff: Diff):
    assert (repository / "deploy").is_dir()
    assert diff("HEAD", "deploy")[2] == "error: HEAD does not exist: to compare versions write REF:PATH\n"
    assert diff("nope", "deploy")[2] == "error: nope does not exist\n"
    lists = ": separate paths by newlines or commas, on the command line by spaces; there are no patterns\n"
    for path in ("deploy nope", "deploy/*.yaml"):
        assert diff(path, "deploy")[2] == f"error: {path} does not exist{lists}"
