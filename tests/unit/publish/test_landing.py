"""Which way a commit goes, and which secret goes where: real servers in the place of GitHub, its API and others."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from git_server import READ_TOKEN, WRITE_TOKEN, World, git
from github_server import github

from netpol_action.publish.checkout import checkout_of
from netpol_action.publish.effects import Change, PushCommit, WriteFile
from netpol_action.publish.errors import ForbiddenError, PublishingError
from netpol_action.publish.landing import landed
from netpol_action.publish.repository import Commit
from netpol_action.runner import Runner

BAD_TOKEN = "ghs_NeitherServerTakesThis0123456789"


class Job:
    """A job of a workflow with a checkout of `shop/app`; `hidden` is what was taken out of its log."""

    def __init__(self, world: World, checkout: Path, api_url: str) -> None:
        self.world, self.checkout = world, checkout
        self.runner = Runner(
            in_workflow=True, api_url=api_url, server_url=world.server.url, repository="shop/app", sha=world.at()
        )
        self.hidden: list[str] = []

    def holds(self, token: str) -> None:
        encoded = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        git(self.checkout, "config", f"http.{self.world.server.url}/.extraheader", f"AUTHORIZATION: basic {encoded}")

    def land(self, token: str, repository: str = "shop/app") -> Commit | None:
        change = Change(repository, (WriteFile("p.yaml", b"kind: NetworkPolicy\n"),), "Update")
        effect = PushCommit(change, "main", self.world.at())
        checkout = checkout_of(self.checkout, self.runner.server_url)
        return landed(effect, self.runner, token, checkout, self.hidden.append).commit


@pytest.fixture
def job(plain_world: World, tmp_path: Path) -> Iterator[Job]:
    plain_world.push(README="hello")
    checkout = tmp_path / "checkout"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{plain_world.bare}", str(checkout))
    git(checkout, "remote", "set-url", "origin", plain_world.url)
    with github(tmp_path / "api.git") as (_state, url):
        yield Job(plain_world, checkout, url)


def test_where_the_api_forbids_it_the_checkout_may_do_more(job: Job):
    job.holds(WRITE_TOKEN)
    commit = job.land(BAD_TOKEN)
    assert commit
    assert job.world.at() == commit.sha
    assert job.hidden == [base64.b64encode(f"x-access-token:{WRITE_TOKEN}".encode()).decode()]
    assert BAD_TOKEN not in job.world.server.passwords


@pytest.mark.parametrize("held", ["", READ_TOKEN])
def test_where_the_checkout_may_not_either_the_api_has_the_last_word(job: Job, held: str):
    if held:
        job.holds(held)
    with pytest.raises(ForbiddenError, match="GitHub does not accept the token"):
        job.land(BAD_TOKEN)
    assert job.world.server.passwords == ({held} if held else set())


def test_without_a_token_the_checkout_is_enough(job: Job):
    job.holds(WRITE_TOKEN)
    assert job.land("")


def test_without_anything_nobody_is_asked(job: Job):
    with pytest.raises(ForbiddenError, match="there is no token, and the checkout holds nothing"):
        job.land("")
    assert job.world.server.requests == []


def test_without_a_token_an_origin_elsewhere_is_named_as_the_reason(job: Job):
    git(job.checkout, "remote", "set-url", "origin", f"file://{job.world.bare}")
    with pytest.raises(PublishingError) as raised:
        job.land("")
    assert str(raised.value) == (
        f"there is no token for GitHub's API, and git's remote origin, file://{job.world.bare}, is not shop/app on "
        f"{job.world.server.url}: give the action a token for it"
    )
    assert not isinstance(raised.value, ForbiddenError), "no permission would help"


def test_without_a_token_and_an_origin_there_is_no_way(job: Job):
    git(job.checkout, "remote", "remove", "origin")
    with pytest.raises(PublishingError, match="for GitHub's API, and no remote named origin"):
        job.land("")


def test_without_the_api_git_has_the_token_on_the_same_server(job: Job):
    job.runner = replace(job.runner, api_url="")
    job.holds(READ_TOKEN)
    assert job.land(WRITE_TOKEN)
    assert job.world.server.passwords == {WRITE_TOKEN}
    assert WRITE_TOKEN in job.hidden


def test_a_token_of_the_workflow_is_not_given_to_another_server(job: Job):
    job.runner = replace(job.runner, api_url="", server_url="https://github.com", repository="")
    job.holds(READ_TOKEN)
    with pytest.raises(ForbiddenError):
        job.land(WRITE_TOKEN, repository="")
    assert job.world.server.passwords == {READ_TOKEN}


def test_a_checkout_of_something_else_is_not_written_to(job: Job):
    job.holds(WRITE_TOKEN)
    with pytest.raises(ForbiddenError):
        job.land(BAD_TOKEN, repository="other/app")
    assert job.world.server.requests == []
