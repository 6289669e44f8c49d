"""The one comment of a key on a pull request: looks, has `sticky` decide, and does it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final, assert_never

from netpol_action.publish.connection import Connection
from netpol_action.publish.effects import UpsertComment
from netpol_action.publish.errors import PassingError
from netpol_action.publish.failures import NOT_UNDERSTOOD, failure
from netpol_action.publish.sticky import Comment, Create, Delete, Edit, Hide, Show, Step, ours, steps

if TYPE_CHECKING:
    from github.Issue import Issue
    from github.IssueComment import IssueComment

ROUNDS: Final = 6
"""How often the comments are looked at in one attempt, until there is nothing to do; two are usual."""

SETTLING: Final = 1.0
"""Seconds until one looks again at what one has edited: a run that looked just before may be about to overwrite it."""


def upsert_comment(connection: Connection, wanted: UpsertComment) -> str:
    """Makes or updates the comment, or hides it where it no longer applies; returns its URL, empty for none.

    Afterwards there is one such comment at most, also where answers were lost or another run did the same. Raises
    ForbiddenError where the token does not allow it, PublishingError where GitHub cannot be brought to do it.
    """
    made: dict[int, Comment] = {}
    return connection.repeated(lambda: _settled(connection, wanted, made))


def _settled(connection: Connection, wanted: UpsertComment, made: dict[int, Comment]) -> str:
    """`made` holds what was created here: a list that GitHub gives right afterwards may not have it yet."""
    with connection.translated():
        author = connection.viewer()
        issue = connection.api.get_repo(connection.repository).get_issue(wanted.pull_request)
        for _ in range(ROUNDS):
            handles = {each.id: each for each in issue.get_comments()}
            found = {**made, **{number: _comment(handle) for number, handle in handles.items()}}
            todo = steps(tuple(found.values()), wanted, author)
            if not todo:
                return next((comment.url for comment in ours(tuple(found.values()), wanted, author)), "")
            for step in todo:
                _perform(step, issue, handles, made)
            if any(isinstance(step, Edit) for step in todo):
                connection.sleep(SETTLING)
    raise PassingError("the comment did not come to rest: other runs keep changing it")


def _perform(step: Step, issue: Issue, handles: dict[int, IssueComment], made: dict[int, Comment]) -> None:
    """Takes one step. What has vanished meanwhile is left for the next look at the list."""
    from github import GithubException, UnknownObjectException  # noqa: PLC0415  # as in Connection

    if isinstance(step, Create):
        new = _comment(issue.create_comment(step.body))
        made[new.id] = new
        return
    made.pop(step.comment.id, None)
    handle = handles.get(step.comment.id)
    if handle is None:
        return
    with suppress(UnknownObjectException):
        match step:
            case Edit(body=body):
                # Right before writing, since nothing can be locked: what another run wrote meanwhile is looked at anew.
                if issue.get_comment(handle.id).body == handle.body:
                    handle.edit(body)
            case Delete():
                handle.delete()
            case Hide() | Show():
                try:
                    _ = handle.minimize("OUTDATED") if isinstance(step, Hide) else handle.unminimize()
                except GithubException as problem:
                    if isinstance(failure(problem, token=""), PassingError):
                        raise
                    # Hiding is a nicety that some servers do not offer: the text says that it is outdated as well.
            case _:
                assert_never(step)


def _comment(handle: IssueComment) -> Comment:
    if not isinstance(handle.id, int):
        raise PassingError(NOT_UNDERSTOOD)
    author = getattr(handle.user, "login", "")  # accounts can be deleted
    return Comment(handle.id, author, handle.body or "", handle.html_url)
