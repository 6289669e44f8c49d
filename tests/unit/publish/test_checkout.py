"""What is told of a checkout, and what it holds to reach its remote; none of that changes it."""

from __future__ import annotations

import base64
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from git_server import ENVIRONMENT, READ_TOKEN, WRITE_TOKEN, World, git

from netpol_action.author import Author
from netpol_action.errors import InputError
from netpol_action.publish.checkout import checkout_of, lies_on, repository_name, without_credentials
from netpol_action.publish.effects import WriteFile
from netpol_action.publish.errors import ForbiddenError
from netpol_action.publish.git_access import by_token, of_checkout
from netpol_action.publish.git_repository import BOT, NOBODY, git_repository

GITHUB = "https://github.com"
STRANGER = 12345
POLICY = WriteFile("deploy/policies.yaml", b"kind: NetworkPolicy\n")


def encoded(token: str, user: str = "x-access-token") -> str:
    return base64.b64encode(f"{user}:{token}".encode()).decode()


def snapshot(directory: Path) -> dict[str, tuple[object, ...]]:
    """Everything in a directory: names, bytes, modes and times."""
    return {
        str(path.relative_to(directory)): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in directory.rglob("*")
    }


def header(world: World, clone: Path, token: str) -> None:
    """As actions/checkout did until its version 5."""
    git(clone, "config", "--local", f"http.{world.server.url}/.extraheader", f"AUTHORIZATION: basic {encoded(token)}")


def included(world: World, clone: Path, token: str) -> None:
    """As actions/checkout does since its version 6: a file of the runner, and the line that leads there."""
    file = clone.parent / "git-credentials-1.config"
    git(
        clone,
        "config",
        "--file",
        str(file),
        f"http.{world.server.url}/.extraheader",
        f"AUTHORIZATION: basic {encoded(token)}",
    )
    git(clone, "config", "--local", f"includeIf.gitdir:{clone}/.git.path", str(file))


def in_url(world: World, clone: Path, token: str) -> None:
    """As GitLab's runner does."""
    git(clone, "remote", "set-url", "origin", world.url.replace("://", f"://gitlab-ci-token:{token}@"))


def helper(_world: World, clone: Path, token: str) -> None:
    git(clone, "config", "credential.helper", f"!f() {{ echo username=x; echo password={token}; }}; f")


Way = Callable[[World, Path, str], None]


@pytest.fixture
def clone(plain_world: World, tmp_path: Path) -> Path:
    plain_world.push(README="hello")
    directory = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{plain_world.bare}", str(directory))
    git(directory, "remote", "set-url", "origin", plain_world.url)
    return directory


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/shop/app", "shop/app"),
        ("https://github.com/shop/app.git", "shop/app"),
        ("https://github.com/shop/app.git/", "shop/app"),
        ("https://GitHub.com/Shop/App.js.git", "Shop/App.js"),
        ("https://x-access-token:secret@github.com/shop/app", "shop/app"),
        ("ssh://git@github.com/shop/app.git", "shop/app"),
        ("ssh://git@github.com:22/shop/app.git", "shop/app"),
        ("ssh://git@ssh.github.com:443/shop/app.git", "shop/app"),
        ("git@github.com:shop/app.git", "shop/app"),
        ("github.com:shop/app", "shop/app"),
        ("git@github.com:/shop/app.git", "shop/app"),
        ("https://gitlab.com/shop/app", ""),
        ("https://github.com.example.com/shop/app", ""),
        ("https://github.com:8443/shop/app", ""),
        ("https://github.com@example.com/shop/app", ""),
        ("https://github.com/shop", ""),
        ("https://github.com/shop/app/wiki", ""),
        ("https://github.com/../app", ""),
        ("https://github.com/shop/..", ""),
        ("git@gitlab.com:shop/app.git", ""),
        ("/srv/github.com/shop/app", ""),
        ("../shop/app", ""),
        ("https://[github.com/shop/app", ""),
        ("", ""),
    ],
)
def test_the_name_on_the_server_is_in_the_url(url: str, name: str):
    assert repository_name(url, GITHUB) == name
    assert repository_name(url, "") == ""


def test_a_port_belongs_to_the_server_and_ssh_has_its_own():
    server = "https://github.example.com:8443"
    assert repository_name("https://github.example.com:8443/shop/app", server) == "shop/app"
    assert repository_name("https://github.example.com/shop/app", server) == ""
    assert repository_name("ssh://git@github.example.com:2222/shop/app", server) == "shop/app"


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://github.com/a/b", True),
        ("https://x@github.com/a/b", True),
        ("http://github.com/a/b", False),
        ("https://github.com:444/a/b", False),
        ("https://example.com/github.com", False),
        ("git@github.com:a/b", False),
    ],
)
def test_a_token_goes_to_its_own_server_only(url: str, ours: bool):
    assert lies_on(url, GITHUB) is ours


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:secret@example.com:444/a/b.git", "https://example.com:444/a/b.git"),
        ("https://secret@example.com/a", "https://example.com/a"),
        ("https://user:se@cret@example.com/a", "https://example.com/a"),
        ("ssh://git:secret@example.com/a", "ssh://git@example.com/a"),
        ("ssh://git@example.com:22/a", "ssh://git@example.com:22/a"),
        ("git@example.com:a/b", "git@example.com:a/b"),
        ("/srv/a@b", "/srv/a@b"),
    ],
)
def test_a_remote_is_shown_without_its_password(url: str, shown: str):
    assert without_credentials(url) == shown


def test_a_shallow_clone(clone: Path, plain_world: World):
    (clone / "deploy").mkdir()
    found = checkout_of(clone / "deploy", plain_world.server.url)
    assert found
    assert (found.top, found.head, found.branch) == (clone, plain_world.at(), "main")
    assert (found.repository, found.remote) == ("shop/app", plain_world.url)


def test_the_detached_merge_commit_of_a_pull_request(clone: Path):
    git(clone, "commit", "--quiet", "--allow-empty", "--message", "merge")
    sha = git(clone, "rev-parse", "HEAD")
    git(clone, "update-ref", "refs/remotes/pull/7/merge", sha)
    git(clone, "checkout", "--quiet", "--detach", "refs/remotes/pull/7/merge")
    found = checkout_of(clone, GITHUB)
    assert found
    assert (found.head, found.branch, found.repository) == (sha, "", "")


def test_a_branch_that_has_the_name_of_a_tag(clone: Path):
    git(clone, "tag", "main")
    found = checkout_of(clone, GITHUB)
    assert found
    assert found.branch == "main"


def test_a_branch_without_a_commit_and_without_a_remote(tmp_path: Path):
    git(tmp_path, "init", "--quiet", "--initial-branch=first")
    found = checkout_of(tmp_path, GITHUB)
    assert found
    assert (found.head, found.branch, found.repository, found.remote) == ("", "first", "", "")


def test_a_directory_outside_of_any_repository(tmp_path: Path):
    assert checkout_of(tmp_path, GITHUB) is None


def test_a_broken_repository_is_one_sentence(tmp_path: Path):
    (tmp_path / ".git").mkdir()
    with pytest.raises(InputError, match="git cannot read the repository"):
        checkout_of(tmp_path, GITHUB)


def test_a_password_in_the_url_is_not_in_the_checkout(clone: Path, plain_world: World):
    in_url(plain_world, clone, WRITE_TOKEN)
    assert WRITE_TOKEN not in repr(checkout_of(clone, plain_world.server.url))
    assert WRITE_TOKEN not in repr(of_checkout(clone))
    assert encoded(WRITE_TOKEN, "gitlab-ci-token") not in repr(of_checkout(clone))


@pytest.mark.parametrize("way", [header, included, in_url, helper])
def test_a_commit_with_what_the_checkout_holds_leaves_it_as_it_is(clone: Path, plain_world: World, way: Way):
    way(plain_world, clone, WRITE_TOKEN)
    before = snapshot(clone)
    checkout = checkout_of(clone, plain_world.server.url)
    assert checkout
    access = of_checkout(checkout.top)
    assert access.own
    with git_repository(checkout.top, access, in_workflow=False) as repository:
        made = repository.commit(checkout.head, repository.tree(checkout.head, [POLICY]), "x", None)
        assert repository.move("main", checkout.head, made.sha)
    assert plain_world.at() == made.sha
    assert snapshot(clone) == before


@pytest.mark.parametrize("way", [header, included, in_url])
def test_what_the_checkout_holds_may_not_be_enough(clone: Path, plain_world: World, way: Way):
    way(plain_world, clone, READ_TOKEN)
    with git_repository(clone, of_checkout(clone), in_workflow=False) as repository:
        tip = repository.tip("main")
        assert tip
        made = repository.commit(tip.sha, repository.tree(tip.sha, [POLICY]), "x", None)
        with pytest.raises(ForbiddenError) as caught:
            repository.move("main", tip.sha, made.sha)
    assert READ_TOKEN not in str(caught.value)


def test_a_checkout_without_credentials_says_so(clone: Path):
    """As with `persist-credentials: false`."""
    assert not of_checkout(clone).own
    git(clone, "config", "http.https://example.com/.extraheader", "AUTHORIZATION: basic eDp5")
    assert not of_checkout(clone).own, "those are for another server"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give the checkout to somebody else")
@pytest.mark.parametrize("way", [header, included, in_url])
def test_a_checkout_of_another_owner_as_in_a_container(clone: Path, plain_world: World, way: Way):
    way(plain_world, clone, WRITE_TOKEN)
    for path in (clone, *clone.rglob("*")):
        os.lchown(path, STRANGER, STRANGER)
    before = snapshot(clone)
    checkout = checkout_of(clone, plain_world.server.url)
    assert checkout
    assert checkout.repository == "shop/app"
    with git_repository(checkout.top, of_checkout(checkout.top), in_workflow=True) as repository:
        made = repository.commit(checkout.head, repository.tree(checkout.head, [POLICY]), "x", None)
        assert repository.move("main", checkout.head, made.sha)
    assert snapshot(clone) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give the checkout to somebody else")
@pytest.mark.parametrize("key", ["credential.helper", "core.sshCommand", "http.proxy", "url.ssh://x/.insteadOf"])
def test_programs_that_a_checkout_of_another_owner_names_are_not_started(clone: Path, key: str):
    git(clone, "config", key, "!touch /nowhere")
    assert of_checkout(clone).settings
    for path in (clone, *clone.rglob("*")):
        os.lchown(path, STRANGER, STRANGER)
    assert not of_checkout(clone).settings
    assert not of_checkout(clone).own


def test_a_remote_that_is_a_path_counts_from_the_checkout(clone: Path, plain_world: World):
    git(clone, "remote", "set-url", "origin", os.path.relpath(plain_world.bare, clone))
    access = of_checkout(clone)
    assert access.own
    with git_repository(clone, access, in_workflow=False) as repository:
        tip = repository.tip("main")
    assert tip
    assert tip.sha == plain_world.at()


def test_whom_commits_are_by(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in set(os.environ) - set(ENVIRONMENT):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    def owner(*, in_workflow: bool = False) -> Author:
        with git_repository(clone, of_checkout(clone), in_workflow=in_workflow) as repository:
            return repository.owner()

    assert owner() == NOBODY
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Ada\n\temail = ada@example.com\n")
    assert owner() == Author("Ada", "ada@example.com")
    git(clone, "config", "user.email", "ada@work.example.com")
    assert owner() == Author("Ada", "ada@work.example.com")
    assert owner(in_workflow=True) == BOT


def ssh(directory: Path, script: str) -> str:
    """A program in the place of ssh."""
    program = directory / "ssh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return str(program)


def test_ssh_is_spoken_as_the_checkout_says(clone: Path, plain_world: World, tmp_path: Path):
    """As actions/checkout leaves it for a deploy key. The other end is on this machine."""
    git(clone, "remote", "set-url", "origin", f"ssh://git@example.com{plain_world.bare}")
    git(clone, "config", "core.sshCommand", ssh(tmp_path, 'for last; do :; done; exec sh -c "$last"'))
    access = of_checkout(clone)
    assert access.own
    with git_repository(clone, access, in_workflow=False) as repository:
        made = repository.commit(plain_world.at(), repository.tree(plain_world.at(), [POLICY]), "x", None)
        assert repository.move("ours", "", made.sha)
    assert plain_world.at("ours") == made.sha


def test_a_key_that_is_not_accepted_is_a_refusal(clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    git(clone, "remote", "set-url", "origin", "git@example.com:shop/app.git")
    refusing = ssh(tmp_path, "echo 'git@example.com: Permission denied (publickey).' >&2; exit 255")
    monkeypatch.setenv("GIT_SSH_COMMAND", refusing)
    with (
        git_repository(clone, of_checkout(clone), in_workflow=False) as repository,
        pytest.raises(ForbiddenError, match="publickey"),
    ):
        repository.tip("main")


def test_programs_that_git_starts_see_no_token_of_the_workflow(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    seen = tmp_path / "seen"
    git(
        clone,
        "config",
        "credential.helper",
        f"!f() {{ env >>{seen}; echo username=x; echo password={READ_TOKEN}; }}; f",
    )
    for name in ("INPUT_TOKEN", "ACTIONS_RUNTIME_TOKEN", "GITHUB_TOKEN", "KUBECONFIG", "GIT_DIR", "GIT_TRACE"):
        monkeypatch.setenv(name, "of-the-workflow")
    with git_repository(clone, of_checkout(clone), in_workflow=False) as repository:
        assert repository.tip("main")
    assert "PATH=" in seen.read_text()
    assert "of-the-workflow" not in seen.read_text()


def test_with_a_token_no_program_is_asked(clone: Path, plain_world: World, tmp_path: Path):
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f'[credential]\n\thelper = "!touch {tmp_path}/asked"\n'
        f'[http "{plain_world.server.url}/"]\n\textraheader = "AUTHORIZATION: basic {encoded(READ_TOKEN)}"\n'
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        access = by_token(plain_world.url, "ghs_wrong")
        with git_repository(clone, access, in_workflow=True) as repository, pytest.raises(ForbiddenError):
            repository.tip("main")
        access = by_token(plain_world.url, WRITE_TOKEN)
        with git_repository(clone, access, in_workflow=True) as repository:
            assert repository.tip("main")
    assert not (tmp_path / "asked").exists()
