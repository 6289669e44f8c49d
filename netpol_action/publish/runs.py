"""By which run of a workflow something was written, and for what: marks in commits and in pull requests. Pure.

A run is its number, by which later ones are larger, and the attempt at it. A commit also says what it is for and which
tree it was made with: who amends it keeps its message, but not its tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from netpol_action.author import Author
from netpol_action.publish.effects import Change, PushCommit, UpsertPullRequest, WriteFile
from netpol_action.publish.links import without_links

Run = tuple[int, int]

BY_HAND: Final = (0, 0)
"""The run of a command on a laptop."""

PULL_REQUEST_MARK: Final = "<!-- netpol-action pull request -->"
"""The hidden text at the beginning of the body of our pull requests."""

_TRAILERS = re.compile(
    r"^Netpol-Action-Run: (\d{1,20})\.(\d{1,20})\n"
    r"Netpol-Action-For: ([\w.~%/-]+(?: [\w.~%/-]+)*)\n"
    r"Netpol-Action-Tree: ([0-9a-f]{40,64})$",
    re.ASCII | re.MULTILINE,
)
_ANY_TRAILER = re.compile(r"[A-Za-z0-9-]+: .*|\s+\S.*")
_STATE = re.compile(r"<!-- run (\d{1,20})\.(\d{1,20}) -->")


@dataclass(frozen=True, slots=True)
class Marks:
    """What a commit says of itself: by which run it was made, for what (`purpose_of`), and with which tree."""

    run: Run
    purpose: str
    tree: str


def purpose_of(wanted: PushCommit | UpsertPullRequest) -> str:
    """What a commit is for: its files, its branch and the base of that.

    Jobs that differ in one of these leave each other's commits alone. A kustomization that is to list the files does
    not count: the same job may come to edit it. Names are quoted as in URLs, so that it is one line of ASCII.
    """
    whole = (file.path for file in wanted.change.files if isinstance(file, WriteFile))
    files = " ".join(quote(path, errors="surrogateescape") for path in whole)
    branch = quote(wanted.branch)
    if isinstance(wanted, PushCommit):
        return f"{files} to {branch}"
    return f"{files} from {branch} into {quote(wanted.base)}"


def message_of(change: Change, purpose: str, tree: str, signer: Author | None) -> str:
    """The whole message of the commit: the text, the trailers that are its marks, and the line of sign-off."""
    run, attempt = change.run
    trailers = [
        f"Netpol-Action-Run: {run}.{attempt}",
        f"Netpol-Action-For: {purpose}",
        f"Netpol-Action-Tree: {tree}",
        *([f"Signed-off-by: {signer}"] if signer else []),
    ]
    text = change.message.rstrip()
    return f"{text}\n{'' if _ends_in_trailers(text) else chr(10)}{chr(10).join(trailers)}\n"


def marks_of(message: str) -> Marks | None:
    """The marks of a commit with this message, None for one that has none.

    Only the last paragraph counts, as with all trailers of git: what a message quotes further up is no mark. Ours come
    after those that the text of a user ends in.
    """
    before, _, last = message.rstrip().rpartition("\n\n")
    found = [*_TRAILERS.finditer(last)] if before else []
    return Marks((int(found[-1][1]), int(found[-1][2])), found[-1][3], found[-1][4]) if found else None


def is_later(run: Run | None, than: Run) -> bool:
    """Whether one run comes after another. None comes after one that somebody starts by hand, outside of workflows."""
    return run is not None and than != BY_HAND and run > than


def body_of(wanted: UpsertPullRequest) -> str:
    """The whole body of the pull request: the mark, by which run it was written, and the Markdown."""
    run, attempt = wanted.change.run
    return f"{wanted.mark}<!-- run {run}.{attempt} -->\n{wanted.body}"


def is_marked(body: str) -> bool:
    """Whether the body of a pull request is of our making; people may have added to it."""
    return PULL_REQUEST_MARK in body


def run_of_body(body: str) -> Run:
    """The run that wrote a body, zeros where that is not said."""
    found = _STATE.search(body.partition("\n")[0])
    return (int(found[1]), int(found[2])) if found else (0, 0)


def same_content(body: str, other: str) -> bool:
    """Whether two bodies read the same, by whatever run and whatever files of it they link.

    GitHub may hand lines back with other ends.
    """
    return _content(body) == _content(other)


def _content(body: str) -> str:
    text = without_links(body.replace("\r\n", "\n")).strip()
    return text.partition("\n")[2].strip() if _STATE.search(text.partition("\n")[0]) else text


def _ends_in_trailers(text: str) -> bool:
    """Whether the last paragraph, which is not the first, consists of trailers, to which ours are to be added."""
    before, gap, last = text.rpartition("\n\n")
    return bool(before and gap) and all(_ANY_TRAILER.fullmatch(line) for line in last.split("\n"))
