"""A login that stands in a URL is shown nowhere, whoever wrote it there: the whole action, with real git and a server.

The runner's commands that have it blot out a text do not count: no log has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from git_server import Served, git_server
from published import world
from test_run_that_publishes import Workflow

SECRET = "ghp_UserThatIsATokenNobodyMaySee012345678"
STALE = "AUTHORIZATION: basic eHg6b2xk"


@pytest.fixture
def refusing(tmp_path: Path) -> Iterator[Served]:
    root = tmp_path / "root"
    root.mkdir()
    with git_server(root) as served:
        yield served


@pytest.fixture
def workflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workflow]:
    with world(tmp_path) as github:
        made = Workflow(tmp_path, github)
        monkeypatch.chdir(made.workspace)
        monkeypatch.setenv("HOME", str(tmp_path))
        yield made


def shown(workflow: Workflow) -> str:
    """The log, the annotations, the summary and the outputs of a run that commits by git."""
    ended = workflow.run({"GITHUB_API_URL": "", "GITHUB_REPOSITORY": ""}, publish="commit")
    assert "The policies are not committed: " in ended.failed[0]
    log = (line for line in workflow.commands.getvalue().splitlines() if not line.startswith("::add-mask::"))
    return "\n".join((*log, *ended.log, *ended.failed, workflow.summary, str(workflow.outputs)))


def test_a_token_as_the_user_of_the_remote_is_not_shown(workflow: Workflow, refusing: Served):
    address = refusing.url.removeprefix("http://")
    workflow.git("remote", "set-url", "origin", f"http://{SECRET}@{address}/o/r.git")
    workflow.git("config", f"http.{refusing.url}/.extraheader", STALE)
    assert SECRET not in shown(workflow)
    assert f"::add-mask::{SECRET}\n" in workflow.commands.getvalue()


@pytest.mark.parametrize("login", [SECRET, f"{SECRET}:x-oauth-basic", f"u:{SECRET}", f"u:se@{SECRET}"])
@pytest.mark.parametrize("whose", ["--local", "--global"])
def test_a_login_that_a_setting_puts_into_the_url_is_not_shown(
    workflow: Workflow, refusing: Served, login: str, whose: str
):
    address = refusing.url.removeprefix("http://")
    workflow.git("remote", "set-url", "origin", f"{refusing.url}/o/r.git")
    workflow.git("config", whose, f"url.http://{login}@{address}/.insteadOf", f"{refusing.url}/")
    workflow.git("config", f"http.{refusing.url}/.extraheader", STALE)
    assert SECRET not in shown(workflow)


@pytest.mark.parametrize("user", ["git", "x-access-token", "oauth2"])
def test_a_user_that_everybody_knows_is_no_secret(workflow: Workflow, refusing: Served, user: str):
    address = refusing.url.removeprefix("http://")
    workflow.git("remote", "set-url", "origin", f"http://{user}@{address}/o/r.git")
    workflow.git("config", f"http.{refusing.url}/.extraheader", STALE)
    assert f"could not read Password for 'http://***@{address}'" in shown(workflow)
    assert f"::add-mask::{user}\n" not in workflow.commands.getvalue()
