"""Performs the comment on a pull request. That it cannot be made fails no run: there is the summary."""

from __future__ import annotations

from netpol_action.publish.connection import Connection
from netpol_action.publish.effects import SetOutput, UpsertComment
from netpol_action.publish.errors import ForbiddenError, PublishingError
from netpol_action.publish.github_comments import upsert_comment
from netpol_action.publish.performed import Performed, warned
from netpol_action.runner import Runner

READ_ONLY = (
    "The pull request gets no comment: {}. The job needs the permission `pull-requests: write`, which pull requests "
    "from forks do not get. The job summary and the output directory have all of it"
)
FAILED = "The pull request gets no comment: {}. The job summary and the output directory have all of it"


def commented(comment: UpsertComment, runner: Runner, token: str) -> Performed:
    """Makes, updates or hides the comment."""
    try:
        if not (token and runner.api_url and runner.repository):
            raise ForbiddenError("there is no token, or no repository to use it with")
        url = upsert_comment(Connection(runner.api_url, token, runner.repository), comment)
    except PublishingError as problem:
        sentence = (READ_ONLY if isinstance(problem, ForbiddenError) else FAILED).format(problem)
        return Performed((SetOutput("comment-url", ""), *warned(sentence, "no-comment")))
    place = f"pull request {comment.pull_request}"
    if not url:
        log = f"{place} has no comment, and needs none"
    else:
        log = f"commented on {place}: {url}" if comment.applies else f"hid the comment on {place}: {url}"
    return Performed((SetOutput("comment-url", url),), log=log)
