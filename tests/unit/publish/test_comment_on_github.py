"""The one comment on a pull request, by the real client against a server that fails as GitHub does."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from github_server import Fault, State, github
from openapi import description

from netpol_action.publish.connection import Connection
from netpol_action.publish.effects import UpsertComment
from netpol_action.publish.errors import ForbiddenError, PublishingError
from netpol_action.publish.failures import RATE_WAIT
from netpol_action.publish.github_comments import upsert_comment
from netpol_action.publish.repeating import ATTEMPTS, MOST_WAIT
from netpol_action.publish.sticky import body_of, mark

WANTED = UpsertComment(7, mark("ci/map"), (40, 1), "### It opens something\n\ndetails")
LIST, ONE = r"/repos/o/r/issues/7/comments", r"/repos/o/r/issues/comments/\d+"
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."


@pytest.fixture
def server() -> Iterator[tuple[State, str]]:
    with github() as running:
        yield running


class Waits(list[float]):
    """Notes how long the client would have waited."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def client(url: str, token: str = "bot-token", waits: Waits | None = None) -> Connection:
    return Connection(url, token, "o/r", sleep=Waits() if waits is None else waits, between_writes=0)


def test_what_is_sent_and_answered_is_held_to_githubs_description():
    if description() is None:
        assert not os.environ.get("CI"), ".ci/install-tools installs GitHub's description of its API"
        pytest.skip("GitHub's description of its API is not installed: .ci/install-tools installs it")
    assert description().problems("POST", "/repos/o/r/issues/7/comments", {"text": "x"}, 201, {}) != []
    assert description().problems("DELETE", "/repos/o/r/issues/comments/1", None, 204, None) == []


def test_the_first_run_makes_a_comment_and_the_next_one_updates_it(server: tuple[State, str]):
    state, url = server
    assert upsert_comment(client(url), WANTED) == "https://github.com/o/r/pull/7#issuecomment-100"
    later = replace(WANTED, run=(41, 1), markdown="### Now it opens nothing")
    assert upsert_comment(client(url), later).endswith("#issuecomment-100")
    assert state.bodies() == [body_of(later)]


def test_what_says_the_same_already_is_left_alone(server: tuple[State, str]):
    state, url = server
    upsert_comment(client(url), WANTED)
    state.requests.clear()
    upsert_comment(client(url), replace(WANTED, run=(41, 1)))
    assert state.writes() == []


def test_another_key_has_another_comment_and_other_peoples_are_not_touched(server: tuple[State, str]):
    state, url = server
    forged = state.put(body_of(WANTED), "mallory")["body"]
    upsert_comment(client(url), WANTED)
    upsert_comment(client(url), replace(WANTED, mark=mark("other")))
    upsert_comment(client(url, "app-token"), WANTED)
    assert len(state.comments) == 4
    assert state.bodies()[0] == forged


def test_the_comment_is_found_behind_hundreds_of_others(server: tuple[State, str]):
    state, url = server
    for number in range(150):
        state.put(f"discussion {number}", "somebody")
    upsert_comment(client(url), WANTED)
    upsert_comment(client(url), replace(WANTED, run=(41, 1), markdown="other"))
    assert len(state.comments) == 151


FAULTS = {
    "the answer to the creation is a 500": Fault("POST", LIST, 500, "Server Error", after=True),
    "it is a 502 twice, and nothing was done": Fault("POST", LIST, 502, times=2),
    "it is lost with the connection": Fault("POST", LIST, after=True),
    "the connection breaks before": Fault("POST", LIST),
    "a secondary rate limit": Fault("POST", LIST, 403, SECONDARY),
    "a secondary rate limit that says how long": Fault("POST", LIST, 403, SECONDARY, {"Retry-After": "7"}),
    "too many requests": Fault("POST", LIST, 429, "Too many requests", {"Retry-After": "7"}),
    "a conflict": Fault("POST", LIST, 409, "Conflict"),
    "the list fails": Fault("GET", LIST, 503, "Unavailable"),
    "the viewer is not told": Fault("POST", "/graphql", 500),
    "the list comes broken": Fault("GET", LIST),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_whatever_fails_there_is_exactly_one_comment_afterwards(server: tuple[State, str], fault: Fault):
    state, url = server
    state.faults.append(replace(fault))
    waits = Waits()
    assert upsert_comment(client(url, waits=waits), WANTED).endswith("#issuecomment-100")
    assert state.bodies() == [body_of(WANTED)]
    assert len(waits) == fault.times
    if fault.headers:
        assert waits == [7]
    elif fault.message == SECONDARY:
        assert waits == [RATE_WAIT]


@pytest.mark.parametrize("status", [500, 0])
def test_an_update_whose_answer_is_lost_is_made_once(server: tuple[State, str], status: int):
    state, url = server
    upsert_comment(client(url), WANTED)
    state.faults.append(Fault("PATCH", ONE, status, after=True))
    later = replace(WANTED, run=(41, 1), markdown="other")
    upsert_comment(client(url), later)
    assert state.bodies() == [body_of(later)]
    assert sum(request.startswith("PATCH") for request in state.requests) == 1


def test_a_list_that_lags_behind_makes_no_second_comment(server: tuple[State, str]):
    state, url = server
    state.hidden_from_lists = 3
    upsert_comment(client(url), WANTED)
    assert state.bodies() == [body_of(WANTED)]


def test_what_never_works_ends_with_a_sentence(server: tuple[State, str]):
    state, url = server
    state.faults.append(Fault("GET", LIST, 500, times=99))
    waits = Waits()
    with pytest.raises(PublishingError, match="GitHub answered 500"):
        upsert_comment(client(url, waits=waits), WANTED)
    assert len(waits) == ATTEMPTS - 1


def test_a_rate_limit_of_an_hour_is_not_waited_for(server: tuple[State, str]):
    state, url = server
    state.faults.append(Fault("POST", LIST, 403, "API rate limit exceeded", {"Retry-After": "3600"}))
    waits = Waits()
    with pytest.raises(PublishingError, match="wants 3600 s to pass"):
        upsert_comment(client(url, waits=waits), WANTED)
    assert waits == []
    assert MOST_WAIT < 3600


@pytest.mark.parametrize(
    ("token", "sentence"),
    [("read-token", "Resource not accessible by integration"), ("no-such-token", "does not accept the token")],
)
def test_a_token_that_may_not_write_is_told_apart(server: tuple[State, str], token: str, sentence: str):
    state, url = server
    with pytest.raises(ForbiddenError, match=sentence) as raised:
        upsert_comment(client(url, token), WANTED)
    assert token not in str(raised.value)
    assert state.comments == {}


def test_a_comment_that_no_longer_applies_is_hidden_and_comes_back(server: tuple[State, str]):
    state, url = server
    outdated = replace(WANTED, run=(41, 1), markdown="nothing changes", applies=False)
    upsert_comment(client(url), WANTED)
    upsert_comment(client(url), outdated)
    assert state.minimised == {"IC_100"}
    assert state.bodies() == [body_of(outdated)]
    again = replace(WANTED, run=(42, 1))
    upsert_comment(client(url), again)
    assert state.minimised == set()
    assert state.bodies() == [body_of(again)]


def test_no_comment_is_made_to_say_that_there_is_nothing(server: tuple[State, str]):
    state, url = server
    assert upsert_comment(client(url), replace(WANTED, applies=False)) == ""
    assert state.writes() == []


def test_where_comments_cannot_be_hidden_the_text_says_it(server: tuple[State, str]):
    state, url = server
    upsert_comment(client(url), WANTED)
    outdated = replace(WANTED, run=(41, 1), markdown="nothing changes", applies=False)
    seen: list[str] = []

    def refuse(method: str, path: str) -> None:
        seen.append(path)
        if path == "/graphql" and seen.count(path) == 2:
            state.faults.append(Fault(method, path, 403, "Forbidden"))

    state.between = refuse
    upsert_comment(client(url), outdated)
    assert state.minimised == set()
    assert state.bodies() == [body_of(outdated)]


@pytest.mark.parametrize("mine_is_later", [True, False])
def test_another_run_that_comments_in_between_leaves_one_comment_with_the_later_content(
    server: tuple[State, str], *, mine_is_later: bool
):
    state, url = server
    other = replace(WANTED, run=(39, 1) if mine_is_later else (41, 1), markdown="by another run")

    def interfere(method: str, path: str) -> None:
        if method == "POST" and path.endswith("/comments"):
            state.between = lambda _method, _path: None
            state.put(body_of(other))

    state.between = interfere
    upsert_comment(client(url), WANTED)
    assert state.bodies() == [body_of(WANTED if mine_is_later else other)]


def test_a_comment_that_vanishes_in_between_is_made_again(server: tuple[State, str]):
    state, url = server
    upsert_comment(client(url), WANTED)

    def remove(method: str, _path: str) -> None:
        if method == "PATCH":
            state.between = lambda _method, _path: None
            state.comments.clear()

    state.between = remove
    later = replace(WANTED, run=(41, 1), markdown="other")
    upsert_comment(client(url), later)
    assert state.bodies() == [body_of(later)]


def test_what_a_later_run_wrote_since_the_look_is_not_overwritten(server: tuple[State, str]):
    state, url = server
    upsert_comment(client(url), replace(WANTED, run=(39, 1), markdown="the first"))
    later = replace(WANTED, run=(41, 1), markdown="by a later run")

    def interfere(method: str, path: str) -> None:
        if method == "GET" and path.endswith("/comments/100"):
            state.between = lambda _method, _path: None
            upsert_comment(client(url), later)

    state.between = interfere
    upsert_comment(client(url), WANTED)
    assert state.bodies() == [body_of(later)]


def test_what_an_earlier_run_writes_right_after_is_put_right(server: tuple[State, str]):
    state, url = server
    upsert_comment(client(url), replace(WANTED, run=(38, 1), markdown="the first"))

    def late(_seconds: float) -> None:
        connection.sleep = Waits()
        state.comments[100]["body"] = body_of(replace(WANTED, run=(39, 1), markdown="by an earlier run"))

    connection = client(url)
    connection.sleep = late
    upsert_comment(connection, WANTED)
    assert state.bodies() == [body_of(WANTED)]


def test_four_runs_at_once_end_in_one_comment_with_the_latest_content(server: tuple[State, str]):
    state, url = server
    wanted = [replace(WANTED, run=(40 + n, 1), markdown=f"run {n}") for n in range(4)]
    connections = [client(url) for _ in wanted]
    for connection in connections:
        connection.sleep = time.sleep  # to look once more only makes sense after a while
    threads = [threading.Thread(target=upsert_comment, args=pair) for pair in zip(connections, wanted, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state.bodies() == [body_of(wanted[-1])]
