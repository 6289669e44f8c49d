"""GitHub, by PyGithub: the only module that imports it.

PyGithub repeats a failed request by itself, a POST too, and so makes two of a thing whose first answer was lost. Here
that is switched off: what is repeated is the whole of an undertaking, which begins by looking at what is there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TypeVar, assert_never

from netpol_action.publish.effects import UpsertComment
from netpol_action.publish.errors import ForbiddenError, PassingError, PublishingError
from netpol_action.publish.sticky import Comment, Create, Delete, Edit, Hide, Show, Step, ours, steps

if TYPE_CHECKING:
    from github import Github, GithubException
    from github.Issue import Issue
    from github.IssueComment import IssueComment

ATTEMPTS: Final = 5
"""How often an undertaking is begun before it is given up."""

ROUNDS: Final = 6
"""How often the comments are looked at in one attempt, until there is nothing to do; two are usual."""

MOST_WAIT: Final = 120.0
"""Seconds to wait for a rate limit at most: a job costs its user money while it waits."""

RATE_WAIT: Final = 60.0
"""Seconds after a rate limit that does not say how long (docs.github.com, "Rate limits for the REST API")."""

TIMEOUT: Final = 20
_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _TOO_MANY, _SERVER_ERROR = 401, 403, 404, 409, 429, 500
_LONGEST = 300

Result = TypeVar("Result")


class GitHub:
    """One repository, seen with one token."""

    def __init__(
        self,
        api_url: str,
        token: str,
        repository: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        between_writes: float = 1.0,
    ) -> None:
        from github import Auth, Github  # noqa: PLC0415  # heavy, and most runs have no use for it

        self._api: Github = Github(
            auth=Auth.Token(token),
            base_url=api_url,
            timeout=TIMEOUT,
            per_page=100,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=between_writes,
            lazy=True,
        )
        self._repository = repository
        self._sleep = sleep

    def upsert_comment(self, wanted: UpsertComment) -> str:
        """Makes or updates the comment, or hides it where it no longer applies; returns its URL, empty for none.

        Afterwards there is one such comment at most, also where answers were lost or another run did the same. Raises
        ForbiddenError where the token does not allow it, PublishingError where GitHub cannot be brought to do it.
        """
        made: dict[int, Comment] = {}
        return self._repeated(lambda: self._settled(wanted, made))

    def _settled(self, wanted: UpsertComment, made: dict[int, Comment]) -> str:
        """`made` holds what was created here: a list that GitHub gives right afterwards may not have it yet."""
        with _translated():
            author = self._viewer()
            issue = self._api.get_repo(self._repository).get_issue(wanted.pull_request)
            for _ in range(ROUNDS):
                handles = {each.id: each for each in issue.get_comments()}
                found = {**made, **{number: _comment(handle) for number, handle in handles.items()}}
                todo = steps(tuple(found.values()), wanted, author)
                if not todo:
                    return next((comment.url for comment in ours(tuple(found.values()), wanted, author)), "")
                for step in todo:
                    _perform(step, issue, handles, made)
        raise PassingError("the comment did not come to rest: other runs keep changing it")

    def _viewer(self) -> str:
        """The login that the token writes as. `/user` is not for the tokens of apps; this is."""
        _, answer = self._api.requester.graphql_query("query { viewer { login } }", {})
        return str(answer["data"]["viewer"]["login"])

    def _repeated(self, undertaking: Callable[[], Result]) -> Result:
        """Does it, and again after a failure that may pass."""
        for attempt in range(1, ATTEMPTS):
            try:
                return undertaking()
            except PassingError as problem:
                wait = 2.0 ** (attempt - 1) if problem.wait is None else problem.wait
                if wait > MOST_WAIT:
                    raise PublishingError(
                        f"{problem}, and wants {wait:.0f} s to pass before the next request"
                    ) from problem
                self._sleep(wait)
        return undertaking()


def _perform(step: Step, issue: Issue, handles: dict[int, IssueComment], made: dict[int, Comment]) -> None:
    """Takes one step. What has vanished meanwhile is left for the next look at the list."""
    from github import GithubException, UnknownObjectException  # noqa: PLC0415  # as in GitHub

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
                handle.edit(body)
            case Delete():
                handle.delete()
            case Hide() | Show():
                try:
                    _ = handle.minimize("OUTDATED") if isinstance(step, Hide) else handle.unminimize()
                except GithubException as problem:
                    if isinstance(_failure(problem), PassingError):
                        raise
                    # Hiding is a nicety that some servers do not offer: the text says that it is outdated as well.
            case _:
                assert_never(step)


def _comment(handle: IssueComment) -> Comment:
    author = getattr(handle.user, "login", "")  # accounts can be deleted
    return Comment(handle.id, author, handle.body or "", handle.html_url)


@contextmanager
def _translated() -> Iterator[None]:
    """Turns PyGithub's errors, and those of the libraries below it, into our own."""
    from github import GithubException  # noqa: PLC0415  # as in GitHub

    try:
        yield
    except GithubException as problem:
        raise _failure(problem) from None  # its text holds the whole answer
    except OSError as problem:  # what `requests` raises is one
        raise PassingError(f"GitHub could not be reached ({type(problem).__name__})") from None
    except ValueError as problem:
        raise PassingError("GitHub's answer was no JSON") from problem


def _failure(problem: GithubException) -> PublishingError:
    """What an answer means for us."""
    status, headers = problem.status, {key.lower(): value for key, value in (problem.headers or {}).items()}
    said = _message(problem)
    if _is_rate_limit(problem, said, headers):
        return PassingError("GitHub's rate limit is used up", _wait(headers))
    if status >= _SERVER_ERROR or status == _CONFLICT:
        return PassingError(f"GitHub answered {status}")
    if status == _UNAUTHORISED:
        return ForbiddenError("GitHub does not accept the token")
    if status in (_FORBIDDEN, _NOT_FOUND) or _type(problem) == "FORBIDDEN":
        return ForbiddenError(f"the token does not allow it: {said}")
    return PublishingError(f"GitHub answered {status}: {said}")


def _is_rate_limit(problem: GithubException, said: str, headers: dict[str, str]) -> bool:
    if problem.status == _TOO_MANY or _type(problem) == "RATE_LIMITED":
        return True
    limited = "rate limit" in said.lower() or "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return problem.status == _FORBIDDEN and limited


def _wait(headers: dict[str, str]) -> float:
    after, reset = headers.get("retry-after", ""), headers.get("x-ratelimit-reset", "")
    if after.isdecimal():
        return float(after)
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(1.0, float(reset) + 1 - time.time())
    return RATE_WAIT


def _message(problem: GithubException) -> str:
    data = problem.data if isinstance(problem.data, dict) else {}
    errors = data.get("errors")
    details = [str(each.get("message") or "") for each in errors if isinstance(each, dict)] if errors else []
    said = "; ".join(filter(None, [str(data.get("message") or ""), *details])) or "without a reason"
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


def _type(problem: GithubException) -> str:
    """The kind of the first error in an answer of GraphQL."""
    errors = problem.data.get("errors") if isinstance(problem.data, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return str(first.get("type") or "") if isinstance(first, dict) else ""
