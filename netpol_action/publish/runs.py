"""By which run of a workflow something was written: marks in commits and in the bodies of pull requests. Pure.

A run is its number, by which later ones are larger, and the attempt at it.
"""

from __future__ import annotations

import re
from typing import Final

from netpol_action.author import Author
from netpol_action.publish.effects import Change, UpsertPullRequest
from netpol_action.publish.links import without_links

Run = tuple[int, int]

BY_HAND: Final = (0, 0)
"""The run of a command on a laptop."""

PULL_REQUEST_MARK: Final = "<!-- netpol-action pull request -->"
"""The hidden text at the beginning of the body of our pull requests."""

_TRAILER = re.compile(r"^Netpol-Action-Run: (\d{1,20})\.(\d{1,20})$", re.MULTILINE)
_ANY_TRAILER = re.compile(r"[A-Za-z0-9-]+: .*|\s+\S.*")
_STATE = re.compile(r"<!-- run (\d{1,20})\.(\d{1,20}) -->")


def message_of(change: Change, signer: Author | None) -> str:
    """The whole message of the commit: the text, the trailer that says which run it is by, and the line of sign-off."""
    run, attempt = change.run
    trailers = [f"Netpol-Action-Run: {run}.{attempt}", *([f"Signed-off-by: {signer}"] if signer else [])]
    text = change.message.rstrip()
    return f"{text}\n{'' if _ends_in_trailers(text) else chr(10)}{chr(10).join(trailers)}\n"


def run_of_commit(message: str) -> Run | None:
    """The run that made a commit with this message, None for one that is not ours.

    Only the last paragraph counts, as with all trailers of git: what a message quotes further up is no mark.
    """
    before, _, last = message.rstrip().rpartition("\n\n")
    found = _TRAILER.search(last) if before else None
    return (int(found[1]), int(found[2])) if found else None


def is_later(run: Run | None, than: Run) -> bool:
    """Whether one run comes after another. None comes after one that somebody starts by hand, outside of workflows."""
    return run is not None and than != BY_HAND and run > than


def body_of(wanted: UpsertPullRequest) -> str:
    """The whole body of the pull request: the mark, by which run it was written, and the Markdown."""
    run, attempt = wanted.change.run
    return f"{wanted.mark}<!-- run {run}.{attempt} -->\n{wanted.body}"


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
