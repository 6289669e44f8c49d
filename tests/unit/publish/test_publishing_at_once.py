"""Two runs at once, and people in between: the later content stands, and nobody else's commit is lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from published import OURS, PATH, World, change, proposal, world

from netpol_action.publish.errors import PublishingError
from netpol_action.publish.runs import body_of

EARLIER, LATER = proposal(b"earlier\n", 40, "earlier"), proposal(b"later\n", 41, "later")

THERE = [pytest.param(False, id="new"), pytest.param(True, id="updated", marks=pytest.mark.slow)]
"""Whether there is a pull request already."""


@pytest.fixture
def github(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def before_request(github: World, number: int, do: Callable[[], object]) -> list[str]:
    """Does something right before the request of this number, counted from here; returns what was asked for then."""
    seen: list[str] = []

    def between(method: str, path: str) -> None:
        seen.append(f"{method} {path}")
        if len(seen) == number + 1:
            github.state.between = lambda _method, _path: None
            do()

    github.state.between = between
    return seen


def reset(github: World) -> None:
    github.state.between = lambda _method, _path: None
    with suppress(Exception):
        github.data.delete_ref(OURS)
    github.pulls.all.clear()


def meeting(order: random.Random) -> Callable[[str, str], None]:
    """Lets requests of both runs wait for each other at some points, for a moment at most."""
    barrier, meets, seen = threading.Barrier(2), set(order.sample(range(1, 16), 5)), []

    def between(_method: str, path: str) -> None:
        seen.append(path)
        if len(seen) in meets:
            with suppress(threading.BrokenBarrierError):
                barrier.wait(0.05)

    return between


def stands(github: World, content: bytes, body: str) -> bool:
    (made,) = github.pulls.open()
    return github.data.content(OURS, PATH) == content and made["body"] == body


@pytest.mark.parametrize("there", THERE)
@pytest.mark.parametrize("inner", [LATER, EARLIER], ids=["later", "earlier"])
def test_a_run_within_another_at_any_request_ends_in_one_pull_request_with_the_later_content(
    github: World, there: bool, inner: object
):
    outer = EARLIER if inner is LATER else LATER
    for number in range(30):
        reset(github)
        if there:
            github.propose(proposal(b"first\n", 39, "first"))
        seen = before_request(github, number, lambda: github.propose(inner))
        github.propose(outer)
        if len(seen) <= number:
            break
        if inner is LATER and seen[number].startswith("PATCH"):
            # The one moment that nothing closes, since GitHub cannot lock: the earlier run has looked, and writes.
            assert github.data.content(OURS, PATH) == b"later\n"
            github.propose(proposal(b"later\n", 42, "later"))
            assert github.pulls.all[7]["body"].endswith("later")
            continue
        assert stands(github, b"later\n", body_of(LATER)), seen[number]
    else:
        pytest.fail("a run makes fewer requests")


def test_threads_at_once_end_in_one_branch_with_the_later_content(github: World):
    order = random.Random(7)  # no secret
    for _ in range(6):
        reset(github)
        github.state.between = meeting(order)
        runs = [threading.Thread(target=github.propose, args=(each,)) for each in (EARLIER, LATER)]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
        assert len(github.pulls.open()) == 1
        assert github.data.content(OURS, PATH) == b"later\n"
        assert github.messages(OURS, "main") == ["Update network policies"]


@pytest.mark.parametrize("there", THERE)
@pytest.mark.parametrize("known", [True, False], ids=["in one step", "in two"])
def test_a_push_to_the_branch_at_any_request_is_never_lost(github: World, *, there: bool, known: bool):
    github.state.has_update_refs = known
    lost: list[str] = []
    for number in range(30):
        reset(github)
        if there:
            github.propose(proposal(b"first\n", 39, "first"))
        pushed: list[str] = []

        def push(pushed: list[str] = pushed) -> None:
            base = github.data.branches().get(OURS, github.start)
            pushed.append(github.data.commit({"theirs": b"x"}, base))
            github.data.point(OURS, pushed[0])

        seen = before_request(github, number, push)
        with suppress(PublishingError):
            github.propose(EARLIER)
        if not pushed:
            break
        if github.data.git("merge-base", pushed[0], OURS) != pushed[0]:
            lost.append(seen[number])
    else:
        pytest.fail("a run makes fewer requests")
    # Without the mutation that compares and swaps, the one request that resets the branch is blind.
    assert [each for each in lost if known or not each.startswith("PATCH")] == []


def test_a_push_to_the_base_at_any_request_is_never_lost_by_a_commit(github: World):
    for number in range(30):
        github.data.point("main", github.start)
        pushed: list[str] = []
        before_request(
            github, number, lambda pushed=pushed: pushed.append(github.somebody_pushes("main", {"theirs": b"x"}))
        )
        commit = github.push(change())
        github.state.between = lambda _method, _path: None
        assert commit is not None
        if not pushed:
            break
        assert github.data.content("main", PATH) == b"new\n"
        assert github.data.content("main", "theirs") == b"x"
    else:
        pytest.fail("a run makes fewer requests")
