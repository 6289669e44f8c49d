"""Why something could not be published, each as a sentence for the user."""

from __future__ import annotations

from netpol_action.errors import NetpolActionError


class PublishingError(NetpolActionError):
    """The other side could not be made to do it."""


class ForbiddenError(PublishingError):
    """It does not allow it: a token that may only read, as with forks, or a protected branch."""


class MissingError(ForbiddenError):
    """There is no such thing, or it may not be seen: GitHub does not tell these two apart."""


class RefusedError(PublishingError):
    """The request is understood and allowed, and cannot be fulfilled as things are; the sentence quotes why."""


class PassingError(PublishingError):
    """It may go well the next time. `wait` is how many seconds are asked for, None where that is not said."""

    def __init__(self, sentence: str, wait: float | None = None) -> None:
        super().__init__(sentence)
        self.wait = wait
