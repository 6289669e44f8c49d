"""A connection to one repository on GitHub, by PyGithub.

PyGithub repeats a failed request by itself, a POST too, and so makes two of a thing whose first answer was lost. Here
that is switched off: what is repeated is the whole of an undertaking, which begins by looking at what is there.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Final

from netpol_action.publish.errors import PassingError
from netpol_action.publish.failures import NOT_UNDERSTOOD, translated, understood
from netpol_action.publish.repeating import Result, repeated

if TYPE_CHECKING:
    from github import Github

TIMEOUT: Final = 20
_PAGE = 100


class Connection:
    """One repository (`owner/name`), seen with one token. Methods raise what `failures.translated` raises.

    Paths count from the repository's own: `/git/trees`.
    """

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

        logging.getLogger("github").setLevel(logging.CRITICAL + 1)  # it logs whole answers
        self.repository = repository
        self._token = token
        self.api: Github = Github(
            auth=Auth.Token(token),
            base_url=api_url,
            timeout=TIMEOUT,
            per_page=_PAGE,
            retry=None,
            seconds_between_requests=0,
            seconds_between_writes=between_writes,
            lazy=True,
        )
        self.sleep = sleep

    def get(self, path: str, **parameters: str | int) -> dict[str, Any]:
        """One thing."""
        answer = self._asked("GET", path, parameters, None)
        with self.translated():
            return dict(answer)

    def listed(self, path: str, member: str = "", **parameters: str | int) -> Iterator[dict[str, Any]]:
        """The things of a list, of all its pages; `member` names it where it is part of the answer."""
        for page in range(1, 1_000_000):
            answer = self._asked("GET", path, {**parameters, "per_page": _PAGE, "page": page}, None)
            with understood():
                things = _things(answer[member] if member else answer)
            yield from things
            if len(things) < _PAGE:
                return

    def send(self, verb: str, path: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        """A request that changes something; what it answers with, nothing where that is no object."""
        answer = self._asked(verb, path, {}, body)
        return dict(answer) if isinstance(answer, dict) else {}

    def graphql(self, query: str, **variables: object) -> dict[str, Any]:
        """The data that a query or a mutation of GraphQL answers with."""
        with self.translated():
            _, answer = self.api.requester.graphql_query(query, variables)
            return dict(answer["data"])

    def viewer(self) -> str:
        """The login that the token writes as. `/user` is not for the tokens of apps; this is."""
        with understood():
            return str(self.graphql("query { viewer { login } }")["viewer"]["login"])

    def translated(self) -> AbstractContextManager[None]:
        """Turns what `api` raises into our own errors."""
        return translated(self._token)

    def repeated(self, undertaking: Callable[[], Result]) -> Result:
        """Does it, and again after a failure that may pass."""
        return repeated(undertaking, self.sleep)

    def _asked(
        self, verb: str, path: str, parameters: Mapping[str, str | int], body: Mapping[str, object] | None
    ) -> Any:  # noqa: ANN401  # JSON of any shape
        with self.translated():
            _, answer = self.api.requester.requestJsonAndCheck(
                verb, f"/repos/{self.repository}{path}", parameters=dict(parameters), input=body
            )
        return answer


def _things(answer: object) -> list[dict[str, Any]]:
    if not isinstance(answer, list) or not all(isinstance(each, dict) for each in answer):
        raise PassingError(NOT_UNDERSTOOD)
    return answer
