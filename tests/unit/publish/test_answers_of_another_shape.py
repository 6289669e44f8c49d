"""An answer of success that is none of GitHub's, as a proxy's page: told in a sentence, and the rest is done."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from github_server import Fault, Handler, github
from published import World, proposal, world
from test_run_on_pull_request import CLOSED, OPEN, Workflow

from netpol_action.publish.connection import Connection
from netpol_action.publish.errors import PublishingError

PAGE = b"<html>please log in to the proxy</html>"
BODIES = [PAGE, b"", b"[]", b"{}", b"null", b"7", b'"x"', b"[1]", b"[[]]", b"[{}]", b'{"data": null}', b'{"object": 7}']


@pytest.fixture(params=BODIES, ids=lambda body: body.decode() or "nothing")
def answers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the server give this answer wherever a fault is."""
    monkeypatch.setitem(Connection.__init__.__kwdefaults__, "sleep", lambda _seconds: None)
    monkeypatch.setitem(Connection.__init__.__kwdefaults__, "between_writes", 0.0)

    def other(self: Handler, _fault: Fault) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if request.param == PAGE else "application/json")
        self.send_header("Content-Length", str(len(request.param)))
        self.end_headers()
        self.wfile.write(request.param)

    monkeypatch.setattr(Handler, "_fail", other)


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize(
    "what",
    [("POST", "/graphql"), ("GET", ".*/comments"), ("POST", ".*/comments"), ("GET", "/repos/o/r/issues/7")],
    ids=str,
)
def test_a_comment_that_cannot_be_made_leaves_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: tuple[str, str]
):
    with github() as (state, url):
        workflow = Workflow(tmp_path, state, url)
        monkeypatch.chdir(workflow.workspace)
        workflow.change(OPEN + CLOSED)
        state.faults.append(Fault(*what, 200, times=999))
        workflow.run()
        assert "connections" in workflow.summary
        assert workflow.outputs["report"]
        assert state.bodies() or "The pull request gets no comment: GitHub" in workflow.commands.getvalue()


@pytest.mark.usefixtures("answers")
@pytest.mark.parametrize(
    "what",
    [
        ("GET", ".*/git/ref/heads/main"),
        ("GET", ".*/git/commits/.*"),
        ("GET", ".*/git/trees/.*"),
        ("POST", ".*/git/trees"),
        ("POST", ".*/git/commits"),
        ("GET", ".*/pulls"),
        ("POST", ".*/pulls"),
        ("GET", ".*/compare/.*"),
        ("POST", "/graphql"),
    ],
    ids=str,
)
def test_a_proposal_ends_in_a_sentence_or_is_made(tmp_path: Path, what: tuple[str, str]):
    with world(tmp_path) as server:
        server.state.faults.append(Fault(*what, 200, times=999))
        with suppress(PublishingError):
            proposed(server)


def proposed(server: World) -> None:
    """A pull request, and another one that replaces its commit after the base has moved on."""
    server.propose(proposal(b"new\n", 40))
    server.somebody_pushes("main", {"README.md": b"moved\n"})
    server.propose(proposal(b"newer\n", 41), assignees=("ada",))
