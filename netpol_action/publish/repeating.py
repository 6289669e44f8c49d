"""Begins an undertaking again that failed for a reason which may pass.

Whatever it is, it begins by looking at what is there: a request whose answer was lost is never repeated blindly.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeVar

from netpol_action.publish.errors import PassingError, PublishingError

ATTEMPTS: Final = 5
"""How often an undertaking is begun before it is given up."""

MOST_WAIT: Final = 120.0
"""Seconds to wait for a rate limit at most: a job costs its user money while it waits."""

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
            sleep(wait)
    return undertaking()
