"""What an error of PyGithub, or of the libraries below it, means for us."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from netpol_action.publish.errors import ForbiddenError, MissingError, PassingError, PublishingError, RefusedError

if TYPE_CHECKING:
    from github import GithubException

RATE_WAIT: Final = 60.0
"""Seconds after a rate limit that does not say how long (docs.github.com, "Rate limits for the REST API")."""

NOT_UNDERSTOOD: Final = "GitHub's answer could not be understood"

_UNAUTHORISED, _FORBIDDEN, _NOT_FOUND, _CONFLICT, _TOO_MANY, _SERVER_ERROR = 401, 403, 404, 409, 429, 500
_UNPROCESSABLE, _GRAPHQL = 422, 400
_LONGEST = 300

_NOT_YET = "could not resolve to a node"
"""What GitHub says of a pull request that it has only just made."""

_PROTECTED = ("protected branch", "rule violations")
"""What GitHub says where a branch's protection or a ruleset is in the way, with the status of what makes no sense."""


@contextmanager
def translated(token: str) -> Iterator[None]:
    """Turns PyGithub's errors, and those of the libraries below it, into our own, in which the token never stands."""
    from github import BadAttributeException, GithubException  # noqa: PLC0415  # heavy, and most runs do without it

    try:
        with understood():
            yield
    except GithubException as problem:
        raise failure(problem, token) from None  # its text holds the whole answer
    except BadAttributeException:  # its text holds part of the answer
        raise PassingError(NOT_UNDERSTOOD) from None
    except OSError as problem:  # what `requests` raises is one
        raise PassingError(f"GitHub could not be reached ({type(problem).__name__})") from None
    except ValueError as problem:
        raise PassingError("GitHub's answer was no JSON") from problem


@contextmanager
def understood() -> Iterator[None]:
    """For reading an answer that was a success: a proxy's page, or another shape than GitHub's, may pass."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError) as problem:
        raise PassingError(NOT_UNDERSTOOD) from problem


def failure(problem: GithubException, token: str) -> PublishingError:
    """What an answer means for us; `token` is the one that was sent.

    PyGithub gives errors of GraphQL, whose status is 200, as 400.
    """
    status, headers = problem.status, {key.lower(): value for key, value in (problem.headers or {}).items()}
    said = _message(problem, token)
    if _is_rate_limit(problem, said, headers):
        return PassingError("GitHub's rate limit is used up", _wait(headers))
    if status >= _SERVER_ERROR or _NOT_YET in said.lower():
        return PassingError(f"GitHub answered {status}")
    if status == _CONFLICT:
        return PassingError(f"GitHub answered {status}: {said}")
    return _refusal(status, said, _type(problem))


def _refusal(status: int, said: str, kind: str) -> PublishingError:
    """What an answer means that will be the same the next time."""
    if status == _UNAUTHORISED:
        return ForbiddenError("GitHub does not accept the token")
    if status in (_FORBIDDEN, _NOT_FOUND) or kind == "FORBIDDEN":
        return (MissingError if status == _NOT_FOUND else ForbiddenError)(f"the token does not allow it: {said}")
    if any(sign in said.lower() for sign in _PROTECTED):
        return ForbiddenError(f"the branch is protected: {said}")
    return (RefusedError if status in (_UNPROCESSABLE, _GRAPHQL) else PublishingError)(
        f"GitHub answered {status}: {said}"
    )


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


def _message(problem: GithubException, token: str) -> str:
    """What the server says, as far as it has room; a proxy in between may well repeat the request's headers."""
    data = problem.data if isinstance(problem.data, dict) else {}
    errors = data.get("errors")
    details = [str(each.get("message") or "") for each in errors if isinstance(each, dict)] if errors else []
    said = "; ".join(filter(None, [str(data.get("message") or ""), *details])) or "without a reason"
    said = said.replace(token, "***") if token else said
    return said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"


def _type(problem: GithubException) -> str:
    """The kind of the first error in an answer of GraphQL."""
    errors = problem.data.get("errors") if isinstance(problem.data, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    return str(first.get("type") or "") if isinstance(first, dict) else ""
