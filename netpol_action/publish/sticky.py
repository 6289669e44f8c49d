"""Decides what to do so that a pull request has one comment of a key, with the latest content. Pure.

There is no way to make or update a comment in one step. So whoever performs these steps lists the comments anew and
asks again until there is nothing left to do: that ends with one comment whatever happened in between, two runs at once
and requests whose answer was lost included.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from netpol_action.publish.effects import UpsertComment
from netpol_action.publish.links import without_links

LONGEST_KEY = 200
"""Characters of a key that a mark shows whole; with the run beside it, a text has 512 for it."""

_OUTDATED = " outdated"
_STATE = re.compile(r"<!-- run (\d{1,20})\.(\d{1,20})( outdated)? -->")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as it is; `author` is a login."""

    id: int
    author: str
    body: str = field(repr=False)
    url: str = ""


@dataclass(frozen=True, slots=True)
class Create:
    """Make a comment."""

    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text of a comment."""

    comment: Comment
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a comment of our own that is one too many."""

    comment: Comment


@dataclass(frozen=True, slots=True)
class Hide:
    """Minimise a comment as outdated."""

    comment: Comment


@dataclass(frozen=True, slots=True)
class Show:
    """Take the minimising of a comment back."""

    comment: Comment


Step = Create | Edit | Delete | Hide | Show


def mark(key: str) -> str:
    """The hidden text at the beginning of a comment of this key: letters, digits and a few marks stay as they are.

    A key that is long or holds anything else is told apart from similar ones by a hash.
    """
    inert = re.sub("--+", "-", re.sub(r"[^\w.,:/ -]", "_", key, flags=re.ASCII)).strip("- ")
    if inert != key or len(key) > LONGEST_KEY:
        digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:12]
        inert = f"{inert[:LONGEST_KEY].rstrip('- ')} {digest}".strip()
    return f"<!-- netpol-action comment: {inert} -->"


def body_of(wanted: UpsertComment) -> str:
    """The whole text: the mark, by whom it was written, and the Markdown."""
    run, attempt = wanted.run
    state = "" if wanted.applies else _OUTDATED
    return f"{wanted.mark}<!-- run {run}.{attempt}{state} -->\n{wanted.markdown}"


def ours(comments: Sequence[Comment], wanted: UpsertComment, author: str) -> list[Comment]:
    """The comments that begin with the mark and are by this author, the oldest first.

    The mark alone would not do: anybody can write it, and would have their comment overwritten.
    """
    found = [c for c in comments if c.body.startswith(wanted.mark) and _login(c.author) == _login(author)]
    return sorted(found, key=lambda comment: comment.id)


def steps(comments: Sequence[Comment], wanted: UpsertComment, author: str) -> tuple[Step, ...]:
    """What is to be done, in order; nothing where all is as it should be.

    The oldest comment is kept. One that a later run wrote is left alone, and so is one that says the same already.
    """
    found = ours(comments, wanted, author)
    if not found:
        return (Create(body_of(wanted)),) if wanted.applies and wanted.may_create else ()
    kept, *further = found
    newest = max(found, key=lambda comment: _run(comment.body))
    deletions = tuple(Delete(comment) for comment in further)
    if _run(newest.body) > wanted.run:
        saved = () if newest is kept else (Edit(kept, newest.body),)
        return (*saved, *deletions)
    return (*_updated(kept, wanted), *deletions)


def _updated(kept: Comment, wanted: UpsertComment) -> tuple[Step, ...]:
    """Hiding and showing come first: ended in between, the text still says that it has to be done."""
    hidden = _hidden(kept.body)
    if hidden != wanted.applies and _says(kept.body, wanted):
        return ()
    turn: tuple[Step, ...] = ()
    if hidden and wanted.applies:
        turn = (Show(kept),)
    elif not hidden and not wanted.applies:
        turn = (Hide(kept),)
    return (*turn, Edit(kept, body_of(wanted)))


def _run(body: str) -> tuple[int, int]:
    found = _STATE.search(body.partition("\n")[0])
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _hidden(body: str) -> bool:
    found = _STATE.search(body.partition("\n")[0])
    return bool(found and found[3])


def _says(body: str, wanted: UpsertComment) -> bool:
    """Whether the text says what is wanted. Links of an earlier run will do: what they lead to shows the same change.

    Otherwise every run would have another text, and edit a comment in which nobody finds anything new.
    """
    before, after = _content(body), _content(body_of(wanted))
    linked = without_links(before)
    return before == after or (linked != before and linked == without_links(after))


def _content(body: str) -> str:
    """The visible text. GitHub may hand lines back with other ends."""
    return body.replace("\r\n", "\n").partition("\n")[2].strip()


def _login(author: str) -> str:
    """REST and GraphQL do not agree on whether an app's name has this ending."""
    return author.removesuffix("[bot]").lower()
