"""What became of an effect outside the machine."""

from __future__ import annotations

from dataclasses import dataclass

from netpol_action.publish.effects import Annotate, AppendSummary, Level, LocalEffect
from netpol_action.render.text import prose


@dataclass(frozen=True, slots=True)
class Performed:
    """What follows from an effect: outputs, and what there is to say. `failures` fail the run, a sentence each.

    `links` is a line of Markdown for the texts of the effects after it. `log` is a line for the log: what was done.
    """

    following: tuple[LocalEffect, ...] = ()
    failures: tuple[str, ...] = ()
    links: str = ""
    log: str = ""


def warned(sentence: str, title: str) -> tuple[LocalEffect, ...]:
    """Says it beside the code and in the job summary. The sentence may quote names of any kind; it has no full stop."""
    return (Annotate(Level.WARNING, sentence, title), AppendSummary(f"{prose(sentence)}.\n\n"))
