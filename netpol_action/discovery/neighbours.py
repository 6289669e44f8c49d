"""The port that stands beside a host: `DB_PORT` beside `DB_HOST`, `port:` beside `host:`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from netpol_action.discovery import names
from netpol_action.discovery.settings import Setting
from netpol_action.model.connections import FIRST_PORT, LAST_PORT


class Neighbours:
    """The settings of one workload by the words of their names, within each container and each file."""

    def __init__(self, settings: Iterable[Setting]) -> None:
        self._groups: dict[str, dict[tuple[str, ...], Setting]] = defaultdict(dict)
        for setting in settings:
            words = names.words(setting.name)
            if words[-2:] == ("port", "value"):  # Envoy writes `address:` and `port_value:`
                words = words[:-1]
            self._groups[setting.group].setdefault(words, setting)

    def port(self, name: str, group: str, *, from_file: bool = False) -> int | None:
        """The number beside a name. A variable `PORT` is the container's own, and not that of `HOST`."""
        for words in names.port_siblings(name):
            sibling = self._groups[group].get(words)
            if sibling is None or (words == ("port",) and not from_file):
                continue
            text = sibling.value
            if text.isascii() and text.isdigit() and len(text) <= len(str(LAST_PORT)):
                return int(text) if FIRST_PORT <= int(text) <= LAST_PORT else None
        return None
