"""What becomes of a branch and its pull request, whatever runs and people do in whatever order: without any server."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st
from published import OURS, proposal

from netpol_action.author import Author
from netpol_action.publish.commits import Maker, blob_id
from netpol_action.publish.effects import WriteFile
from netpol_action.publish.errors import PublishingError
from netpol_action.publish.proposals import Proposal, Proposed
from netpol_action.publish.pull_requests import PullRequestState
from netpol_action.publish.repository import Commit, Entry
from netpol_action.publish.runs import marks_of


@dataclass
class Memory:
    """A repository, of one file, and its pull requests. `writes` counts what was changed by those under test."""

    contents: dict[str, bytes] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, PullRequestState] = field(default_factory=dict)
    writes: int = 0

    def add(self, content: bytes, *parents: str, message: str = "by hand", by_github: bool = False) -> str:
        sha = f"{len(self.commits):040x}"
        self.commits[sha] = Commit(sha, tree_of(content), parents, message, by_github)
        self.contents[sha] = content
        return sha

    def history(self, sha: str) -> set[str]:
        return {sha}.union(*(self.history(parent) for parent in self.commits[sha].parents))

    def tip(self, branch: str) -> Commit | None:
        return self.commits.get(self.branches.get(branch, ""))

    def beyond(self, base: str, tip: str) -> Sequence[Commit]:
        return [self.commits[sha] for sha in self.history(tip) - self.history(base)]

    def entry(self, commit: str, _path: str) -> Entry | None:
        return Entry("100644", "blob", blob_id(self.contents[commit], commit))

    def content(self, _blob: str, _most: int) -> bytes:
        return b""

    def owner(self) -> Author:
        return Author("bot", "bot@example.com")

    def tree(self, _parent: str, files: Sequence[WriteFile]) -> str:
        return tree_of(files[0].content)

    def commit(self, parent: str, tree: str, message: str, _author: Author | None) -> Commit:
        return self.commits[self.add(bytes.fromhex(tree).lstrip(b"\0"), parent, message=message)]

    def move(self, branch: str, before: str, after: str) -> bool:
        if self.branches.get(branch, "") != before:
            return False
        self.writes += 1
        if after:
            self.branches[branch] = after
        else:
            del self.branches[branch]
            self.pulls.clear()
        return True

    def find(self, _branch: str, _base: str) -> PullRequestState | None:
        return next(iter(self.pulls.values()), None)

    def create(self, _branch: str, _base: str, title: str, body: str, *, draft: bool) -> PullRequestState:
        assert not self.pulls
        self.writes += 1
        self.pulls[7] = PullRequestState(7, "url", title, body, draft=draft)
        return self.pulls[7]

    def edit(self, number: int, title: str, body: str) -> None:
        self.writes += 1
        self.pulls[number] = replace(self.pulls[number], title=title, body=body)

    def close(self, number: int) -> None:
        self.writes += 1
        del self.pulls[number]

    def run(self, content: bytes, number: int, *, delete: bool = False) -> Proposed:
        wanted = replace(proposal(content, number, content.decode()), delete_branch=delete)
        return Proposal(self, Maker(self, wanted), wanted).settled()  # type: ignore[arg-type]  # no look, no labels


def tree_of(content: bytes) -> str:
    return f"{content.hex():0>40}"


contents = st.sampled_from([b"a", b"b", b"c"])
events = st.lists(
    st.one_of(
        st.tuples(st.just("run"), contents, st.integers(40, 44), st.booleans()),
        st.tuples(st.sampled_from(["person", "amend", "base", "button", "merge"]), contents),
    ),
    max_size=8,
)


def happen(memory: Memory, event: tuple[object, ...]) -> str:
    """One event; returns the commit of a person that must not be lost, empty for none."""
    match event:
        case ("run", bytes(content), int(number), bool(delete)):
            with suppress(PublishingError):
                memory.run(content, number, delete=delete)
        case ("base", bytes(content)):
            memory.branches["main"] = memory.add(content, memory.branches["main"])
            return memory.branches["main"]
        case ("merge", _) if OURS in memory.branches:
            sides = memory.branches["main"], memory.branches[OURS]
            memory.branches["main"] = memory.add(memory.contents[sides[1]], *sides)
            memory.pulls.clear()
        case ("button", _) if OURS in memory.branches:
            sides = memory.branches[OURS], memory.branches["main"]
            memory.branches[OURS] = memory.add(memory.contents[sides[0]], *sides, by_github=True)
        case ("person", bytes(content)) if OURS in memory.branches:
            memory.branches[OURS] = memory.add(content, memory.branches[OURS])
            return memory.branches[OURS]
        case ("amend", bytes(content)) if (tip := memory.tip(OURS)) and marks_of(tip.message):
            if memory.contents[tip.sha].startswith(b"more"):
                return ""
            memory.branches[OURS] = memory.add(b"more" + content, *tip.parents, message=tip.message)
            return memory.branches[OURS]
    return ""


def refused(memory: Memory, content: bytes) -> str:
    """Why the last run could not have its way, empty where it could."""
    try:
        memory.run(content, 50)
    except PublishingError as problem:
        return str(problem)
    return ""


@settings(max_examples=300)
@given(events, contents)
def test_nobodys_work_is_lost_and_the_last_run_has_its_way_or_says_why_not(
    happened: list[tuple[object, ...]], last: bytes
):
    memory = Memory()
    memory.branches["main"] = memory.add(b"a")
    by_people = [sha for sha in (happen(memory, event) for event in happened) if sha]
    refusal = refused(memory, last)
    main = memory.branches["main"]
    if refusal:
        assert "holds commits by others" in refusal
        assert set(by_people) & {each.sha for each in memory.beyond(main, memory.branches[OURS])}
    else:
        tip = memory.tip(OURS)
        assert memory.contents[main] == last or (
            tip is not None
            and (memory.contents[tip.sha], tip.parents) == (last, (main,))
            and memory.pulls[7].body.endswith(last.decode())
        )
        writes = memory.writes
        assert memory.run(last, 51).operation == "none"
        assert memory.writes == writes
    kept = set().union(*(memory.history(tip) for tip in memory.branches.values()))
    assert set(by_people) <= kept


def test_the_file_is_compared_by_the_name_that_git_gives_it():
    assert blob_id(b"hello\n", "0" * 40) == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert len(blob_id(b"hello\n", "0" * 64)) == 64
