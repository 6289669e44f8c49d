"""What the program has to say about its input, as data: a severity, a sentence, a place and a rule id."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from netpol_action.origin import UNKNOWN, Origin


class Severity(StrEnum):
    """How much a diagnostic matters. An ERROR means that a part of the input was not used: the result is partial."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding. `rule` is a stable kebab-case id (`broken-document`) that users may filter by.

    `message` is one sentence without its place and never holds a Secret's value.
    """

    severity: Severity
    rule: str
    message: str
    origin: Origin = UNKNOWN

    def __str__(self) -> str:
        return f"{self.origin}: {self.message}" if self.origin.path else self.message


def error(rule: str, message: str, origin: Origin = UNKNOWN) -> Diagnostic:
    """A part of the input could not be used; the result is partial."""
    return Diagnostic(Severity.ERROR, rule, message, origin)


def warning(rule: str, message: str, origin: Origin = UNKNOWN) -> Diagnostic:
    """The result is whole, but something in it probably is not what the user wants."""
    return Diagnostic(Severity.WARNING, rule, message, origin)


def note(rule: str, message: str, origin: Origin = UNKNOWN) -> Diagnostic:
    """An assumption that the result rests on."""
    return Diagnostic(Severity.NOTE, rule, message, origin)
