"""Begins an undertaking again that failed for a reason which may pass.

Whatever it is, it begins by looking at what is there: a request whose answer was lost is never repeated blindly.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, TypeVar

from netpol_action.publish.errors import PassingError, PublishingError

ATTEMPTS: Final = 5
"""How often an undertaking is begun before it is given up."""

MOST_WAIT: Final = 120.0
"""Seconds to wait for a rate limit at most: a job costs its user money while it waits."""

MOST_WAIT_IN_ALL: Final = 300.0
"""Seconds that one run waits at most before it begins something again, whatever fails."""

_left: ContextVar[float | None] = ContextVar("seconds_left_to_wait", default=None)
"""How long the run may still wait; None where nobody has set a limit."""

Result = TypeVar("Result")


def repeated(undertaking: Callable[[], Result], sleep: Callable[[float], None] = time.sleep) -> Result:
    """Does it, and again after a PassingError. Raises PublishingError where that does not help."""
    for attempt in range(1, ATTEMPTS):
        try:
            return undertaking()
        except PassingError as problem:
            wait = 2.0 ** (attempt - 1) if problem.wait is None else problem.wait
            if wait > MOST_WAIT:
                sentence = f"{problem}, and wants {wait:.0f} s to pass before the next request"
                raise PublishingError(sentence) from problem
            if not _may_wait(wait):
                raise PublishingError(f"{problem}, and this run has waited long enough") from problem
            sleep(wait)
    return undertaking()


@contextmanager
def waiting_in_all(seconds: float = MOST_WAIT_IN_ALL) -> Iterator[None]:
    """Within it, all that is repeated waits no longer than so many seconds together."""
    before = _left.set(seconds)
    try:
        yield
    finally:
        _left.reset(before)


def _may_wait(seconds: float) -> bool:
    left = _left.get()
    if left is None:
        return True
    if seconds > left:
        return False
    _left.set(left - seconds)
    return True
