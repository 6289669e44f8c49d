"""Reads `INPUT_` variables as the types that an action's inputs have."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class Reader:
    """Reads inputs of one environment and collects the problems, so that a user sees all of them at once."""

    def __init__(self, environment: Mapping[str, str], defaults: Mapping[str, str]) -> None:
        self.environment = environment
        self.defaults = defaults
        self.problems: list[str] = []

    def text(self, name: str) -> str:
        """The value without surrounding space. Runners keep the dashes of a name; shells and some runners cannot."""
        variable = f"INPUT_{name.upper()}"
        given = (self.environment.get(spelling, "").strip() for spelling in (variable, variable.replace("-", "_")))
        return next(filter(None, given), self.defaults[name])

    def line(self, name: str) -> str:
        """A value without line breaks."""
        value = self.text(name)
        if _CONTROL.search(value):
            self.problems.append(f"{name} must be one line of text without control characters")
        return value

    def items(self, name: str) -> tuple[str, ...]:
        """The distinct items; a list of separators alone is as empty as an empty input."""
        items = _split(self.text(name)) or _split(self.defaults[name])
        if any(map(_CONTROL.search, items)):
            self.problems.append(f"{name} must not hold control characters")
        return items

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of the allowed values."""
        value = self.text(name)
        if value not in allowed:
            self.problems.append(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def choices(self, name: str, allowed: tuple[str, ...], none: str = "") -> tuple[str, ...]:
        """A list of the allowed values; `none`, where it is given, stands alone and means the empty list."""
        items = self.items(name)
        if none and items == (none,):
            return ()
        for item in items:
            if item == none:
                self.problems.append(f"{name} takes {none} only by itself")
            elif item not in allowed:
                self.problems.append(f"{name} takes a list of {', '.join(allowed)}, not {item!r}")
        return items

    def truth(self, name: str) -> bool:
        """`true` or `false`, however written."""
        value = self.text(name).lower()
        if value not in ("true", "false"):
            self.problems.append(f"{name} must be true or false, not {self.text(name)!r}")
        return value == "true"


def _split(text: str) -> tuple[str, ...]:
    parts = (part.strip() for part in re.split(r"[\n,]", text))
    return tuple(dict.fromkeys(filter(None, parts)))
