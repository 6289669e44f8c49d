"""Where people find the uploaded files, as the last line of what is written on GitHub."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from netpol_action.publish.effects import RemoteEffect, UpsertComment, UpsertPullRequest

LINKS_CHARACTERS: Final = 1024
"""What texts leave free for the line; a longer one is left out."""

_MARK: Final = "<!-- netpol-action links -->"


def links(files: str, picture: str) -> str:
    """The line that links the two addresses, of which either may be empty; empty for none."""
    named = (("Picture", picture), ("All files", files))
    shown = " · ".join(f"[{name}](<{url}>)" for name, url in named if url)
    line = f"{shown} {_MARK}" if shown else ""
    return line if len(line) + 2 <= LINKS_CHARACTERS else ""


def with_links(effect: RemoteEffect, line: str) -> RemoteEffect:
    """The effect, with the line at the end of its text where it has one."""
    if line and isinstance(effect, UpsertComment):
        return replace(effect, markdown=f"{effect.markdown}\n\n{line}")
    if line and isinstance(effect, UpsertPullRequest):
        return replace(effect, body=f"{effect.body}\n\n{line}")
    return effect


def without_links(text: str) -> str:
    """A text that may have such a line, without it."""
    rest, _, last = text.rstrip().rpartition("\n")
    return rest.rstrip() if last.endswith(_MARK) else text
