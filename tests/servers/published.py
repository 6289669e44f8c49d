"""A repository on the small GitHub, and runs that publish to it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from github_git import GitData
from github_pulls import Pulls
from github_server import State, github

from netpol_action.publish.commits import Maker, Pushed, push_commit
from netpol_action.publish.connection import Connection
from netpol_action.publish.decorations import decorate
from netpol_action.publish.effects import Change, PushCommit, UpsertPullRequest, WriteFile
from netpol_action.publish.github_pull_requests import GitHubPullRequests
from netpol_action.publish.github_repository import GitHubRepository
from netpol_action.publish.proposals import Proposal, Proposed
from netpol_action.publish.repository import Commit
from netpol_action.publish.runs import PULL_REQUEST_MARK

PATH = "k8s/policies.yaml"
OURS = "netpol-action/policies"


def change(content: bytes = b"new\n", run: int = 40, path: str = PATH) -> Change:
    return Change("o/r", (WriteFile(path, content),), "Update network policies", run=(run, 1))


def proposal(content: bytes = b"new\n", run: int = 40, body: str = "what changes") -> UpsertPullRequest:
    return UpsertPullRequest(change(content, run), OURS, "main", "Update network policies", PULL_REQUEST_MARK, body)


@dataclass
class World:
    """The server's state, and a repository whose branch `main` has a file of policies."""

    state: State
    url: str
    data: GitData
    pulls: Pulls
    waits: list[float] = field(default_factory=list)
    start: str = ""

    def begin(self, content: bytes = b"old\n") -> None:
        self.start = self.data.commit({PATH: content, "README.md": b"read me\n"})
        self.data.point("main", self.start)

    def connection(self, token: str = "bot-token") -> Connection:
        return Connection(self.url, token, "o/r", sleep=self.waits.append, between_writes=0)

    def push(self, wanted: Change | None = None, token: str = "bot-token", **options: object) -> Commit | None:
        return self.pushed(wanted, token, **options).commit

    def pushed(self, wanted: Change | None = None, token: str = "bot-token", **options: object) -> Pushed:
        connection = self.connection(token)
        effect = replace(PushCommit(wanted or change(), "main", self.start), **options)
        maker = Maker(GitHubRepository(connection, "https://github.com"), effect)
        return connection.repeated(lambda: push_commit(maker, effect))

    def propose(self, wanted: UpsertPullRequest | None = None, token: str = "bot-token", **options: object) -> Proposed:
        connection, effect = self.connection(token), replace(wanted or proposal(), **options)
        pulls = GitHubPullRequests(connection)
        maker = Maker(GitHubRepository(connection, "https://github.com"), effect)
        done = connection.repeated(Proposal(pulls, maker, effect).settled)
        further = decorate(pulls, effect, done, connection.repeated)
        return replace(done, warnings=(*done.warnings, *further))

    def somebody_pushes(self, branch: str, files: dict[str, bytes], **how: str) -> str:
        """A commit by a person on the tip of a branch."""
        sha = self.data.commit(files, self.data.branches()[branch], **how)
        self.data.point(branch, sha)
        return sha

    def messages(self, branch: str, beyond: str = "") -> list[str]:
        """The subjects of a branch's commits, the latest first."""
        excluded = [f"^{beyond}"] if beyond else []
        return self.data.git("log", "--format=%s", branch, *excluded).splitlines()

    def is_sound(self) -> bool:
        command = ["git", "--git-dir", str(self.data.directory), "fsck", "--strict", "--no-dangling"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


@contextmanager
def world(directory: Path) -> Iterator[World]:
    """A server with a repository, ended with the block."""
    with github(directory / "r.git") as (state, url):
        assert state.data is not None
        assert state.pulls is not None
        made = World(state, url, state.data, state.pulls)
        made.begin()
        yield made
        assert made.is_sound()
