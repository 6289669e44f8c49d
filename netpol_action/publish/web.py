"""Requests to services that hand out addresses which are secrets themselves; the only module that imports `requests`.

Such an address must reach no log and no message, so whatever the libraries say of a failure is dropped, and so is what
they would log. Nothing is followed elsewhere, no answer is read without end, and no login of a .netrc file is sent.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from netpol_action.publish.errors import PassingError, PublishingError

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

CONNECT_SECONDS: Final = 10
READ_SECONDS: Final = 60
"""For each read, not for all of an answer: `within` bounds the whole."""

MOST_BYTES: Final = 1024 * 1024
"""Of an answer: all that are expected are short."""

ATTEMPTS: Final = 5
FIRST_WAIT: Final = 3.0
LONGER: Final = 1.5
MOST_WAIT: Final = 30.0
"""Seconds between attempts (the first three as in actions/toolkit, artifact-twirp-client.ts)."""

PASSING: Final = frozenset({429, 500, 502, 503, 504})
"""The answers after which another attempt makes sense."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of any status; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def wait(self) -> float | None:
        """How many seconds it asks for before the next attempt, None where it does not say."""
        seconds = self.headers.get("retry-after", "")
        return float(seconds) if seconds.isascii() and seconds.isdecimal() else None


class Web:
    """Sends requests over kept connections, until it is closed. `sleep` waits so many seconds."""

    def __init__(self, sleep: Callable[[float], object] | None = None) -> None:
        from requests import Session  # noqa: PLC0415  # heavy, and many runs have no use for it

        # It logs whole addresses, some as warnings. For good, since a request that was given up goes on for a while.
        logging.getLogger("urllib3").setLevel(logging.CRITICAL + 1)
        self._session = Session()
        self._session.auth = _as_it_is
        self._closed = threading.Event()
        self._sleep = sleep or self._closed.wait

    def close(self) -> None:
        """Ends it: nothing is sent any more, also not by another thread that is at it."""
        self._closed.set()
        self._session.close()

    def send(self, whose: str, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """The answer to a request, whatever its status. `whose` it is, messages say instead of the address.

        Raises PassingError where none comes, and PublishingError where it has no end.
        """
        if self._closed.is_set():
            raise PublishingError(f"{whose} took too long")
        answer: Answer | None = None
        try:
            with self._session.request(
                method,
                url,
                data=body,
                headers={"Accept-Encoding": "identity", **headers},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                lower = {name.lower(): value for name, value in response.headers.items()}
                answer = Answer(response.status_code, lower, _content(response, whose))
        except (OSError, ValueError):  # each of the library's own is one of these, and its text names the address
            pass
        if answer is None:  # not inside of `except`, where the error would keep the library's as its context
            raise PassingError(f"{whose} could not be reached, or did not answer")
        return answer

    def repeated(self, undertaking: Callable[[], Result], attempts: int = ATTEMPTS) -> Result:
        """Does it, and again after a failure that may pass."""
        for attempt in range(attempts - 1):
            try:
                return undertaking()
            except PassingError as problem:
                asked = problem.wait
            self._sleep(min(MOST_WAIT, FIRST_WAIT * LONGER**attempt if asked is None else asked))
        return undertaking()


def is_address(url: str) -> bool:
    """Whether it is an address of http or https, with a host and without a login."""
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and "@" not in parts.netloc
    except ValueError:
        return False
    return usable and parts.scheme in ("http", "https") and re.fullmatch("[!-~]+", url) is not None


def within(seconds: float, undertaking: Callable[[Web], Result], sleep: Callable[[float], object] | None) -> Result:
    """What it returns or raises, in at most so many seconds; after those, PublishingError.

    It runs in a thread of its own, as nothing else bounds the look-up of a name, or an answer that comes byte by byte.
    """
    outcome: Future[Result] = Future()
    web = Web(sleep)

    def run() -> None:
        try:
            outcome.set_result(undertaking(web))
        except BaseException as problem:  # noqa: BLE001  # it is raised again where the outcome is asked for
            outcome.set_exception(problem)

    threading.Thread(target=run, daemon=True).start()
    try:
        return outcome.result(seconds)
    except TimeoutError as problem:
        raise PublishingError(f"it took longer than {seconds:.0f} s") from problem
    finally:
        web.close()


def _content(response: Response, whose: str) -> bytes:
    content = b""
    for part in response.iter_content(64 * 1024):
        content += part
        if len(content) > MOST_BYTES:
            raise PublishingError(f"{whose} sent an answer without end")
    return content


def _as_it_is(request: PreparedRequest) -> PreparedRequest:
    """The authentication of every request: what its headers say. Without one, `requests` would ask .netrc."""
    return request
